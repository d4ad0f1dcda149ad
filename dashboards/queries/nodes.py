"""Nodes and pools of the whole cluster: use, commitment, cost, and how many more servers fit.

Nodes have no namespace, and a node is full of all hubs' pods: so nothing here is of chosen hubs.
"""

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.kube_state_metrics import (
    KUBE_NODE_INFO,
    KUBE_NODE_LABELS,
    KUBE_NODE_STATUS_ALLOCATABLE,
    KUBE_POD_CONTAINER_RESOURCE_REQUESTS,
    KUBE_POD_INFO,
    KUBE_POD_STATUS_PHASE,
    POOL_LABELS,
)
from dashboards.metrics.node_exporter import (
    NODE_BOOT_TIME_SECONDS,
    NODE_CPU_SECONDS_TOTAL,
    NODE_MEMORY_MEMAVAILABLE_BYTES,
    NODE_MEMORY_MEMTOTAL_BYTES,
    NODE_VMSTAT_OOM_KILL,
)
from dashboards.metrics.opencost import NODE_TOTAL_HOURLY_COST
from dashboards.queries import counters
from dashboards.queries.pods import POD, POD_UID, servers
from dashboards.queries.promql import (
    binary,
    copied,
    function,
    minimum_of,
)
from dashboards.queries.usage import GPUS, RATE, STEP, requests_by_pod, users_running

NODE = ("node",)

CPU = 'resource="cpu"'
MEMORY = 'resource="memory"'
PODS = 'resource="pods"'


def pools(scope: Scope) -> str:
    """Return 1 for each node with its pool: ``{node, pool}``; nodes of none are in “other”."""
    labels = scope.everywhere(KUBE_NODE_LABELS)
    unnamed = function("label_replace", labels, '"pool", "other"', '"", ""')
    named = copied(unnamed, *(("pool", label) for label in POOL_LABELS))
    return scope.aggregate("group", (*NODE, "pool"), named)


def all_nodes(scope: Scope) -> str:
    """Return 1 for each node: ``{node}``."""
    return scope.aggregate("group", NODE, scope.everywhere(KUBE_NODE_INFO))


def count(scope: Scope) -> str:
    """Return how many nodes there are."""
    return scope.aggregate("count", (), all_nodes(scope))


def nodes_by_pool(scope: Scope) -> str:
    """Return how many nodes each pool has: ``{pool}``."""
    return scope.aggregate("count", ("pool",), pools(scope))


def _of_pools(scope: Scope, by_node: str) -> str:
    joined = f"{by_node}\n* {scope.on(NODE)} group_left (pool)\n{pools(scope)}"
    return scope.aggregate("sum", ("pool",), joined)


def allocatable(scope: Scope, resource: str) -> str:
    """Return what pods can have of each node: cores, bytes, GPUs or pods."""
    reported = scope.everywhere(KUBE_NODE_STATUS_ALLOCATABLE, resource)
    return scope.aggregate("sum", NODE, scope.aggregate("max", (*NODE, "resource"), reported))


def requested(scope: Scope, resource: str) -> str:
    """Return what pods have reserved of each node, those of all namespaces, running or to run."""
    requests = scope.all_hubs().selector(KUBE_POD_CONTAINER_RESOURCE_REQUESTS, resource, 'node!=""')
    each = scope.aggregate("max", (*NODE, *POD_UID, "container", "resource"), requests)
    return scope.aggregate("sum", NODE, f"{each}\n{_not_ended(scope)}")


def _taken(scope: Scope, resource: str) -> str:
    # A node without any pod has no requests.
    return f"({requested(scope, resource)}\nor\n0 * {allocatable(scope, resource)})"


def _not_ended(scope: Scope) -> str:
    # Finished pods keep their requests, which reserve nothing any more.
    ended = scope.all_hubs().selector(KUBE_POD_STATUS_PHASE, 'phase=~"Succeeded|Failed"')
    return f"unless {scope.on(POD_UID)}\n{ended} == 1"


def commitment(scope: Scope, resource: str) -> str:
    """Return the part of each node that is reserved."""
    return f"{_taken(scope, resource)}\n/\n({allocatable(scope, resource)} > 0)"


def pool_commitment(scope: Scope, resource: str) -> str:
    """Return the part of each pool that is reserved: ``{pool}``."""
    taken = _of_pools(scope, _taken(scope, resource))
    return f"{taken}\n/\n({_of_pools(scope, allocatable(scope, resource))} > 0)"


def fullest_pool(scope: Scope) -> str:
    """Return the greatest part that is reserved of any pool's CPU or memory."""
    of_resources = (
        scope.aggregate("max", (), pool_commitment(scope, resource)) for resource in (CPU, MEMORY)
    )
    return scope.aggregate("max", (), "\nor\n".join(of_resources))


