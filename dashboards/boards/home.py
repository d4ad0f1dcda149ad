"""Home: what to look at first in the morning. Each number is another board's, and leads to it."""

from dashboards.boards.shared import health, home_sizes, outliers, people
from dashboards.boards.shared.links import to_group
from dashboards.kit import (
    EVERY,
    Column,
    Dashboard,
    Panel,
    Row,
    boards,
    dashboard,
    grid,
    links,
    stats,
    table,
    units,
    variables,
)
from dashboards.queries import usage, usage_report
from dashboards.queries.sources import Source

_USER = links.to(
    boards.USERS,
    "This user",
    keep=("datasource",),
    hub=links.cell("namespace"),
    user=links.cell("username"),
)
_TO_ACTIVITY = links.to(boards.ACTIVITY)
_TO_HOME_DIRECTORIES = links.to(boards.HOME_DIRECTORIES)
_TO_HUB = links.to(boards.HUB)
_TO_SUPPORT = links.to(boards.SUPPORT)


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.HOME,
        source,
        description="Is the hub well, who is on now, what grew, and what needs a hand? A click on "
        "a number opens the board that explains it.",
        variables=[variables.datasource(), *variables.hub(source), variables.group(source)],
        rows=[_well(source), _on_now(source), _grew(source), _needs_a_hand(source)],
    )


def _well(source: Source) -> Row:
    scope = source.scope
    panels = [
        health.hub_up(scope, link=_TO_HUB),
        health.failed_starts(scope, link=_TO_HUB),
        health.stuck_pods(scope, link=_TO_HUB),
        health.oom_killed_containers(scope, link=_TO_HUB),
        health.database_left(scope, link=_TO_HUB),
        health.shared_left(scope, link=_TO_HOME_DIRECTORIES),
        health.memberships_age(scope, link=_TO_SUPPORT),
        health.targets_down(scope, link=_TO_SUPPORT),
    ]
    return Row("Is the hub well?", stats(panels))


def _on_now(source: Source) -> Row:
    panels = [
        people.servers_now(source, link=_TO_ACTIVITY),
        people.people_now(source, link=links.to(boards.USERS)),
        people.most_servers(source, link=_TO_ACTIVITY),
        health.room_for_servers(source.scope, link=links.to(boards.CLUSTER)),
    ]
    lines = people.servers_by_group(source)
    return Row("Who is on now?", [*stats(panels), *grid([lines], 24)])


def _grew(source: Source) -> Row:
    panels = [
        people.new_users(source, link=_TO_ACTIVITY),
        home_sizes.growth(source.scope, link=_TO_HOME_DIRECTORIES),
    ]
    return Row(
        "What grew in the range?", [*stats(panels), *grid([_use_by_group(source)], 24, height=11)]
    )


def _use_by_group(source: Source) -> Panel:
    return table(
        "Use by group",
        [
            Column("People", usage_report.people_by_group(source), units.COUNT, 0),
            Column(
                "CPU, every",
                usage_report.group_hours(source, usage.CPU, EVERY),
                units.CPU_HOURS,
            ),
            Column("CPU, change", usage_report.group_change(source, usage.CPU), units.RATIO),
            Column(
                "GPU, every",
                usage_report.group_hours(source, usage.GPUS_HELD, EVERY),
                units.GPU_HOURS,
            ),
        ],
        labels={"usergroup": "Group"},
        links={"usergroup": to_group(links.cell("usergroup"))},
        sort_by="CPU, every",
        description="Each selected group in the range: its people, the hours that its members "
        "used, and how much more CPU that is than in the range before, of the same length: 100 % "
        "is twice as much, -100 % nothing any more, empty where there was nothing before. “Every”: "
        "somebody in several groups counts fully in each.",
    )


def _needs_a_hand(source: Source) -> Row:
    panels = [
        health.pending_pods(source.scope, link=_TO_HUB),
        outliers.long_running_servers(source, _USER),
        outliers.servers_near_memory_limit(source, _USER),
        outliers.heavy_cpu_users(source, _USER),
    ]
    return Row("What needs a hand?", grid(panels, 12))
