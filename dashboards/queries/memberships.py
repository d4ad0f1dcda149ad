"""Who is in which group, as the exporter says, and how rules bridge the gaps in what it says.

Replicas of an exporter say the same; ``group`` and ``max`` fold them into one. Boards over scraped
series read what is there: in a gap of the exporter it is unknown who is in which group.
"""

from textwrap import indent

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.groups_exporter import (
    JUPYTERHUB_GROUP_MEMBERS,
    JUPYTERHUB_USER_GROUP_INFO,
    USER_GROUP,
)

USER = ("namespace", "username")
"""Whose a number is: jo on one hub is somebody else than jo on another."""

MEMBERSHIP = (*USER, "usergroup")

BRIDGE = "15m"
"""How long recorded memberships go on while no exporter of their hub exports any."""

_LOOKS = ("5m", "10m", BRIDGE)
"""How far back it is looked for memberships, each time for those of one moment.

Over all of a time before the gap there might be the groups that somebody left within it beside
those that followed, and what is used would count twice.
"""


def bridged(scope: Scope, series: str) -> str:
    """Return a series of memberships; in a gap of all of a hub, as it was up to BRIDGE before.

    A gap is of the hub: who left a group while the exporter ran has left it.
    """
    found = [series]
    for number, look in enumerate(_LOOKS):
        reported_since = _indented(_reported(scope, number))
        found.append(f"{series} offset {look}\n  unless {scope.on(HUB)}\n{reported_since}")
    return f"(\n{_indented(f'{chr(10)}or{chr(10)}'.join(found))}\n)"


def _reported(scope: Scope, looks: int) -> str:
    """Return the hubs whose memberships are reported now, or were at one of so many looks back."""
    return scope.aggregate("group", HUB, _looks(_tells(scope), looks))


def _tells(scope: Scope) -> str:
    return scope.selector(JUPYTERHUB_GROUP_MEMBERS)


def _looks(series: str, looks: int) -> str:
    """Return a series as it is now, or was at one of so many looks back."""
    return "\nor\n".join((series, *(f"{series} offset {look}" for look in _LOOKS[:looks])))


def _indented(text: str) -> str:
    return indent(text, "  ")


def _as_scoped(scope: Scope, series: str) -> str:
    return bridged(scope, series) if scope.bridged else series


def info(scope: Scope, *matchers: str) -> str:
    """Return the memberships that matchers choose, with all labels that the exporter gives them."""
    return _as_scoped(scope, scope.selector(JUPYTERHUB_USER_GROUP_INFO, *matchers))


def memberships(scope: Scope) -> str:
    """Return 1 for each membership in a selected group: ``{namespace, username, usergroup} 1``."""
    return scope.aggregate("group", MEMBERSHIP, info(scope, scope.group_matcher))


def members(scope: Scope) -> str:
    """Return 1 for each user in one or more selected groups: ``{namespace, username} 1``."""
    return scope.aggregate("group", USER, info(scope, scope.group_matcher))


def shares(scope: Scope) -> str:
    """Return the part of each member's use that counts in a group, for each of their groups."""
    series = scope.selector(_attributed(scope), scope.group_matcher)
    return scope.aggregate("max", MEMBERSHIP, _as_scoped(scope, series))


def users(scope: Scope) -> str:
    """Return 1 for each user that the hub lists, in whatever groups: ``{namespace, username}``."""
    return scope.aggregate("group", USER, info(scope))


def sizes(scope: Scope) -> str:
    """Return how many members each group of each hub has, empty groups included."""
    members = scope.selector(JUPYTERHUB_GROUP_MEMBERS, scope.group_matcher)
    return scope.aggregate("max", ("namespace", "usergroup"), members)


def memberships_known(scope: Scope) -> str:
    """Return 1 for each hub whose memberships are known: ``{namespace} 1``."""
    groups = _looks(_tells(scope), len(_LOOKS) if scope.bridged else 0)
    # Some exporters tell of members only, not of groups.
    members = scope.selector(JUPYTERHUB_USER_GROUP_INFO)
    return scope.aggregate("group", HUB, f"{groups}\nor\n{members}")


def shares_known(scope: Scope) -> str:
    """Return 1 if it is known which part of use counts: some exporters tell no shares."""
    return scope.aggregate("group", (), scope.selector(_attributed(scope)))


def _attributed(scope: Scope) -> str:
    return USER_GROUP.name(scope.attribution)
