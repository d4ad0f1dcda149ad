"""Use by user, of the users chosen on the board, and of the greatest of them where lines are drawn.

A hub of thousands must not draw thousands of lines: lines are of the TOP users of the range, which
are the same at each of its points. Tables have everybody.
"""

from dashboards.kit.scope import HUB, SPLIT
from dashboards.metrics.kube_state_metrics import KUBE_POD_ANNOTATIONS
from dashboards.queries.memberships import USER
from dashboards.queries.promql import or_zero, subquery
from dashboards.queries.ranges import RANGE, hours
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import HOME_SIZE, OWNERS_KNOWN, STEP, Presence, Usage

TOP = 20
"""How many users have a line or a bar."""

POINTS = 500
"""The most points of a line: at each the use is asked for twice, once to find the greatest."""

HOME_POINTS = 120
"""The same of a home directory's size, which is looked at once in hours."""


def _evidence(source: Source, known: Presence) -> str:
    """Return what shows that a number of the chosen users may be 0.

    In a gap of the exporter it is unknown who is in a group. With all groups, whoever has pods is
    chosen: a matcher for all of them finds these, which have none.
    """
    with_pods = source.scope.selector(KUBE_POD_ANNOTATIONS, source.scope.group_matcher)
    reported = f"({source.memberships_known()} or {source.scope.on(HUB)} {with_pods})"
    return source.outside_gaps(source.presence(known), reported)


def of_chosen(source: Source, by_user: str, window: str = "") -> str:
    """Return an expression by user for the chosen users only, without its metric's name."""
    return f"{by_user}\n* {source.scope.on(USER)}\n{source.selected_users(window)}"


def use(source: Source, usage: Usage, window: str = "") -> str:
    """Return what each chosen user uses: ``{namespace, username}``."""
    return of_chosen(source, source.by_user(usage, window), window)


def lines(source: Source, usage: Usage) -> str:
    """Return what each of the TOP chosen users uses, those with the largest sum over the range."""
    return _of_greatest(source, use(source, usage))


def sessions(source: Source) -> str:
    """Return 1 while a chosen user has a server, for the TOP users with the longest time."""
    return _of_greatest(source, of_chosen(source, source.users_running(STEP), STEP))


def _of_greatest(source: Source, by_user: str) -> str:
    total = subquery("sum_over_time", by_user, RANGE, at_end=True)
    # By points, not at each of them: a line that is among the greatest now and then has holes.
    return f"{by_user}\nand {source.scope.on(USER)}\ntopk({TOP}, {total})"


def bars(source: Source, usage: Usage) -> str:
    """Return the hours of the TOP chosen users in the range."""
    return f"topk({TOP}, {use_hours(source, usage)})"


def use_hours(source: Source, usage: Usage) -> str:
    """Return what each chosen user used in the range, in hours: ``{namespace, username}``."""
    return hours(use(source, usage, STEP))


def total_hours(source: Source, usage: Usage) -> str:
    """Return what the chosen users used in the range together, in hours."""
    total = hours(source.scope.aggregate("sum", (), use(source, usage, STEP)))
    return or_zero(total, _evidence(source, usage.known))


def total_home_size(source: Source) -> str:
    """Return the bytes in the home directories of the chosen users together."""
    total = source.scope.aggregate("sum", (), use(source, HOME_SIZE))
    # Whose a directory is, the exporter says.
    return or_zero(total, source.outside_gaps(source.presence(HOME_SIZE.known)))


def people(source: Source) -> str:
    """Return how many of the chosen users had a server running at any time in the range."""
    present = of_chosen(source, source.users_running(STEP), STEP)
    counted = source.scope.aggregate("count", (), subquery("max_over_time", present, RANGE))
    return or_zero(counted, _evidence(source, OWNERS_KNOWN))


def server_starts(source: Source) -> str:
    """Return how many servers of each chosen user began in the range."""
    return subquery("sum_over_time", of_chosen(source, source.server_starts(STEP), STEP), RANGE)


def last_seen(source: Source) -> str:
    """Return when each chosen user last had a server running, in Unix milliseconds, to a step."""
    seen = f"{of_chosen(source, source.users_running(STEP), STEP)}\n* time()"
    return f"{subquery('max_over_time', seen, RANGE)}\n* 1000"


def group_count(source: Source) -> str:
    """Return in how many of the selected groups each chosen user is; it lists them all."""
    return source.scope.aggregate("count", USER, groups_of(source))


def groups_of(source: Source) -> str:
    """Return 1 for each membership of a chosen user in a selected group."""
    return joined(source.scope, source.selected_users(), source.memberships())


def parts_of(source: Source) -> str:
    """Return the part of each chosen user's use that a selected group answers for."""
    split = source.attributed(SPLIT)
    return joined(source.scope, split.selected_users(), split.shares())
