"""From instants to the board's time range: hours, people, last seen.

Each is a subquery over the whole range, so membership counts at the time of use: who joined on
Tuesday adds nothing on Monday. Its step is ``$__interval``, which Grafana sets to the range
divided by the panel's ``maxDataPoints`` (see ``panels.RANGE_POINTS``), never under the source's
shortest. What is summed is the mean over the step, so the step's length does not matter to the
sum.
"""

from dashboards.queries.groups import (
    attributable,
    attributed,
    of_members,
    of_selection,
    ratio,
    unknown_hubs,
    zero_filled,
)
from dashboards.queries.memberships import USER
from dashboards.queries.promql import mean_over, or_zero, subquery
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import OWNERS_KNOWN, STEP, Usage

RANGE = f"$__range:{STEP}"

DAY_STEP = "30m"
"""How finely a day is looked at for who was there."""

# Each look at a day goes DAY_STEP back, so the first is at 00:30; a whole day would begin with
# one at 00:00, into the day before (Prometheus 2 includes both ends).
DAY = f"23h45m:{DAY_STEP}"
"""The looks at a day that ends at a moment."""


def hours(expression: str) -> str:
    """Return the integral over the range, in hours: cores become CPU-hours."""
    return f"{mean_over(expression, RANGE)}\n* $__range_ms / 3.6e6"


def hours_of_selection(source: Source, usage: Usage) -> str:
    """Return the hours of the selected groups together, attributed: nobody counts twice."""
    return or_zero(hours(of_selection(source, usage, STEP)), attributable(source, usage.known))


def hours_by_group(source: Source, usage: Usage) -> str:
    """Return the hours of each selected group, attributed."""
    return hours(source.by_group(usage, STEP))


def hours_ratio_by_group(source: Source, part: Usage, whole: Usage) -> str:
    """Return the part's hours of the whole's for each group: 1 is all of it."""
    of, all_of = (
        subquery("sum_over_time", source.by_group(usage, STEP), RANGE) for usage in (part, whole)
    )
    return ratio(of, all_of)


def hours_by_member(source: Source, usage: Usage) -> str:
    """Return what each member's hours count in the selected groups: ``{namespace, username}``."""
    return hours(attributed(source, usage, STEP))


def hours_without_memberships(source: Source) -> str:
    """Return the hours in which a hub's pods were known but not its memberships, all hubs."""
    unknown = hours(unknown_hubs(source, OWNERS_KNOWN))
    return or_zero(unknown, source.presence(OWNERS_KNOWN))


def people_who_took_part(source: Source) -> str:
    """Return how many different members had a server running at any time in the range."""
    present = of_members(source, source.users_running(STEP))
    counted = source.scope.aggregate("count", (), subquery("max_over_time", present, RANGE))
    return or_zero(counted, source.outside_gaps(source.presence(OWNERS_KNOWN)))


def people_now(source: Source) -> str:
    """Return how many members have a server running at the end of the range."""
    counted = source.scope.aggregate("count", (), of_members(source, source.users_running()))
    return or_zero(counted, source.outside_gaps(source.presence(OWNERS_KNOWN)))


def daily_people_by_group(source: Source) -> str:
    """Return, for the day that begins at each point, how many members of a group had a server.

    The negative offset puts a day's number at its beginning, so that a bar stands on its day.
    """
    present = joined(source.scope, source.users_running(DAY_STEP), source.memberships())
    day = subquery("max_over_time", present, DAY, shift="-1d")
    return zero_filled(source, source.scope.aggregate("count", ("usergroup",), day), OWNERS_KNOWN)


def last_seen_by_member(source: Source) -> str:
    """Return when each member last had a server running, in Unix milliseconds, to a step."""
    seen = f"{of_members(source, source.users_running(STEP))}\n* time()"
    return f"{subquery('max_over_time', seen, RANGE)}\n* 1000"


def groups_by_member(source: Source) -> str:
    """Return in how many of the selected groups each member is now; it lists all members."""
    return source.scope.aggregate(
        "count", USER, joined(source.scope, source.members(), source.memberships())
    )
