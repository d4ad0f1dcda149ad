"""Tiles that say what is unknown, for boards whose numbers are then too small or missing."""

from dashboards.kit import Panel, Thresholds, boards, links, stat, units
from dashboards.queries import groups, ranges
from dashboards.queries.sources import Source


def membership_gaps(source: Source) -> Panel:
    """Return for how long it was unknown who is in which group."""
    bridged = (
        f", beyond the {source.bridge.removesuffix('m')} minutes for which they go on as they "
        "last were"
        if source.bridge
        else ""
    )
    return stat(
        "Membership gaps",
        ranges.hours_without_memberships(source),
        unit=units.HOURS,
        thresholds=Thresholds(warn=0.1),
        link=links.to(boards.SUPPORT),
        description="Hours in the range for which a hub had pods, but no memberships were "
        f"exported{bridged}. What was used then is in no group: above 0, all numbers here are too "
        "small. Check that the groups exporter runs and is scraped.",
    )


def users_not_counted(source: Source) -> Panel:
    """Return how many users' pods are in namespaces of their own that are not resolved."""
    return stat(
        "Users not counted",
        groups.users_not_counted(source),
        unit=units.PEOPLE,
        thresholds=Thresholds(warn=1),
        description="Users whose pods run in a namespace of their own (KubeSpawner's "
        "enable_user_namespaces), so that what their hub's groups use is unknown: the other panels "
        "are empty. Give the groups exporter KubeSpawner's template (user_namespace_template), and "
        "use the boards over recorded series: docs/how-to/kubernetes.md.",
    )
