"""Panels of home directories that stand on several boards."""

from dashboards.boards.shared.people import UNKNOWN_BEFORE
from dashboards.boards.shared.texts import ATTRIBUTED
from dashboards.kit import Link, Panel, Scope, requirements, stat, timeseries, units
from dashboards.queries import groups, home_directories
from dashboards.queries.sources import Source


def growth(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return by how much all directories grew in the range."""
    return stat(
        "Growth in the range",
        home_directories.total_growth(scope),
        unit=units.BYTES_IEC,
        no_value=UNKNOWN_BEFORE,
        link=link,
        description="By how much all home and shared directories together grew in the range; "
        "negative if more was deleted. Divide what is free on the volume (board Hub) by it to see "
        "how many such ranges are left.",
    )


def size_by_group(source: Source, *, link: Link) -> Panel:
    """Return the size of each group's home directories over time."""
    return timeseries(
        "Home directory size",
        groups.home_size_by_group(source),
        unit=units.BYTES_IEC,
        calcs=("mean", "lastNotNull"),
        requires=requirements.DIRSIZE,
        link=link,
        description="Size of the home directories of each group's members, those who are not here "
        "now too. Normal is a slow rise; a step is people who joined, or a data set. Shared "
        f"directories are nobody's and do not count. {ATTRIBUTED}",
    )
