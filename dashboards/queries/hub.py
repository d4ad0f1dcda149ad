"""What JupyterHub says of itself: starts and stops of servers, requests, the proxy.

From the hub's own ``/hub/metrics``; its scrape adds the namespace. Its counters begin anew when it
does. Older hubs tell starts by status only, new ones by reason, too.
"""

from dashboards.queries.promql import aggregate, function, or_zero, selector
from dashboards.queries.usage import RATE

RANGE = "$__range"

_SPAWN = "jupyterhub_server_spawn_duration_seconds"
_REQUEST = "jupyterhub_request_duration_seconds"
_FAILED = 'status!="success"'
_UNFORESEEN = 'reason!~"(throttled|too-many-users|already-pending)?"'
_STOP_BY_API = ('method="DELETE"', 'handler=~".+[.]UserServerAPIHandler"')


def failed_starts(window: str = RANGE) -> str:
    """Return how many servers did not start within the window, of all chosen hubs together."""
    return aggregate("sum", (), failed_starts_by_reason(window))


def failed_starts_by_hub(window: str) -> str:
    """Return how many servers did not start within the window: ``{namespace}``."""
    return aggregate("sum", ("namespace",), _failed(window))


def failed_starts_by_reason(window: str = RATE) -> str:
    """Return how many servers did not start within the window: ``{status, reason}``."""
    return aggregate("sum", ("status", "reason"), _failed(window))


def _failed(window: str) -> str:
    """Return the failures within the window, by all of their labels.

    Other reasons than a hub knows beforehand have a series from their first failure on. In it
    ``increase`` does not see that one, so it is added.
    """
    grown = f"increase({selector(f'{_SPAWN}_count', _FAILED)}[{window}])"
    named = selector(f"{_SPAWN}_count", _FAILED, _UNFORESEEN)
    fresh = f"(present_over_time({named}[{window}])\nunless {named} offset {window})"
    return f"({grown} + {fresh})\nor\n{fresh}\nor\n{grown}"


def start_times(window: str = RATE) -> str:
    """Return the buckets of how long servers took that started: ``{le}``."""
    buckets = selector(f"{_SPAWN}_bucket", 'status="success"')
    return aggregate("sum", ("le",), f"increase({buckets}[{window}])")


def start_quantile(part: float, window: str = RATE) -> str:
    """Return the seconds within which that part of the servers started."""
    return function("histogram_quantile", f"{part}", start_times(window))


def answer_times(window: str = RATE) -> str:
    """Return the buckets of how long answers took: ``{le}``."""
    buckets = selector(f"{_REQUEST}_bucket")
    return aggregate("sum", ("le",), f"increase({buckets}[{window}])")


def answer_quantile(part: float, window: str = RATE) -> str:
    """Return the seconds within which that part of the requests was answered."""
    return function("histogram_quantile", f"{part}", answer_times(window))


def answers(hundreds: int) -> str:
    """Return answers a second with codes of 200 to 299, 300 to 399, …: none is 0."""
    counted = selector(f"{_REQUEST}_count", f'code=~"{hundreds}.."')
    total = aggregate("sum", (), f"rate({counted}[{RATE}])")
    return or_zero(total, selector(f"{_REQUEST}_count"))


def mean_seconds(what: str) -> str:
    """Return how long one of the hub's operations takes on average, such as ``proxy_add``."""
    name = f"jupyterhub_{what}_duration_seconds"
    total, count = (
        aggregate("sum", (), f"rate({selector(f'{name}_{part}')}[{RATE}])")
        for part in ("sum", "count")
    )
    return f"{total}\n/\n({count} > 0)"


def failed_routes(window: str = RATE) -> str:
    """Return how many routes to servers the proxy did not add or delete within the window."""
    add, delete = (
        selector(f"jupyterhub_proxy_{what}_duration_seconds_count", _FAILED)
        for what in ("add", "delete")
    )
    return aggregate("sum", (), f"increase({add}[{window}])\n+\nincrease({delete}[{window}])")


def stops(window: str = RATE) -> str:
    """Return how many servers stopped within the window, whoever stopped them."""
    stopped = selector("jupyterhub_server_stop_seconds_count", 'status="success"')
    return aggregate("sum", (), f"increase({stopped}[{window}])")


def failed_stops(window: str = RATE) -> str:
    """Return how many servers could not be stopped within the window."""
    stopped = selector("jupyterhub_server_stop_seconds_count", 'status="failure"')
    return aggregate("sum", (), f"increase({stopped}[{window}])")


def stops_by_api(window: str = RATE) -> str:
    """Return how many servers were stopped through the API, as the culler and the home page do."""
    asked = selector(f"{_REQUEST}_count", *_STOP_BY_API, 'code=~"2.."')
    return aggregate("sum", (), f"increase({asked}[{window}])")


def up() -> str:
    """Return 1 if all chosen hubs are scraped, 0 if one is not."""
    return aggregate("min", (), selector("up") + f"\nand on (job, instance)\n{_known_hub()}")


def _known_hub() -> str:
    # Which job scrapes a hub is told by what it brought within the day.
    return f"last_over_time({selector('jupyterhub_total_users')}[1d])"
