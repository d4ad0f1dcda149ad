"""What JupyterHub says of itself: starts and stops of servers, requests, the proxy.

From the hub's own ``/hub/metrics``; its scrape adds the namespace. Its counters begin anew when it
does: ``counters`` says what counts then. Older hubs tell starts by status only, new ones by
reason, too.
"""

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.jupyterhub import (
    JUPYTERHUB_PROXY_ADD_DURATION_SECONDS,
    JUPYTERHUB_PROXY_DELETE_DURATION_SECONDS,
    JUPYTERHUB_PROXY_POLL_DURATION_SECONDS,
    JUPYTERHUB_REQUEST_DURATION_SECONDS,
    JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS,
    JUPYTERHUB_SERVER_STOP_SECONDS,
    JUPYTERHUB_TOTAL_USERS,
)
from dashboards.metrics.metric import Histogram
from dashboards.metrics.prometheus import UP
from dashboards.queries import counters
from dashboards.queries.promql import function, or_zero
from dashboards.queries.usage import RATE, STEP

RANGE = counters.RANGE

_FAILED = 'status!="success"'
_STOP_BY_API = ('method="DELETE"', 'handler=~".+[.]UserServerAPIHandler"')


def failed_starts(scope: Scope, window: str = RANGE) -> str:
    """Return how many servers did not start within the window, of all chosen hubs together."""
    return counters.total(scope, (), _failed(scope, window))


def failed_starts_by_hub(scope: Scope, window: str) -> str:
    """Return how many servers did not start within the window: ``{namespace}``."""
    return counters.total(scope, HUB, _failed(scope, window))


def failed_starts_by_reason(scope: Scope, window: str = STEP) -> str:
    """Return how many servers did not start within the window: ``{status, reason}``."""
    return counters.total(scope, ("status", "reason"), _failed(scope, window))


def _failed(scope: Scope, window: str) -> str:
    """Return the failures within the window, by all of their labels, each start once.

    A server that ends by itself while the hub waits for its answer is counted by JupyterHub 6 at
    once, as ``error`` with the reason ``exited``, and once more when the hub gives up, as ``error``
    without a reason: jupyterhub/handlers/base.py, spawn_single_user. The second is always there.
    """
    failed = _count(scope, JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS, window, _FAILED)
    first_of_two = scope.selector(
        JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS.count, 'status="error"', 'reason="exited"'
    )
    return f"{failed}\nunless\nlast_over_time({first_of_two}[{window}])"


def _count(
    scope: Scope, histogram: Histogram, window: str, *matchers: str, buckets: bool = False
) -> str:
    """Return how many times something was observed within the window, by all of its labels.

    With ``buckets``, those that took no longer than each bucket's ``le``.
    """
    counter = scope.selector(histogram.bucket if buckets else histogram.count, *matchers)
    born = scope.selector(histogram.created, *matchers)
    return counters.count(
        scope,
        counter,
        window,
        born=f"last_over_time({born}[{window}])",
        # Every hub has it from its first scrape on.
        target=scope.selector(JUPYTERHUB_TOTAL_USERS),
    )


def start_times(scope: Scope, window: str = STEP) -> str:
    """Return the buckets of how long servers took that started: ``{le}``."""
    started = _count(
        scope, JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS, window, 'status="success"', buckets=True
    )
    return counters.total(scope, ("le",), started)


def start_quantile(scope: Scope, part: float, window: str = STEP) -> str:
    """Return the seconds within which that part of the servers started."""
    return function("histogram_quantile", f"{part}", start_times(scope, window))


def answer_times(scope: Scope, window: str = RATE) -> str:
    """Return the buckets of how long answers took: ``{le}``, for quantiles: no whole numbers."""
    buckets = scope.selector(JUPYTERHUB_REQUEST_DURATION_SECONDS.bucket)
    return scope.aggregate("sum", ("le",), f"increase({buckets}[{window}])")


def answer_quantile(scope: Scope, part: float, window: str = RATE) -> str:
    """Return the seconds within which that part of the requests was answered."""
    return function("histogram_quantile", f"{part}", answer_times(scope, window))


def answers(scope: Scope, hundreds: int) -> str:
    """Return answers a second with codes of 200 to 299, 300 to 399, …: none is 0."""
    counted = scope.selector(JUPYTERHUB_REQUEST_DURATION_SECONDS.count, f'code=~"{hundreds}.."')
    total = counters.total(scope, (), f"rate({counted}[{RATE}])")
    return or_zero(total, scope.selector(JUPYTERHUB_REQUEST_DURATION_SECONDS.count))


def seconds_to_add_a_route(scope: Scope) -> str:
    """Return how long the proxy takes on average to add a route to a server."""
    return _mean(scope, JUPYTERHUB_PROXY_ADD_DURATION_SECONDS)


def seconds_to_delete_a_route(scope: Scope) -> str:
    """Return how long the proxy takes on average to delete a route to a server."""
    return _mean(scope, JUPYTERHUB_PROXY_DELETE_DURATION_SECONDS)


def seconds_to_list_routes(scope: Scope) -> str:
    """Return how long the proxy takes on average to list all of its routes."""
    return _mean(scope, JUPYTERHUB_PROXY_POLL_DURATION_SECONDS)


def _mean(scope: Scope, histogram: Histogram) -> str:
    total, count = (
        scope.aggregate("sum", (), f"rate({scope.selector(part)}[{RATE}])")
        for part in (histogram.sum, histogram.count)
    )
    return f"{total}\n/\n({count} > 0)"


def failed_routes(scope: Scope, window: str = STEP) -> str:
    """Return how many routes to servers the proxy did not add or delete within the window."""
    add, delete = (
        counters.total(scope, (), _count(scope, histogram, window, _FAILED))
        for histogram in (
            JUPYTERHUB_PROXY_ADD_DURATION_SECONDS,
            JUPYTERHUB_PROXY_DELETE_DURATION_SECONDS,
        )
    )
    return f"{add}\n+\n{delete}"


def stops(scope: Scope, window: str = STEP) -> str:
    """Return how many servers stopped within the window, whoever stopped them."""
    return counters.total(
        scope, (), _count(scope, JUPYTERHUB_SERVER_STOP_SECONDS, window, 'status="success"')
    )


def failed_stops(scope: Scope, window: str = STEP) -> str:
    """Return how many servers could not be stopped within the window."""
    return counters.total(
        scope, (), _count(scope, JUPYTERHUB_SERVER_STOP_SECONDS, window, 'status="failure"')
    )


def stops_by_api(scope: Scope, window: str = STEP) -> str:
    """Return how many servers were stopped through the API, as the culler and the home page do."""
    return counters.total(
        scope,
        (),
        _count(scope, JUPYTERHUB_REQUEST_DURATION_SECONDS, window, *_STOP_BY_API, 'code=~"2.."'),
    )


def up(scope: Scope) -> str:
    """Return 1 if all chosen hubs are scraped, 0 if one is not."""
    return scope.aggregate(
        "min", (), scope.selector(UP) + f"\nand on (job, instance)\n{_known_hub(scope)}"
    )


def _known_hub(scope: Scope) -> str:
    # Which job scrapes a hub shows by what it brought within the day.
    return f"last_over_time({scope.selector(JUPYTERHUB_TOTAL_USERS)}[1d])"
