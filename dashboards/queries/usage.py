"""What each user uses and reserves: ``{namespace, username}``, one series a user.

A user's named servers and Dask workers are summed. With a ``window`` (``STEP`` for sums over a
range) a number is the mean over it, so that its sum over steps is the integral, however coarse
the steps and however short a server's life.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce

from dashboards.queries import containers, gpus, namespaces
from dashboards.queries.memberships import USER, info
from dashboards.queries.pods import (
    ANNOTATED,
    POD,
    RUNNING,
    began,
    of_dask,
    owners,
    running_owners,
    running_part,
    servers,
    without_dask,
)
from dashboards.queries.promql import aggregate, binary, copied, mean_over, selector

RATE = "$__rate_interval"
"""Grafana's window for rates: at least four scrapes, at least one step."""

STEP = "$__interval"
"""Grafana's step: the window of what is summed over a range."""

GPUS = 'resource=~"(nvidia|amd)_com_gpu(_shared)?|nvidia_com_mig_.+|gpu_intel_com_(i915|xe)"'
"""The resources that are GPUs; a slice of one (MIG, shared) counts as one.

Not those that say how much of a GPU: gpu_intel_com_memory_max, nvidia_com_gpumem, ….
"""

IDLE_CORES = 0.05
IDLE_WINDOW = "15m"
"""A server does nearly nothing while it uses under IDLE_CORES cores on average over IDLE_WINDOW.

An open but unused JupyterLab needs about 0.01 cores for its kernels' heartbeats.
"""

IDLE_STEP = "5m"
"""How often a server is looked at for whether it idles."""

_CPU = selector("container_cpu_usage_seconds_total", containers.NAMED)
_MEMORY = selector("container_memory_working_set_bytes", containers.NAMED)
_SIZES = selector("dirsize_total_size_bytes")

DIRECTORY_SIZES = aggregate("max", ("namespace", "directory"), _SIZES)
"""Bytes in each directory that prometheus-dirsize-exporter walks: ``{namespace, directory}``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a number may be 0 rather than unknown: series that are all there in a hub.

    ``recorded`` is the name of the same as it is recorded. Numbers ``of_pods`` are means over a
    window when recorded, and so is their evidence of a window: where there is a number, it is
    there. For hubs whose users' pods run elsewhere
    (``namespaces``) it shows nothing.
    """

    series: tuple[str, ...]
    recorded: str
    of_pods: bool = True

    @property
    def raw(self) -> str:
        """Return what is there at a moment where a number may be 0."""
        return self.except_elsewhere(_all_there(self.series), namespaces.elsewhere())

    def within(self, window: str) -> str:
        """Return what was there within a window, if that is what numbers are of."""
        if not self.of_pods:
            return _all_there(self.series)
        return _all_there(f"last_over_time({each}[{window}])" for each in self.series)

    def except_elsewhere(self, known: str, elsewhere: str) -> str:
        """Return what is known but for hubs whose users' pods run elsewhere."""
        return binary(known, "unless on (namespace)", elsewhere) if self.of_pods else known


def _all_there(series: Iterable[str]) -> str:
    return "\nand on (namespace)\n".join(series)


