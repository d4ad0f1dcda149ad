"""Hub: is it well, which servers did not start, who uses much, what runs out."""

from grafanalib.core import Dashboard

from dashboards.boards.shared.outliers import servers_near_limit, servers_older, users_heavy
from dashboards.kit import alert_thresholds, boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.palette import BAD, OK
from dashboards.kit.panels import Column, bar_gauge, heatmap, stat, table, timeseries
from dashboards.kit.units import (
    BYTES_IEC,
    CORES,
    COUNT,
    PEOPLE,
    PODS,
    RATIO,
    RELATIVE_TIME,
    REQUESTS_PER_SECOND,
    SECONDS,
    SERVERS,
)
from dashboards.queries import hub, pod_health, servers
from dashboards.queries.sources import Source

_TO_USER = links.to(boards.USERS, user=links.cell("username"))


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.HUB,
        source,
        description="How the hub does: starts, answers, servers that stand out, what runs out.",
        variables=[variables.datasource(), *variables.hub(source)],
        rows=[
            _is_it_well(source),
            _starts(source),
            _stand_out(source),
            _servers(source),
            _answers(source),
            _stops_and_proxy(source),
            _parts(source),
        ],
    )


def _is_it_well(source: Source) -> Row:
    panels = [
        stat(
            "Hub",
            hub.up(source.scope),
            unit=COUNT,
            mappings={0: ("does not answer", BAD), 1: ("answers", OK)},
            requires=requirements.HUB,
            description="Whether Prometheus reaches the hub's own metrics at the end of the range; "
            "with several hubs, whether it reaches all. If not: does the hub's pod run "
            "(Pods that wait, below)? Running servers go on without the hub, but nobody can log in "
            "or start one.",
        ),
        stat(
            "Running servers",
            servers.count(source.scope),
            unit=SERVERS,
            decimals=0,
            link=links.to(boards.ACTIVITY),
            description="Notebook servers that run at the end of the range; somebody with two "
            "counts two. What is normal depends on the hour: Activity has the weeks before.",
        ),
        stat(
            "Failed starts",
            hub.failed_starts(source.scope),
            unit=SERVERS,
            decimals=0,
            thresholds=alert_thresholds.STARTS_THAT_FAILED,
            requires=requirements.HUB,
            description="Servers that did not start in the range. One now and then is normal: "
            "somebody pressed start twice. Many, or several within minutes, are trouble: see "
            "Failed starts by reason.",
        ),
        stat(
            "Start time, slowest 5 %",
            hub.start_quantile(source.scope, 0.95, hub.RANGE),
            unit=SECONDS,
            decimals=0,
            thresholds=alert_thresholds.START_SECONDS,
            requires=requirements.HUB,
            description="95 in 100 servers of the range started within this time. Under a minute "
            "is good. Longer: new nodes have to be added first, or images are large and are "
            "pulled when needed. JupyterHub gives up after its start_timeout, often 300 s.",
        ),
        stat(
            "Pods that wait",
            pod_health.count_stuck(source.scope),
            unit=PODS,
            decimals=0,
            thresholds=alert_thresholds.PODS_THAT_WAIT,
            description="Pods that have waited to run for more than "
            f"{alert_thresholds.PENDING_MINUTES} minutes. 0 is normal; a pod that waits for "
            "a new node takes a few minutes. The table "
            "Pods that wait, and why has the reasons.",
        ),
        stat(
            "Out of memory",
            pod_health.memory_kills(source.scope),
            unit=COUNT,
            decimals=0,
            thresholds=alert_thresholds.OUT_OF_MEMORY,
            description="Containers that ended in the range because they used more memory than "
            "they may. For a user it is a kernel or a server that died. A few are normal; many of "
            "one course: give its servers more, or its users smaller data.",
        ),
        stat(
            "Database disk left",
            pod_health.least_database_left(source.scope),
            unit=RATIO,
            decimals=0,
            thresholds=alert_thresholds.DATABASE_LEFT,
            requires=requirements.VOLUMES,
            description="What is left of the volume with the hub's database, the least of the "
            "chosen hubs. Once it is full nobody can log in. Make the volume larger before "
            "10 %.",
        ),
        stat(
            "Shared disk left",
            pod_health.least_shared_left(source.scope),
            unit=RATIO,
            decimals=0,
            thresholds=alert_thresholds.SHARED_VOLUME_LEFT,
            link=links.to(boards.HOME_DIRECTORIES),
            requires=requirements.VOLUMES,
            description="What is left of the volume with home and shared directories, the fullest "
            "of them. When it is full nobody can save, and servers do not start. The board Home "
            "directories says whose it is.",
        ),
    ]
    return Row("Is the hub well?", stats(panels))


