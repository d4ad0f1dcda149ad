"""Support: what the hubs and the boards rest on: NFS, Prometheus, the groups exporter, scrapes."""

from dashboards.boards.shared import health
from dashboards.kit import (
    Column,
    Dashboard,
    Panel,
    Row,
    Scope,
    Thresholds,
    alert_thresholds,
    boards,
    dashboard,
    grid,
    palette,
    requirements,
    stat,
    state_timeline,
    stats,
    table,
    text,
    timeseries,
    units,
    variables,
)
from dashboards.metrics.kube_state_metrics import KUBE_NODE_INFO
from dashboards.queries import infrastructure, support
from dashboards.queries.infrastructure import Server
from dashboards.queries.sources import Source

SWITCHES = {"requests": "Requests", "limits": "Limits", "capacity": "Capacity"}

_NO_EXPORTER = "no exporter"
_NO_SCRAPES = "No scrape data: this data source has no series called up."
_NOT_SCRAPED = "Prometheus does not scrape itself."
_LINES = (
    "The switches above the board show what is requested, the limit, and what the node or the "
    "volume has."
)


def board(source: Source) -> Dashboard:
    """Return the board; it reads scraped series, as nothing of it is recorded."""
    scope = source.scope
    return dashboard(
        boards.SUPPORT,
        source,
        description="What the boards rest on: the groups exporter, scrapes, Prometheus, NFS.",
        variables=[
            variables.datasource(),
            *variables.cluster(scope, KUBE_NODE_INFO),
            *(variables.switch(name, label) for name, label in SWITCHES.items()),
        ],
        rows=[
            _at_a_glance(scope),
            _exporter(scope),
            _scrapes(scope),
            _prometheus(scope),
            _nfs(scope),
        ],
    )


