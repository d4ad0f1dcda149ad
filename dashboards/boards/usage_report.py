"""Usage report: a month as numbers by group, for those who pay, and who used the memory."""

from dashboards.boards.shared import hours, people
from dashboards.boards.shared.links import to_group
from dashboards.boards.shared.texts import user_legend
from dashboards.boards.shared.unknown import membership_gaps, users_not_counted
from dashboards.kit import (
    EVERY,
    SPLIT,
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
    text,
    units,
    variables,
)
from dashboards.queries import pod_kinds, usage, usage_report
from dashboards.queries.sources import Source
from dashboards.queries.usage import Usage
from dashboards.queries.users import TOP


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.USAGE_REPORT,
        source,
        description="What each group used in a month, as numbers: to print, to bill, to compare.",
        variables=[variables.datasource(), *variables.hub(source), variables.group(source)],
        rows=[_hub(source), _by_group(source), _cost_effective(source), _memory(source)],
        since="now-30d",
    )


def _hub(source: Source) -> Row:
    panels = [
        people.people_who_took_part(source),
        *(
            kind.tile(
                usage_report.hub_hours(source, kind.usage),
                "All users of the selected hubs together, in whatever groups they are. The column "
                f"{column}, split, of all groups below adds up to it.",
                title=title,
            )
            for kind, column, title in (
                (hours.CPU, "CPU", "CPU-hours of the hub"),
                (hours.MEMORY, "Memory", "GiB-hours of the hub"),
                (hours.GPU, "GPU", "GPU-hours of the hub"),
            )
        ),
        stat(
            "Attributed share",
            usage_report.attributed_share(source, usage.MEMORY_GIB),
            unit=units.RATIO,
            decimals=1,
            description="The part of the hub's GiB-hours that is attributed to the selected "
            "groups, split. With all groups it is 100 %: the split columns then add up to the hub. "
            "Less, with all groups: for a time it was unknown who is in which group, see "
            "Membership gaps.",
        ),
        membership_gaps(source),
        users_not_counted(source),
    ]
    return Row("The hub", stats(panels))


def _by_group(source: Source) -> Row:
    used = table(
        "What each group used",
        [
            Column("People", usage_report.people_by_group(source), units.COUNT, 0),
            Column(
                "Servers, split",
                usage_report.group_hours(source, usage.SERVERS, SPLIT),
                units.SERVER_HOURS,
            ),
            *(
                Column(
                    f"{name}, {word}",
                    usage_report.group_hours(source, kind.usage, attribution),
                    kind.unit,
                )
                for name, kind in (("CPU", hours.CPU), ("Memory", hours.MEMORY), ("GPU", hours.GPU))
                for word, attribution in (("split", SPLIT), ("every", EVERY))
            ),
        ],
        labels={"usergroup": "Group"},
        links={"usergroup": to_group(links.cell("usergroup"))},
        sort_by="Memory, split",
        description="Each selected group in the range: its people, and the hours that its members "
        "used. “Split” divides the use of somebody in several groups among all of them, so that "
        "the groups add up to the hub: bill by it. “Every” counts it fully in each: it says what "
        "a group's people need, and adds up to more. Membership counts at the time of use.",
    )
    how = text(
        "How to read it",
        "Choose whole months (*Previous month*), and all groups if the numbers are to add up.\n\n"
        "**split**: somebody in two groups counts half in each, or by the weights that the "
        "exporter is given. The groups add up to the hub.\n\n"
        "**every**: somebody in two groups counts fully in both.\n\n"
        "To print it: the report command makes a page of this board that prints on A4.",
    )
    return Row("In numbers", [*grid([used], 24, height=11), *grid([how], 24, height=6)])


def _cost_effective(source: Source) -> Row:
    minutes = usage.IDLE_WINDOW.removesuffix("m")
    worth = table(
        "Was it cost-effective?",
        [
            Column(title, usage_report.group_ratio(source, part, whole), units.RATIO)
            for title, part, whole in (
                ("CPU used of requested", usage.CPU, usage.CPU_REQUESTS),
                ("Memory used of requested", usage.MEMORY, usage.MEMORY_REQUESTS),
                ("GPU used of held", usage.GPUS_BUSY, usage.GPUS_MEASURED),
                ("Idle part of server-hours", usage.IDLE_SERVERS, usage.SERVERS),
            )
        ],
        labels={"usergroup": "Group"},
        links={"usergroup": to_group(links.cell("usergroup"))},
        sort_by="Memory used of requested",
        ascending=True,
        step=usage.IDLE_STEP,
        description="How much of what was requested for a group's servers they used in the range. "
        "Normal is well below 100 % for CPU, which people need in bursts, and above a half for "
        "memory. Memory far below: offer smaller servers. GPUs held and not used keep others "
        f"waiting. Idle servers used under {usage.IDLE_CORES} cores on average over {minutes} "
        "minutes; much above a half, let the culler stop them sooner. GPU used needs "
        f"{requirements.GPU.name}. Members count fully in each of their groups.",
    )
    return Row("Requests and use", grid([worth], 24, height=11))


_MEMORY: tuple[tuple[str, Usage, str, str], ...] = (
    (
        "Memory GiB-hours of servers",
        pod_kinds.SERVERS,
        "no servers in this range",
        "Memory used by notebook servers. Normal is that it falls off slowly from bar to bar. One "
        "far above the rest is a large server that was left on.",
    ),
    (
        "Memory GiB-hours of Dask workers",
        pod_kinds.DASK_WORKERS,
        "no Dask workers in this range",
        "Memory used by Dask workers. High without much CPU: a cluster that was not closed.",
    ),
    (
        "Memory GiB-hours of Dask schedulers",
        pod_kinds.DASK_SCHEDULERS,
        "no Dask schedulers in this range",
        "Memory used by Dask schedulers. Normal is a fraction of the workers': what is much larger "
        "holds results that should stay with the workers.",
    ),
    (
        "Memory GiB-hours of pods with GPUs",
        pod_kinds.GPU_PODS,
        "no pods with GPUs in this range",
        "Main memory used by pods that hold a GPU, servers as well as Dask workers; it counts in "
        "the other panels, too.",
    ),
)


def _memory(source: Source) -> Row:
    panels = [
        bar_gauge(
            title,
            usage_report.memory_by_greatest_user(source, kind),
            unit=units.GIB_HOURS,
            legend=user_legend(source.scope),
            no_value=no_value,
            link=links.to(boards.USERS, "This user", user=links.label("username")),
            description=f"{meaning} The {TOP} members of the selected groups with most of it, in "
            "GiB-hours of the range; for what is used just now choose the last five minutes. Click "
            "a bar to see its user.",
        )
        for title, kind, no_value, meaning in _MEMORY
    ]
    return Row("Memory by user", grid(panels, 12, height=12))
