"""Notebook servers one by one: how old, how busy, how near their limits, of which image, where."""

from dashboards.kit import alert_thresholds
from dashboards.kit.scope import Scope
from dashboards.metrics.kube_state_metrics import (
    KUBE_POD_CONTAINER_INFO,
    KUBE_POD_CONTAINER_RESOURCE_LIMITS,
    KUBE_POD_INFO,
    KUBE_POD_START_TIME,
)
from dashboards.queries.memberships import USER
from dashboards.queries.pods import CONTAINER, POD, running_owners, servers
from dashboards.queries.promql import binary, or_zero
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


def _of_owner(scope: Scope) -> str:
    return f"* {scope.on(POD)} group_left (username)"


def of_servers(scope: Scope, by_pod: str) -> str:
    """Return an expression by pod for notebook servers, with their user."""
    return f"{by_pod}\n{_of_owner(scope)}\n{servers(scope)}"


def ages(scope: Scope) -> str:
    """Return the seconds since each server began: ``{namespace, pod, username}``."""
    begun = scope.aggregate("max", POD, scope.selector(KUBE_POD_START_TIME))
    return of_servers(scope, f"(time() - {begun})")


def old(scope: Scope) -> str:
    """Return the ages of servers older than LONG_HOURS."""
    return f"{ages(scope)}\n> {alert_thresholds.LONG_HOURS} * 3600"


def count(scope: Scope) -> str:
    """Return how many servers run, 0 if none does."""
    return or_zero(scope.aggregate("count", (), servers(scope)), OWNERS_KNOWN.raw(scope))


def heavy_users(source: Source) -> str:
    """Return the cores of the users of more than CPU_HEAVY."""
    return f"{source.by_user(CPU)}\n> {alert_thresholds.CPU_HEAVY}"


def part_of_memory_limit(scope: Scope) -> str:
    """Return which part of its memory limit each pod of a user uses: at 1 it is killed."""
    bounds = scope.selector(KUBE_POD_CONTAINER_RESOURCE_LIMITS, 'resource="memory"')
    # max folds the replicas of kube-state-metrics.
    limit = scope.aggregate("sum", POD, scope.aggregate("max", CONTAINER, bounds))
    used = binary(memory_by_pod(scope), f"/ {scope.on(POD)}", limit)
    return f"{used}\n{_of_owner(scope)}\n{running_owners(scope)}"


def near_memory_limit(scope: Scope) -> str:
    """Return the parts of those that are above the warning's."""
    return f"{part_of_memory_limit(scope)}\n> {alert_thresholds.MEMORY_OF_LIMIT.warn:g}"


def idle_large(scope: Scope) -> str:
    """Return the bytes that each large server reserves which has long done nearly nothing."""
    hours = f"{alert_thresholds.IDLE_LARGE_HOURS}h"
    memory = requests_by_pod(scope, 'resource="memory"')
    reserved = f"{memory} >= {alert_thresholds.IDLE_LARGE_GIB} * 2^30"
    idle = f"{cores_by_pod(scope, hours)} < {IDLE_CORES}"
    aged = f"{ages(scope)} > {alert_thresholds.IDLE_LARGE_HOURS} * 3600"
    at_rest = binary(f"({reserved})", f"and {scope.on(POD)}", f"({idle})")
    return f"{of_servers(scope, at_rest)}\nand {scope.on(POD)}\n({aged})"


def images(scope: Scope) -> str:
    """Return how many servers run each image: ``{image}``."""
    containers = scope.selector(KUBE_POD_CONTAINER_INFO, 'image!=""')
    of_pods = scope.aggregate("max", (*POD, "image"), containers)
    return scope.aggregate("count", ("image",), f"{of_pods}\nand {scope.on(POD)}\n{servers(scope)}")


def users_by_node(scope: Scope) -> str:
    """Return how many users have a server on each node: ``{node}``."""
    nodes = scope.aggregate("max", (*POD, "node"), scope.selector(KUBE_POD_INFO, 'node!=""'))
    of_users = f"{nodes}\n{_of_owner(scope)}\n{servers(scope)}"
    users = scope.aggregate("group", ("node", *USER), of_users)
    return scope.aggregate("count", ("node",), users)


def cores_of_users(source: Source) -> str:
    """Return the cores that each user's pods use."""
    return source.by_user(CPU)


def memory_of_users(source: Source) -> str:
    """Return the bytes that each user's pods use."""
    return source.by_user(MEMORY)