def _starts(source: Source) -> Row:
    return Row(
        "Starts",
        [
            Placed(
                timeseries(
                    "Failed starts by reason",
                    hub.failed_starts_by_reason(source.scope),
                    legend="{{status}} {{reason}}",
                    unit=SERVERS,
                    step="1h",
                    calcs=("lastNotNull", "max"),
                    requires=requirements.HUB,
                    description="Servers that did not start, in each hour or step. Flat at 0 is "
                    "normal. “error” is the spawner's: the server took too long, ended by itself, "
                    "or Kubernetes refused it; look at the hub's log of that time and at Pods that "
                    "wait. “failure” is the hub's own refusal: throttled, too many at once "
                    "(concurrent_spawn_limit); too-many-users, the limit of servers "
                    "(active_server_limit); already-pending, started twice; other reasons are "
                    "your hooks'. Each start counts once. Older hubs tell no reasons.",
                ),
                12,
                9,
            ),
            Placed(
                heatmap(
                    "Start times",
                    hub.start_times(source.scope),
                    unit=SECONDS,
                    requires=requirements.HUB,
                    description="How long servers took to start: brighter where more did. Most in "
                    "a band at the same height is normal; a second band of minutes are those that "
                    "waited for a new node. A band that rises over days: images grow, or the "
                    "shared volume is slow.",
                ),
                12,
                9,
            ),
            Placed(
                table(
                    "Pods that wait, and why",
                    [Column("Waits for", pod_health.why_waiting(source.scope), SECONDS, 0)],
                    labels={"pod": "Pod", **source.scope.hub_columns("Hub"), "reason": "Reason"},
                    sort_by="Waits for",
                    no_value="nothing waits",
                    description="Pods of the hub that do not run at the end of the range, with the "
                    "reason that Kubernetes gives. Nothing, or some for seconds, is normal. "
                    "ImagePullBackOff: the image's name or the registry's password is wrong. No "
                    "node has room: the pool has reached its largest size, or the server asks for "
                    "more than a node has; see the board Cluster.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Pods not running",
                    pod_health.not_running(source.scope),
                    unit=PODS,
                    calcs=("lastNotNull", "max"),
                    description="Pods that are listed but neither run nor have ended well. Short "
                    "peaks of Pending are starts. A plateau of Pending is trouble: the table "
                    "beside says why. Failed are those that ended in an error and are not yet "
                    "cleaned up.",
                ),
                12,
                9,
            ),
        ],
    )


def _stand_out(source: Source) -> Row:
    return Row(
        "Servers that stand out",
        [
            Placed(
                servers_older(
                    source,
                    _TO_USER,
                    f"Servers that have run for more than {alert_thresholds.LONG_HOURS} hours at "
                    "the end of the range. Some are at work over night. Many that use nearly "
                    "nothing: see whether the culler runs, and what its timeout is.",
                ),
                12,
                9,
            ),
            Placed(
                users_heavy(
                    source,
                    _TO_USER,
                    f"Users whose pods use more than {alert_thresholds.CPU_HEAVY} cores at the "
                    "end of the range, Dask workers included. That is what a hub is for; somebody "
                    "at the same number for days has forgotten a loop, or mines.",
                ),
                12,
                9,
            ),
            Placed(
                servers_near_limit(
                    source,
                    _TO_USER,
                    "Pods that use more than "
                    f"{alert_thresholds.MEMORY_OF_LIMIT.warn:.0%} of the memory that they may, "
                    "at the end of the range. At 100 % the kernel or the server is killed. Tell "
                    "its user, or offer a larger size.",
                ),
                24,
                7,
            ),
        ],
    )


