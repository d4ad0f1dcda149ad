"""Cluster: are the nodes full, what do they cost, and how many more servers fit."""

from grafanalib.core import Dashboard

from dashboards.kit import alert_thresholds, boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import Column, Thresholds, bar_gauge, stat, table, timeseries
from dashboards.kit.scope import Scope
from dashboards.kit.units import (
    COST_PER_HOUR,
    COUNT,
    NODES,
    PEOPLE,
    PODS,
    RATIO,
    RELATIVE_TIME,
    SECONDS,
    SERVERS,
)
from dashboards.metrics.kube_state_metrics import KUBE_NODE_INFO
from dashboards.queries import nodes, pod_health
from dashboards.queries.sources import Source

_POOLS = "A pool is what the cloud calls so, by the node's labels."
_ALL_PODS = "Pods of all namespaces count, and those that have ended do not."


def board(source: Source) -> Dashboard:
    """Return the board; it reads what is scraped, as nodes are not recorded."""
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
            unit=NODES,
            decimals=0,
            description="Nodes of the cluster at the end of the range.",
        ),
        stat(
            "Users on now",
            nodes.total_users(scope),
            unit=PEOPLE,
            decimals=0,
            no_value="nobody",
            link=links.to(boards.ACTIVITY),
            description="Users of all hubs with a server that runs; on two hubs they count twice.",
        ),
        stat(
            "Room for more servers",
            nodes.total_room(scope),
            unit=SERVERS,
            decimals=0,
            thresholds=alert_thresholds.ROOM_FOR_SERVERS,
            requires=requirements.NODE_POOLS,
            description="How many more servers of the usual size fit on the nodes there are, of "
            "CPU, memory and pods whichever is scarcest on each. The usual size is the median of "
            "what running servers have reserved. Few is normal where an autoscaler adds nodes: "
            "then the next one takes minutes to start. Before a class it should be the class's "
            "size, or have the autoscaler begin early.",
        ),
        stat(
            "Fullest pool",
            nodes.fullest_pool(scope),
            unit=RATIO,
            decimals=0,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description="CPU or memory that pods have reserved of what a pool has, whichever pool "
            f"and whichever of the two is nearest to full. {_ALL_PODS} Above 95 % new servers wait "
            "for a new node; if the pool has reached its largest size, they wait in vain.",
        ),
        stat(
            "Pods that wait",
            pod_health.count_stuck(scope),
            unit=PODS,
            decimals=0,
            thresholds=alert_thresholds.PODS_THAT_WAIT,
            description=f"Pods of all namespaces that have waited for more than "
            f"{alert_thresholds.PENDING_MINUTES} minutes. 0 is normal; the table "
            "Pods that wait, and why has the reasons.",
        ),
        stat(
            "Killed for memory",
            nodes.total_memory_kills(scope),
            unit=COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1, bad=20),
            requires=requirements.NODE_EXPORTER,
            description="Processes that the nodes' kernels killed in the range, for want of "
            "memory. Within a container's limit it is one user's kernel; Killed for memory, by "
            "node says where.",
        ),
        stat(
            "Cost",
            nodes.total_hourly_cost(scope),
            unit=COST_PER_HOUR,
            decimals=2,
            requires=requirements.OPENCOST,
            description="What all nodes cost an hour at the end of the range, by OpenCost and in "
            "its currency. Disks and traffic are not in it.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _pools(scope: Scope) -> Row:
    panels = [
        timeseries(
            "Nodes per pool",
            nodes.nodes_by_pool(scope),
            legend="{{pool}}",
            unit=NODES,
            requires=requirements.NODE_POOLS,
            description=f"How many nodes each pool has. {_POOLS} Up in the morning and down at "
            "night is an autoscaler at work. A pool that does not go down has a long-running "
            "server on each of its nodes: the board Hub lists them.",
        ),
        timeseries(
            "Users on each hub",
            nodes.users_by_hub(scope),
            legend=scope.hub_legend,
            unit=PEOPLE,
            no_value="nobody",
            description="Users with a server that runs, by hub. One hub's line at 0 while others "
            "go on: see its board Hub.",
        ),
        timeseries(
            "Cost of pools",
            nodes.hourly_cost(scope),
            legend="{{pool}}",
            unit=COST_PER_HOUR,
            stacked=True,
            requires=requirements.OPENCOST,
            description="What the nodes of each pool cost an hour, by OpenCost and in its "
            "currency. It should follow the users; what it costs at night is the base.",
        ),
        timeseries(
            "CPU commitment of pools",
            nodes.pool_commitment(scope, nodes.CPU),
            legend="{{pool}}",
            unit=RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description=f"CPU that pods have reserved of what each pool has. {_ALL_PODS} Near "
            "100 % no server fits, though CPU may be idle: requests count, not use. Low all day: "
            "nodes are too many or too large.",
        ),
        timeseries(
            "Memory commitment of pools",
            nodes.pool_commitment(scope, nodes.MEMORY),
            legend="{{pool}}",
            unit=RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            requires=requirements.NODE_POOLS,
            description=f"Memory that pods have reserved of what each pool has. {_ALL_PODS} "
            "Usually it is memory that fills a pool first. Full in memory and half empty in CPU: "
            "nodes with more memory for each core would be cheaper.",
        ),
        bar_gauge(
            "Room for more servers, by pool",
            nodes.room(scope),
            legend="{{pool}}",
            unit=SERVERS,
            decimals=0,
            requires=requirements.NODE_POOLS,
            description="How many more servers of the usual size fit on each pool's nodes. A pool "
            "that users' servers may not use, by its taints, is counted all the same.",
        ),
    ]
    return Row("Pools", [Placed(panel, 8, 9) for panel in panels])


def _nodes(scope: Scope) -> Row:
    panels = [
        timeseries(
            "CPU use of nodes",
            nodes.cpu_use(scope),
            legend="{{node}}",
            unit=RATIO,
            maximum=1,
            thresholds=alert_thresholds.NODE_USE,
            requires=requirements.NODE_EXPORTER,
            description="The part of each node's CPU that is busy. Peaks are work. At 100 % for "
            "hours everybody on the node is slow: move somebody, or request more CPU for each "
            "server so that fewer share a node.",
        ),
        timeseries(
            "Memory use of nodes",
            nodes.memory_use(scope),
            legend="{{node}}",
            unit=RATIO,
            maximum=1,
            thresholds=alert_thresholds.NODE_USE,
            requires=requirements.NODE_EXPORTER,
            description="The part of each node's memory in use, file caches aside. Near 100 % the "
            "kernel kills what uses more than it requested: raise memory requests.",
        ),
        timeseries(
            "CPU commitment of nodes",
            nodes.commitment(scope, nodes.CPU),
            legend="{{node}}",
            unit=RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            description=f"CPU that pods have reserved of what each node has. {_ALL_PODS} One full "
            "node after the other is good packing; all half full costs money.",
        ),
        timeseries(
            "Memory commitment of nodes",
            nodes.commitment(scope, nodes.MEMORY),
            legend="{{node}}",
            unit=RATIO,
            thresholds=alert_thresholds.COMMITMENT,
            description=f"Memory that pods have reserved of what each node has. {_ALL_PODS} Far "
            "above the memory in use, beside: servers reserve more than they need.",
        ),
        timeseries(
            "GPU commitment of nodes",
            nodes.gpu_commitment(scope),
            legend="{{node}}",
            unit=RATIO,
            maximum=1,
            no_value="no node has GPUs, or no pod holds one",
            description="GPUs that pods hold of those that each node has, busy or not. At 100 % "
            "the next one who asks waits. Whether they are busy: the board User groups.",
        ),
    ]
    return Row("Nodes", [Placed(p, w, 9) for p, w in zip(panels, (12, 12, 8, 8, 8), strict=True)])


def _wrong(scope: Scope) -> Row:
    return Row(
        "What went wrong",
        [
            Placed(
                table(
                    "Pods that wait, and why",
                    [Column("Waits for", pod_health.why_waiting(scope), SECONDS, 0)],
                    labels={"pod": "Pod", **scope.hub_columns("Namespace"), "reason": "Reason"},
                    sort_by="Waits for",
                    no_value="nothing waits",
                    description="Pods of all namespaces that do not run at the end of the range. "
                    "No node has room: the pool is at its largest size, the cloud has no more "
                    "machines or the quota is used up, or the pod asks for more than any node has.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Pods not running",
                    pod_health.not_running(scope),
                    unit=PODS,
                    calcs=("lastNotNull", "max"),
                    description="Pods of all namespaces that are listed but neither run nor have "
                    "ended well. Short peaks of Pending are starts; a plateau is trouble.",
                ),
                12,
                9,
            ),
            Placed(
                timeseries(
                    "Killed for memory, by node",
                    nodes.memory_kills(scope),
                    legend="{{node}}",
                    unit=COUNT,
                    decimals=0,
                    step="1h",
                    calcs=("lastNotNull", "max"),
                    requires=requirements.NODE_EXPORTER,
                    description="Processes that each node's kernel killed for want of memory, in "
                    "each hour or step. Many on one node while its memory is full: requests are "
                    "too small. Some on all nodes: users reach their own limits.",
                ),
                12,
                9,
            ),
            Placed(
                table(
                    "Failed pods",
                    [Column("When", pod_health.failed_pods(scope), RELATIVE_TIME)],
                    labels={"pod": "Pod", **scope.hub_columns("Namespace")},
                    sort_by="When",
                    no_value="none in this range",
                    description="Pods that ended in failure within the range, and when they were "
                    "last listed so. Single servers here ran out of memory, mostly; many at the "
                    "same time were on a node that went away.",
                ),
                12,
                9,
            ),
            Placed(
                table(
                    "Containers that ended badly",
                    [Column("When", pod_health.bad_ends(scope), RELATIVE_TIME)],
                    labels={
                        "pod": "Pod",
                        "container": "Container",
                        **scope.hub_columns("Namespace"),
                        "reason": "Reason",
                    },
                    sort_by="When",
                    no_value="none in this range",
                    description="Containers of all namespaces that ended otherwise than well in "
                    "the range, with the reason. OOMKilled: more memory than the limit. Error: the "
                    "program's own; its log says. Evicted or ContainerStatusUnknown: the node was "
                    "in need or went away.",
                ),
                24,
                9,
            ),
        ],
        collapsed=True,
    )
