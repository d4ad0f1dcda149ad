"""Pods: which belong to a user, which run, which are notebook servers.

Kubernetes knows pods; the annotation ``hub.jupyter.org/username`` that kubespawner writes says
whose they are. It needs kube-state-metrics to be started with
``--metric-annotations-allowlist=pods=[hub.jupyter.org/username]``.

Most functions take a ``window``. Without one they speak of a moment; with one, of the time up
to that moment, so that sums over coarse steps miss nothing that began and ended in between.
"""

from dashboards.queries.promql import aggregate, binary, function, selector

POD = ("namespace", "pod")

RUNNING = selector("kube_pod_status_phase", 'phase="Running"')
"""1 while a pod runs, 0 while it is listed in another phase."""

ANNOTATED = selector("kube_pod_annotations")
"""Any pod, owned or not: kube-state-metrics tells whose pods are, if only that they are nobody's.

Without the allow-list it says nothing of annotations at all, and use is unknown rather than 0.
"""

_ANNOTATION = "annotation_hub_jupyter_org_username"
_DASK = selector("kube_pod_labels", 'label_app_kubernetes_io_component=~"dask-.+"')


def mean(series: str, window: str) -> str:
    """Return the mean of each series over the window, in which its absence counts as 0.

    How many samples the window has is read off the series with the most of them: hub and proxy
    are always there. Where nothing was scraped for a while, the mean is of the rest.
    """
    return f"sum_over_time({series}[{window}])\n/ scalar(max(count_over_time({series}[{window}])))"


def owners(window: str = "") -> str:
    """Return 1 for each pod that belongs to a user: ``{namespace, pod, username} 1``.

    The username is the raw one: joining by the pod's name would mix up jo and john. A pod has
    one owner, also where its name was another's within the window: two would end the query.
    """
    annotations = selector("kube_pod_annotations", f'{_ANNOTATION}!=""')
    if window:
        annotations = f"last_over_time({annotations}[{window}])"
    named = function("label_replace", annotations, '"username", "$1"', f'"{_ANNOTATION}", "(.+)"')
    owned = aggregate("group", (*POD, "username"), named)
    return f"topk by ({', '.join(POD)}) (1, {owned})" if window else owned


def running_owners(window: str = "") -> str:
    """Return ``owners`` of pods that run: finished ones stay listed until they are deleted."""
    running = f"max_over_time({RUNNING}[{window}])" if window else RUNNING
    return binary(owners(window), "and on (namespace, pod)", f"{running} == 1")


def servers(window: str = "") -> str:
    """Return 1 for each notebook server that runs: ``{namespace, pod, username} 1``."""
    return without_dask(running_owners(window), window)


def without_dask(by_pod: str, window: str = "") -> str:
    """Return an expression by pod without Dask workers and schedulers.

    They run on their user's behalf but are no servers. They are told apart by the label
    ``app.kubernetes.io/component``, where kube-state-metrics exports it.
    """
    return binary(by_pod, "unless on (namespace, pod)", _dask(window))


def of_dask(by_pod: str, window: str = "") -> str:
    """Return an expression by pod of Dask workers and schedulers only."""
    return binary(by_pod, "and on (namespace, pod)", _dask(window))


def _dask(window: str) -> str:
    return f"last_over_time({_DASK}[{window}])" if window else _DASK


def running_part(window: str) -> str:
    """Return for each pod the part of the window in which it ran: ``{namespace, pod, uid}``."""
    return aggregate("max", (*POD, "uid"), mean(RUNNING, window))
