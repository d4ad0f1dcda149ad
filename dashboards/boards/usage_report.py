"""Usage report: a month as numbers by group, for those who pay, and who used the memory."""

from grafanalib.core import Dashboard

from dashboards.boards.shared.unknown import unknown_memberships, users_not_counted
from dashboards.kit import boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import Column, bar_gauge, stat, table, text
from dashboards.kit.scope import EVERY, SPLIT
from dashboards.kit.units import COUNT, CPU_HOURS, GIB_HOURS, GPU_HOURS, PEOPLE, RATIO, SERVER_HOURS
from dashboards.queries import pod_kinds, ranges, usage, usage_report
from dashboards.queries.sources import Source
from dashboards.queries.users import TOP

_THEN = "Membership counts at the time of use."


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.USAGE_REPORT,
        source,
        description="What each group used in a month, as numbers: to print, to bill, to compare.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
        ],
        rows=[_hub(source), _by_group(source), _cost_effective(source), _memory(source)],
        since="now-30d",
    )


def _hub(source: Source) -> Row:
    together = "All users of the selected hubs together, in whatever groups they are."
    panels = [
        stat(
            "People",
            ranges.people_who_took_part(source),
            unit=PEOPLE,
            decimals=0,
            description="Different members of the selected groups who had a server running at any "
            "time in the range. Somebody in several groups counts once.",
        ),
        stat(
            "CPU-hours of the hub",
            usage_report.hub_hours(source, usage.CPU),
            unit=CPU_HOURS,
            decimals=1,
            description=f"CPU time used in the range. {together} The column CPU, split, of all "
            "groups below adds up to it.",
        ),
        stat(
            "GiB-hours of the hub",
            usage_report.hub_hours(source, usage.MEMORY_GIB),
            unit=GIB_HOURS,
            decimals=1,
            description=f"Memory used over time in the range. {together} The column Memory, "
            "split, of all groups below adds up to it.",
        ),
        stat(
            "GPU-hours of the hub",
            usage_report.hub_hours(source, usage.GPUS_HELD),
            unit=GPU_HOURS,
            decimals=1,
            description=f"Time for which GPUs were held, busy or not. {together} The column GPU, "
            "split, of all groups below adds up to it.",
        ),
        stat(
            "Accounted for",
            usage_report.accounted_for(source, usage.MEMORY_GIB),
            unit=RATIO,
            decimals=1,
            description="The part of the hub's GiB-hours that the selected groups answer for, "
            "split. With all groups it is 100 %: the split columns then add up to the hub. Less, "
            "with all groups: for a time nobody told who is in which group, see Unknown "
            "memberships.",
        ),
        unknown_memberships(source),
        users_not_counted(source),
    ]
    return Row("The hub", stats(panels))


def _by_group(source: Source) -> Row:
    kinds = (
        ("CPU", usage.CPU, CPU_HOURS),
        ("Memory", usage.MEMORY_GIB, GIB_HOURS),
        ("GPU", usage.GPUS_HELD, GPU_HOURS),
    )
    used = table(
        "What each group used",
        [
            Column("People", usage_report.people_by_group(source), COUNT, 0),
            Column(
                "Servers, split",
                usage_report.group_hours(source, usage.SERVERS, SPLIT),
                SERVER_HOURS,
                1,
            ),
            *(
                Column(
                    f"{name}, {word}",
                    usage_report.group_hours(source, kind, attribution),
                    unit,
                    1,
                )
                for name, kind, unit in kinds
                for word, attribution in (("split", SPLIT), ("every", EVERY))
            ),
        ],
        labels={"usergroup": "Group"},
        links={"usergroup": _group(links.cell("usergroup"))},
        sort_by="Memory, split",
        description="Each selected group in the range: its people, and the hours that its members "
        "used. “Split” divides the use of somebody in several groups among all of them, so that "
        "the groups add up to the hub: bill by it. “Every” counts it fully in each: it says what "
        f"a group's people need, and adds up to more. {_THEN}",
    )
    how = text(
        "How to read it",
        "Choose whole months (*Previous month*), and all groups if the numbers are to add up.\n\n"
        "**split**: somebody in two groups counts half in each, or as the exporter was told. The "
        "groups add up to the hub.\n\n"
        "**every**: somebody in two groups counts fully in both.\n\n"
        "To print it: the report command makes a page of this board that prints on A4.",
    )
    return Row("In numbers", [Placed(used, 24, 11), Placed(how, 24, 6)])


