"""Support: what the hubs and the boards rest on: NFS, Prometheus, the groups exporter, scrapes."""

from grafanalib.core import Dashboard, Panel

from dashboards.kit import alert_thresholds, boards, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.palette import BAD, OK, WARN
from dashboards.kit.panels import Column, Thresholds, stat, state_timeline, table, text, timeseries
from dashboards.kit.scope import Scope
from dashboards.kit.thresholds import ValueMappings
from dashboards.kit.units import (
    BYTES_IEC,
    BYTES_PER_SECOND,
    CORES,
    COUNT,
    RATIO,
    REQUESTS_PER_SECOND,
    SAMPLES_PER_SECOND,
    SECONDS,
    SERIES,
)
from dashboards.metrics.kube_state_metrics import KUBE_NODE_INFO
from dashboards.queries import support
from dashboards.queries.sources import Source

SWITCHES = {"requests": "Requests", "limits": "Limits", "capacity": "Capacity"}

_NO_SCRAPES = "This data source does not tell its scrapes: it has no series called up."

_LINES = (
    "The switches above the board show what is requested, the limit, and what the node or the "
    "volume has."
)


def board(source: Source) -> Dashboard:
    """Return the board; it reads what is scraped, as nothing of it is recorded."""
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
        stat(
            "Age of memberships",
            support.oldest_data(scope),
            unit=SECONDS,
            decimals=0,
            thresholds=alert_thresholds.OLD_DATA_SECONDS,
            no_value="no exporter",
            description="How long ago the groups exporter last read its hub; of several the one "
            "whose data are oldest. About a minute is normal. From ten minutes on an alert says "
            "why; after an hour memberships end, and the boards have no groups.",
        ),
        stat(
            "Failed readings",
            support.total_refresh_failures(scope),
            unit=COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1, bad=30),
            no_value="no exporter",
            description="Readings of the hub that failed in the range. Some at a restart of the "
            "hub are normal. Failed readings by reason says which, and the exporter's page what "
            "to do.",
        ),
        stat(
            "Targets down",
            support.targets_down(scope),
            unit=COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1),
            no_value="no scrapes are told",
            description="Targets of this Prometheus that it cannot scrape at the end of the "
            "range. 0 is normal. Scrapes, below, says of which job; Prometheus' own page Targets "
            "has the error.",
        ),
        stat(
            "Series",
            support.series_held(scope),
            unit=SERIES,
            decimals=1,
            no_value="does not scrape itself",
            description="Series that Prometheus has had samples of lately. It needs some "
            "kilobytes of memory for each. A jump: a new exporter, or one with a label that "
            "never repeats.",
        ),
        stat(
            "Prometheus disk used",
            support.disk_used(scope, support.PROMETHEUS_VOLUME),
            unit=BYTES_IEC,
            decimals=1,
            requires=requirements.VOLUMES,
            description="What Prometheus' volume holds. It grows until the retention time is "
            "reached, then stays. When it is full Prometheus stops.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _exporter(scope: Scope) -> Row:
    panels = [
        timeseries(
            "Age of memberships, over time",
            support.data_age(scope),
            legend="{{job}} {{instance}}",
            unit=SECONDS,
            calcs=("lastNotNull", "max"),
            thresholds=alert_thresholds.OLD_DATA_SECONDS,
            no_value="no exporter",
            description="How old what each groups exporter serves was. A saw below two minutes is "
            "normal; a slope is a time in which it could not read its hub.",
        ),
        timeseries(
            "Failed readings by reason",
            support.refresh_failures(scope),
            legend="{{reason}}",
            unit=COUNT,
            decimals=0,
            step="1h",
            calcs=("lastNotNull", "max"),
            no_value="no exporter",
            description="Readings of the hub that failed, in each hour or step. Flat at 0 is "
            "normal. auth and scope: the token. connect, timeout and tls: the way to the hub. "
            "http, not_json and shape: something else answers. partial: the hub's users change "
            "all the time.",
        ),
        timeseries(
            "Time to read the hub",
            support.refresh_seconds(scope),
            legend="{{job}} {{instance}}",
            unit=SECONDS,
            no_value="no exporter",
            description="How long the last reading of the hub took. It grows with the number of "
            "users. Near the interval, the hub is asked all the time: ask less often.",
        ),
        timeseries(
            "What it serves",
            [
                (support.exported_users(scope), "users"),
                (support.exported_groups(scope), "groups"),
                (support.exported_memberships(scope), "memberships"),
            ],
            unit=COUNT,
            decimals=0,
            calcs=("lastNotNull", "max"),
            no_value="no exporter",
            description="Users, groups and memberships of all hubs. Steps are people who come. A "
            "fall to 0 is an exporter without data; a fall to half, one that may no longer see "
            "all users.",
        ),
    ]
    return Row("The groups exporter", [Placed(panel, 12, 9) for panel in panels])


def _scrapes(scope: Scope) -> Row:
    states: ValueMappings = {0: ("down", BAD), 1: ("up", OK)}
    return Row(
        "Scrapes",
        [
            Placed(
                table(
                    "Jobs",
                    [
                        Column(
                            "Answer",
                            support.targets_up(scope),
                            RATIO,
                            0,
                            thresholds=Thresholds(warn=1, low_is_bad=True),
                        ),
                        Column("Targets", support.targets(scope), COUNT, 0),
                        Column("Slowest scrape", support.scrape_seconds(scope), SECONDS, 2),
                        Column("Samples", support.scrape_samples(scope), SERIES, 1),
                    ],
                    labels={"job": "Job"},
                    sort_by="Answer",
                    ascending=True,
                    no_value=_NO_SCRAPES,
                    description="Every job of this Prometheus at the end of the range: which part "
                    "of its targets answers, how many there are, how long the slowest scrape took, "
                    "and how many samples a scrape brings. All at 100 % is normal. A scrape that "
                    "takes more than its timeout, often 10 s, fails.",
                ),
                12,
                10,
            ),
            Placed(
                table(
                    "What the boards read",
                    [
                        Column(
                            "Series",
                            support.sources(scope),
                            SERIES,
                            0,
                            mappings={0: ("not there", WARN)},
                        )
                    ],
                    labels={"source": "Source"},
                    sort_by="Series",
                    ascending=True,
                    description="Whether this Prometheus has what the boards ask for, by source. "
                    "What is not there is missing on some board, and the panels say which: "
                    "optional sources may be missing on purpose.",
                ),
                12,
                10,
            ),
            Placed(
                state_timeline(
                    "Jobs over time",
                    support.targets_up(scope),
                    legend="{{job}}",
                    unit=RATIO,
                    mappings=states,
                    thresholds=Thresholds(warn=1, bad=0.01, low_is_bad=True),
                    no_value=_NO_SCRAPES,
                    description="When each job's targets answered: all up, none down, or which "
                    "part. Where a job was down, all that it brings is missing on the boards.",
                ),
                24,
                10,
            ),
        ],
    )


def _prometheus(scope: Scope) -> Row:
    panels = [
        *_resources(scope, "Prometheus", support.PROMETHEUS, support.PROMETHEUS_VOLUME),
        timeseries(
            "Samples",
            [(support.samples_a_second(scope), "samples")],
            unit=SAMPLES_PER_SECOND,
            no_value="Prometheus does not scrape itself.",
            description="Samples that Prometheus takes in a second. It follows the number of pods. "
            "A fall to a part: jobs are down.",
        ),
        timeseries(
            "Series over time",
            [(support.series_held(scope), "series")],
            unit=SERIES,
            no_value="Prometheus does not scrape itself.",
            description="Series that Prometheus holds in memory. Its memory, above, follows.",
        ),
    ]
    return Row("Prometheus", [Placed(panel, 12, 9) for panel in panels], collapsed=True)


def _nfs(scope: Scope) -> Row:
    about = text(
        "About NFS",
        "Home directories on NFS are as fast as their server and the way to it. **Slow hubs** "
        "often are a slow NFS server: look at its CPU and network below, then at which node asks "
        "most, and at the board Users for who works there.",
    )
    panels = [
        timeseries(
            "NFS requests of nodes",
            support.nfs_requests_by_node(scope),
            legend="{{node}}",
            unit=REQUESTS_PER_SECOND,
            requires=requirements.NFS_CLIENT,
            description="Requests a second that each node makes of NFS servers. It follows the "
            "number of users. One node far above the others: somebody there reads or writes "
            "thousands of small files.",
        ),
        timeseries(
            "NFS requests by operation",
            support.nfs_requests_by_operation(scope),
            legend="{{method}}",
            unit=REQUESTS_PER_SECOND,
            requires=requirements.NFS_CLIENT,
            description="Requests a second by what is asked. Much Getattr, Lookup and Access is "
            "normal: JupyterLab looks at files. Much Read or Write is data; much Open, Close and "
            "Create are many small files, such as package installations into home directories.",
        ),
        *_resources(scope, "NFS server", support.NFS, support.NFS_VOLUME),
    ]
    return Row(
        "NFS",
        [Placed(about, 24, 3), *(Placed(panel, 12, 9) for panel in panels)],
        collapsed=True,
    )


def _resources(scope: Scope, what: str, containers: str, claims: str) -> list[Panel]:
    """Return CPU, memory, disk and network of a server, with the lines that switches add."""
    here = f"{what}: no container of the usual names runs in this cluster."
    lines = {
        resource: [
            (use, "used"),
            (
                support.shown_if("requests", support.reserved(scope, containers, resource)),
                "requested",
            ),
            (support.shown_if("limits", support.allowed(scope, containers, resource)), "limit"),
            (
                support.shown_if("capacity", support.capacity(scope, containers, resource)),
                "capacity",
            ),
        ]
        for resource, use in (
            ("cpu", support.cores(scope, containers)),
            ("memory", support.memory(scope, containers)),
        )
    }
    return [
        timeseries(
            f"CPU of the {what}" if what != "Prometheus" else "CPU of Prometheus",
            lines["cpu"],
            unit=CORES,
            no_value=here,
            description=f"Cores that it uses. {_LINES} At its limit it is slowed down, and all "
            "that rests on it.",
        ),
        timeseries(
            f"Memory of the {what}" if what != "Prometheus" else "Memory of Prometheus",
            lines["memory"],
            unit=BYTES_IEC,
            no_value=here,
            description=f"Memory that it uses. {_LINES} At its limit it is killed and started "
            "again: raise the limit before.",
        ),
        timeseries(
            f"Disk of the {what}" if what != "Prometheus" else "Disk of Prometheus",
            [
                (support.disk_used(scope, claims), "used"),
                (support.shown_if("capacity", support.disk_capacity(scope, claims)), "capacity"),
            ],
            unit=BYTES_IEC,
            requires=requirements.VOLUMES,
            description=f"What its volume holds. {_LINES} Make it larger before it is full.",
        ),
        timeseries(
            f"Network of the {what}" if what != "Prometheus" else "Network of Prometheus",
            [
                (support.received(scope, containers), "received"),
                (support.sent(scope, containers), "sent"),
            ],
            unit=BYTES_PER_SECOND,
            no_value=here,
            description="Bytes a second that it receives and sends. A plateau at the same height "
            "day after day is a limit: the node's network, or the disk's.",
        ),
    ]
