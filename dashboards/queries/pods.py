"""Pods: which belong to a user, which run, which are notebook servers.

Kubernetes knows pods; the annotation ``hub.jupyter.org/username`` that kubespawner writes says
whose they are. It needs kube-state-metrics to be started with
``--metric-annotations-allowlist=pods=[hub.jupyter.org/username]``.

Most functions take a ``window``. Without one they speak of a moment; with one, of the time up
to that moment, so that sums over coarse steps miss nothing that began and ended in between.
"""

from dashboards.kit.scope import Scope
from dashboards.metrics.kube_state_metrics import (
    KUBE_POD_ANNOTATIONS,
    KUBE_POD_LABELS,
    KUBE_POD_START_TIME,
    KUBE_POD_STATUS_PHASE,
)
from dashboards.queries.promql import binary, copied

POD = ("namespace", "pod")
POD_UID = (*POD, "uid")
"""The uid tells a pod from its namesake of another day."""
CONTAINER = (*POD, "container")

BEGAN_LATELY = 900
"""Seconds of a gap in which pods may begin and still be counted when they are seen at last."""

ANNOTATION = "annotation_hub_jupyter_org_username"

DASK = ('label_app_kubernetes_io_component=~"dask-.+"', 'label_dask_org_component!=""')
DASK_WORKER = (
    'label_app_kubernetes_io_component="dask-worker"',
    # The runner of a DaskJob, too: what is no server and no scheduler works.
    'label_dask_org_component!~"|scheduler"',
)
DASK_SCHEDULER = (
    'label_app_kubernetes_io_component="dask-scheduler"',
    'label_dask_org_component="scheduler"',
)
"""Dask's pods by their labels: dask-gateway sets ``app.kubernetes.io/component``, the operator of
dask-kubernetes ``dask.org/component`` (worker, scheduler, job-runner)."""


def running(scope: Scope) -> str:
    """Return 1 while a pod runs, 0 while it is listed in another phase."""
    return scope.selector(KUBE_POD_STATUS_PHASE, 'phase="Running"')


def annotated(scope: Scope) -> str:
    """Return any pod, owned or not: it shows that kube-state-metrics tells whose pods are.

    Without the allow-list it says nothing of annotations at all, and use is unknown rather than 0.
    """
    return scope.selector(KUBE_POD_ANNOTATIONS)


def mean_over_scrapes(series: str, window: str) -> str:
    """Return the mean of each series over the window, in which its absence counts as 0.

    How many samples the window has is read off the series with the most of them: hub and proxy
    are always there. Where nothing was scraped for a while, the mean is of the rest.
    """
    return f"sum_over_time({series}[{window}])\n/ scalar(max(count_over_time({series}[{window}])))"


def owners(scope: Scope, window: str = "", *matchers: str) -> str:
    """Return 1 for each pod that belongs to a user: ``{namespace, pod, username} 1``.

    The username is the raw one: joining by the pod's name would mix up jo and john. A pod has
    one owner, also where its name was another's within the window: two would end the query.
    """
    annotations = scope.selector(KUBE_POD_ANNOTATIONS, f'{ANNOTATION}!=""', *matchers)
    if window:
        annotations = f"last_over_time({annotations}[{window}])"
    owned = scope.aggregate(
        "group", (*POD, "username"), copied(annotations, ("username", ANNOTATION))
    )
    return f"topk {scope.by(POD)} (1, {owned})" if window else owned


def running_owners(scope: Scope, window: str = "") -> str:
    """Return ``owners`` of pods that run: finished ones stay listed until they are deleted."""
    ran = f"max_over_time({running(scope)}[{window}])" if window else running(scope)
    return binary(owners(scope, window), f"and {scope.on(POD)}", f"{ran} == 1")


def servers(scope: Scope, window: str = "") -> str:
    """Return 1 for each notebook server that runs: ``{namespace, pod, username} 1``."""
    return without_dask(scope, running_owners(scope, window), window)


def without_dask(scope: Scope, by_pod: str, window: str = "") -> str:
    """Return an expression by pod without Dask workers and schedulers.

    They run on their user's behalf but are no servers. They are told apart by labels, where
    kube-state-metrics exports these.
    """
    return binary(by_pod, f"unless {scope.on(POD)}", _labelled(scope, DASK, window))


def of_dask(scope: Scope, by_pod: str, window: str = "", which: tuple[str, ...] = DASK) -> str:
    """Return an expression by pod of Dask workers and schedulers only, or of one of the two."""
    return binary(by_pod, f"and {scope.on(POD)}", _labelled(scope, which, window))


def _labelled(scope: Scope, which: tuple[str, ...], window: str) -> str:
    """Return the pods that one of the matchers of labels selects."""
    series = [scope.selector(KUBE_POD_LABELS, matcher) for matcher in which]
    within = [f"last_over_time({each}[{window}])" if window else each for each in series]
    return f"({' or '.join(within)})"


def started_within(scope: Scope, window: str) -> str:
    """Return 1 for each pod that began to run within the window: ``{namespace, pod, uid} 1``.

    It ran in this window and not in the one before. That alone would count every pod anew after
    a gap of kube-state-metrics, so it must also have started no longer ago than the window and
    BEGAN_LATELY: by its start alone, one that began just before a window's end and was not
    scraped yet would be in none.
    """
    runs = scope.aggregate("group", POD_UID, f"max_over_time({running(scope)}[{window}]) == 1")
    ran = f"max_over_time({running(scope)}[{window}] offset {window}) == 1"
    started = f"last_over_time({scope.selector(KUBE_POD_START_TIME)}[{window}])"
    lately = f"{started} > time() - {seconds(window)} - {BEGAN_LATELY}"
    first = binary(runs, f"unless {scope.on(POD_UID)}", ran)
    return binary(first, f"and {scope.on(POD_UID)}", lately)


def seconds(window: str) -> str:
    """Return the seconds of a window, which may be one of Grafana's variables."""
    if window.startswith("$"):
        return f"{window}_ms / 1000"
    units = {"m": 60, "h": 3600, "d": 86_400}
    return str(int(window[:-1]) * units[window[-1]])


def running_part(scope: Scope, window: str) -> str:
    """Return for each pod the part of the window in which it ran: ``{namespace, pod, uid}``."""
    return scope.aggregate("max", POD_UID, mean_over_scrapes(running(scope), window))
