"""What cAdvisor reports of containers, each container counted once: ``{namespace, pod}``.

One container can have several series at the same time: two jobs that scrape the kubelets, control
groups nested in the container's own, and, for up to five minutes, its predecessor's, since the
kubelet's explicit timestamps keep Prometheus from marking series as stale. All of them carry the
same ``container``; ``name``, the runtime's id, changes each time a container is started. So at a
moment a container is its largest series. Over a window its lives, told apart by ``name``, add up.

The pod's own control group is repeated with an empty ``name``: every selector leaves it out.
"""

from dashboards.kit.scope import Scope
from dashboards.queries.pods import CONTAINER, POD
from dashboards.queries.promql import function

LIFE = (*CONTAINER, "name")
"""From a container's start to its end: started again, it has another ``name``."""

NAMED = 'name!=""'


def by_pod(scope: Scope, series: str) -> str:
    """Return the sum over each pod's containers of a gauge at a moment."""
    return scope.aggregate("sum", POD, scope.aggregate("max", CONTAINER, series))


def mean_by_pod(scope: Scope, series: str, window: str) -> str:
    """Return the same over a window, in which a container's absence counts as 0.

    How many samples a window has is read off the series with the most of them: hub and proxy are
    always there. Lives that overlap have more samples than that; then it is the mean of these.
    """
    total, samples = (
        scope.aggregate(
            "sum", CONTAINER, scope.aggregate("max", LIFE, f"{over}({series}[{window}])")
        )
        for over in ("sum_over_time", "count_over_time")
    )
    most = f"scalar(max(count_over_time({series}[{window}])))"
    return scope.aggregate("sum", POD, f"{total}\n/\n{function('clamp_min', samples, most)}")


def rate_by_pod(scope: Scope, series: str, window: str) -> str:
    """Return the sum over each pod's containers of a counter's mean increase a second."""
    return scope.aggregate("sum", POD, each_rate(scope, series, window))


def each_rate(scope: Scope, series: str, window: str) -> str:
    """Return a counter's mean increase a second for each life of each container."""
    return scope.aggregate("max", LIFE, f"rate({series}[{window}])")


def network_by_pod(scope: Scope, series: str, window: str) -> str:
    """Return bytes a second over all network interfaces of each pod.

    The network is the pod's: cAdvisor has it on the container that holds the pod's namespaces.
    """
    by_interface = scope.aggregate("max", (*POD, "interface"), f"rate({series}[{window}])")
    return scope.aggregate("sum", POD, by_interface)
