"""From pods to users: who owns a pod, and what each user uses.

Kubernetes knows pods; the annotation ``hub.jupyter.org/username`` that kubespawner writes says
whose they are. Every expression named ``*_by_user`` has the labels ``namespace, username`` and
one series a user, however many named servers or Dask workers that user has.

The join by annotation needs kube-state-metrics to be started with
``--metric-annotations-allowlist=pods=[hub.jupyter.org/username]``.
"""

from dashboards.queries.promql import aggregate, binary, function, selector

POD = ("namespace", "pod")
USER = ("namespace", "username")

RATE = "$__rate_interval"
"""Grafana's window for rates: at least four scrapes, at least one step."""

GPU = 'resource=~".+_com_(gpu|mig).*|gpu_intel_com_.+"'
"""What kube-state-metrics calls GPUs: nvidia_com_gpu, amd_com_gpu, nvidia_com_mig_1g_5gb, …"""

IDLE_CORES = 0.05
IDLE_WINDOW = "15m"
"""A server does nearly nothing while it uses under IDLE_CORES cores on average over IDLE_WINDOW.

An open but unused JupyterLab needs about 0.01 cores for its kernels' heartbeats.
"""

_ANNOTATION = "annotation_hub_jupyter_org_username"
_DASK = 'label_app_kubernetes_io_component=~"dask-.+"'


def owners(window: str = "") -> str:
    """Return 1 for each pod that belongs to a user: ``{namespace, pod, username} 1``.

    With a ``window`` also pods that ended within it, so that the last minutes before a pod's
    end, which a rate over the same window still sees, find their owner.
    The username is the raw one: joining by the pod's name would mix up jo and john.
    """
    annotations = selector("kube_pod_annotations", f'{_ANNOTATION}!=""')
    if window:
        annotations = f"last_over_time({annotations}[{window}])"
    named = function("label_replace", annotations, '"username", "$1"', f'"{_ANNOTATION}", "(.+)"')
    return aggregate("group", (*POD, "username"), named)


def _running(window: str = "") -> str:
    """Return 1 for each pod that runs, or ran within the window."""
    phase = selector("kube_pod_status_phase", 'phase="Running"')
    if window:
        phase = f"max_over_time({phase}[{window}])"
    return f"{phase} == 1"


def running_owners(window: str = "") -> str:
    """Return ``owners`` of running pods only: finished pods stay listed until they are deleted."""
    return binary(owners(window), "and on (namespace, pod)", _running(window))


def servers(window: str = "") -> str:
    """Return 1 for each running notebook server: ``{namespace, pod, username} 1``.

    A user's Dask workers and schedulers run on the user's behalf but are no servers. They are
    told apart by the label ``app.kubernetes.io/component``, where kube-state-metrics exports it.
    """
    dask = selector("kube_pod_labels", _DASK)
    return binary(running_owners(window), "unless on (namespace, pod)", dask)


def _of_user(by_pod: str, owner: str) -> str:
    """Return the sum for each user of an expression that has one series for each pod."""
    return aggregate("sum", USER, f"{by_pod}\n* on (namespace, pod) group_left (username)\n{owner}")


def _cpu_by_pod(window: str) -> str:
    # name="" repeats each container as its pod's cgroup; keeping it doubles the sum.
    counter = selector("container_cpu_usage_seconds_total", 'name!=""')
    return aggregate("sum", POD, f"rate({counter}[{window}])")


def cpu_by_user() -> str:
    """Return cores in use by each user, averaged over the rate interval."""
    return _of_user(_cpu_by_pod(RATE), owners(RATE))


def memory_by_user() -> str:
    """Return bytes of memory in use by each user: the working set, which the OOM killer goes by."""
    working_set = selector("container_memory_working_set_bytes", 'name!=""')
    return _of_user(aggregate("sum", POD, working_set), running_owners())


def memory_gib_by_user() -> str:
    """Return ``memory_by_user`` in GiB, for GiB-hours."""
    return f"{memory_by_user()}\n/ 2^30"


def _requests_by_pod(resource: str) -> str:
    # Finished pods keep their requests on purpose; the uid tells a pod from its namesake before.
    requests = selector("kube_pod_container_resource_requests", resource)
    return aggregate("sum", POD, f"{requests}\nand on (namespace, pod, uid)\n{_running()}")


def cpu_requests_by_user() -> str:
    """Return cores that the running pods of each user have reserved."""
    return _of_user(_requests_by_pod('resource="cpu"'), owners())


def memory_requests_by_user() -> str:
    """Return bytes of memory that the running pods of each user have reserved."""
    return _of_user(_requests_by_pod('resource="memory"'), owners())


def gpus_by_user() -> str:
    """Return GPUs that the running pods of each user hold, busy or not; nobody else has them."""
    return _of_user(_requests_by_pod(GPU), owners())


def busy_gpus_by_user() -> str:
    """Return how many of the GPUs held by each user are busy, by dcgm-exporter.

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
    return _of_user(f"{busy}\n* on (namespace, pod)\n{_requests_by_pod(GPU)}", owners())


def servers_by_user() -> str:
    """Return how many notebook servers of each user run; named servers count one each."""
    return aggregate("count", USER, servers())


def users_running(window: str = "") -> str:
    """Return 1 for each user with a running server, or one that ran within the window."""
    return aggregate("group", USER, servers(window))


def idle_servers_by_user() -> str:
    """Return how many servers of each user do nearly nothing (see ``IDLE_CORES``)."""
    idle = f"({_cpu_by_pod(IDLE_WINDOW)} < {IDLE_CORES})"
    return aggregate(
        "count", USER, f"{idle}\n* on (namespace, pod) group_left (username)\n{servers()}"
    )
