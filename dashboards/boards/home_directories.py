"""Home directories: how large they are, whose, how they grow, and which are nobody's any more."""

from dashboards.boards.shared import home_sizes
from dashboards.boards.shared.links import to_group
from dashboards.boards.shared.people import UNKNOWN_BEFORE
from dashboards.boards.shared.texts import ATTRIBUTED
from dashboards.kit import (
    Column,
    Dashboard,
    Row,
    bar_gauge,
    boards,
    dashboard,
    grid,
    links,
    requirements,
    stat,
    stats,
    table,
    units,
    variables,
)
from dashboards.queries import home_directories
from dashboards.queries.sources import Source

_WALKS = (
    "prometheus-dirsize-exporter walks directories slowly, so numbers are hours old; what was "
    "deleted stays until it is started again."
)


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.HOME_DIRECTORIES,
        source,
        description="Who fills the disk: each home directory, its growth, and orphaned ones.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
            variables.attribution(),
        ],
        rows=[_at_a_glance(source), _directories(source), _by_group(source), _orphaned(source)],
    )


def _at_a_glance(source: Source) -> Row:
    scope = source.scope
    panels = [
        stat(
            "Total size",
            home_directories.total_size(scope),
            unit=units.BYTES_IEC,
            requires=requirements.DIRSIZE,
            description="Size of all directories of the selected hubs at the end of the range, "
            f"shared ones too. {_WALKS}",
        ),
        home_sizes.growth(scope),
        stat(
            "Directories",
            home_directories.count(scope),
            unit=units.DIRECTORIES,
            requires=requirements.DIRSIZE,
            description="How many directories there are side by side, those of users and shared "
            "ones.",
        ),
        stat(
            "Orphaned directories",
            home_directories.orphaned_size(source),
            unit=units.BYTES_IEC,
            requires=requirements.DIRSIZE,
            description="Size of the directories that are named as a user's is, but belong to no "
            "user whom the hub lists: the last row has them. Archive or delete what nobody will "
            "ask for.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _directories(source: Source) -> Row:
    scope = source.scope
    each = table(
        "Each directory",
        [
            Column("Size", home_directories.sizes(source), units.BYTES_IEC),
            Column(
                "Of the hub's total",
                home_directories.parts_of_total(scope),
                units.RATIO,
                1,
                bar=True,
            ),
            Column("Growth in the range", home_directories.growth(scope), units.BYTES_IEC),
            Column("Files", home_directories.entries(scope), units.COUNT, 0),
            Column("Newest change", home_directories.newest_change(scope), units.RELATIVE_TIME),
            Column("Oldest change", home_directories.oldest_change(scope), units.RELATIVE_TIME),
        ],
        labels={"directory": "Directory", "username": "User", **scope.hub_columns("Hub")},
        links={
            "username": links.to(
                boards.USERS, "This user", keep=("datasource", "hub"), user=links.cell("username")
            )
        },
        sort_by="Size",
        requires=requirements.DIRSIZE,
        description="Every directory with its user, if it is named after one whom the hub lists. "
        "Normal is that a few hold most. Large, and its newest change long ago: ask whether it can "
        "go. Grown fast: ask what for, before the volume is full. Of a directory within, the "
        "exporter takes the newest change for the oldest, so there may be older ones. Columns are "
        "empty that this version of it, or another exporter of the same sizes, does not report. "
        f"{_WALKS}",
    )
    return Row("One by one", grid([each], 24, height=14))


def _by_group(source: Source) -> Row:
    keep = ("datasource", "hub", "attribution")
    panels = [
        home_sizes.size_by_group(source, link=to_group(links.label("usergroup"), keep=keep)),
        bar_gauge(
            "Growth by group",
            home_directories.growth_by_group(source),
            unit=units.BYTES_IEC,
            no_value=UNKNOWN_BEFORE,
            description="By how much the directories of those who are members at the end of the "
            f"range grew in it: who joined brings no growth. {ATTRIBUTED}",
        ),
    ]
    return Row("By group", grid(panels, (16, 8)))


def _orphaned(source: Source) -> Row:
    scope = source.scope
    orphaned = table(
        "Each orphaned directory",
        [
            Column("Size", home_directories.orphaned(source), units.BYTES_IEC),
            Column(
                "Newest change",
                home_directories.newest_change_of_orphaned(source),
                units.RELATIVE_TIME,
            ),
        ],
        labels={"directory": "Directory", **scope.hub_columns("Hub")},
        sort_by="Size",
        no_value="every directory belongs to a user of the hub",
        description="Directories that are named as a user's is, but belong to no user whom the hub "
        "lists: their users were deleted, or have another name now. Shared directories are here, "
        "too, unless their name has a letter that no user's has, as an underscore. Before deleting "
        "one, look whether it was changed lately.",
    )
    return Row("Of users that the hub no longer has", grid([orphaned], 24))
