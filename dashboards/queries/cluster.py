"""What goes wrong in the whole cluster: ``trouble`` of every namespace, and a few sums.

A node is full of all hubs' pods, and the cluster's own pods fail, too: so nothing here is of
chosen hubs.
"""

from dashboards.queries import pod_health
from dashboards.queries.promql import aggregate, of_every_hub

RANGE = pod_health.RANGE


def count(series: str) -> str:
    """Return how many series an expression has."""
    return aggregate("count", (), series)


def total(series: str) -> str:
    """Return the sum of all series of an expression."""
    return aggregate("sum", (), series)


def most(*several: str) -> str:
    """Return the greatest value of several expressions' series."""
    return aggregate("max", (), "\nor\n".join(aggregate("max", (), one) for one in several))


def why_waiting() -> str:
    """Return how long pods have waited that do not run: ``{namespace, pod, reason}``."""
    return of_every_hub(pod_health.why_waiting())


def count_stuck() -> str:
    """Return how many pods have waited for too long."""
    return of_every_hub(pod_health.count_stuck())


def not_running() -> list[tuple[str, str]]:
    """Return how many pods are in each phase but the two good ones, with what it is called."""
    return [(of_every_hub(pods), phase) for pods, phase in pod_health.not_running()]


def failed_pods() -> str:
    """Return when pods that failed within the range were last seen so, in milliseconds."""
    return of_every_hub(pod_health.failed_pods())


def bad_ends() -> str:
    """Return when containers that ended badly were last seen so, in milliseconds."""
    return of_every_hub(pod_health.bad_ends())
