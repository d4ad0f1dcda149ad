"""Hub: is it well, which servers did not start, who uses much, what runs out."""

from dashboards.boards.shared import health, outliers
from dashboards.kit import (
    Dashboard,
    Row,
    alert_thresholds,
    bar_gauge,
    boards,
    dashboard,
    grid,
    heatmap,
    links,
    requirements,
    stat,
    stats,
    timeseries,
    units,
    variables,
)
from dashboards.queries import hub, pod_health, servers
from dashboards.queries.sources import Source

_TO_USER = links.to(boards.USERS, user=links.cell("username"))


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.HUB,
        source,
        description="How the hub does: starts, responses, servers that stand out, what runs out.",
        variables=[variables.datasource(), *variables.hub(source)],
        rows=[
            _is_it_well(source),
            _starts(source),
            _stand_out(source),
            _servers(source),
            _responses(source),
            _stops_and_proxy(source),
            _components(source),
        ],
    )


def _is_it_well(source: Source) -> Row:
    scope = source.scope
    panels = [
        health.hub_up(scope),
        stat(
            "Servers running now",
            servers.count(scope),
            unit=units.SERVERS,
            link=links.to(boards.ACTIVITY),
            description="Notebook servers that run at the end of the range; somebody with two "
            "counts two. What is normal depends on the hour: Activity has the weeks before.",
        ),
        health.failed_starts(scope),
        stat(
            "Start time, slowest 5 %",
            hub.start_quantile(scope, 0.95, hub.RANGE),
            unit=units.SECONDS,
            thresholds=alert_thresholds.START_SECONDS,
            requires=requirements.HUB,
            description="95 in 100 servers of the range started within this time. Under a minute "
            "is good. Longer: new nodes have to be added first, or images are large and are "
            "pulled when needed. JupyterHub gives up after its start_timeout, often 300 s.",
        ),
        health.stuck_pods(scope),
        health.oom_killed_containers(scope),
        health.database_left(scope),
        health.shared_left(scope, link=links.to(boards.HOME_DIRECTORIES)),
    ]
    return Row("Is the hub well?", stats(panels))


def _starts(source: Source) -> Row:
    scope = source.scope
    panels = [
        timeseries(
            "Failed starts by reason",
            hub.failed_starts_by_reason(scope),
            legend="{{status}} {{reason}}",
            unit=units.SERVERS,
            step="1h",
            requires=requirements.HUB,
            description="Servers that failed to start, in each hour or step. Flat at 0 is normal. "
            "“error” is the spawner's: the server took too long, ended by itself, or Kubernetes "
            "refused it; look at the hub's log of that time and at Pending pods and reasons. "
            "“failure” is the hub's own refusal: throttled, too many at once "
            "(concurrent_spawn_limit); too-many-users, the limit of servers (active_server_limit); "
            "already-pending, started twice; other reasons are your hooks'. Each start counts "
            "once. Older hubs report no reasons.",
        ),
        heatmap(
            "Start times",
            hub.start_times(scope),
            unit=units.SECONDS,
            requires=requirements.HUB,
            description="How long servers took to start: brighter where more did. Most in a band "
            "at the same height is normal; a second band of minutes are those that waited for a "
            "new node. A band that rises over days: images grow, or the shared volume is slow.",
        ),
        health.pending_pods(scope),
        health.pods_not_running(scope),
    ]
    return Row("Starts", grid(panels, 12))


def _stand_out(source: Source) -> Row:
    panels = [
        outliers.long_running_servers(source, _TO_USER),
        outliers.heavy_cpu_users(source, _TO_USER),
    ]
    near_limit = outliers.servers_near_memory_limit(source, _TO_USER)
    return Row("Servers that stand out", [*grid(panels, 12), *grid([near_limit], 24, height=7)])


def _servers(source: Source) -> Row:
    scope = source.scope
    panels = [
        heatmap(
            "Server age",
            servers.ages(scope),
            unit=units.SECONDS,
            log=2,
            no_value="no servers",
            description="How old the servers are that run, at each time. The usual picture are "
            "stripes that rise for the hours of a working day and end when the culler stops them. "
            "Bright stripes that rise for days are servers nobody stops.",
        ),
        heatmap(
            "CPU of users",
            servers.cores_of_users(source),
            unit=units.CORES,
            log=2,
            decimals=2,
            no_value="no servers",
            description="How many users use how many cores. Most near 0.01, open but idle, is "
            "normal. A bright band at a limit: people want more than they may.",
        ),
        heatmap(
            "Memory of users",
            servers.memory_of_users(source),
            unit=units.BYTES_IEC,
            log=2,
            no_value="no servers",
            description="How many users use how much memory. A bright band at the height of a "
            "limit is trouble: servers there are about to be killed.",
        ),
        bar_gauge(
            "Images in use",
            servers.images(scope),
            long_names=True,
            legend="{{image}}",
            unit=units.SERVERS,
            no_value="no servers, or none whose image is known",
            description="How many servers run each image at the end of the range. An old tag here "
            "after an update: those servers were started before it.",
        ),
        timeseries(
            "Users by node",
            servers.users_by_node(scope),
            legend="{{node}}",
            unit=units.PEOPLE,
            description="Users of the chosen hubs with a server on each node. A few full nodes and "
            "one that fills up is what a packing scheduler does. One or two users on each of many "
            "nodes costs money: old servers keep nodes from being taken away.",
        ),
    ]
    return Row("Servers", grid(panels, (8, 8, 8, 12, 12)), collapsed=True)


