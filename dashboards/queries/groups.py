"""From users to groups: the one join, and what a selection of groups adds up to.

The join has one shape. What a user uses is summed first (``{namespace, username}``), then
multiplied by the memberships, which are many for a user in several groups. A join before that
sum fails with "many-to-many matching not allowed" as soon as one user is in two groups.

Use is attributed as the board says. With "every" it counts fully in each of a user's groups, and
once for several of them together. With "split" it is divided among all of a user's groups, so
that these add up to the hub. People are counted as people either way: they are not divided.

Groups of one name on several selected hubs count together.
"""

from textwrap import indent

from dashboards.kit.scope import HUB
from dashboards.queries.memberships import USER
from dashboards.queries.promql import binary, function, or_zero
from dashboards.queries.sources import Source
from dashboards.queries.usage import HOME_SIZE, Presence, Usage


def attributable(source: Source, known: Presence) -> str:
    """Return what shows that a number may be 0, if it is known which part of use counts.

    Exporters that tell no shares leave it unknown, with "split".
    """
    return f"({source.presence(known)} and on () {source.shares_known()})"


def unknown_hubs(source: Source, known: Presence) -> str:
    """Return how many of the hubs that are known have no memberships, BRIDGE being over."""
    hubs = source.scope.aggregate("group", HUB, source.presence(known))
    return source.scope.aggregate(
        "count", (), f"{hubs}\nunless {source.scope.on(HUB)}\n{source.memberships_known()}"
    )


def users_not_counted(source: Source) -> str:
    """Return how many users of the selected hubs have pods that no hub's numbers count."""
    return or_zero(
        source.scope.aggregate("sum", (), source.users_elsewhere()), source.memberships_known()
    )


def part(source: Source) -> str:
    """Return the part of each member's use that counts in the selected groups together.

    It is 1 with "every", however many of the groups a user is in.
    """
    return function("clamp_max", source.scope.aggregate("sum", USER, source.shares()), "1")


def of_members(source: Source, by_user: str) -> str:
    """Return an expression by user for the members of the selected groups only, each once."""
    return f"{by_user}\n* {source.scope.on(USER)}\n{source.members()}"


def attributed(source: Source, usage: Usage, window: str = "") -> str:
    """Return what counts of use in the selected groups, still by user."""
    return f"{source.by_user(usage, window)}\n* {source.scope.on(USER)}\n{part(source)}"


def of_selection(source: Source, usage: Usage, window: str = "") -> str:
    """Return one number for the selected groups together, attributed: nobody counts twice."""
    return source.scope.aggregate("sum", (), attributed(source, usage, window))


def total_home_size(source: Source) -> str:
    """Return the bytes in the home directories of the selected groups' members together."""
    return or_zero(of_selection(source, HOME_SIZE), attributable(source, HOME_SIZE.known))


def ratio_by_group(source: Source, part_of: Usage, whole: Usage) -> str:
    """Return the part of the whole for each group, 1 being all of it, where there is a whole."""
    return ratio(source.by_group(part_of), source.by_group(whole))


def ratio(part_of: str, whole: str) -> str:
    """Return one expression of another; nothing where the other is 0, rather than infinity."""
    return f"{part_of}\n/\n(\n{indent(whole, '  ')}\n  > 0\n)"


def group_sizes(source: Source) -> str:
    """Return how many members each group has now, empty groups included: ``{usergroup}``."""
    return source.scope.aggregate("sum", ("usergroup",), source.sizes())


def zero_filled(source: Source, expression: str, known: Presence) -> str:
    """Return an expression by group with 0 for the selected groups that it finds nothing for.

    Without the zeros a line would end where use ends: its "last" would be days old, and its mean
    that of the busy times only. Where it is unknown, there is no line.
    """
    return f"{expression}\nor\n{zeros(source, known)}"


def zeros(source: Source, known: Presence) -> str:
    """Return 0 for each selected group, of the hubs where a number may be 0: ``{usergroup} 0``."""
    sizes = binary(source.sizes(), f"and {source.scope.on(HUB)}", source.presence(known))
    return f"0 * {source.scope.aggregate('sum', ('usergroup',), sizes)}"


def lines_by_group(source: Source, usage: Usage) -> str:
    """Return use by group as a line that goes on, at 0, while a group uses nothing."""
    return zero_filled(source, source.by_group(usage), usage.known)


def home_size_by_group(source: Source) -> str:
    """Return the bytes in the home directories of each group's members, attributed."""
    return source.by_group(HOME_SIZE)
