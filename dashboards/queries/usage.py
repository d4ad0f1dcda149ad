"""What each user uses and reserves: ``{namespace, username}``, one series a user.

A user's named servers and Dask workers are summed. With a ``window`` (``STEP`` for sums over a
range) a number is the mean over it, so that its sum over steps is the integral, however coarse
the steps and however short a server's life.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics import recorded, recorded_usage
from dashboards.metrics.cadvisor import (
    CONTAINER_CPU_USAGE_SECONDS_TOTAL,
    CONTAINER_MEMORY_WORKING_SET_BYTES,
)
from dashboards.metrics.dirsize import DIRSIZE_TOTAL_SIZE_BYTES
from dashboards.metrics.kube_state_metrics import KUBE_POD_CONTAINER_RESOURCE_REQUESTS
from dashboards.metrics.metric import Metric
from dashboards.metrics.recorded_usage import RecordedUsage
from dashboards.queries import containers, gpus, namespaces
from dashboards.queries.memberships import USER, info
from dashboards.queries.pods import (
    POD,
    POD_UID,
    annotated,
    of_dask,
    owners,
    running,
    running_owners,
    running_part,
    servers,
    started_within,
    without_dask,
)
from dashboards.queries.promql import binary, copied, mean_over

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

DIRECTORY = ("namespace", "directory")


def _cpu(scope: Scope) -> str:
    return scope.selector(CONTAINER_CPU_USAGE_SECONDS_TOTAL, containers.NAMED)


def _memory(scope: Scope) -> str:
    return scope.selector(CONTAINER_MEMORY_WORKING_SET_BYTES, containers.NAMED)


def _sizes(scope: Scope) -> str:
    return scope.selector(DIRSIZE_TOTAL_SIZE_BYTES)


def directory_sizes(scope: Scope) -> str:
    """Return the bytes in each directory that prometheus-dirsize-exporter walks."""
    return scope.aggregate("max", DIRECTORY, _sizes(scope))


@dataclass(frozen=True, slots=True)
class Presence:
    """What shows that a number may be 0 rather than unknown: series that are all there in a hub.

    ``recorded`` is the name of the same as it is recorded. Numbers ``of_pods`` are means over a
    window when recorded, and so is their evidence of a window: where there is a number, it is
    there. For hubs whose users' pods run elsewhere
    (``namespaces``) it shows nothing.
    """

    series: tuple[Callable[[Scope], str], ...]
    recorded: Metric
    of_pods: bool = True

    def raw(self, scope: Scope) -> str:
        """Return what is there at a moment where a number may be 0."""
        there = _all_there(scope, (each(scope) for each in self.series))
        return self.except_elsewhere(scope, there, namespaces.memberships_elsewhere(scope))

    def within(self, scope: Scope, window: str) -> str:
        """Return what was there within a window, if that is what numbers are of."""
        series = [each(scope) for each in self.series]
        if not self.of_pods:
            return _all_there(scope, series)
        return _all_there(scope, (f"last_over_time({each}[{window}])" for each in series))

    def except_elsewhere(self, scope: Scope, known: str, elsewhere: str) -> str:
        """Return what is known but for hubs whose users' pods run elsewhere."""
        return binary(known, f"unless {scope.on(HUB)}", elsewhere) if self.of_pods else known


def _all_there(scope: Scope, series: Iterable[str]) -> str:
    return f"\nand {scope.on(HUB)}\n".join(series)


