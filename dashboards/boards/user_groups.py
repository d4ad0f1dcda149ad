"""User groups: how many people of a group took part, what they used, and was it worth it."""

from dashboards.boards.shared import home_sizes, hours, people
from dashboards.boards.shared.texts import AT_THE_TIME, ATTRIBUTED, ATTRIBUTED_TOGETHER
from dashboards.boards.shared.unknown import membership_gaps, users_not_counted
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
    timeseries,
    units,
    variables,
)
from dashboards.queries import groups, ranges, usage
from dashboards.queries.groups import lines_by_group
from dashboards.queries.sources import Source
from dashboards.queries.usage import IDLE_STEP

_MEMBERS = links.to(
    boards.USERS, "Its members", keep=("datasource", "hub"), group=links.label("usergroup")
)
_DIRECTORIES = links.to(
    boards.HOME_DIRECTORIES,
    "Its home directories",
    keep=("datasource", "hub", "attribution"),
    group=links.label("usergroup"),
)


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.USER_GROUPS,
        source,
        description="Who uses the hub, by user group: people, use, and what was requested in vain.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
            variables.attribution(),
        ],
        rows=[
            _at_a_glance(source),
            _use(source),
            _people(source),
            _cost_effective(source),
            _who(source),
        ],
    )


def _at_a_glance(source: Source) -> Row:
    panels = [
        people.people_who_took_part(source, link=links.to(boards.ACTIVITY)),
        people.people_now(source, link=links.to(boards.USERS)),
        *(
            kind.tile(
                ranges.hours_of_selection(source, kind.usage),
                f"{ATTRIBUTED_TOGETHER} {AT_THE_TIME}",
                link=links.to(boards.USAGE_REPORT),
            )
            for kind in hours.ALL
        ),
        stat(
            "Home directories",
            groups.total_home_size(source),
            unit=units.BYTES_IEC,
            requires=requirements.DIRSIZE,
            link=links.to(boards.HOME_DIRECTORIES),
            description="Size of the members' home directories at the end of the range. Shared "
            f"directories are nobody's and do not count. {ATTRIBUTED_TOGETHER}",
        ),
        membership_gaps(source),
        users_not_counted(source),
    ]
    return Row("At a glance", stats(panels))


def _use(source: Source) -> Row:
    panels = [
        timeseries(
            "Memory",
            lines_by_group(source, usage.MEMORY),
            unit=units.BYTES_IEC,
            link=_MEMBERS,
            description="Memory in use by the servers and Dask workers of each group's members "
            f"(working set). {ATTRIBUTED}",
        ),
        timeseries(
            "CPU",
            lines_by_group(source, usage.CPU),
            unit=units.CORES,
            link=_MEMBERS,
            description="Cores in use by the servers and Dask workers of each group's members, "
            f"averaged over each step of the line. {ATTRIBUTED}",
        ),
        timeseries(
            "Memory requests",
            lines_by_group(source, usage.MEMORY_REQUESTS),
            unit=units.BYTES_IEC,
            link=_MEMBERS,
            description="Memory that Kubernetes sets aside for the running pods of each group's "
            f"members, used or not. Pending and finished pods do not count. {ATTRIBUTED}",
        ),
        timeseries(
            "CPU requests",
            lines_by_group(source, usage.CPU_REQUESTS),
            unit=units.CORES,
            link=_MEMBERS,
            description="Cores that Kubernetes sets aside for the running pods of each group's "
            f"members, used or not. Pending and finished pods do not count. {ATTRIBUTED}",
        ),
        timeseries(
            "GPUs held",
            lines_by_group(source, usage.GPUS_HELD),
            unit=units.GPUS,
            link=_MEMBERS,
            description="GPUs that running pods of each group's members hold, busy or not. "
            f"{ATTRIBUTED}",
        ),
        home_sizes.size_by_group(source, link=_DIRECTORIES),
    ]
    return Row("Use", grid(panels, 12))


def _people(source: Source) -> Row:
    panels = [
        timeseries(
            "Running servers",
            lines_by_group(source, usage.SERVERS),
            unit=units.SERVERS,
            link=_MEMBERS,
            description="Notebook servers that run, by group. Somebody with two named servers "
            "counts two; Dask workers do not count. Rounded to whole servers, of which “split” "
            f"makes parts. {ATTRIBUTED}",
        ),
        people.people_each_day(source, link=_MEMBERS),
        timeseries(
            "Members",
            groups.group_sizes(source),
            unit=units.PEOPLE,
            calcs=("max", "lastNotNull"),
            link=_MEMBERS,
            description="How many users JupyterHub lists in each group, active or not; "
            "“none” are users in no group.",
        ),
    ]
    return Row("People", grid(panels, 8))