def _responses(source: Source) -> Row:
    scope = source.scope
    panels = [
        heatmap(
            "Response times",
            hub.answer_times(scope),
            unit=units.SECONDS,
            requires=requirements.HUB,
            description="How long the hub took to respond. Most under 0.1 s is normal. A band that "
            "rises for all: the hub is one process and has too much to do (its CPU is below), "
            "often when a class begins.",
        ),
        timeseries(
            "Response time, slowest 5 %",
            [
                (hub.answer_quantile(scope, 0.95), "95 in 100 within"),
                (hub.answer_quantile(scope, 0.5), "half within"),
            ],
            unit=units.SECONDS,
            thresholds=alert_thresholds.ANSWER_SECONDS,
            requires=requirements.HUB,
            description="The times within which 95 in 100 requests, and half of them, got their "
            "response. Above a second people notice; above five they press reload, which makes it "
            "worse.",
        ),
        timeseries(
            "Responses by status",
            [(hub.answers(scope, n), f"{n}xx") for n in (2, 3, 4, 5)],
            unit=units.REQUESTS_PER_SECOND,
            stacked=True,
            requires=requirements.HUB,
            description="Responses a second. 2xx and 3xx are fine. 4xx in small numbers is normal: "
            "somebody is not logged in. 429 is among them, when the hub turns starts away. 5xx at "
            "any height is trouble: the hub's log has the error.",
        ),
    ]
    return Row("Responses", grid(panels, (12, 12, 24)), collapsed=True)


def _stops_and_proxy(source: Source) -> Row:
    scope = source.scope
    panels = [
        timeseries(
            "Stopped servers",
            [
                (hub.stops(scope), "all"),
                (hub.stops_by_api(scope), "by the culler or their user"),
                (hub.failed_stops(scope), "failed"),
            ],
            unit=units.SERVERS,
            step="1h",
            requires=requirements.HUB,
            description="Servers that were stopped, in each hour or step; by the culler or their "
            "user are those that were stopped through the hub's API. None of these for days while "
            "servers grow old: the culler does not run. Failed: the pod did not go away, and the "
            "hub's log says why.",
        ),
        timeseries(
            "Proxy operations, mean time",
            [
                (hub.seconds_to_add_a_route(scope), "adding a route"),
                (hub.seconds_to_delete_a_route(scope), "deleting a route"),
                (hub.seconds_to_list_routes(scope), "listing all routes"),
            ],
            unit=units.SECONDS,
            requires=requirements.HUB,
            description="How long the proxy takes, on average, for what the hub requests of it. "
            "Some hundredths of a second are normal. A second and more: the proxy is short of CPU "
            "or restarts, and new servers are there but not reached.",
        ),
        timeseries(
            "Failed routes",
            [(hub.failed_routes(scope), "failed")],
            unit=units.COUNT,
            decimals=0,
            step="1h",
            calcs=("lastNotNull", "max"),
            requires=requirements.HUB,
            description="Routes that the proxy did not add or delete, in each hour or step. 0 is "
            "normal. Otherwise look at the proxy's log, and whether its pod was started again.",
        ),
    ]
    return Row("Culler and proxy", grid(panels, 12), collapsed=True)


def _components(source: Source) -> Row:
    scope = source.scope
    panels = [
        timeseries(
            "CPU by hub component",
            pod_health.components(scope, "cpu"),
            legend="{{component}}",
            unit=units.CORES,
            description="Cores used by the hub, the proxy and other system pods. The hub is one "
            "process: at one core it can do no more, and responses slow down.",
        ),
        timeseries(
            "Memory by hub component",
            pod_health.components(scope, "memory"),
            legend="{{component}}",
            unit=units.BYTES_IEC,
            description="Memory used by the hub, the proxy and other system pods. Level is normal. "
            "A line that only rises ends with the pod killed and started again: restart it at a "
            "quiet hour, give it more, and update it.",
        ),
        timeseries(
            "Database disk left by hub",
            pod_health.database_left(scope),
            legend=scope.hub_legend,
            unit=units.RATIO,
            maximum=1,
            calcs=("lastNotNull", "min"),
            thresholds=alert_thresholds.DATABASE_LEFT,
            requires=requirements.VOLUMES,
            description="What is left of the volume with the hub's database. A slow fall is "
            "normal. At 0 nobody can log in; make the volume larger long before.",
        ),
        timeseries(
            "Shared disk left by volume",
            pod_health.shared_left(scope),
            legend=f"{scope.hub_legend} {{{{persistentvolumeclaim}}}}",
            unit=units.RATIO,
            maximum=1,
            calcs=("lastNotNull", "min"),
            thresholds=alert_thresholds.SHARED_VOLUME_LEFT,
            requires=requirements.VOLUMES,
            description="What is left of the volumes with home and shared directories, the ten "
            "fullest; volumes of single users are not among them. A slow fall is normal. A steep "
            "one is one user's output: the board Home directories says whose.",
        ),
        health.failed_containers(scope),
    ]
    return Row("Hub components and disks", grid(panels, (12, 12, 12, 12, 24)), collapsed=True)
