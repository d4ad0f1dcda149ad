"""Units by Grafana's names for them, where ours would not say which is meant."""

BYTES_IEC = "bytes"
"""Grafana's KiB, MiB, GiB. grafanalib's BYTES is the decimal one."""
CORES = "suffix:cores"
COUNT = "none"
CPU_HOURS = "suffix:CPU h"
GIB_HOURS = "suffix:GiB h"
GPU_HOURS = "suffix:GPU h"
GPUS = "suffix:GPUs"
HOURS = "suffix:h"
PEOPLE = "suffix:people"
DIRECTORIES = "suffix:directories"
SERVERS = "suffix:servers"
SERVER_HOURS = "suffix:server h"
RATIO = "percentunit"
"""0 to 1, shown as 0 % to 100 %."""
RELATIVE_TIME = "dateTimeFromNow"
"""Unix milliseconds, shown as “2 hours ago”."""
SECONDS = "s"
BYTES_PER_SECOND = "binBps"
"""KiB/s, MiB/s."""
REQUESTS_PER_SECOND = "reqps"
PODS = "suffix:pods"
NODES = "suffix:nodes"
SERIES = "short"
COST_PER_HOUR = "suffix:an hour"
SAMPLES_PER_SECOND = "suffix:samples a second"

WHOLE = frozenset({DIRECTORIES, NODES, PEOPLE, PODS, SERVERS})
"""What is counted one by one: there is no half of it, on an axis or elsewhere."""

_SUFFIX = "suffix:"


def word(unit: str) -> str:
    """Return the word that a unit puts behind each number, ``servers``; "" if it has none."""
    return unit.removeprefix(_SUFFIX) if unit.startswith(_SUFFIX) else ""
