"""User groups: how many people of a group took part, what they used, and was it worth it."""

from grafanalib.core import Dashboard

from dashboards.boards.shared.unknown import unknown_memberships, users_not_counted
from dashboards.kit import boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import Column, bar_gauge, daily_bars, stat, table, timeseries
from dashboards.kit.units import (
    BYTES_IEC,
    CORES,
    COUNT,
    CPU_HOURS,
    GIB_HOURS,
    GPU_HOURS,
    GPUS,
    PEOPLE,
    RATIO,
    RELATIVE_TIME,
    SERVER_HOURS,
    SERVERS,
)
from dashboards.queries import groups, ranges, usage
from dashboards.queries.groups import lines_by_group
from dashboards.queries.sources import Source
from dashboards.queries.usage import IDLE_STEP

_COUNTED = (
    "Attribution “${attribution:text}”: with “every”, somebody in several groups counts fully in "
    "each, so groups may add up to more than the hub; with “split”, what they use is divided among "
    "all of their groups, which add up to the hub."
)
_TOGETHER = (
    "Attribution “${attribution:text}”: with “every”, somebody in several of the selected groups "
    "counts once; with “split”, only with the part of these groups."
)
_PEOPLE = "Somebody in several of the selected groups counts once."
_IN_EACH = "Somebody in several groups counts in each."
_THEN = "Membership counts at the time of use: what people used before they joined is not in it."

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
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.USER_GROUPS,
        source,
        description="Who uses the hub, by user group: people, use, and what was reserved in vain.",
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
        stat(
            "People who took part",
            ranges.people_who_took_part(source),
            unit=PEOPLE,
            decimals=0,
            link=links.to(boards.ACTIVITY),
            description="Different members of the selected groups who had a server running at any "
            "time in the range shown, however briefly. Logging in without starting a server does "
            f"not count. {_PEOPLE}",
        ),
        stat(
            "People active now",
            ranges.people_now(source),
            unit=PEOPLE,
            decimals=0,
            link=links.to(boards.USERS),
            description="Different members of the selected groups who have a server running at the "
            "end of the range shown, whether or not they work on it.",
        ),
        stat(
            "CPU-hours",
            ranges.hours_of_selection(source, usage.CPU),
            unit=CPU_HOURS,
            decimals=1,
            link=links.to(boards.USAGE_REPORT),
            description="CPU time used in the range: one core busy for an hour is one CPU-hour. "
            f"Reserved but idle CPU does not count. {_TOGETHER} {_THEN}",
        ),
        stat(
            "Memory GiB-hours",
            ranges.hours_of_selection(source, usage.MEMORY_GIB),
            unit=GIB_HOURS,
            decimals=1,
            link=links.to(boards.USAGE_REPORT),
            description="Memory used over time in the range: 1 GiB in use for an hour is one "
            "GiB-hour. It is the working set, without the file cache that the kernel drops first; "
            f"reserved but unused memory does not count. {_TOGETHER} {_THEN}",
        ),
        stat(
            "GPU-hours",
            ranges.hours_of_selection(source, usage.GPUS_HELD),
            unit=GPU_HOURS,
            decimals=1,
            link=links.to(boards.USAGE_REPORT),
            description="Time in the range for which running servers held a GPU, busy or not, as "
            "nobody else could have it. Servers that wait for a GPU do not count. "
            f"{_TOGETHER} {_THEN}",
        ),
        stat(
            "Home directories",
            groups.total_home_size(source),
            unit=BYTES_IEC,
            decimals=1,
            requires=requirements.DIRSIZE,
            link=links.to(boards.HOME_DIRECTORIES),
            description="Size of the members' home directories at the end of the range. Shared "
            f"directories are nobody's and do not count. {_TOGETHER}",
        ),
        unknown_memberships(source),
        users_not_counted(source),
    ]
    return Row("At a glance", stats(panels))


def _use(source: Source) -> Row:
    panels = [
        timeseries(
            "Memory",
            lines_by_group(source, usage.MEMORY),
            unit=BYTES_IEC,
            link=_MEMBERS,
            description="Memory in use by the servers and Dask workers of each group's members "
            f"(working set). {_COUNTED}",
        ),
        timeseries(
            "CPU",
            lines_by_group(source, usage.CPU),
            unit=CORES,
            link=_MEMBERS,
            description="Cores in use by the servers and Dask workers of each group's members, "
            f"averaged over each step of the line. {_COUNTED}",
        ),
        timeseries(
            "Memory requests",
            lines_by_group(source, usage.MEMORY_REQUESTS),
            unit=BYTES_IEC,
            link=_MEMBERS,
            description="Memory that Kubernetes sets aside for the running pods of each group's "
            f"members, used or not. Pods that wait or have finished do not count. {_COUNTED}",
        ),
        timeseries(
            "CPU requests",
            lines_by_group(source, usage.CPU_REQUESTS),
            unit=CORES,
            link=_MEMBERS,
            description="Cores that Kubernetes sets aside for the running pods of each group's "
            f"members, used or not. Pods that wait or have finished do not count. {_COUNTED}",
        ),
        timeseries(
            "GPUs held",
            lines_by_group(source, usage.GPUS_HELD),
            unit=GPUS,
            link=_MEMBERS,
            description="GPUs that running pods of each group's members hold, busy or not. "
            f"{_COUNTED}",
        ),
        timeseries(
            "Home directory size",
            source.by_group(usage.HOME_SIZE),
            unit=BYTES_IEC,
            calcs=("mean", "lastNotNull"),
            requires=requirements.DIRSIZE,
            link=_DIRECTORIES,
            description="Size of the home directories of each group's members; people who are not "
            f"here now count too. {_COUNTED}",
        ),
    ]
    return Row("Use", [Placed(panel, 12, 9) for panel in panels])


