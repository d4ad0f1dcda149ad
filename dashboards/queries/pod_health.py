"""Pods that do not run, containers that ended badly, volumes that fill up.

Of a scope's hubs; boards about the whole cluster give that of all, ``scope.all_hubs()``.
"""

from dashboards.kit import alert_thresholds
from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.groups_exporter import JUPYTERHUB_GROUP_MEMBERS
from dashboards.metrics.jupyterhub import JUPYTERHUB_TOTAL_USERS
from dashboards.metrics.kube_state_metrics import (
    KUBE_POD_CONTAINER_STATUS_LAST_TERMINATED_REASON,
    KUBE_POD_CONTAINER_STATUS_TERMINATED_REASON,
    KUBE_POD_CONTAINER_STATUS_WAITING_REASON,
    KUBE_POD_CREATED,
    KUBE_POD_LABELS,
    KUBE_POD_STATUS_PHASE,
    KUBE_POD_STATUS_UNSCHEDULABLE,
)
from dashboards.metrics.kubelet import (
    KUBELET_VOLUME_STATS_AVAILABLE_BYTES,
    KUBELET_VOLUME_STATS_CAPACITY_BYTES,
)
from dashboards.metrics.metric import Metric
from dashboards.queries import counters
from dashboards.queries.pods import CONTAINER, POD, POD_UID, owners
from dashboards.queries.promql import binary, copied, function, or_zero, subquery
from dashboards.queries.usage import RATE, cores_by_pod, memory_by_pod

RANGE = counters.RANGE
STEPS = "$__range:$__interval"

_PENDING = f"{alert_thresholds.PENDING_MINUTES} * 60"
_BAD = 'reason!="Completed"'

VOLUME = ("namespace", "persistentvolumeclaim")

DATABASE = 'persistentvolumeclaim=~"hub-db-.+|.*hub.*db.*"'
"""The claim of the hub's database, as Zero to JupyterHub calls it."""
SHARED = (
    'persistentvolumeclaim!~"hub-db-.+|.*hub.*db.*"',
    # One for each user, where users have volumes of their own.
    'persistentvolumeclaim!~"claim-.+"',
)


def pods_in_phase(scope: Scope, phase: str) -> str:
    """Return how many pods are in a phase such as ``Pending``."""
    pods = scope.aggregate(
        "max", POD_UID, scope.selector(KUBE_POD_STATUS_PHASE, f'phase="{phase}"')
    )
    return scope.aggregate("sum", (), pods)


def not_running(scope: Scope) -> list[tuple[str, str]]:
    """Return how many pods are in each phase but the two good ones, with what it is called."""
    return [
        (pods_in_phase(scope, phase), phase.lower()) for phase in ("Pending", "Failed", "Unknown")
    ]


def waiting(scope: Scope) -> str:
    """Return the seconds for which each pod that does not run has waited: ``{namespace, pod}``."""
    created = scope.aggregate("max", POD, scope.selector(KUBE_POD_CREATED))
    pending = scope.selector(KUBE_POD_STATUS_PHASE, 'phase="Pending"')
    return binary(f"(time() - {created})", f"and {scope.on(POD)}", f"({pending} == 1)")


def pending_reasons(scope: Scope) -> str:
    """Return ``waiting`` with the reason, as far as Kubernetes tells one: ``{…, reason}``."""
    reported = scope.selector(KUBE_POD_CONTAINER_STATUS_WAITING_REASON)
    containers = scope.aggregate("max", (*POD, "reason"), f"{reported} == 1")
    unschedulable = scope.selector(KUBE_POD_STATUS_UNSCHEDULABLE)
    roomless = scope.aggregate("max", POD, f"{unschedulable} == 1")
    no_room = function("label_replace", roomless, '"reason", "no node has room"', '"", ""')
    reasons = f"topk {scope.by(POD)} (1,\n{containers}\nor\n{no_room})"
    known = f"{waiting(scope)}\n* {scope.on(POD)} group_left (reason)\n{reasons}"
    rest = function("label_replace", waiting(scope), '"reason", "not known"', '"", ""')
    return f"{known}\nor\n{binary(rest, f'unless {scope.on(POD)}', reasons)}"


def pending_too_long(scope: Scope) -> str:
    """Return ``pending_reasons`` of pods that have waited for longer than PENDING_MINUTES."""
    return f"(\n{pending_reasons(scope)}\n)\n> {_PENDING}"


def count_pending_too_long(scope: Scope) -> str:
    """Return how many pods have waited for longer than PENDING_MINUTES."""
    stuck_pods = scope.aggregate("count", (), f"{waiting(scope)} > {_PENDING}")
    return or_zero(stuck_pods, scope.selector(KUBE_POD_STATUS_PHASE))


def failed_pods(scope: Scope) -> str:
    """Return when each pod that failed within the range was last seen so, in milliseconds."""
    failed = scope.selector(KUBE_POD_STATUS_PHASE, 'phase="Failed"')
    last = scope.aggregate("max", POD, f"max_over_time((timestamp({failed} == 1))[{STEPS}])")
    return f"{last}\n* 1000"


