"""Nodes and pools of the whole cluster: use, commitment, cost, and how many more servers fit.

Nodes have no namespace, and a node is full of all hubs' pods: so nothing here is of chosen hubs.
Lists of labels begin with the node, to which ``dashboards.catalog.multicluster`` adds the cluster.
"""

from dashboards.queries import counters
from dashboards.queries.pods import POD, servers
from dashboards.queries.promql import (
    aggregate,
    binary,
    copied,
    everywhere,
    function,
    least_of,
    of_every_hub,
    selector,
)
from dashboards.queries.usage import GPUS, RATE, STEP, requests_by_pod, users_running

NODE = ("node",)

CPU = 'resource="cpu"'
MEMORY = 'resource="memory"'
PODS = 'resource="pods"'

POOL_LABELS = (
    "label_hub_jupyter_org_node_purpose",
    "label_karpenter_sh_nodepool",
    "label_agentpool",
    "label_kubernetes_azure_com_agentpool",
    "label_alpha_eksctl_io_nodegroup_name",
    "label_eks_amazonaws_com_nodegroup",
    "label_cloud_google_com_gke_nodepool",
    "label_doks_digitalocean_com_node_pool",
    "label_k8s_ovh_net_nodepool",
    "label_magnum_openstack_org_nodegroup",
)
"""What clouds call a node's pool, as kube-state-metrics writes labels; the last one there counts.

Zero to JupyterHub's node purpose comes first: it is there on clusters without pools, too.
"""


def pools() -> str:
    """Return 1 for each node with its pool: ``{node, pool}``; nodes of none are in “other”."""
    unnamed = function("label_replace", everywhere("kube_node_labels"), '"pool", "other"', '"", ""')
    named = copied(unnamed, *(("pool", label) for label in POOL_LABELS))
    return aggregate("group", ("node", "pool"), named)


def all_nodes() -> str:
    """Return 1 for each node: ``{node}``."""
    return aggregate("group", NODE, everywhere("kube_node_info"))


def nodes_by_pool() -> str:
    """Return how many nodes each pool has: ``{pool}``."""
    return aggregate("count", ("pool",), pools())


def _of_pools(by_node: str) -> str:
    joined = f"{by_node}\n* on (node) group_left (pool)\n{pools()}"
    return aggregate("sum", ("pool",), joined)


def allocatable(resource: str) -> str:
    """Return what pods can have of each node: cores, bytes, GPUs or pods."""
    told = everywhere("kube_node_status_allocatable", resource)
    return aggregate("sum", NODE, aggregate("max", ("node", "resource"), told))


def requested(resource: str) -> str:
    """Return what pods have reserved of each node, those of all namespaces, running or to run."""
    requests = of_every_hub(selector("kube_pod_container_resource_requests", resource, 'node!=""'))
    each = aggregate("max", ("node", *POD, "uid", "container", "resource"), requests)
    return aggregate("sum", NODE, f"{each}\n{_not_ended()}")


def _taken(resource: str) -> str:
    # A node without any pod has no requests.
    return f"({requested(resource)}\nor\n0 * {allocatable(resource)})"


def _not_ended() -> str:
    # Finished pods keep their requests, which reserve nothing any more.
    ended = of_every_hub(selector("kube_pod_status_phase", 'phase=~"Succeeded|Failed"'))
    return f"unless on (namespace, pod, uid)\n{ended} == 1"


def commitment(resource: str) -> str:
    """Return the part of each node that is reserved."""
    return f"{_taken(resource)}\n/\n({allocatable(resource)} > 0)"


def pool_commitment(resource: str) -> str:
    """Return the part of each pool that is reserved: ``{pool}``."""
    return f"{_of_pools(_taken(resource))}\n/\n({_of_pools(allocatable(resource))} > 0)"


def fullest_commitment() -> str:
    """Return the part of each pool's CPU or memory that is reserved, whichever is more."""
    return aggregate(
        "max",
        ("pool",),
        "\nor\n".join(
            function("label_replace", pool_commitment(resource), f'"of", "{name}"', '"", ""')
            for name, resource in (("CPU", CPU), ("memory", MEMORY))
        ),
    )


def gpu_commitment() -> str:
    """Return the part of each node's GPUs that is reserved."""
    return commitment(GPUS)


def cpu_use() -> str:
    """Return the part of each node's CPU that is busy."""
    idle = everywhere("node_cpu_seconds_total", 'mode="idle"')
    return f"1 - {aggregate('avg', NODE, f'rate({idle}[{RATE}])')}"


def memory_use() -> str:
    """Return the part of each node's memory that is in use, file caches aside."""
    free = aggregate("max", NODE, everywhere("node_memory_MemAvailable_bytes"))
    total = aggregate("max", NODE, everywhere("node_memory_MemTotal_bytes"))
    return f"1 - {free}\n/\n{total}"


def memory_kills(window: str = STEP) -> str:
    """Return how many processes each node killed within the window for want of memory."""
    booted = everywhere("node_boot_time_seconds")
    killed = counters.count(
        everywhere("node_vmstat_oom_kill"), window, born=f"last_over_time({booted}[{window}])"
    )
    # A node has one kernel, whatever scrapes it; its exporter may have had two addresses.
    each_job = aggregate("sum", (*NODE, "job"), killed)
    return aggregate("max", NODE, each_job)


def users_by_hub() -> str:
    """Return how many users have a server running: ``{namespace}``."""
    return of_every_hub(aggregate("count", ("namespace",), users_running()))


def hourly_cost() -> str:
    """Return what the nodes of each pool cost an hour, in OpenCost's currency: ``{pool}``."""
    return _of_pools(_price())


def total_hourly_cost() -> str:
    """Return what all nodes cost an hour."""
    return aggregate("sum", (), _price())


def _price() -> str:
    return aggregate("max", NODE, everywhere("node_total_hourly_cost"))


def room() -> str:
    """Return how many more servers of the usual size fit on the nodes there are: ``{pool}``.

    The usual size is the median of what the running servers have reserved; on each node the
    scarcest of CPU, memory and pods counts. Nodes that an autoscaler would add do not.
    """
    fits = least_of(
        NODE,
        cpu=_fitting(CPU, _usual(CPU)),
        memory=_fitting(MEMORY, _usual(MEMORY)),
        pods=_left_of_pods(),
    )
    return _of_pools(f"clamp_min(floor({fits}), 0)")


def _usual(resource: str) -> str:
    by_server = binary(requests_by_pod(resource), "and on (namespace, pod)", servers())
    return of_every_hub(f"scalar(quantile(0.5, {by_server}))")


def _fitting(resource: str, each: str) -> str:
    return f"({_left(resource)})\n/ {each}"


def _left(resource: str) -> str:
    return f"{allocatable(resource)}\n- {_taken(resource)}"


def _left_of_pods() -> str:
    running = of_every_hub(selector("kube_pod_info", 'node!=""'))
    each = aggregate("max", ("node", *POD, "uid"), running)
    taken = aggregate("count", NODE, f"{each}\n{_not_ended()}")
    return f"{allocatable(PODS)}\n- ({taken}\nor\n0 * {allocatable(PODS)})"