def _servers(source: Source) -> Row:
    return Row(
        "Servers",
        [
            Placed(
                heatmap(
                    "Server age",
                    servers.ages(source.scope),
                    unit=SECONDS,
                    log=2,
                    no_value="no servers",
                    description="How old the servers are that run, at each time. The usual picture "
                    "are stripes that rise for the hours of a working day and end when the culler "
                    "stops them. Bright stripes that rise for days are servers nobody stops.",
                ),
                8,
                9,
            ),
            Placed(
                heatmap(
                    "CPU of users",
                    servers.cores_of_users(source),
                    unit=CORES,
                    log=2,
                    decimals=2,
                    no_value="no servers",
                    description="How many users use how many cores. Most near 0.01, open but idle, "
                    "is normal. A bright band at a limit: people want more than they may.",
                ),
                8,
                9,
            ),
            Placed(
                heatmap(
                    "Memory of users",
                    servers.memory_of_users(source),
                    unit=BYTES_IEC,
                    log=2,
                    no_value="no servers",
                    description="How many users use how much memory. A bright band at the height "
                    "of a limit is trouble: servers there are about to be killed.",
                ),
                8,
                9,
            ),
            Placed(
                bar_gauge(
                    "Images in use",
                    servers.images(source.scope),
                    long_names=True,
                    legend="{{image}}",
                    unit=SERVERS,
                    decimals=0,
                    no_value="no servers, or none whose image is told",
                    description="How many servers run each image at the end of the range. An old "
                    "tag here after an update: those servers were started before it.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Users per node",
                    servers.users_by_node(source.scope),
                    legend="{{node}}",
                    unit=PEOPLE,
                    description="Users of the chosen hubs with a server on each node. A few full "
                    "nodes and one that fills up is what a packing scheduler does. One or two "
                    "users on each of many nodes costs money: old servers keep nodes from "
                    "being taken away.",
                ),
                12,
                9,
            ),
        ],
        collapsed=True,
    )


def _answers(source: Source) -> Row:
    return Row(
        "Answers",
        [
            Placed(
                heatmap(
                    "Response times",
                    hub.answer_times(source.scope),
                    unit=SECONDS,
                    requires=requirements.HUB,
                    description="How long the hub took to answer. Most under 0.1 s is normal. A "
                    "band that rises for all: the hub is one process and has too much to do (its "
                    "CPU is below), often when a class begins.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Response time, slowest 5 %",
                    [
                        (hub.answer_quantile(source.scope, 0.95), "95 in 100 within"),
                        (hub.answer_quantile(source.scope, 0.5), "half within"),
                    ],
                    unit=SECONDS,
                    thresholds=alert_thresholds.ANSWER_SECONDS,
                    requires=requirements.HUB,
                    description="95 in 100 requests, and half of them, were answered within these "
                    "times. Above a second people notice; above five they press reload, which "
                    "makes it worse.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Answers by status",
                    [(hub.answers(source.scope, n), f"{n}xx") for n in (2, 3, 4, 5)],
                    unit=REQUESTS_PER_SECOND,
                    stacked=True,
                    requires=requirements.HUB,
                    description="Answers a second. 2xx and 3xx are well. 4xx in small numbers is "
                    "normal: somebody is not logged in. 429 is among them, when the hub turns "
                    "starts away. 5xx at any height is trouble: the hub's log has the error.",
                ),
                24,
                9,
            ),
        ],
        collapsed=True,
    )


