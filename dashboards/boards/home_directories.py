"""Home directories: how large they are, whose, how they grow, and which are nobody's any more."""

from grafanalib.core import Dashboard

from dashboards.kit import boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import Column, bar_gauge, stat, table, timeseries
from dashboards.kit.units import BYTES_IEC, COUNT, DIRECTORIES, RATIO, RELATIVE_TIME
from dashboards.queries import home_directories, usage
from dashboards.queries.sources import Source

_WALKS = (
    "prometheus-dirsize-exporter walks directories slowly, so numbers are hours old; what was "
    "deleted stays until it is started again."
)
_UNKNOWN = "not known when the range began"
_COUNTED = (
    "Attribution “${attribution:text}”: with “every”, the directory of somebody in several groups "
    "counts fully in each; with “split”, it is divided among all of their groups."
)


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.HOME_DIRECTORIES,
        source,
        description="Who fills the disk: each home directory, its growth, and those of nobody.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
            variables.attribution(),
        ],
        rows=[_at_a_glance(source), _directories(source), _by_group(source), _of_nobody(source)],
    )


def _at_a_glance(source: Source) -> Row:
    panels = [
        stat(
            "Together",
            home_directories.total_size(source.scope),
            unit=BYTES_IEC,
            decimals=1,
            requires=requirements.DIRSIZE,
            description="Size of all directories of the selected hubs at the end of the range, "
            f"shared ones too. {_WALKS}",
        ),
        stat(
            "Growth in the range",
            home_directories.total_growth(source.scope),
            unit=BYTES_IEC,
            decimals=1,
            no_value=_UNKNOWN,
            description="By how much all directories together grew in the range; negative if more "
            "was deleted. Divide what is free on the volume (board Hub) by it to see how many such "
            "ranges are left.",
        ),
        stat(
            "Directories",
            home_directories.count(source.scope),
            unit=DIRECTORIES,
            decimals=0,
            requires=requirements.DIRSIZE,
            description="How many directories there are side by side, those of users and shared "
            "ones.",
        ),
        stat(
            "Of no user",
            home_directories.total_of_nobody(source.scope),
            unit=BYTES_IEC,
            decimals=1,
            requires=requirements.DIRSIZE,
            description="Size of the directories that are named as a user's is, but belong to "
            "nobody whom the hub lists: the last row has them. Archive or delete what nobody will "
            "ask for.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _directories(source: Source) -> Row:
    each = table(
        "Each directory",
        [
            Column("Size", home_directories.sizes(source.scope), BYTES_IEC, 1),
            Column(
                "Of the hub's total",
                home_directories.parts_of_total(source.scope),
                RATIO,
                1,
                bar=True,
            ),
            Column("Growth in the range", home_directories.growth(source.scope), BYTES_IEC, 1),
            Column("Files", home_directories.entries(source.scope), COUNT, 0),
            Column("Newest change", home_directories.newest_change(source.scope), RELATIVE_TIME),
            Column("Oldest change", home_directories.oldest_change(source.scope), RELATIVE_TIME),
        ],
        labels={"directory": "Directory", "username": "User", **source.scope.hub_columns("Hub")},
        links={
            "username": links.to(
                boards.USERS,
                "This user",
                keep=("datasource", "hub"),
                user=links.cell("username"),
            )
        },
        sort_by="Size",
        requires=requirements.DIRSIZE,
        description="Every directory with its user, if it is named after one whom the hub lists. "
        "Normal is that a few hold most. Large, and its newest change long ago: ask whether it can "
        "go. Grown fast: ask what for, before the volume is full. Of a directory within, "
        "the exporter takes the newest change for the oldest, so there may be older ones. Columns "
        "are empty where its version, or another exporter of the same sizes, does not tell. "
        f"{_WALKS}",
    )
    return Row("One by one", [Placed(each, 24, 14)])


def _by_group(source: Source) -> Row:
    group = links.to(
        boards.USER_GROUPS,
        "This group",
        keep=("datasource", "hub", "attribution"),
        group=links.label("usergroup"),
    )
    panels = [
        timeseries(
            "Size by group",
            source.by_group(usage.HOME_SIZE),
            unit=BYTES_IEC,
            calcs=("mean", "lastNotNull"),
            link=group,
            requires=requirements.DIRSIZE,
            description="Size of the home directories of each group's members. Normal is a slow "
            "rise; a step is people who joined, or a data set. Shared directories are nobody's. "
            f"{_COUNTED}",
        ),
        bar_gauge(
            "Growth by group",
            home_directories.growth_by_group(source),
            unit=BYTES_IEC,
            decimals=1,
            no_value=_UNKNOWN,
            description="By how much the directories of those who are members at the end of the "
            f"range grew in it: who joined brings no growth. {_COUNTED}",
        ),
    ]
    return Row("By group", [Placed(p, w, 9) for p, w in zip(panels, (16, 8), strict=True)])


def _of_nobody(source: Source) -> Row:
    left = table(
        "Directories of no user",
        [
            Column("Size", home_directories.of_nobody(source.scope), BYTES_IEC, 1),
            Column(
                "Newest change",
                home_directories.newest_change_of_nobody(source.scope),
                RELATIVE_TIME,
            ),
        ],
        labels={"directory": "Directory", **source.scope.hub_columns("Hub")},
        sort_by="Size",
        no_value="every directory belongs to a user of the hub",
        description="Directories that are named as a user's is, but belong to nobody whom the hub "
        "lists: their users were deleted, or have another name now. Shared directories are here, "
        "too, unless their name has a letter that no user's has, as an underscore. Before deleting "
        "one, look whether it was changed lately.",
    )
    return Row("Of users that the hub no longer has", [Placed(left, 24, 9)])