def failed_containers(scope: Scope) -> str:
    """Return when containers that ended badly within the range were last seen so, in ms.

    By ``{namespace, pod, container, reason}``. What Kubernetes has started again is reported by its
    restart.
    """
    labels = (*CONTAINER, "reason")
    is_over = scope.selector(KUBE_POD_CONTAINER_STATUS_TERMINATED_REASON, _BAD)
    was_over = scope.selector(KUBE_POD_CONTAINER_STATUS_LAST_TERMINATED_REASON, _BAD)
    ended = f"max_over_time((timestamp({is_over} == 1))[{STEPS}])"
    begun = (
        f"timestamp({was_over} == 1)\n"
        f"and {scope.on(CONTAINER)}\n{counters.restarts(scope, RATE)} > 0"
    )
    again = scope.aggregate("max", labels, subquery("max_over_time", begun, STEPS))
    return f"({scope.aggregate('max', labels, ended)}\nor\n{again})\n* 1000"


def oom_kills(scope: Scope, window: str = RANGE) -> str:
    """Return how many containers ended for want of memory within the window, as Kubernetes tells.

    Those that were started again count by their restarts, others once.
    """
    ended, again = _killed(scope, window)
    pods = scope.selector(KUBE_POD_STATUS_PHASE)
    return (
        f"({or_zero(scope.aggregate('count', (), ended), pods)})\n+\n"
        f"({or_zero(scope.aggregate('sum', (), again), pods)})"
    )


def oom_kills_by_hub(scope: Scope, window: str) -> str:
    """Return the same by hub, without those that were started again: ``{namespace}``."""
    return scope.aggregate("count", HUB, _killed(scope, window)[0])


def hub_kills(scope: Scope, window: str) -> str:
    """Return how often what is nobody's was started again for want of memory, by container."""
    return f"{_killed(scope, window)[1]}\nunless {scope.on(POD)}\n{owners(scope)}"


def pending_too_long_by_reason(scope: Scope) -> str:
    """Return how many pods are stuck, by hub and reason."""
    return scope.aggregate("count", (*HUB, "reason"), pending_too_long(scope))


def hubs(scope: Scope) -> str:
    """Return 1 for each namespace that has a hub, by what is known of its members or of itself."""
    reported = (
        f"last_over_time({scope.selector(metric)}[1h])"
        for metric in (JUPYTERHUB_GROUP_MEMBERS, JUPYTERHUB_TOTAL_USERS)
    )
    return scope.aggregate("group", HUB, "\nor\n".join(reported))


def of_hubs(scope: Scope, by_namespace: str) -> str:
    """Return an expression for the namespaces that have a hub only."""
    return f"(\n{by_namespace}\n)\nand {scope.on(HUB)}\n{hubs(scope)}"


def _killed(scope: Scope, window: str) -> tuple[str, str]:
    """Return pods that ended for want of memory, and how often containers began anew for it."""
    killed = 'reason="OOMKilled"'
    # The uid tells a pod from its namesake of another day.
    terminated = scope.selector(KUBE_POD_CONTAINER_STATUS_TERMINATED_REASON, killed)
    ended = scope.aggregate("max", POD_UID, f"max_over_time({terminated}[{window}])")
    again = binary(
        f"({counters.restarts(scope, window)} > 0)",
        f"and {scope.on(CONTAINER)}",
        f"{scope.selector(KUBE_POD_CONTAINER_STATUS_LAST_TERMINATED_REASON, killed)} == 1",
    )
    return ended, again


def _volume(scope: Scope, metric: Metric, *matchers: str) -> str:
    return scope.aggregate("max", VOLUME, scope.selector(metric, *matchers))


def volume_left(scope: Scope, *matchers: str) -> str:
    """Return the part of each volume that is left, 0 to 1: ``{namespace, persistentvolumeclaim}``.

    A volume that several nodes have mounted is one.
    """
    available = _volume(scope, KUBELET_VOLUME_STATS_AVAILABLE_BYTES, *matchers)
    capacity = _volume(scope, KUBELET_VOLUME_STATS_CAPACITY_BYTES, *matchers)
    return f"{available}\n/\n{capacity}"


def database_left(scope: Scope) -> str:
    """Return the part of the volume of each hub's database that is left."""
    return volume_left(scope, DATABASE)


def shared_left(scope: Scope) -> str:
    """Return the part of each volume that users share that is left, the ten fullest."""
    return f"bottomk(10, {volume_left(scope, *SHARED)})"


def least_database_left(scope: Scope) -> str:
    """Return the least part that is left of any of these volumes."""
    return scope.aggregate("min", (), database_left(scope))


def least_shared_left(scope: Scope) -> str:
    """Return the least part that is left of any volume that users share."""
    return scope.aggregate("min", (), shared_left(scope))


def components(scope: Scope, kind: str) -> str:
    """Return cores or bytes in use by what is nobody's: hub, proxy, …: ``{component}``."""
    by_pod = {"cpu": cores_by_pod(scope, RATE), "memory": memory_by_pod(scope)}[kind]
    labeled = scope.selector(KUBE_POD_LABELS, 'label_component!=""')
    named = copied(labeled, ("component", "label_component"))
    component = scope.aggregate("group", (*POD, "component"), named)
    nobodys = binary(by_pod, f"unless {scope.on(POD)}", owners(scope))
    joined = f"{nobodys}\n* {scope.on(POD)} group_left (component)\n{component}"
    return scope.aggregate("sum", ("component",), joined)
