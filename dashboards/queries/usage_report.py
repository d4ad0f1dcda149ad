"""What a report says of a range: by group in both attributions, by user, of the hub as a whole."""

from dashboards.kit.scope import EVERY, SPLIT
from dashboards.queries.groups import of_members, of_selection, ratio, zero_filled
from dashboards.queries.pod_kinds import in_gib
from dashboards.queries.promql import or_zero, subquery
from dashboards.queries.ranges import RANGE, hours, hours_by_group, hours_ratio_by_group
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import OWNERS_KNOWN, STEP, Usage
from dashboards.queries.users import TOP


def group_hours(source: Source, usage: Usage, attribution: str) -> str:
    """Return the hours of each selected group, 0 where it used nothing: ``{usergroup}``."""
    attributed = source.attributed(attribution)
    return zero_filled(attributed, hours_by_group(attributed, usage), usage.known)


def group_ratio(source: Source, part: Usage, whole: Usage) -> str:
    """Return the part's hours of the whole's for each group, whose members count fully."""
    return hours_ratio_by_group(source.attributed(EVERY), part, whole)


def group_change(source: Source, usage: Usage) -> str:
    """Return by which part each group used more than in the range before: 1 is twice as much.

    Its members count fully; nothing where a group used nothing before.
    """
    by_group = source.attributed(EVERY).by_group(usage, STEP)
    now, before = (
        subquery("sum_over_time", by_group, RANGE, shift=ago) for ago in ("", "$__range")
    )
    return f"{ratio(now, before)}\n- 1"


def people_by_group(source: Source) -> str:
    """Return how many members of each group had a server running at any time in the range."""
    present = joined(source.scope, source.users_running(STEP), source.memberships())
    seen = subquery("max_over_time", present, RANGE)
    return zero_filled(source, source.scope.aggregate("count", ("usergroup",), seen), OWNERS_KNOWN)


def hub_hours(source: Source, usage: Usage) -> str:
    """Return the hours of all users of the selected hubs together, in whatever groups."""
    total = hours(source.scope.aggregate("sum", (), source.by_user(usage, STEP)))
    return or_zero(total, source.presence(usage.known))


def attributed_share(source: Source, usage: Usage) -> str:
    """Return the part of all users' hours that the selected groups answer for, split: 0 to 1."""
    of, all_of = (
        subquery("sum_over_time", total, RANGE)
        for total in (
            of_selection(source.attributed(SPLIT), usage, STEP),
            source.scope.aggregate("sum", (), source.by_user(usage, STEP)),
        )
    )
    return ratio(of, all_of)


def memory_by_greatest_user(source: Source, memory: Usage) -> str:
    """Return the GiB-hours of the TOP members of the selected groups: ``{namespace, username}``."""
    by_user = source.by_user(in_gib(memory), STEP)
    return f"topk({TOP}, {hours(of_members(source, by_user))})"