OWNERS_KNOWN = Evidence((ANNOTATED,), "namespace:kube_pod_annotations:group")
CPU_KNOWN = Evidence((_CPU, ANNOTATED), "namespace:container_cpu_usage_seconds:group")
MEMORY_KNOWN = Evidence((_MEMORY, ANNOTATED), "namespace:container_memory_working_set_bytes:group")
SIZES_KNOWN = Evidence((_SIZES,), "namespace:dirsize_total_size_bytes:group", of_pods=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """One kind of use: its query by user, and what it is called when it is recorded.

    ``by_user`` takes a window, ``""`` for a moment. ``recorded`` is the metric and the operations
    of a recorded name, without the level. A ``rate`` is a mean over the rate interval at least,
    at a moment too. ``divisor`` is for another unit on the board.
    """

    by_user: Callable[[str], str]
    recorded: str
    known: Evidence
    rate: bool = False
    divisor: str = ""

    def in_unit(self, expression: str) -> str:
        """Return an expression of this use in the board's unit."""
        return f"{expression}\n/ {self.divisor}" if self.divisor else expression


def of_user(by_pod: str, owner: str) -> str:
    """Return the sum for each user of an expression that has one series for each pod."""
    return aggregate("sum", USER, f"{by_pod}\n* on (namespace, pod) group_left (username)\n{owner}")


def cpu_by_user(window: str = "") -> str:
    """Return cores in use, averaged over the window, which is the rate interval if none is given.

    The rate interval is a step and a scrape at least: it is the window of a step, too.
    """
    window = RATE if window in ("", STEP) else window
    # The last minutes before a pod's end are in the rate when the pod is gone already.
    return of_user(cores_by_pod(window), owners(window))


def cpu_of_dask_by_user(window: str = "") -> str:
    """Return the part of ``cpu_by_user`` that Dask workers and schedulers use."""
    window = RATE if window in ("", STEP) else window
    return of_user(of_dask(cores_by_pod(window), window), owners(window))


def cpu_of_running_by_user(window: str = "") -> str:
    """Return cores in use by pods that run now, to hold against what these have reserved.

    What has just ended is still in the rate but reserves nothing: where many end at once, their
    CPU over the few others' requests would be a peak that never was. Over a ``window`` what has
    ended counts, for what it reserved then counts, too.
    """
    return cpu_by_user(window) if window else of_user(cores_by_pod(), running_owners())


def cores_by_pod(window: str = RATE) -> str:
    """Return cores in use by each pod, averaged over the window."""
    return containers.rate_by_pod(_CPU, window)


def memory_by_user(window: str = "") -> str:
    """Return bytes of memory in use: the working set, which evictions go by."""
    return of_user(memory_by_pod(window), memory_owners(window))


def memory_by_pod(window: str = "") -> str:
    """Return bytes in use by each pod, whosever it is: ``{namespace, pod}``."""
    return containers.mean_by_pod(_MEMORY, window) if window else containers.by_pod(_MEMORY)


def memory_owners(window: str = "") -> str:
    """Return the owners of the pods whose memory counts."""
    return owners(window) if window else running_owners()


def _requests(resource: str, window: str) -> str:
    """Return what running pods have reserved of a resource, by user."""
    return of_user(requests_by_pod(resource, window), owners(window))


def requests_by_pod(resource: str, window: str = "") -> str:
    """Return what running pods have reserved of a resource: ``{namespace, pod}``."""
    requests = selector("kube_pod_container_resource_requests", resource)
    # max folds the replicas of kube-state-metrics; the uid tells a pod from its namesake before.
    by_container = (*POD, "uid", "container", "resource")
    if window:
        reserved = aggregate("max", by_container, f"last_over_time({requests}[{window}])")
        ran = running_part(window)
        by_pod = f"{reserved}\n* on (namespace, pod, uid) group_left ()\n{ran}"
    else:
        # Finished pods keep their requests on purpose.
        reserved = aggregate("max", by_container, requests)
        by_pod = f"{reserved}\nand on (namespace, pod, uid)\n{RUNNING} == 1"
    return aggregate("sum", POD, by_pod)


def cpu_requests_by_user(window: str = "") -> str:
    """Return cores that running pods have reserved."""
    return _requests('resource="cpu"', window)


def memory_requests_by_user(window: str = "") -> str:
    """Return bytes of memory that running pods have reserved."""
    return _requests('resource="memory"', window)


def gpus_by_user(window: str = "") -> str:
    """Return GPUs that running pods hold, busy or not; nobody else has them."""
    return _requests(GPUS, window)


def busy_gpus_by_user(window: str = "") -> str:
    """Return how many of the GPUs held are busy, of those whose utilisation is known."""
    held = requests_by_pod(GPUS, window)
    return of_user(f"{gpus.utilisation(window)}\n* on (namespace, pod)\n{held}", owners(window))


def measured_gpus_by_user(window: str = "") -> str:
    """Return how many of the GPUs held have a known utilisation: the whole that the busy are of.

    A pod of whose GPUs no exporter reports is not idle: it counts in neither. Where some of a
    pod's GPUs are reported, the others are taken to be as busy as these.
    """
    held = requests_by_pod(GPUS, window)
    return of_user(
        binary(held, "and on (namespace, pod)", gpus.utilisation(window)), owners(window)
    )


def servers_by_user(window: str = "") -> str:
    """Return how many notebook servers run; named servers count one each."""
    if window:
        part = aggregate("sum", POD, running_part(window))
        return of_user(part, without_dask(owners(window), window))
    return aggregate("count", USER, servers())


def users_running(window: str = "") -> str:
    """Return 1 for each user with a server that runs, or ran within the window."""
    return aggregate("group", USER, servers(window))


def server_starts_by_user(window: str) -> str:
    """Return how many notebook servers began to run within the window."""
    return of_user(began(window), without_dask(owners(window), window))


def users_with_pods(window: str = "", *matchers: str) -> str:
    """Return 1 for each user with a pod, also if no exporter tells of them."""
    return aggregate("group", USER, owners(window, *matchers))


def idle_servers_by_user(window: str = "") -> str:
    """Return how many servers do nearly nothing (see ``IDLE_CORES``), 0 for busy users.

    Only servers that have run for the whole IDLE_WINDOW are judged: in a younger one's average
    the time before it began would count as idle. Over a ``window`` of no less than IDLE_STEP, it
    is looked at each IDLE_STEP.
    """
    judged = binary(
        f"{cores_by_pod(IDLE_WINDOW)} < bool {IDLE_CORES}",
        "and on (namespace, pod)",
        # The same container, not its namesake of before: a user's pods all have one name.
        f"({_CPU} and {_CPU} offset {IDLE_WINDOW})",
    )
    idle = of_user(judged, servers())
    # A window as long as the looks are apart holds one look.
    return idle if window in ("", IDLE_STEP) else mean_over(idle, f"{window}:{IDLE_STEP}")


def home_size_by_user(window: str = "") -> str:
    """Return bytes in the home directory of each member of a selected group, now.

    prometheus-dirsize-exporter knows directories, and looks at them once in hours: a ``window``
    makes no difference.
    """
    del window
    return of_homes(DIRECTORY_SIZES)


def of_homes(by_directory: str) -> str:
    """Return the sum for each member of an expression by directory, over their home directories."""
    homes = home_directories(info())
    theirs = f"{by_directory}\n* on (namespace, directory) group_right ()\n{homes}"
    return aggregate("sum", USER, theirs)


def home_directories(info: str) -> str:
    """Return 1 for each directory that is a user's: ``{namespace, username, directory} 1``.

    KubeSpawner names it after its user in its "safe" way, its older "escape" way or, by
    ``{unescaped_username}``, as the hub has the name. A directory has one user, though one's
    escaped name can be another's raw one: the safe way, which is the default, comes first.
    """
    safe, *others = (
        aggregate(
            "group",
            (*USER, "directory"),
            copied(info, ("directory", label)),
        )
        for label in ("username_safe", "username_escaped", "username")
    )
    return reduce(
        lambda left, right: binary(left, "or on (namespace, directory)", right), others, safe
    )


CPU = Usage(cpu_by_user, "container_cpu_usage_seconds:rate5m", CPU_KNOWN, rate=True)
CPU_OF_DASK = Usage(cpu_of_dask_by_user, "dask_cpu_usage_seconds:rate5m", CPU_KNOWN, rate=True)
CPU_OF_RUNNING = replace(CPU, by_user=cpu_of_running_by_user, rate=False)
MEMORY = Usage(memory_by_user, "container_memory_working_set_bytes:avg5m", MEMORY_KNOWN)
MEMORY_GIB = replace(MEMORY, divisor="2^30")
CPU_REQUESTS = Usage(cpu_requests_by_user, "cpu_requests_cores:avg5m", OWNERS_KNOWN)
MEMORY_REQUESTS = Usage(memory_requests_by_user, "memory_requests_bytes:avg5m", OWNERS_KNOWN)
GPUS_HELD = Usage(gpus_by_user, "gpu_requests:avg5m", OWNERS_KNOWN)
GPUS_BUSY = Usage(busy_gpus_by_user, "gpu_busy:avg5m", OWNERS_KNOWN)
GPUS_MEASURED = Usage(measured_gpus_by_user, "gpu_measured:avg5m", OWNERS_KNOWN)
SERVERS = Usage(servers_by_user, "servers:avg5m", OWNERS_KNOWN)
IDLE_SERVERS = Usage(idle_servers_by_user, "idle_servers:sum", OWNERS_KNOWN)
HOME_SIZE = Usage(home_size_by_user, "dirsize_total_size_bytes:sum", SIZES_KNOWN)

KINDS = (
    CPU,
    CPU_OF_DASK,
    MEMORY,
    CPU_REQUESTS,
    MEMORY_REQUESTS,
    GPUS_HELD,
    GPUS_BUSY,
    GPUS_MEASURED,
    SERVERS,
    IDLE_SERVERS,
    HOME_SIZE,
)
"""All kinds of use that are recorded, each once."""
