"""Tiles, lines and tables of health that stand on several boards.

They are about the scope's hubs, or about all namespaces. ``link`` is where a click leads to.
"""

from dashboards.kit import (
    Column,
    Link,
    Panel,
    Scope,
    Thresholds,
    alert_thresholds,
    palette,
    requirements,
    stat,
    table,
    timeseries,
    units,
)
from dashboards.queries import hub, nodes, pod_health, support


def hub_up(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return whether Prometheus reaches the hubs' own metrics."""
    return stat(
        "Hub",
        hub.up(scope),
        unit=units.COUNT,
        mappings={0: ("does not answer", palette.BAD), 1: ("answers", palette.OK)},
        requires=requirements.HUB,
        link=link,
        description="Whether Prometheus reaches the hub's own metrics at the end of the range; "
        "with several hubs, whether it reaches all of them. If not, running servers go on, but "
        "nobody can log in or start one. If the hub's pod does not run, Pending pods and reasons "
        "says why.",
    )


def failed_starts(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return how many servers failed to start in the range."""
    return stat(
        "Failed starts",
        hub.failed_starts(scope),
        unit=units.SERVERS,
        thresholds=alert_thresholds.FAILED_STARTS_IN_RANGE,
        requires=requirements.HUB,
        link=link,
        description="Servers that failed to start in the range. One now and then is normal: "
        "somebody pressed start twice. Many, or several within minutes, are trouble: Failed starts "
        "by reason, on the board Hub, says why.",
    )


def stuck_pods(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return how many pods have been pending for too long."""
    return stat(
        "Pods stuck in Pending",
        pod_health.count_pending_too_long(scope),
        unit=units.PODS,
        thresholds=alert_thresholds.STUCK_PODS,
        link=link,
        description=f"{_pods(scope)} that have been pending for more than "
        f"{alert_thresholds.PENDING_MINUTES} minutes at the end of the range. 0 is normal; to wait "
        "for a new node takes a few minutes. Pending pods and reasons says why.",
    )


def oom_killed_containers(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return how many containers were killed in the range for want of memory."""
    return stat(
        "OOM-killed containers",
        pod_health.oom_kills(scope),
        unit=units.COUNT,
        decimals=0,
        thresholds=alert_thresholds.OOM_KILLS,
        link=link,
        description="Containers that were killed in the range because they used more memory than "
        "their limit. For a user it is a kernel or a server that died. A few are normal; many of "
        "one course: give its servers more memory, or its users smaller data.",
    )


def database_left(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return the free part of the fullest volume with a hub's database."""
    return stat(
        "Database disk left",
        pod_health.least_database_left(scope),
        unit=units.RATIO,
        thresholds=alert_thresholds.DATABASE_LEFT,
        requires=requirements.VOLUMES,
        link=link,
        description="What is left of the volume with the hub's database, the least of the chosen "
        "hubs. Once it is full nobody can log in: make the volume larger while it is orange, "
        "before 10 %.",
    )


def shared_left(scope: Scope, *, link: Link) -> Panel:
    """Return the free part of the fullest volume with home or shared directories."""
    return stat(
        "Shared disk left",
        pod_health.least_shared_left(scope),
        unit=units.RATIO,
        thresholds=alert_thresholds.SHARED_VOLUME_LEFT,
        requires=requirements.VOLUMES,
        link=link,
        description="What is left of the volume with home and shared directories, the fullest of "
        "them. When it is full nobody can save, and servers do not start. The board Home "
        "directories says whose files they are.",
    )


def memberships_age(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return the age of the oldest groups exporter's data."""
    return stat(
        "Age of memberships",
        support.oldest_data(scope),
        unit=units.SECONDS,
        thresholds=alert_thresholds.OLD_DATA_SECONDS,
        no_value="no exporter",
        link=link,
        description="How long ago the groups exporter last read its hub; of several exporters, the "
        "one with the oldest data. About a minute is normal. When it is older, groups on all "
        "boards are those of then. From ten minutes on an alert says why; after an hour "
        "memberships end, and the boards have no groups.",
    )


def targets_down(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return how many targets Prometheus cannot scrape."""
    return stat(
        "Targets down",
        support.targets_down(scope),
        unit=units.COUNT,
        decimals=0,
        thresholds=Thresholds(warn=1),
        no_value="no scrape data",
        link=link,
        description="Targets of this Prometheus that it cannot scrape at the end of the range. 0 "
        "is normal. What they would report is missing on the boards. Jobs, on the board Support, "
        "names their job; Prometheus' own page Targets has the error.",
    )


def room_for_servers(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return how many more servers fit on the nodes."""
    return stat(
        "Room for more servers",
        nodes.total_room(scope),
        unit=units.SERVERS,
        thresholds=alert_thresholds.ROOM_FOR_SERVERS,
        requires=requirements.NODE_POOLS,
        link=link,
        description="How many more servers of the usual size fit on the nodes there are, of CPU, "
        "memory and pods whichever is scarcest on each. The usual size is the median of what "
        "running servers request. Few is normal where an autoscaler adds nodes: then the next "
        "server takes minutes to start. Before a class it should be the class's size, or have the "
        "autoscaler begin early.",
    )


def pending_pods(scope: Scope, *, link: Link | None = None) -> Panel:
    """Return the pods that do not run, how long they have waited, and why."""
    cluster = "" if scope.is_whole_cluster else " The board Cluster says how full the pools are."
    return table(
        "Pending pods and reasons",
        [Column("Pending for", pod_health.pending_reasons(scope), units.SECONDS)],
        labels={"pod": "Pod", **_namespace(scope), "reason": "Reason"},
        links={"pod": link} if link else None,
        sort_by="Pending for",
        no_value="no pending pods",
        description=f"{_pods(scope)} that do not run at the end of the range, with the reason that "
        "Kubernetes gives. None, or some for seconds, is normal. ImagePullBackOff: the image's "
        "name or the registry's password is wrong. No node has room: the pool has reached its "
        "largest size, the cloud has no more machines or the quota is used up, or the pod requests "
        f"more than any node has.{cluster}",
    )


def pods_not_running(scope: Scope) -> Panel:
    """Return how many pods are pending, failed or unknown."""
    return timeseries(
        "Pods not running",
        pod_health.not_running(scope),
        unit=units.PODS,
        description=f"{_pods(scope)} that are listed but neither run nor have ended well. Short "
        "peaks of pending are starts. A plateau of pending is trouble: Pending pods and reasons "
        "says why. Failed are those that ended in an error and are not yet cleaned up.",
    )


def failed_containers(scope: Scope) -> Panel:
    """Return the containers that ended in an error in the range, with the reason."""
    return table(
        "Failed containers",
        [Column("Ended", pod_health.failed_containers(scope), units.RELATIVE_TIME)],
        labels={
            "pod": "Pod",
            "container": "Container",
            **_namespace(scope),
            "reason": "Reason",
        },
        sort_by="Ended",
        no_value="none in this range",
        description=f"Containers of {_pods(scope).lower()} that ended in an error in the range, "
        "with the reason. OOMKilled: more memory than the limit. Error: the program's own; its log "
        "says more. Evicted or ContainerStatusUnknown: the node ran out of something or went "
        "away. One of a hub's own here explains why that hub was away.",
    )


def _pods(scope: Scope) -> str:
    return "Pods of all namespaces" if scope.is_whole_cluster else "Pods of the chosen hubs"


def _namespace(scope: Scope) -> dict[str, str]:
    return dict(scope.hub_columns("Namespace" if scope.is_whole_cluster else "Hub"))
