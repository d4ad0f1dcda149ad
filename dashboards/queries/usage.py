"""What each user uses and reserves: ``{namespace, username}``, one series a user.

A user's named servers and Dask workers are summed. With a ``window`` (``STEP`` for sums over a
range) a number is the mean over it, so that its sum over steps is the integral, however coarse
the steps and however short a server's life.
"""

from dashboards.queries.pods import (
    ANNOTATED,
    POD,
    RUNNING,
    mean,
    owners,
    running_owners,
    running_part,
    servers,
    without_dask,
)
from dashboards.queries.promql import aggregate, binary, function, mean_over, selector

USER = ("namespace", "username")

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

# name="" repeats each container as its pod's cgroup; keeping it doubles the sum.
CPU = selector("container_cpu_usage_seconds_total", 'name!=""')
MEMORY = selector("container_memory_working_set_bytes", 'name!=""')

# Where a number may be 0 rather than unknown: containers are measured, and pods have owners.
CPU_KNOWN = f"({CPU} and on (namespace) {ANNOTATED})"
MEMORY_KNOWN = f"({MEMORY} and on (namespace) {ANNOTATED})"


def _of_user(by_pod: str, owner: str) -> str:
    """Return the sum for each user of an expression that has one series for each pod."""
    return aggregate("sum", USER, f"{by_pod}\n* on (namespace, pod) group_left (username)\n{owner}")


def cpu_by_user() -> str:
    """Return cores in use, averaged over the rate interval."""
    # The last minutes before a pod's end are in the rate when the pod is gone already.
    return _of_user(_cores(), owners(RATE))


def cpu_of_running_by_user() -> str:
    """Return cores in use by pods that run now, to hold against what these have reserved.

    What has just ended is still in the rate but reserves nothing: where many end at once, their
    CPU over the few others' requests would be a peak that never was.
    """
    return _of_user(_cores(), running_owners())


def _cores(window: str = RATE) -> str:
    """Return cores in use by each pod, averaged over the window."""
    return aggregate("sum", POD, f"rate({CPU}[{window}])")


def memory_by_user(window: str = "") -> str:
    """Return bytes of memory in use: the working set, which evictions go by."""
    if window:
        return _of_user(aggregate("sum", POD, mean(MEMORY, window)), owners(window))
    return _of_user(aggregate("sum", POD, MEMORY), running_owners())


def memory_gib_by_user(window: str = "") -> str:
    """Return ``memory_by_user`` in GiB."""
    return f"{memory_by_user(window)}\n/ 2^30"


def _requests(resource: str, window: str) -> str:
    """Return what running pods have reserved of a resource, by user."""
    return _of_user(_requests_by_pod(resource, window), owners(window))


def _requests_by_pod(resource: str, window: str = "") -> str:
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


def busy_gpus_by_user() -> str:
    """Return how many of the GPUs held are busy, by dcgm-exporter.

    A pod's utilisation is the mean over its devices: with shared GPUs one device's series is
    copied for each pod, so a sum would count it several times.
    """
    # dcgm-exporter's own pod labels arrive as exported_* unless the scrape honours labels.
    honoured = selector("DCGM_FI_DEV_GPU_UTIL", 'pod!=""', 'exported_pod=""') + " / 100"
    exported = function(
        "label_replace",
        function(
            "label_replace",
            # The job's own namespace is the exporter's; the hub's is the exported one.
            'DCGM_FI_DEV_GPU_UTIL{exported_namespace=~"$hub", exported_pod!=""} / 100',
            '"namespace", "$1"',
            '"exported_namespace", "(.+)"',
        ),
        '"pod", "$1"',
        '"exported_pod", "(.+)"',
    )
    busy = binary(aggregate("avg", POD, exported), "or", aggregate("avg", POD, honoured))
    return _of_user(f"{busy}\n* on (namespace, pod)\n{_requests_by_pod(GPUS)}", owners())


def servers_by_user(window: str = "") -> str:
    """Return how many notebook servers run; named servers count one each."""
    if window:
        part = aggregate("sum", POD, running_part(window))
        return _of_user(part, without_dask(owners(window), window))
    return aggregate("count", USER, servers())


def users_running(window: str = "") -> str:
    """Return 1 for each user with a server that runs, or ran within the window."""
    return aggregate("group", USER, servers(window))


def idle_servers_by_user(window: str = "") -> str:
    """Return how many servers do nearly nothing (see ``IDLE_CORES``), 0 for busy users.

    Only servers that have run for the whole IDLE_WINDOW are judged: in a younger one's average
    the time before it began would count as idle. Over a ``window`` of no less than IDLE_STEP, it
    is looked at each IDLE_STEP.
    """
    judged = binary(
        f"{_cores(IDLE_WINDOW)} < bool {IDLE_CORES}",
        "and on (namespace, pod)",
        # The same container, not its namesake of before: a user's pods all have one name.
        f"({CPU} and {CPU} offset {IDLE_WINDOW})",
    )
    idle = _of_user(judged, servers())
    if not window:
        return idle
    return mean_over(idle, f"{window}:{IDLE_STEP}")
