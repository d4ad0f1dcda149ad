"""Users: when each had a server, what each used and requested, and in which groups each is."""

from dashboards.boards.shared import hours
from dashboards.boards.shared.links import to_group
from dashboards.boards.shared.texts import user_legend
from dashboards.kit import (
    Column,
    Dashboard,
    Link,
    Row,
    boards,
    dashboard,
    grid,
    links,
    palette,
    requirements,
    stat,
    state_timeline,
    stats,
    table,
    timeseries,
    units,
    variables,
)
from dashboards.queries import pod_kinds, usage, users
from dashboards.queries.sources import Source
from dashboards.queries.users import HOME_POINTS, POINTS, TOP

_LINES = (
    f"Of the chosen users, the {TOP} who had most of it in the range; the table above has all. "
    "The mean is of the time in which they had any. Click a line to see only its user."
)


def _only(user: str) -> Link:
    return links.to(boards.USERS, "Only this user", keep=("datasource", "hub", "group"), user=user)


_THEM = _only(links.label("username"))


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
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
            _requested(source),
            _groups(source),
        ],
    )


def _at_a_glance(source: Source) -> Row:
    panels = [
        stat(
            "People who took part",
            users.people(source),
            unit=units.PEOPLE,
            description="Different users, of those chosen, who had a server running at any time "
            "in the range, however briefly.",
        ),
        *(
            kind.tile(users.total_hours(source, kind.usage), "Of the chosen users.")
            for kind in hours.ALL
        ),
        stat(
            "Home directories",
            users.total_home_size(source),
            unit=units.BYTES_IEC,
            requires=requirements.DIRSIZE,
            description="Size of the chosen users' home directories at the end of the range.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _who(source: Source) -> Row:
    dask = users.use_hours(source, usage.CPU_OF_DASK)
    everybody = table(
        "Who used what",
        [
            hours.CPU.column(users.use_hours(source, usage.CPU)),
            Column("Of which Dask", dask, units.CPU_HOURS),
            hours.MEMORY.column(users.use_hours(source, usage.MEMORY_GIB)),
            hours.GPU.column(users.use_hours(source, usage.GPUS_HELD)),
            Column("Servers started", users.server_starts(source), units.COUNT, 0),
            Column("Last seen", users.last_seen(source), units.RELATIVE_TIME),
            Column("Home directory", users.use(source, usage.HOME_SIZE), units.BYTES_IEC),
            Column("Groups", users.group_count(source), units.COUNT, 0),
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
    return Row("Who", grid([everybody], 24, height=12))


def _sessions(source: Source) -> Row:
    ran = state_timeline(
        "When servers ran",
        users.sessions(source),
        legend=user_legend(source.scope),
        unit=units.COUNT,
        points=POINTS,
        mappings={1: ("running", palette.OK)},
        no_value="nobody had a server in this range",
        description=f"A band while somebody had a server, for the {TOP} of the chosen users who "
        "had one for longest. Normal are bands by day. A band over nights and weekends is a server "
        "that nobody stops: if the row Use shows nothing for it, let the culler stop idle servers "
        "sooner.",
    )
    return Row("Sessions", grid([ran], 24, height=14))


def _use(source: Source) -> Row:
    legend = user_legend(source.scope)
    panels = [
        timeseries(
            "Memory",
            users.lines(source, usage.MEMORY),
            unit=units.BYTES_IEC,
            legend=legend,
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
            unit=units.CORES,
            legend=legend,
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
            unit=units.GPUS,
            decimals=0,
            legend=legend,
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
            unit=units.BYTES_IEC,
            legend=legend,
            points=HOME_POINTS,
            calcs=("mean", "lastNotNull"),
            link=_THEM,
            requires=requirements.DIRSIZE,
            description="Size of each user's home directory. Normal is a slow rise. A step up of "
            f"many GiB is a data set: offer its user a shared directory. {_LINES}",
        ),
    ]
    return Row("Use", grid(panels, 12))


def _requested(source: Source) -> Row:
    legend = user_legend(source.scope)
    panels = [
        timeseries(
            "Memory requests",
            users.lines(source, usage.MEMORY_REQUESTS),
            unit=units.BYTES_IEC,
            legend=legend,
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
            unit=units.CORES,
            legend=legend,
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            description="Cores that Kubernetes sets aside for each user's running pods, used or "
            f"not. Compare with CPU. {_LINES}",
        ),
        timeseries(
            "Running servers",
            users.lines(source, usage.SERVERS),
            unit=units.SERVERS,
            legend=legend,
            points=POINTS,
            link=_THEM,
            description="Notebook servers of each user; named servers count one each, Dask workers "
            f"none. {_LINES}",
        ),
        timeseries(
            "Memory of Dask workers",
            users.lines(source, pod_kinds.DASK_WORKERS),
            unit=units.BYTES_IEC,
            legend=legend,
            points=POINTS,
            calcs=("mean", "max"),
            link=_THEM,
            no_value="no Dask workers in this range",
            description="Memory in use by each user's Dask workers; it is part of Memory. Normal "
            "is that they come and go with a computation. Workers that stay for days belong to a "
            f"cluster that was not closed. {_LINES}",
        ),
    ]
    return Row("Requested, and what runs", grid(panels, 12), collapsed=True)


def _groups(source: Source) -> Row:
    memberships = table(
        "Groups of each user",
        [Column("Part of use, split", users.parts_of(source), units.RATIO)],
        labels={"username": "User", "usergroup": "Group", **source.scope.hub_columns("Hub")},
        links={
            "username": _only(links.cell("username")),
            "usergroup": to_group(links.cell("usergroup")),
        },
        sort_by="User",
        ascending=True,
        description="In which of the selected groups each chosen user is at the end of the range, "
        "and what part of the use is attributed to each group, split. Click a group to see its "
        "board.",
    )
    return Row("Groups", grid([memberships], 24, height=10))
