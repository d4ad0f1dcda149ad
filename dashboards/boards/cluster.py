"""Cluster: are the nodes full, what do they cost, and how many more servers fit."""

from dashboards.boards.shared import health
from dashboards.kit import (
    Column,
    Dashboard,
    Row,
    Scope,
    Thresholds,
    alert_thresholds,
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
from dashboards.metrics.kube_state_metrics import KUBE_NODE_INFO
from dashboards.queries import nodes, pod_health
from dashboards.queries.sources import Source

_POOLS = "A pool is what the cloud calls so, by the node's labels."
_ALL_PODS = "Pods of all namespaces count, and those that have ended do not."


def board(source: Source) -> Dashboard:
    """Return the board; it reads scraped series, as nodes are not recorded."""
    scope = source.scope.all_hubs()
    return dashboard(
        boards.CLUSTER,
        source,
        description="The cluster's nodes and pools: use, commitment, cost, and what went wrong.",
        variables=[variables.datasource(), *variables.cluster(scope, KUBE_NODE_INFO)],
        rows=[_now(scope), _pools(scope), _nodes(scope), _wrong(scope)],
    )


def _now(scope: Scope) -> Row:
    panels = [
        stat(
            "Nodes now",
            nodes.count(scope),
            unit=units.NODES,
            description="Nodes of the cluster at the end of the range.",
        ),
        stat(
            "Users with a server now",
            nodes.total_users(scope),
            unit=units.PEOPLE,
            no_value="nobody",
            link=links.to(boards.ACTIVITY),
            description="Users of all hubs with a server that runs; on two hubs they count twice.",
        ),
        health.room_for_servers(scope),
        stat(
            "Fullest pool",
            nodes.fullest_pool(scope),
            unit=units.RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description="CPU or memory that pods request of what a pool has, whichever pool and "
            f"whichever of the two is nearest to full. {_ALL_PODS} Above 95 % new servers wait for "
            "a new node; if the pool has reached its largest size, they wait in vain.",
        ),
        health.stuck_pods(scope),
        stat(
            "OOM-killed processes",
            nodes.total_memory_kills(scope),
            unit=units.COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1, bad=20),
            requires=requirements.NODE_EXPORTER,
            description="Processes that the nodes' kernels killed in the range, for want of "
            "memory. Within a container's limit it is one user's kernel; OOM-killed processes by "
            "node says where.",
        ),
        stat(
            "Hourly cost",
            nodes.total_hourly_cost(scope),
            unit=units.COST_PER_HOUR,
            requires=requirements.OPENCOST,
            description="What all nodes cost an hour at the end of the range, by OpenCost and in "
            "its currency. Disks and traffic are not in it.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _pools(scope: Scope) -> Row:
    panels = [
        timeseries(
            "Nodes by pool",
            nodes.nodes_by_pool(scope),
            legend="{{pool}}",
            unit=units.NODES,
            requires=requirements.NODE_POOLS,
            description=f"How many nodes each pool has. {_POOLS} Up in the morning and down at "
            "night is an autoscaler at work. A pool that does not go down has a long-running "
            "server on each of its nodes: the board Hub lists them.",
        ),
        timeseries(
            "Users with a server by hub",
            nodes.users_by_hub(scope),
            legend=scope.hub_legend,
            unit=units.PEOPLE,
            no_value="nobody",
            description="Users with a server that runs, by hub. One hub's line at 0 while others "
            "go on: see its board Hub.",
        ),
        timeseries(
            "Hourly cost by pool",
            nodes.hourly_cost(scope),
            legend="{{pool}}",
            unit=units.COST_PER_HOUR,
            stacked=True,
            requires=requirements.OPENCOST,
            description="What the nodes of each pool cost an hour, by OpenCost and in its "
            "currency. It should follow the users; what it costs at night is the base.",
        ),
        timeseries(
            "CPU commitment by pool",
            nodes.pool_commitment(scope, nodes.CPU),
            legend="{{pool}}",
            unit=units.RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description=f"CPU that pods request of what each pool has. {_ALL_PODS} Near 100 % no "
            "server fits, though CPU may be idle: requests count, not use. Low all day: nodes are "
            "too many or too large.",
        ),
        timeseries(
            "Memory commitment by pool",
            nodes.pool_commitment(scope, nodes.MEMORY),
            legend="{{pool}}",
            unit=units.RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description=f"Memory that pods request of what each pool has. {_ALL_PODS} Usually it "
            "is memory that fills a pool first. Full in memory and half empty in CPU: nodes with "
            "more memory for each core would be cheaper.",
        ),
        bar_gauge(
            "Room for more servers by pool",
            nodes.room(scope),
            legend="{{pool}}",
            unit=units.SERVERS,
            requires=requirements.NODE_POOLS,
            description="How many more servers of the usual size fit on each pool's nodes. A pool "
            "that users' servers may not use, by its taints, is counted all the same.",
        ),
    ]
    return Row("Pools", grid(panels, 8))


def _nodes(scope: Scope) -> Row:
    panels = [
        timeseries(
            "CPU use by node",
            nodes.cpu_use(scope),
            legend="{{node}}",
            unit=units.RATIO,
            maximum=1,
            thresholds=alert_thresholds.NODE_USE,
            requires=requirements.NODE_EXPORTER,
            description="The part of each node's CPU that is busy. Peaks are work. At 100 % for "
            "hours everybody on the node is slow: move somebody, or request more CPU for each "
            "server so that fewer share a node.",
        ),
        timeseries(
            "Memory use by node",
            nodes.memory_use(scope),
            legend="{{node}}",
            unit=units.RATIO,
            maximum=1,
            thresholds=alert_thresholds.NODE_USE,
            requires=requirements.NODE_EXPORTER,
            description="The part of each node's memory in use, file caches aside. Near 100 % the "
            "kernel kills what uses more than it requested: raise memory requests.",
        ),
        timeseries(
            "CPU commitment by node",
            nodes.commitment(scope, nodes.CPU),
            legend="{{node}}",
            unit=units.RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            description=f"CPU that pods request of what each node has. {_ALL_PODS} One full node "
            "after the other is good packing; all half full costs money.",
        ),
        timeseries(
            "Memory commitment by node",
            nodes.commitment(scope, nodes.MEMORY),
            legend="{{node}}",
            unit=units.RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            description=f"Memory that pods request of what each node has. {_ALL_PODS} Far above "
            "the memory in use, beside: servers request more than they need.",
        ),
        timeseries(
            "GPU commitment by node",
            nodes.gpu_commitment(scope),
            legend="{{node}}",
            unit=units.RATIO,
            maximum=1,
            no_value="no node has GPUs, or no pod holds one",
            description="GPUs that pods hold of those that each node has, busy or not. At 100 % "
            "the next pod that requests one waits. Whether they are busy: the board User groups.",
        ),
    ]
    return Row("Nodes", grid(panels, (12, 12, 8, 8, 8)))


def _wrong(scope: Scope) -> Row:
    panels = [
        health.pending_pods(scope),
        health.pods_not_running(scope),
        timeseries(
            "OOM-killed processes by node",
            nodes.oom_kills(scope),
            legend="{{node}}",
            unit=units.COUNT,
            decimals=0,
            step="1h",
            calcs=("lastNotNull", "max"),
            requires=requirements.NODE_EXPORTER,
            description="Processes that each node's kernel killed for want of memory, in each hour "
            "or step. Many on one node while its memory is full: requests are too small. Some on "
            "all nodes: users reach their own limits.",
        ),
        table(
            "Failed pods",
            [Column("Last listed", pod_health.failed_pods(scope), units.RELATIVE_TIME)],
            labels={"pod": "Pod", **scope.hub_columns("Namespace")},
            sort_by="Last listed",
            no_value="none in this range",
            description="Pods that failed within the range, and when they were last listed as "
            "failed. Single servers here ran out of memory, mostly; many at the same time were on "
            "a node that went away.",
        ),
        health.failed_containers(scope),
    ]
    return Row("What went wrong", grid(panels, (12, 12, 12, 12, 24)), collapsed=True)