def _people(source: Source) -> Row:
    panels = [
        timeseries(
            "Running servers",
            lines_by_group(source, usage.SERVERS),
            unit=SERVERS,
            link=_MEMBERS,
            description="Notebook servers that run, by group. Somebody with two named servers "
            "counts two; Dask workers do not count. Rounded to whole servers, of which “split” "
            f"makes parts. {_COUNTED}",
        ),
        daily_bars(
            "People active each day",
            ranges.daily_people_by_group(source),
            unit=PEOPLE,
            link=_MEMBERS,
            description="Members who had a server running at some time of the day (00:00 to 24:00 "
            f"in the board's time zone), by group. The last bar is today so far. {_IN_EACH}",
        ),
        timeseries(
            "Members",
            groups.group_sizes(source),
            unit=PEOPLE,
            calcs=("max", "lastNotNull"),
            link=_MEMBERS,
            description="How many users JupyterHub lists in each group, active or not; "
            "“none” are users in no group.",
        ),
    ]
    return Row("People", [Placed(panel, 8, 9) for panel in panels])


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
            unit=RATIO,
            calcs=("mean", "max"),
            link=_MEMBERS,
            description="100 % means that a group uses just what is reserved for it. Far below: "
            "smaller requests would let more people share a node. Above: servers use spare CPU "
            "of their node, and slow down when it is full. Empty where nothing is requested.",
        ),
        timeseries(
            "Memory used of memory requested",
            groups.ratio_by_group(source, usage.MEMORY, usage.MEMORY_REQUESTS),
            unit=RATIO,
            calcs=("mean", "max"),
            link=_MEMBERS,
            description="100 % means that a group uses just what is reserved for it. Far below: "
            "smaller requests would let more people share a node. Above: when its node runs out "
            "of memory, these servers are the first to be killed.",
        ),
        timeseries(
            "GPU used of GPU held",
            groups.ratio_by_group(source, usage.GPUS_BUSY, usage.GPUS_MEASURED),
            unit=RATIO,
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
            unit=RATIO,
            decimals=0,
            link=_MEMBERS,
            description="CPU-hours used of the CPU-hours that were requested in the range: the one "
            "number for how well a group's CPU requests fit. 50 % means that half was reserved in "
            "vain.",
        ),
        bar_gauge(
            "Memory used of requested, whole range",
            ranges.hours_ratio_by_group(source, usage.MEMORY, usage.MEMORY_REQUESTS),
            unit=RATIO,
            decimals=0,
            link=_MEMBERS,
            description="GiB-hours used of the GiB-hours that were requested in the range: the one "
            "number for how well a group's memory requests fit.",
        ),
        bar_gauge(
            "Idle server-hours",
            ranges.hours_by_group(source, usage.IDLE_SERVERS),
            unit=SERVER_HOURS,
            decimals=1,
            step=IDLE_STEP,
            link=_MEMBERS,
            description="Hours in the range for which servers ran and used nearly nothing, by "
            f"group. {nearly_nothing} {_COUNTED}",
        ),
        bar_gauge(
            "Idle part of all server-hours",
            ranges.hours_ratio_by_group(source, usage.IDLE_SERVERS, usage.SERVERS),
            unit=RATIO,
            step=IDLE_STEP,
            decimals=0,
            maximum=1,
            link=_MEMBERS,
            description="Idle server-hours of all server-hours, by group. Much above a half: let "
            f"the culler stop servers sooner. {nearly_nothing}",
        ),
    ]
    return Row(
        "Is it cost-effective?",
        [Placed(p, w, 9) for p, w in zip(panels, (8, 8, 8, 12, 12, 12, 12), strict=True)],
    )


def _who(source: Source) -> Row:
    members = table(
        "Who used what",
        [
            Column("CPU-hours", ranges.hours_by_member(source, usage.CPU), CPU_HOURS, 1),
            Column("Of it Dask", ranges.hours_by_member(source, usage.CPU_OF_DASK), CPU_HOURS, 1),
            Column(
                "Memory GiB-hours",
                ranges.hours_by_member(source, usage.MEMORY_GIB),
                GIB_HOURS,
                1,
            ),
            Column("GPU-hours", ranges.hours_by_member(source, usage.GPUS_HELD), GPU_HOURS, 1),
            Column("Last seen", ranges.last_seen_by_member(source), RELATIVE_TIME),
            Column("Selected groups", ranges.groups_by_member(source), COUNT, 0),
        ],
        labels={"username": "User", **source.scope.hub_columns("Hub")},
        links={"username": links.to(boards.USERS, "This user", user=links.cell("username"))},
        sort_by="CPU-hours",
        description="The members of the selected groups and what they used in the range. Of it "
        "Dask is the part of the CPU-hours that Dask workers and schedulers used. Last seen is "
        "when they last had a server running in the range; empty for those who had none. Click a "
        f"name to see this user's board, a heading to sort. {_THEN}",
    )
    return Row("Who", [Placed(members, 24, 14)])
