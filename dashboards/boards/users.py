"""Users: when each had a server, what each used and reserved, and in which groups each is."""

from grafanalib.core import Dashboard

from dashboards.kit import boards, links, palette, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import Column, stat, state_timeline, table, timeseries
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
    SERVERS,
)
from dashboards.queries import pod_kinds, usage, users
from dashboards.queries.sources import Source
from dashboards.queries.users import HOME_POINTS, POINTS, TOP


def _legend(source: Source) -> str:
    return f"{{{{username}}}} ({source.scope.hub_legend})"


_LINES = (
    f"Of the chosen users, the {TOP} who had most of it in the range; the table above has all. "
    "The mean is of the time in which they had any. Click a line to see only its user."
)
_CHOSEN = "Of the chosen users."


def _only(user: str) -> links.Link:
    return links.to(boards.USERS, "Only this user", keep=("datasource", "hub", "group"), user=user)


_THEM = _only(links.label("username"))


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.USERS,
        source,
        description="What single users use: when they had a server, what for, how much.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source, everybody=True),
            variables.user(source),
        ],
        rows=[
            _at_a_glance(source),
            _who(source),
            _sessions(source),
            _use(source),
            _reserved(source),
            _groups(source),
        ],
    )


def _at_a_glance(source: Source) -> Row:
    panels = [
        stat(
            "People",
            users.people(source),
            unit=PEOPLE,
            decimals=0,
            description="Different users, of those chosen, who had a server running at any time "
            "in the range, however briefly.",
        ),
        stat(
            "CPU-hours",
            users.total_hours(source, usage.CPU),
            unit=CPU_HOURS,
            decimals=1,
            description=f"CPU time used in the range: one core busy for an hour. {_CHOSEN}",
        ),
        stat(
            "Memory GiB-hours",
            users.total_hours(source, usage.MEMORY_GIB),
            unit=GIB_HOURS,
            decimals=1,
            description=f"Memory used over time in the range, as the working set. {_CHOSEN}",
        ),
        stat(
            "GPU-hours",
            users.total_hours(source, usage.GPUS_HELD),
            unit=GPU_HOURS,
            decimals=1,
            description=f"Time in the range for which GPUs were held, busy or not. {_CHOSEN}",
        ),
        stat(
            "Home directories",
            users.total(source, usage.HOME_SIZE),
            unit=BYTES_IEC,
            decimals=1,
            requires=requirements.DIRSIZE,
            description="Size of their home directories at the end of the range.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _who(source: Source) -> Row:
    everybody = table(
        "Who used what",
        [
            Column("CPU-hours", users.use_hours(source, usage.CPU), CPU_HOURS, 1),
            Column("Of it Dask", users.use_hours(source, usage.CPU_OF_DASK), CPU_HOURS, 1),
            Column("Memory GiB-hours", users.use_hours(source, usage.MEMORY_GIB), GIB_HOURS, 1),
            Column("GPU-hours", users.use_hours(source, usage.GPUS_HELD), GPU_HOURS, 1),
            Column("Servers started", users.server_starts(source), COUNT, 0),
            Column("Last seen", users.last_seen(source), RELATIVE_TIME),
            Column("Home directory", users.use(source, usage.HOME_SIZE), BYTES_IEC, 1),
            Column("Groups", users.group_count(source), COUNT, 0),
        ],
        labels={"username": "User", **source.scope.hub_columns("Hub")},
        links={"username": _only(links.cell("username"))},
        sort_by="CPU-hours",
        description="All chosen users, those without a server in the range too, and what they "
        "used in it; nothing is divided among their groups. Last seen is when they last had a "
        "server running in the range. Normal is that a few use most. Somebody far above the rest: "
        "look at the lines below, whether it is work or a program that was forgotten, and ask. "
        "Click a name to see only this user, a heading to sort.",
    )
    return Row("Who", [Placed(everybody, 24, 12)])


def _sessions(source: Source) -> Row:
    ran = state_timeline(
        "When servers ran",
        users.sessions(source),
        legend=_legend(source),
        unit=COUNT,
        points=POINTS,
        mappings={1: ("running", palette.OK)},
        no_value="nobody had a server in this range",
        description=f"A band while somebody had a server, for the {TOP} of the chosen users who "
        "had one for longest. Normal are bands by day. A band over nights and weekends is a server "
        "that nobody stops: if the row Use shows nothing for it, let the culler stop idle servers "
        "sooner.",
    )
    return Row("Sessions", [Placed(ran, 24, 14)])


def _use(source: Source) -> Row:
    panels = [
        timeseries(
            "Memory",
            users.lines(source, usage.MEMORY),
            unit=BYTES_IEC,
            legend=_legend(source),
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            description="Memory in use by each user's servers and Dask workers (working set). "
            "Normal is that it rises while somebody works and falls when the server stops. A line "
            "that is flat and high for days is held for nothing; one that climbs to its limit "
            f"again and again ends in killed kernels: give that user a larger server. {_LINES}",
        ),
        timeseries(
            "CPU",
            users.lines(source, usage.CPU),
            unit=CORES,
            legend=_legend(source),
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            description="Cores in use by each user's servers and Dask workers, averaged over each "
            "step of the line. Normal are peaks with rests between. A line at the same height day "
            f"and night is a program that nobody watches: ask its user. {_LINES}",
        ),
        timeseries(
            "GPUs held",
            users.lines(source, usage.GPUS_HELD),
            unit=GPUS,
            decimals=0,
            legend=_legend(source),
            points=POINTS,
            calcs=("lastNotNull", "max"),
            link=_THEM,
            no_value="nobody held a GPU in this range",
            description="GPUs that each user's running pods hold, busy or not; nobody else has "
            "them. Normal is that they are given back in the evening. Held for days, see how busy "
            f"they are on the User groups board. {_LINES}",
        ),
        timeseries(
            "Home directory size",
            users.lines(source, usage.HOME_SIZE),
            unit=BYTES_IEC,
            legend=_legend(source),
            points=HOME_POINTS,
            calcs=("mean", "lastNotNull"),
            link=_THEM,
            requires=requirements.DIRSIZE,
            description="Size of each user's home directory. Normal is a slow rise. A step up of "
            f"many GiB is a data set: offer its user a shared directory. {_LINES}",
        ),
    ]
    return Row("Use", [Placed(panel, 12, 9) for panel in panels])


def _reserved(source: Source) -> Row:
    panels = [
        timeseries(
            "Memory requests",
            users.lines(source, usage.MEMORY_REQUESTS),
            unit=BYTES_IEC,
            legend=_legend(source),
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            description="Memory that Kubernetes sets aside for each user's running pods, used or "
            "not. Far above what Memory shows: a smaller server would do, and more people would "
            f"fit on a node. {_LINES}",
        ),
        timeseries(
            "CPU requests",
            users.lines(source, usage.CPU_REQUESTS),
            unit=CORES,
            legend=_legend(source),
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            description="Cores that Kubernetes sets aside for each user's running pods, used or "
            f"not. Compare with CPU. {_LINES}",
        ),
        timeseries(
            "Running servers",
            users.lines(source, usage.SERVERS),
            unit=SERVERS,
            legend=_legend(source),
            points=POINTS,
            link=_THEM,
            description="Notebook servers of each user; named servers count one each, Dask workers "
            f"none. {_LINES}",
        ),
        timeseries(
            "Memory of Dask workers",
            users.lines(source, pod_kinds.DASK_WORKERS),
            unit=BYTES_IEC,
            legend=_legend(source),
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            no_value="no Dask workers in this range",
            description="Memory in use by each user's Dask workers; it is part of Memory. Normal "
            "is that they come and go with a computation. Workers that stay for days belong to a "
            f"cluster that was not closed. {_LINES}",
        ),
    ]
    return Row("Reserved, and what runs", [Placed(p, 12, 9) for p in panels], collapsed=True)


def _groups(source: Source) -> Row:
    memberships = table(
        "Groups of each user",
        [Column("Part of use, split", users.parts_of(source), RATIO, 0)],
        labels={"username": "User", "usergroup": "Group", **source.scope.hub_columns("Hub")},
        links={
            "username": _only(links.cell("username")),
            "usergroup": links.to(
                boards.USER_GROUPS,
                "This group",
                keep=("datasource", "hub"),
                group=links.cell("usergroup"),
            ),
        },
        sort_by="User",
        ascending=True,
        description="In which of the selected groups each chosen user is at the end of the range, "
        "and what part of the use each group answers for with attribution “split”. Click a group "
        "to see its board.",
    )
    return Row("Groups", [Placed(memberships, 24, 10)])