def _stops_and_proxy(source: Source) -> Row:
    return Row(
        "Culler and proxy",
        [
            Placed(
                timeseries(
                    "Stopped servers",
                    [
                        (hub.stops(source.scope), "all"),
                        (hub.stops_by_api(source.scope), "by the culler or their user"),
                        (hub.failed_stops(source.scope), "failed"),
                    ],
                    unit=SERVERS,
                    step="1h",
                    calcs=("lastNotNull", "max"),
                    requires=requirements.HUB,
                    description="Servers that were stopped, in each hour or step; by the culler or "
                    "their user are those that were stopped through the hub's API. None of these "
                    "for days while servers grow old: the culler does not run. Failed: the pod did "
                    "not go away, and the hub's log says why.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Proxy",
                    [
                        (hub.seconds_to_add_a_route(source.scope), "adding a route"),
                        (hub.seconds_to_delete_a_route(source.scope), "deleting a route"),
                        (hub.seconds_to_list_routes(source.scope), "listing all routes"),
                    ],
                    unit=SECONDS,
                    requires=requirements.HUB,
                    description="How long the proxy takes, on average, for what the hub asks of "
                    "it. Some hundredths of a second are normal. A second and more: the proxy is "
                    "short of CPU or restarts, and new servers are there but not reached.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Routes that failed",
                    [(hub.failed_routes(source.scope), "failed")],
                    unit=COUNT,
                    decimals=0,
                    step="1h",
                    calcs=("lastNotNull", "max"),
                    requires=requirements.HUB,
                    description="Routes that the proxy did not add or delete, in each hour or "
                    "step. 0 is normal. Otherwise look at the proxy's log, and whether its pod was "
                    "started again.",
                ),
                12,
                9,
            ),
        ],
        collapsed=True,
    )


def _parts(source: Source) -> Row:
    return Row(
        "Parts of the hub, and disks",
        [
            Placed(
                timeseries(
                    "CPU of the hub's parts",
                    pod_health.components(source.scope, "cpu"),
                    legend="{{component}}",
                    unit=CORES,
                    description="Cores that the hub, the proxy and other pods of nobody use. The "
                    "hub is one process: at one core it can do no more, and answers slow down.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Memory of the hub's parts",
                    pod_health.components(source.scope, "memory"),
                    legend="{{component}}",
                    unit=BYTES_IEC,
                    description="Memory that the hub, the proxy and other pods of nobody use. "
                    "Level is normal. A line that only rises ends with the pod killed and started "
                    "again: restart it at a quiet hour, give it more, and update it.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Disk left for the database",
                    pod_health.database_left(source.scope),
                    legend=source.scope.hub_legend,
                    unit=RATIO,
                    maximum=1,
                    calcs=("lastNotNull", "min"),
                    thresholds=alert_thresholds.DATABASE_LEFT,
                    requires=requirements.VOLUMES,
                    description="What is left of the volume with the hub's database. A slow fall "
                    "is normal. At 0 nobody can log in; make the volume larger long before.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Disk left on shared volumes",
                    pod_health.shared_left(source.scope),
                    legend=f"{source.scope.hub_legend} {{{{persistentvolumeclaim}}}}",
                    unit=RATIO,
                    maximum=1,
                    calcs=("lastNotNull", "min"),
                    thresholds=alert_thresholds.SHARED_VOLUME_LEFT,
                    requires=requirements.VOLUMES,
                    description="What is left of the volumes with home and shared directories, the "
                    "ten fullest; volumes of single users are not among them. A slow fall is "
                    "normal. A steep one is one user's output: the board Home directories says "
                    "whose.",
                ),
                12,
                9,
            ),
            Placed(
                table(
                    "Containers that ended badly",
                    [Column("When", pod_health.bad_ends(source.scope), RELATIVE_TIME)],
                    labels={
                        "pod": "Pod",
                        "container": "Container",
                        **source.scope.hub_columns("Hub"),
                        "reason": "Reason",
                    },
                    sort_by="When",
                    no_value="none in this range",
                    description="Containers of the hub's namespace that ended otherwise than well "
                    "in the range. OOMKilled is want of memory. One of the hub's own here explains "
                    "why the hub was away.",
                ),
                24,
                9,
            ),
        ],
        collapsed=True,
    )