def _group(group: str) -> links.Link:
    return links.to(boards.USER_GROUPS, "This group", keep=("datasource", "hub"), group=group)


def _cost_effective(source: Source) -> Row:
    minutes = usage.IDLE_WINDOW.removesuffix("m")
    worth = table(
        "Was it cost-effective?",
        [
            Column(
                "CPU used of requested",
                usage_report.group_ratio(source, usage.CPU, usage.CPU_REQUESTS),
                RATIO,
                0,
            ),
            Column(
                "Memory used of requested",
                usage_report.group_ratio(source, usage.MEMORY, usage.MEMORY_REQUESTS),
                RATIO,
                0,
            ),
            Column(
                "GPU used of held",
                usage_report.group_ratio(source, usage.GPUS_BUSY, usage.GPUS_MEASURED),
                RATIO,
                0,
            ),
            Column(
                "Idle part of server-hours",
                usage_report.group_ratio(source, usage.IDLE_SERVERS, usage.SERVERS),
                RATIO,
                0,
            ),
        ],
        labels={"usergroup": "Group"},
        links={"usergroup": _group(links.cell("usergroup"))},
        sort_by="Memory used of requested",
        ascending=True,
        step=usage.IDLE_STEP,
        description="How much of what was set aside for a group's servers they used in the range. "
        "Normal is well below 100 % for CPU, which people need in bursts, and above a half for "
        "memory. Memory far below: offer smaller servers. GPUs held and not used keep others "
        f"waiting. Idle servers used under {usage.IDLE_CORES} cores on average over {minutes} "
        "minutes; much above a half, let the culler stop them sooner. GPU used needs "
        f"{requirements.GPU.name}. Members count fully in each of their groups.",
    )
    return Row("Requests and use", [Placed(worth, 24, 11)])


def _memory(source: Source) -> Row:
    most = (
        f"The {TOP} members of the selected groups with most of it, in GiB-hours of the range; for "
        "what is used just now choose the last five minutes. Click a bar to see its user."
    )
    user = links.to(boards.USERS, "This user", user=links.label("username"))
    panels = [
        bar_gauge(
            title,
            usage_report.greatest_users(source, pod_kinds.in_gib(kind)),
            unit=GIB_HOURS,
            decimals=1,
            legend=f"{{{{username}}}} ({source.scope.hub_legend})",
            no_value=nothing,
            link=user,
            description=f"{what} {most}",
        )
        for title, kind, nothing, what in (
            (
                "Memory of servers",
                pod_kinds.SERVERS,
                "no servers in this range",
                "Memory used by notebook servers. Normal is that it falls off slowly from bar to "
                "bar. One far above the rest is a large server that was left on.",
            ),
            (
                "Memory of Dask workers",
                pod_kinds.DASK_WORKERS,
                "no Dask workers in this range",
                "Memory used by Dask workers. High without much CPU: a cluster that was not "
                "closed.",
            ),
            (
                "Memory of Dask schedulers",
                pod_kinds.DASK_SCHEDULERS,
                "no Dask schedulers in this range",
                "Memory used by Dask schedulers. Normal is a fraction of the workers': what is "
                "much larger holds results that should stay with the workers.",
            ),
            (
                "Memory of pods with GPUs",
                pod_kinds.GPU_PODS,
                "no pods with GPUs in this range",
                "Main memory used by pods that hold a GPU, servers as well as Dask workers; it "
                "counts in the other panels, too.",
            ),
        )
    ]
    return Row("Memory by user", [Placed(panel, 12, 12) for panel in panels])
