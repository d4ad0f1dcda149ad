"""Notebook servers one by one: how old, how busy, how near their limits, of which image, where."""

from dashboards.kit import alert_thresholds
from dashboards.queries.pods import POD, running_owners, servers
from dashboards.queries.promql import aggregate, binary, or_zero, selector
from dashboards.queries.sources import Source
from dashboards.queries.usage import (
    CPU,
    IDLE_CORES,
    MEMORY,
    OWNERS_KNOWN,
    cores_by_pod,
    memory_by_pod,
    requests_by_pod,
)

_OWNER = "* on (namespace, pod) group_left (username)"


def of_servers(by_pod: str) -> str:
    """Return an expression by pod for notebook servers, with their user."""
    return f"{by_pod}\n{_OWNER}\n{servers()}"


def ages() -> str:
    """Return the seconds since each server began: ``{namespace, pod, username}``."""
    begun = aggregate("max", POD, selector("kube_pod_start_time"))
    return of_servers(f"(time() - {begun})")


def old() -> str:
    """Return the ages of servers older than LONG_HOURS."""
    return f"{ages()}\n> {alert_thresholds.LONG_HOURS} * 3600"


def count() -> str:
    """Return how many servers run, 0 if none does."""
    return or_zero(aggregate("count", (), servers()), OWNERS_KNOWN.raw)


def heavy_users(source: Source) -> str:
    """Return the cores of the users of more than CPU_HEAVY."""
    return f"{source.by_user(CPU)}\n> {alert_thresholds.CPU_HEAVY}"


def part_of_memory_limit() -> str:
    """Return which part of its memory limit each pod of a user uses: at 1 it is killed."""
    bounds = selector("kube_pod_container_resource_limits", 'resource="memory"')
    # max folds the replicas of kube-state-metrics.
    limit = aggregate("sum", POD, aggregate("max", (*POD, "container"), bounds))
    used = binary(memory_by_pod(), "/ on (namespace, pod)", limit)
    return f"{used}\n{_OWNER}\n{running_owners()}"


def near_memory_limit() -> str:
    """Return the parts of those that are above the warning's."""
    return f"{part_of_memory_limit()}\n> {alert_thresholds.MEMORY_OF_LIMIT.warn:g}"


def idle_large() -> str:
    """Return the bytes that each large server reserves which has long done nearly nothing."""
    hours = f"{alert_thresholds.IDLE_LARGE_HOURS}h"
    memory = requests_by_pod('resource="memory"')
    reserved = f"{memory} >= {alert_thresholds.IDLE_LARGE_GIB} * 2^30"
    idle = f"{cores_by_pod(hours)} < {IDLE_CORES}"
    aged = f"{ages()} > {alert_thresholds.IDLE_LARGE_HOURS} * 3600"
    at_rest = binary(f"({reserved})", "and on (namespace, pod)", f"({idle})")
    return f"{of_servers(at_rest)}\nand on (namespace, pod)\n({aged})"


def images() -> str:
    """Return how many servers run each image: ``{image}``."""
    of_pods = aggregate("max", (*POD, "image"), selector("kube_pod_container_info", 'image!=""'))
    return aggregate("count", ("image",), f"{of_pods}\nand on (namespace, pod)\n{servers()}")


def users_by_node() -> str:
    """Return how many users have a server on each node: ``{node}``."""
    nodes = aggregate("max", (*POD, "node"), selector("kube_pod_info", 'node!=""'))
    users = aggregate("group", ("node", "namespace", "username"), f"{nodes}\n{_OWNER}\n{servers()}")
    return aggregate("count", ("node",), users)


def cores_of_users(source: Source) -> str:
    """Return the cores that each user's pods use."""
    return source.by_user(CPU)


def memory_of_users(source: Source) -> str:
    """Return the bytes that each user's pods use."""
    return source.by_user(MEMORY)
