"""Who is in which group, as the exporter tells, and what goes on while nobody tells.

Replicas of an exporter tell the same; ``group`` and ``max`` fold them into one.
"""

from textwrap import indent

from dashboards.queries.promql import ATTRIBUTION, GROUP, aggregate, selector

USER = ("namespace", "username")
"""Whose a number is: jo on one hub is somebody else than jo on another."""

MEMBERSHIP = (*USER, "usergroup")

BRIDGE = "15m"
"""How long memberships go on while no exporter of their hub tells any."""

_LOOKS = ("5m", "10m", BRIDGE)
"""How far back it is looked for memberships, each time for those of one moment.

Over all of a time before the gap there might be the groups that somebody left within it beside
those that followed, and what is used would count twice.
"""

_TELLS = selector("jupyterhub_group_members")


def bridged(series: str) -> str:
    """Return a series of memberships; in a gap of all of a hub, as it was up to BRIDGE before.

    A gap is of the hub: who left a group while the exporter ran has left it.
    """
    found = [series]
    for number, look in enumerate(_LOOKS):
        found.append(f"{series} offset {look}\n  unless on (namespace)\n{_indented(_told(number))}")
    return f"(\n{_indented(f'{chr(10)}or{chr(10)}'.join(found))}\n)"


def _told(looks: int) -> str:
    """Return the hubs whose memberships are told now, or were at one of so many looks back."""
    return aggregate("group", ("namespace",), _looks(_TELLS, looks))


def _looks(series: str, looks: int) -> str:
    """Return a series as it is now, or was at one of so many looks back."""
    return "\nor\n".join((series, *(f"{series} offset {look}" for look in _LOOKS[:looks])))


def _indented(text: str) -> str:
    return indent(text, "  ")


def info(*matchers: str) -> str:
    """Return the memberships that matchers choose, as the exporter tells them, bridged."""
    return bridged(selector("jupyterhub_user_group_info", *matchers))


INFO_OF_SELECTED = info(GROUP)
PARTS_OF_SELECTED = bridged(selector(f"jupyterhub_user_group_{ATTRIBUTION}", GROUP))


def memberships() -> str:
    """Return 1 for each membership in a selected group: ``{namespace, username, usergroup} 1``."""
    return aggregate("group", MEMBERSHIP, INFO_OF_SELECTED)


def parts() -> str:
    """Return the part of each member's use that counts in a group, for each of their groups."""
    return aggregate("max", MEMBERSHIP, PARTS_OF_SELECTED)


def users() -> str:
    """Return 1 for each user that the hub lists, in whatever groups: ``{namespace, username}``."""
    return aggregate("group", USER, info())


def sizes() -> str:
    """Return how many members each group of each hub has, empty groups included."""
    return aggregate("max", ("namespace", "usergroup"), selector("jupyterhub_group_members", GROUP))


def told() -> str:
    """Return 1 for each hub whose memberships are known, also from up to BRIDGE before."""
    # Some exporters tell of members only, not of groups.
    members = selector("jupyterhub_user_group_info")
    return aggregate("group", ("namespace",), f"{_looks(_TELLS, len(_LOOKS))}\nor\n{members}")


def parts_known() -> str:
    """Return 1 if it is known which part of use counts: some exporters tell no shares."""
    series = selector(f"jupyterhub_user_group_{ATTRIBUTION}")
    return aggregate("group", (), f"last_over_time({series}[{BRIDGE}])")