OWNERS_KNOWN = Presence((annotated,), recorded.OWNERS_KNOWN)
CPU_KNOWN = Presence((_cpu, annotated), recorded.CPU_KNOWN)
MEMORY_KNOWN = Presence((_memory, annotated), recorded.MEMORY_KNOWN)
SIZES_KNOWN = Presence((_sizes,), recorded.SIZES_KNOWN, of_pods=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """One kind of use: its query by user, and the metrics that rules record it as.

    ``by_user`` takes a scope and a window, ``""`` for a moment. A ``rate`` is a mean over the rate
    interval at least, at a moment too. ``divisor`` is for another unit on the board.
    """

    by_user: Callable[[Scope, str], str]
    recorded: RecordedUsage
    known: Presence
    rate: bool = False
    divisor: str = ""

    def in_unit(self, expression: str) -> str:
        """Return an expression of this use in the board's unit."""
        return f"{expression}\n/ {self.divisor}" if self.divisor else expression


def of_user(scope: Scope, by_pod: str, owner: str) -> str:
    """Return the sum for each user of an expression that has one series for each pod."""
    return scope.aggregate(
        "sum", USER, f"{by_pod}\n* {scope.on(POD)} group_left (username)\n{owner}"
    )


def cpu_by_user(scope: Scope, window: str = "") -> str:
    """Return cores in use, averaged over the window, which is the rate interval if none is given.

    The rate interval is a step and a scrape at least: it is the window of a step, too.
    """
    window = RATE if window in ("", STEP) else window
    # The last minutes before a pod's end are in the rate when the pod is gone already.
    return of_user(scope, cores_by_pod(scope, window), owners(scope, window))


def cpu_of_dask_by_user(scope: Scope, window: str = "") -> str:
    """Return the part of ``cpu_by_user`` that Dask workers and schedulers use."""
    window = RATE if window in ("", STEP) else window
    return of_user(
        scope, of_dask(scope, cores_by_pod(scope, window), window), owners(scope, window)
    )


def cpu_of_running_by_user(scope: Scope, window: str = "") -> str:
    """Return cores in use by pods that run now, to hold against what these have reserved.

    What has just ended is still in the rate but reserves nothing: where many end at once, their
    CPU over the few others' requests would be a peak that never was. Over a ``window`` what has
    ended counts, for what it reserved then counts, too.
    """
    return (
        cpu_by_user(scope, window)
        if window
        else of_user(scope, cores_by_pod(scope), running_owners(scope))
    )


def cores_by_pod(scope: Scope, window: str = RATE) -> str:
    """Return cores in use by each pod, averaged over the window."""
    return containers.rate_by_pod(scope, _cpu(scope), window)


def memory_by_user(scope: Scope, window: str = "") -> str:
    """Return bytes of memory in use: the working set, which evictions go by."""
    return of_user(scope, memory_by_pod(scope, window), memory_owners(scope, window))


def memory_by_pod(scope: Scope, window: str = "") -> str:
    """Return bytes in use by each pod, whosever it is: ``{namespace, pod}``."""
    used = _memory(scope)
    return containers.mean_by_pod(scope, used, window) if window else containers.by_pod(scope, used)


def memory_owners(scope: Scope, window: str = "") -> str:
    """Return the owners of the pods whose memory counts."""
    return owners(scope, window) if window else running_owners(scope)


def _requests(scope: Scope, resource: str, window: str) -> str:
    """Return what running pods have reserved of a resource, by user."""
    return of_user(scope, requests_by_pod(scope, resource, window), owners(scope, window))


def requests_by_pod(scope: Scope, resource: str, window: str = "") -> str:
    """Return what running pods have reserved of a resource: ``{namespace, pod}``."""
    requests = scope.selector(KUBE_POD_CONTAINER_RESOURCE_REQUESTS, resource)
    # max folds the replicas of kube-state-metrics; the uid tells a pod from its namesake before.
    by_container = (*POD_UID, "container", "resource")
    if window:
        reserved = scope.aggregate("max", by_container, f"last_over_time({requests}[{window}])")
        ran = running_part(scope, window)
        by_pod = f"{reserved}\n* {scope.on(POD_UID)} group_left ()\n{ran}"
    else:
        # Finished pods keep their requests on purpose.
        reserved = scope.aggregate("max", by_container, requests)
        by_pod = f"{reserved}\nand {scope.on(POD_UID)}\n{running(scope)} == 1"
    return scope.aggregate("sum", POD, by_pod)


def cpu_requests_by_user(scope: Scope, window: str = "") -> str:
    """Return cores that running pods have reserved."""
    return _requests(scope, 'resource="cpu"', window)


def memory_requests_by_user(scope: Scope, window: str = "") -> str:
    """Return bytes of memory that running pods have reserved."""
    return _requests(scope, 'resource="memory"', window)


def gpus_by_user(scope: Scope, window: str = "") -> str:
    """Return GPUs that running pods hold, busy or not; nobody else has them."""
    return _requests(scope, GPUS, window)


def busy_gpus_by_user(scope: Scope, window: str = "") -> str:
    """Return how many of the GPUs held are busy, of those whose utilization is known."""
    held = requests_by_pod(scope, GPUS, window)
    busy = f"{gpus.utilization(scope, window)}\n* {scope.on(POD)}\n{held}"
    return of_user(scope, busy, owners(scope, window))


def measured_gpus_by_user(scope: Scope, window: str = "") -> str:
    """Return how many of the GPUs held have a known utilization: the whole that the busy are of.

    A pod of whose GPUs no exporter reports is not idle: it counts in neither. Where some of a
    pod's GPUs are reported, the others are taken to be as busy as these.
    """
    held = requests_by_pod(scope, GPUS, window)
    measured = binary(held, f"and {scope.on(POD)}", gpus.utilization(scope, window))
    return of_user(scope, measured, owners(scope, window))


def servers_by_user(scope: Scope, window: str = "") -> str:
    """Return how many notebook servers run; named servers count one each."""
    if window:
        part = scope.aggregate("sum", POD, running_part(scope, window))
        return of_user(scope, part, without_dask(scope, owners(scope, window), window))
    return scope.aggregate("count", USER, servers(scope))


def users_running(scope: Scope, window: str = "") -> str:
    """Return 1 for each user with a server that runs, or ran within the window."""
    return scope.aggregate("group", USER, servers(scope, window))


def server_starts_by_user(scope: Scope, window: str) -> str:
    """Return how many notebook servers began to run within the window."""
    return of_user(
        scope, started_within(scope, window), without_dask(scope, owners(scope, window), window)
    )


def users_with_pods(scope: Scope, window: str = "", *matchers: str) -> str:
    """Return 1 for each user with a pod, also if no exporter tells of them."""
    return scope.aggregate("group", USER, owners(scope, window, *matchers))


def idle_servers_by_user(scope: Scope, window: str = "") -> str:
    """Return how many servers do nearly nothing (see ``IDLE_CORES``), 0 for busy users.

    Only servers that have run for the whole IDLE_WINDOW are judged: in a younger one's average
    the time before it began would count as idle. Over a ``window`` of no less than IDLE_STEP, it
    is looked at each IDLE_STEP.
    """
    judged = binary(
        f"{cores_by_pod(scope, IDLE_WINDOW)} < bool {IDLE_CORES}",
        f"and {scope.on(POD)}",
        # The same container, not its namesake of before: a user's pods all have one name.
        f"({_cpu(scope)} and {_cpu(scope)} offset {IDLE_WINDOW})",
    )
    idle = of_user(scope, judged, servers(scope))
    # A window as long as the looks are apart holds one look.
    return idle if window in ("", IDLE_STEP) else mean_over(idle, f"{window}:{IDLE_STEP}")


def home_size_by_user(scope: Scope, window: str = "") -> str:
    """Return bytes in the home directory of each member of a selected group, now.

    prometheus-dirsize-exporter knows directories, and looks at them once in hours: a ``window``
    makes no difference.
    """
    del window
    return of_homes(scope, directory_sizes(scope), info(scope))


def of_homes(scope: Scope, by_directory: str, memberships: str) -> str:
    """Return the sum for each member of an expression by directory, over their home directories.

    ``memberships`` have all labels that the exporter gives them: its slugs name the directories.
    """
    homes = home_directories(scope, memberships)
    theirs = f"{by_directory}\n* {scope.on(DIRECTORY)} group_right ()\n{homes}"
    return scope.aggregate("sum", USER, theirs)


def home_directories(scope: Scope, memberships: str) -> str:
    """Return 1 for each directory that is a user's: ``{namespace, username, directory} 1``.

    KubeSpawner names it after its user in its "safe" way, its older "escape" way or, by
    ``{unescaped_username}``, as the hub has the name. A directory has one user, though one's
    escaped name can be another's raw one: the safe way, which is the default, comes first.
    """
    safe, *others = (
        scope.aggregate(
            "group",
            (*USER, "directory"),
            copied(memberships, ("directory", label)),
        )
        for label in ("username_safe", "username_escaped", "username")
    )
    return reduce(
        lambda left, right: binary(left, f"or {scope.on(DIRECTORY)}", right), others, safe
    )


CPU = Usage(cpu_by_user, recorded_usage.CPU, CPU_KNOWN, rate=True)
CPU_OF_DASK = Usage(cpu_of_dask_by_user, recorded_usage.CPU_OF_DASK, CPU_KNOWN, rate=True)
CPU_OF_RUNNING = replace(CPU, by_user=cpu_of_running_by_user, rate=False)
MEMORY = Usage(memory_by_user, recorded_usage.MEMORY, MEMORY_KNOWN)
MEMORY_GIB = replace(MEMORY, divisor="2^30")
CPU_REQUESTS = Usage(cpu_requests_by_user, recorded_usage.CPU_REQUESTS, OWNERS_KNOWN)
MEMORY_REQUESTS = Usage(memory_requests_by_user, recorded_usage.MEMORY_REQUESTS, OWNERS_KNOWN)
GPUS_HELD = Usage(gpus_by_user, recorded_usage.GPUS_HELD, OWNERS_KNOWN)
GPUS_BUSY = Usage(busy_gpus_by_user, recorded_usage.GPUS_BUSY, OWNERS_KNOWN)
GPUS_MEASURED = Usage(measured_gpus_by_user, recorded_usage.GPUS_MEASURED, OWNERS_KNOWN)
SERVERS = Usage(servers_by_user, recorded_usage.SERVERS, OWNERS_KNOWN)
IDLE_SERVERS = Usage(idle_servers_by_user, recorded_usage.IDLE_SERVERS, OWNERS_KNOWN)
HOME_SIZE = Usage(home_size_by_user, recorded_usage.HOME_SIZE, SIZES_KNOWN)

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
