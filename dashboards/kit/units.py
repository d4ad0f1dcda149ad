"""Units by Grafana's names for them, where ours would not say which is meant."""

from collections.abc import Mapping
from types import MappingProxyType

COUNT = "none"
RATIO = "percentunit"
"""0 to 1, shown as 0 % to 100 %."""
RELATIVE_TIME = "dateTimeFromNow"
"""Unix milliseconds, shown as “2 hours ago”."""
SECONDS = "s"
HOURS = "suffix:h"
SERIES = "short"

DIRECTORIES = "suffix:directories"
NODES = "suffix:nodes"
PEOPLE = "suffix:people"
PODS = "suffix:pods"
SERVERS = "suffix:servers"

CORES = "suffix:cores"
GPUS = "suffix:GPUs"
BYTES_IEC = "bytes"
"""Grafana's KiB, MiB, GiB. grafanalib's BYTES is the decimal one."""

CPU_HOURS = "suffix:CPU h"
GIB_HOURS = "suffix:GiB h"
GPU_HOURS = "suffix:GPU h"
SERVER_HOURS = "suffix:server h"

BYTES_PER_SECOND = "binBps"
"""KiB/s, MiB/s."""
REQUESTS_PER_SECOND = "reqps"
SAMPLES_PER_SECOND = "suffix:samples a second"
COST_PER_HOUR = "suffix:an hour"

WHOLE = frozenset({DIRECTORIES, NODES, PEOPLE, PODS, SERVERS})
"""What is counted one by one: there is no half of it, on an axis or elsewhere."""

DECIMALS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(WHOLE, 0),
        RATIO: 0,
        SECONDS: 0,
        BYTES_IEC: 1,
        HOURS: 1,
        CPU_HOURS: 1,
        GIB_HOURS: 1,
        GPU_HOURS: 1,
        SERVER_HOURS: 1,
        CORES: 2,
        COST_PER_HOUR: 2,
    }
)
"""The decimals of a single number that is not given another: a stat's, a bar's, a table's."""

_SUFFIX = "suffix:"


def word(unit: str) -> str:
    """Return the word that a unit puts behind each number, ``servers``; "" if it has none."""
    return unit.removeprefix(_SUFFIX) if unit.startswith(_SUFFIX) else ""
