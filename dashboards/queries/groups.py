"""From users to groups: memberships, the one join, and what a selection of groups adds up to.

The join has one shape. What a user uses is summed first (``{namespace, username}``), then
multiplied by the memberships, which are many for a user in several groups. A join before that
sum fails with "many-to-many matching not allowed" as soon as one user is in two groups.

Use is attributed as the board says. With "every" it counts fully in each of a user's groups, and
once for several of them together. With "split" it is divided among all of a user's groups, so
that these add up to the hub. People are counted as people either way: they are not divided.

Groups of one name on several selected hubs count together.
"""

from textwrap import indent

from dashboards.queries.promql import (
    ATTRIBUTION,
    GROUP,
    aggregate,
    binary,
    function,
    or_zero,
    selector,
)
from dashboards.queries.usage import USER

SIZES = selector("dirsize_total_size_bytes")

BRIDGE = "15m"
"""How long memberships go on as they last were while no exporter of their hub tells any."""

_MEMBERSHIP = (*USER, "usergroup")


def _known(series: str) -> str:
    """Return a series of memberships; in a gap of all of a hub, as it was up to BRIDGE before.

    A gap is of the hub: who left a group while the exporter ran has left it.
    """
    told = aggregate("group", ("namespace",), selector("jupyterhub_group_members"))
    before = f"last_over_time({series}[{BRIDGE}])\n  unless on (namespace)\n{indent(told, '  ')}"
    return binary(series, "or", before)


_INFO = _known(selector("jupyterhub_user_group_info", GROUP))
_PARTS = _known(selector(f"jupyterhub_user_group_{ATTRIBUTION}", GROUP))


def unknown_hubs(source: str) -> str:
    """Return how many of the hubs that ``source`` knows have had no memberships for BRIDGE."""
    hubs = aggregate("group", ("namespace",), source)
    # Some exporters tell of members only, not of groups.
    tellers = (selector(f"jupyterhub_{name}") for name in ("group_members", "user_group_info"))
    told = "\nor\n".join(
        aggregate("group", ("namespace",), f"last_over_time({series}[{BRIDGE}])")
        for series in tellers
    )
    return aggregate("count", (), f"{hubs}\nunless on (namespace)\n(\n{indent(told, '  ')}\n)")


def attributable(source: str) -> str:
    """Return the source of a number that may be 0, if it is known which part of use counts.

    Exporters that tell no shares leave it unknown, with "split".
    """
    told = f"last_over_time({selector(f'jupyterhub_user_group_{ATTRIBUTION}')}[{BRIDGE}])"
    parts_known = aggregate("group", (), told)
    return f"({source} and on () {parts_known})"


def memberships() -> str:
    """Return 1 for each membership in a selected group: ``{namespace, username, usergroup} 1``.

    ``group`` also folds the replicas of an exporter into one.
    """
    return aggregate("group", _MEMBERSHIP, _INFO)


def parts() -> str:
    """Return the part of each member's use that counts in a group, for each of their groups."""
    return aggregate("max", _MEMBERSHIP, _PARTS)


def part() -> str:
    """Return the part of each member's use that counts in the selected groups together.

    It is 1 with "every", however many of the groups a user is in.
    """
    return function("clamp_max", aggregate("sum", USER, parts()), "1")


def members() -> str:
    """Return 1 for each user who is in one or more of the selected groups."""
    return aggregate("group", USER, _INFO)


def joined(by_user: str, each: str) -> str:
    """Return an expression by user for each of the user's ``memberships`` or ``parts``."""
    return f"{by_user}\n* on (namespace, username) group_right ()\n{each}"


def by_group(by_user: str) -> str:
    """Return the sum for each group of an expression by user, attributed: ``{usergroup}``."""
    return aggregate("sum", ("usergroup",), joined(by_user, parts()))


def of_members(by_user: str) -> str:
    """Return an expression by user for the members of the selected groups only, each once."""
    return f"{by_user}\n* on (namespace, username)\n{members()}"


def attributed(by_user: str) -> str:
    """Return what counts in the selected groups of an expression by user, still by user."""
    return f"{by_user}\n* on (namespace, username)\n{part()}"


def of_selection(by_user: str) -> str:
    """Return one number for the selected groups together, attributed: nobody counts twice."""
    return aggregate("sum", (), attributed(by_user))


def total_home_size() -> str:
    """Return the bytes in the home directories of the selected groups' members together."""
    return or_zero(of_selection(home_size_by_user()), attributable(SIZES))


def ratio_by_group(part: str, whole: str) -> str:
    """Return the part of the whole for each group, 1 being all of it."""
    return f"{by_group(part)}\n/\n{by_group(whole)}"


def group_sizes() -> str:
    """Return how many members each group has now, empty groups included: ``{usergroup}``."""
    sizes = selector("jupyterhub_group_members", GROUP)
    # max folds replicas of an exporter; a sum would double them.
    return aggregate("sum", ("usergroup",), aggregate("max", ("namespace", "usergroup"), sizes))


def zero_filled(expression: str, source: str) -> str:
    """Return an expression by group with 0 for the selected groups that it finds nothing for.

    Without the zeros a line would end where use ends: its "last" would be days old, and its mean
    that of the busy times only. Without the ``source`` that would tell, there is no line.
    """
    return f"{expression}\nor\n0 * {group_sizes()}\nand on ()\n{source}"


def lines_by_group(by_user: str, source: str) -> str:
    """Return ``by_group`` as a line that goes on, at 0, while a group uses nothing."""
    return zero_filled(by_group(by_user), source)


def home_size_by_user() -> str:
    """Return bytes in the home directory of each member of a selected group.

    prometheus-dirsize-exporter knows directories. A directory is named after its user in
    kubespawner's "safe" or its older "escape" way, by the age of the deployment.
    """
    directories = " or ".join(
        function("label_replace", _INFO, '"directory", "$1"', f'"{label}", "(.+)"')
        for label in ("username_safe", "username_escaped")
    )
    sizes = aggregate("max", ("namespace", "directory"), SIZES)
    homes = aggregate("group", (*USER, "directory"), directories)
    return aggregate("sum", USER, f"{sizes}\n* on (namespace, directory) group_right ()\n{homes}")