def _cost_effective(source: Source) -> Row:
    minutes = usage.IDLE_WINDOW.removesuffix("m")
    nearly_nothing = (
        f"Nearly nothing is under {usage.IDLE_CORES} cores on average over {minutes} minutes: an "
        "open JupyterLab that nobody uses needs about 0.01. Memory and GPU play no part."
    )
    panels = [
        timeseries(
            "CPU used of CPU requested",
            groups.ratio_by_group(source, usage.CPU_OF_RUNNING, usage.CPU_REQUESTS),
            unit=units.RATIO,
            calcs=("mean", "max"),
            link=_MEMBERS,
            description="100 % means that a group uses just what is requested for it. Far below: "
            "smaller requests would let more people share a node. Above: servers use spare CPU of "
            "their node, and slow down when it is full. Empty where nothing is requested.",
        ),
        timeseries(
            "Memory used of memory requested",
            groups.ratio_by_group(source, usage.MEMORY, usage.MEMORY_REQUESTS),
            unit=units.RATIO,
            calcs=("mean", "max"),
            link=_MEMBERS,
            description="100 % means that a group uses just what is requested for it. Far below: "
            "smaller requests would let more people share a node. Above: when its node runs out of "
            "memory, these servers are the first to be killed.",
        ),
        timeseries(
            "GPU used of GPU held",
            groups.ratio_by_group(source, usage.GPUS_BUSY, usage.GPUS_MEASURED),
            unit=units.RATIO,
            calcs=("mean", "max"),
            maximum=1,
            requires=requirements.GPU,
            link=_MEMBERS,
            description="How busy the GPUs are that running servers hold, of those for which "
            "dcgm-exporter reports it. A held GPU at 0 % keeps others waiting.",
        ),
        bar_gauge(
            "CPU used of requested, whole range",
            ranges.hours_ratio_by_group(source, usage.CPU, usage.CPU_REQUESTS),
            unit=units.RATIO,
            link=_MEMBERS,
            description="CPU-hours used of the CPU-hours that were requested in the range: the one "
            "number for how well a group's CPU requests fit. 50 % means that half was requested in "
            "vain.",
        ),
        bar_gauge(
            "Memory used of requested, whole range",
            ranges.hours_ratio_by_group(source, usage.MEMORY, usage.MEMORY_REQUESTS),
            unit=units.RATIO,
            link=_MEMBERS,
            description="GiB-hours used of the GiB-hours that were requested in the range: the one "
            "number for how well a group's memory requests fit.",
        ),
        bar_gauge(
            "Idle server-hours",
            ranges.hours_by_group(source, usage.IDLE_SERVERS),
            unit=units.SERVER_HOURS,
            step=IDLE_STEP,
            link=_MEMBERS,
            description="Hours in the range for which servers ran and used nearly nothing, by "
            f"group. {nearly_nothing} {ATTRIBUTED}",
        ),
        bar_gauge(
            "Idle part of server-hours",
            ranges.hours_ratio_by_group(source, usage.IDLE_SERVERS, usage.SERVERS),
            unit=units.RATIO,
            step=IDLE_STEP,
            maximum=1,
            link=_MEMBERS,
            description="Idle server-hours of all server-hours, by group. Much above a half: let "
            f"the culler stop servers sooner. {nearly_nothing}",
        ),
    ]
    return Row("Is it cost-effective?", grid(panels, (8, 8, 8, 12, 12, 12, 12)))


def _who(source: Source) -> Row:
    dask = ranges.hours_by_member(source, usage.CPU_OF_DASK)
    members = table(
        "Who used what",
        [
            hours.CPU.column(ranges.hours_by_member(source, usage.CPU)),
            Column("Of which Dask", dask, units.CPU_HOURS),
            hours.MEMORY.column(ranges.hours_by_member(source, usage.MEMORY_GIB)),
            hours.GPU.column(ranges.hours_by_member(source, usage.GPUS_HELD)),
            Column("Last seen", ranges.last_seen_by_member(source), units.RELATIVE_TIME),
            Column("Selected groups", ranges.groups_by_member(source), units.COUNT, 0),
        ],
        labels={"username": "User", **source.scope.hub_columns("Hub")},
        links={"username": links.to(boards.USERS, "This user", user=links.cell("username"))},
        sort_by="CPU-hours",
        description="The members of the selected groups and what they used in the range. Of which "
        "Dask is the part of the CPU-hours that Dask workers and schedulers used. Last seen is "
        "when they last had a server running in the range; empty for those who had none. Click a "
        f"name to see this user's board, a heading to sort. {AT_THE_TIME}",
    )
    return Row("Who", grid([members], 24, height=14))