def fullest_commitment(scope: Scope) -> str:
    """Return the part of each pool's CPU or memory that is reserved, whichever is more."""
    return scope.aggregate(
        "max",
        ("pool",),
        "\nor\n".join(
            function("label_replace", pool_commitment(scope, resource), f'"of", "{name}"', '"", ""')
            for name, resource in (("CPU", CPU), ("memory", MEMORY))
        ),
    )


def gpu_commitment(scope: Scope) -> str:
    """Return the part of each node's GPUs that is reserved."""
    return commitment(scope, GPUS)


def cpu_use(scope: Scope) -> str:
    """Return the part of each node's CPU that is busy."""
    idle = scope.everywhere(NODE_CPU_SECONDS_TOTAL, 'mode="idle"')
    return f"1 - {scope.aggregate('avg', NODE, f'rate({idle}[{RATE}])')}"


def memory_use(scope: Scope) -> str:
    """Return the part of each node's memory that is in use, file caches aside."""
    free = scope.aggregate("max", NODE, scope.everywhere(NODE_MEMORY_MEMAVAILABLE_BYTES))
    total = scope.aggregate("max", NODE, scope.everywhere(NODE_MEMORY_MEMTOTAL_BYTES))
    return f"1 - {free}\n/\n{total}"


def oom_kills(scope: Scope, window: str = STEP) -> str:
    """Return how many processes each node killed within the window for want of memory."""
    booted = scope.everywhere(NODE_BOOT_TIME_SECONDS)
    killed = counters.count(
        scope,
        scope.everywhere(NODE_VMSTAT_OOM_KILL),
        window,
        born=f"last_over_time({booted}[{window}])",
    )
    # A node has one kernel, whatever scrapes it; its exporter may have had two addresses.
    each_job = scope.aggregate("sum", (*NODE, "job"), killed)
    return scope.aggregate("max", NODE, each_job)


def total_memory_kills(scope: Scope, window: str = counters.RANGE) -> str:
    """Return how many processes all nodes killed within the window for want of memory."""
    return scope.aggregate("sum", (), oom_kills(scope, window))


def users_by_hub(scope: Scope) -> str:
    """Return how many users have a server running: ``{namespace}``."""
    return scope.aggregate("count", HUB, users_running(scope.all_hubs()))


def total_users(scope: Scope) -> str:
    """Return how many users of all hubs have a server running; on two hubs one counts twice."""
    return scope.aggregate("sum", (), users_by_hub(scope))


def hourly_cost(scope: Scope) -> str:
    """Return what the nodes of each pool cost an hour, in OpenCost's currency: ``{pool}``."""
    return _of_pools(scope, _price(scope))


def total_hourly_cost(scope: Scope) -> str:
    """Return what all nodes cost an hour."""
    return scope.aggregate("sum", (), _price(scope))


def _price(scope: Scope) -> str:
    return scope.aggregate("max", NODE, scope.everywhere(NODE_TOTAL_HOURLY_COST))


def room(scope: Scope) -> str:
    """Return how many more servers of the usual size fit on the nodes there are: ``{pool}``.

    The usual size is the median of what the running servers have reserved; on each node the
    scarcest of CPU, memory and pods counts. Nodes that an autoscaler would add do not.
    """
    fits = minimum_of(
        scope,
        NODE,
        cpu=_fitting(scope, CPU, _usual(scope, CPU)),
        memory=_fitting(scope, MEMORY, _usual(scope, MEMORY)),
        pods=_left_of_pods(scope),
    )
    return _of_pools(scope, f"clamp_min(floor({fits}), 0)")


def total_room(scope: Scope) -> str:
    """Return how many more servers of the usual size fit on all pools."""
    return scope.aggregate("sum", (), room(scope))


def _usual(scope: Scope, resource: str) -> str:
    everywhere = scope.all_hubs()
    by_server = binary(
        requests_by_pod(everywhere, resource), f"and {scope.on(POD)}", servers(everywhere)
    )
    return f"scalar(quantile(0.5, {by_server}))"


def _fitting(scope: Scope, resource: str, each: str) -> str:
    return f"({_left(scope, resource)})\n/ {each}"


def _left(scope: Scope, resource: str) -> str:
    return f"{allocatable(scope, resource)}\n- {_taken(scope, resource)}"


def _left_of_pods(scope: Scope) -> str:
    running = scope.all_hubs().selector(KUBE_POD_INFO, 'node!=""')
    each = scope.aggregate("max", (*NODE, *POD_UID), running)
    taken = scope.aggregate("count", NODE, f"{each}\n{_not_ended(scope)}")
    return f"{allocatable(scope, PODS)}\n- ({taken}\nor\n0 * {allocatable(scope, PODS)})"