def _at_a_glance(scope: Scope) -> Row:
    panels = [
        health.memberships_age(scope),
        stat(
            "Failed refreshes",
            support.total_refresh_failures(scope),
            unit=units.COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1, bad=30),
            no_value=_NO_EXPORTER,
            description="How often the groups exporter failed to read its hub in the range. Some "
            "at a restart of the hub are normal. Failed refreshes by reason says which, and the "
            "exporter's page what to do.",
        ),
        health.targets_down(scope),
        stat(
            "Series",
            support.series_held(scope),
            unit=units.SERIES,
            decimals=1,
            no_value="does not scrape itself",
            description="Series that Prometheus has had samples of lately. It needs some "
            "kilobytes of memory for each. A jump: a new exporter, or one with a label that "
            "never repeats.",
        ),
        stat(
            "Prometheus disk used",
            infrastructure.disk_used(scope, infrastructure.PROMETHEUS),
            unit=units.BYTES_IEC,
            requires=requirements.VOLUMES,
            description="What Prometheus' volume holds. It grows until the retention time is "
            "reached, then stays. When it is full Prometheus stops.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _exporter(scope: Scope) -> Row:
    panels = [
        timeseries(
            "Age of memberships over time",
            support.data_age(scope),
            legend="{{job}} {{instance}}",
            unit=units.SECONDS,
            calcs=("lastNotNull", "max"),
            thresholds=alert_thresholds.OLD_DATA_SECONDS,
            no_value=_NO_EXPORTER,
            description="How old what each groups exporter serves was. A saw below two minutes is "
            "normal; a slope is a time in which it could not read its hub.",
        ),
        timeseries(
            "Failed refreshes by reason",
            support.refresh_failures(scope),
            legend="{{reason}}",
            unit=units.COUNT,
            decimals=0,
            step="1h",
            calcs=("lastNotNull", "max"),
            no_value=_NO_EXPORTER,
            description="How often the exporter failed to read its hub, in each hour or step. Flat "
            "at 0 is normal. auth and scope: the token. connect, timeout and tls: the way to the "
            "hub. http, not_json and shape: something else responds. partial: the hub's users "
            "change all the time.",
        ),
        timeseries(
            "Refresh duration",
            support.refresh_seconds(scope),
            legend="{{job}} {{instance}}",
            unit=units.SECONDS,
            no_value=_NO_EXPORTER,
            description="How long the exporter last took to read its hub. It grows with the number "
            "of users. Near the refresh interval, the exporter queries the hub all the time: make "
            "the interval longer.",
        ),
        timeseries(
            "Users, groups and memberships",
            [
                (support.exported_users(scope), "users"),
                (support.exported_groups(scope), "groups"),
                (support.exported_memberships(scope), "memberships"),
            ],
            unit=units.COUNT,
            decimals=0,
            calcs=("lastNotNull", "max"),
            no_value=_NO_EXPORTER,
            description="What the exporters serve, of all hubs. Steps are people who come. A fall "
            "to 0 is an exporter without data; a fall to half, one that may no longer see all "
            "users.",
        ),
    ]
    return Row("The groups exporter", grid(panels, 12))


def _scrapes(scope: Scope) -> Row:
    panels = [
        table(
            "Jobs",
            [
                Column(
                    "Up",
                    support.targets_up(scope),
                    units.RATIO,
                    thresholds=Thresholds(warn=1, low_is_bad=True),
                ),
                Column("Targets", support.targets(scope), units.COUNT, 0),
                Column("Slowest scrape", support.scrape_seconds(scope), units.SECONDS, 2),
                Column("Samples", support.scrape_samples(scope), units.SERIES, 1),
            ],
            labels={"job": "Job"},
            sort_by="Up",
            ascending=True,
            no_value=_NO_SCRAPES,
            description="Every job of this Prometheus at the end of the range: which part of its "
            "targets is up, how many there are, how long the slowest scrape took, and how many "
            "samples a scrape brings. All at 100 % is normal. A scrape that takes more than its "
            "timeout, often 10 s, fails.",
        ),
        table(
            "What the boards read",
            [
                Column(
                    "Series",
                    support.sources(scope),
                    units.SERIES,
                    0,
                    mappings={0: ("missing", palette.WARN)},
                )
            ],
            labels={"source": "Source"},
            sort_by="Series",
            ascending=True,
            description="Whether this Prometheus has the series that the boards query, by source. "
            "What is missing leaves panels empty, which say what they need: optional sources may "
            "be missing on purpose.",
        ),
        state_timeline(
            "Jobs over time",
            support.targets_up(scope),
            legend="{{job}}",
            unit=units.RATIO,
            mappings={0: ("down", palette.BAD), 1: ("up", palette.OK)},
            thresholds=Thresholds(warn=1, bad=0.01, low_is_bad=True),
            no_value=_NO_SCRAPES,
            description="When each job's targets were up: all, none, or which part. Where a job "
            "was down, all that it brings is missing on the boards.",
        ),
    ]
    return Row("Scrapes", grid(panels, (12, 12, 24), height=10))


def _prometheus(scope: Scope) -> Row:
    panels = [
        *_resources(scope, "Prometheus", infrastructure.PROMETHEUS),
        timeseries(
            "Samples",
            [(support.samples_a_second(scope), "samples")],
            unit=units.SAMPLES_PER_SECOND,
            no_value=_NOT_SCRAPED,
            description="Samples that Prometheus takes in a second. It follows the number of pods. "
            "A fall to a part: jobs are down.",
        ),
        timeseries(
            "Series over time",
            [(support.series_held(scope), "series")],
            unit=units.SERIES,
            no_value=_NOT_SCRAPED,
            description="Series that Prometheus holds in memory. Its memory, above, follows.",
        ),
    ]
    return Row("Prometheus", grid(panels, 12), collapsed=True)


def _nfs(scope: Scope) -> Row:
    about = text(
        "About NFS",
        "Home directories on NFS are as fast as their server and the way to it. **Slow hubs** "
        "often are a slow NFS server: look at its CPU and network below, then at which node makes "
        "most requests, and at the board Users for who works there.",
    )
    panels = [
        timeseries(
            "NFS requests by node",
            support.nfs_requests_by_node(scope),
            legend="{{node}}",
            unit=units.REQUESTS_PER_SECOND,
            requires=requirements.NFS_CLIENT,
            description="Requests a second that each node makes of NFS servers. It follows the "
            "number of users. One node far above the others: somebody there reads or writes "
            "thousands of small files.",
        ),
        timeseries(
            "NFS requests by operation",
            support.nfs_requests_by_operation(scope),
            legend="{{method}}",
            unit=units.REQUESTS_PER_SECOND,
            requires=requirements.NFS_CLIENT,
            description="Requests a second by operation. Much Getattr, Lookup and Access is "
            "normal: JupyterLab looks at files. Much Read or Write is data; much Open, Close and "
            "Create are many small files, such as package installations into home directories.",
        ),
        *_resources(scope, "the NFS server", infrastructure.NFS),
    ]
    return Row("NFS", [*grid([about], 24, height=3), *grid(panels, 12)], collapsed=True)


def _resources(scope: Scope, name: str, server: Server) -> list[Panel]:
    """Return CPU, memory, disk and network of a server, with the lines that switches add."""
    no_container = f"No container has one of the usual names of {name}."
    return [
        timeseries(
            f"CPU of {name}",
            infrastructure.cpu(scope, server),
            unit=units.CORES,
            no_value=no_container,
            description=f"Cores that it uses. {_LINES} At its limit it is throttled, and all that "
            "rests on it slows down.",
        ),
        timeseries(
            f"Memory of {name}",
            infrastructure.memory(scope, server),
            unit=units.BYTES_IEC,
            no_value=no_container,
            description=f"Memory that it uses. {_LINES} At its limit it is killed and started "
            "again: raise the limit before.",
        ),
        timeseries(
            f"Disk of {name}",
            infrastructure.disk(scope, server),
            unit=units.BYTES_IEC,
            requires=requirements.VOLUMES,
            description=f"What its volume holds. {_LINES} Make it larger before it is full.",
        ),
        timeseries(
            f"Network of {name}",
            infrastructure.network(scope, server),
            unit=units.BYTES_PER_SECOND,
            no_value=no_container,
            description="Bytes a second that it receives and sends. A plateau at the same height "
            "day after day is a limit: the node's network, or the disk's.",
        ),
    ]
