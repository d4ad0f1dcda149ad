"""Pods that do not run, containers that ended badly, volumes that fill up.

Of the chosen hubs; boards about the whole cluster take ``promql.of_every_hub`` of the same.
"""

from dashboards.kit import alert_thresholds
from dashboards.queries import counters
from dashboards.queries.pods import POD, owners
from dashboards.queries.promql import aggregate, binary, copied, function, or_zero, over, selector
from dashboards.queries.usage import RATE, cores_by_pod, memory_by_pod

RANGE = counters.RANGE
STEPS = "$__range:$__interval"

_PHASE = "kube_pod_status_phase"
_WAITS = selector(_PHASE, 'phase="Pending"')
_FAILED = selector(_PHASE, 'phase="Failed"')
_PENDING = f"{alert_thresholds.PENDING_MINUTES} * 60"
_ENDED = "kube_pod_container_status_terminated_reason"
_ENDED_BEFORE = "kube_pod_container_status_last_terminated_reason"
_BAD = 'reason!="Completed"'

DATABASE = 'persistentvolumeclaim=~"hub-db-.+|.*hub.*db.*"'
"""The claim of the hub's database, as Zero to JupyterHub calls it."""
SHARED = (
    'persistentvolumeclaim!~"hub-db-.+|.*hub.*db.*"',
    # One for each user, where users have volumes of their own.
    'persistentvolumeclaim!~"claim-.+"',
)


def in_phase(phase: str) -> str:
    """Return how many pods are in a phase such as ``Pending``."""
    pods = aggregate("max", (*POD, "uid"), selector(_PHASE, f'phase="{phase}"'))
    return aggregate("sum", (), pods)


def not_running() -> list[tuple[str, str]]:
    """Return how many pods are in each phase but the two good ones, with what it is called."""
    return [(in_phase(phase), phase.lower()) for phase in ("Pending", "Failed", "Unknown")]


def waiting() -> str:
    """Return the seconds for which each pod that does not run has waited: ``{namespace, pod}``."""
    created = aggregate("max", POD, selector("kube_pod_created"))
    return binary(f"(time() - {created})", "and on (namespace, pod)", f"({_WAITS} == 1)")


def why_waiting() -> str:
    """Return ``waiting`` with the reason, as far as Kubernetes tells one: ``{…, reason}``."""
    told = selector("kube_pod_container_status_waiting_reason")
    containers = aggregate("max", (*POD, "reason"), f"{told} == 1")
    roomless = aggregate("max", POD, f"{selector('kube_pod_status_unschedulable')} == 1")
    no_room = function("label_replace", roomless, '"reason", "no node has room"', '"", ""')
    reasons = f"topk by (namespace, pod) (1,\n{containers}\nor\n{no_room})"
    known = f"{waiting()}\n* on (namespace, pod) group_left (reason)\n{reasons}"
    rest = function("label_replace", waiting(), '"reason", "not told"', '"", ""')
    return f"{known}\nor\n{binary(rest, 'unless on (namespace, pod)', reasons)}"


def stuck() -> str:
    """Return ``why_waiting`` of pods that have waited for longer than PENDING_MINUTES."""
    return f"(\n{why_waiting()}\n)\n> {_PENDING}"


def count_stuck() -> str:
    """Return how many pods have waited for longer than PENDING_MINUTES."""
    return or_zero(aggregate("count", (), f"{waiting()} > {_PENDING}"), selector(_PHASE))


def failed_pods() -> str:
    """Return when each pod that failed within the range was last seen so, in milliseconds."""
    failed = f"timestamp({_FAILED} == 1)"
    last = aggregate("max", POD, f"max_over_time(({failed})[{STEPS}])")
    return f"{last}\n* 1000"


def bad_ends() -> str:
    """Return when containers that ended badly within the range were last seen so, in ms.

    By ``{namespace, pod, container, reason}``. What Kubernetes has started again is told of by its
    restart.
    """
    labels = (*POD, "container", "reason")
    ended = f"max_over_time((timestamp({selector(_ENDED, _BAD)} == 1))[{STEPS}])"
    begun = (
        f"timestamp({selector(_ENDED_BEFORE, _BAD)} == 1)\n"
        f"and on (namespace, pod, container)\n{counters.restarts(RATE)} > 0"
    )
    again = aggregate("max", labels, over("max_over_time", begun, STEPS))
    return f"({aggregate('max', labels, ended)}\nor\n{again})\n* 1000"


def memory_kills(window: str = RANGE) -> str:
    """Return how many containers ended for want of memory within the window, as Kubernetes tells.

    Those that were started again count by their restarts, others once.
    """
    ended, again = _killed(window)
    return (
        f"({or_zero(aggregate('count', (), ended), selector(_PHASE))})\n+\n"
        f"({or_zero(aggregate('sum', (), again), selector(_PHASE))})"
    )


def memory_kills_by_hub(window: str) -> str:
    """Return the same by hub, without those that were started again: ``{namespace}``."""
    return aggregate("count", ("namespace",), _killed(window)[0])


def hub_kills(window: str) -> str:
    """Return how often what is nobody's was started again for want of memory, by container."""
    return f"{_killed(window)[1]}\nunless on (namespace, pod)\n{owners()}"


def stuck_by_reason() -> str:
    """Return how many pods are stuck, by hub and reason."""
    return aggregate("count", ("namespace", "reason"), stuck())


def hubs() -> str:
    """Return 1 for each namespace that has a hub, by what is known of its members or of itself."""
    told = (
        f"last_over_time({selector(metric)}[1h])"
        for metric in ("jupyterhub_group_members", "jupyterhub_total_users")
    )
    return aggregate("group", ("namespace",), "\nor\n".join(told))


def of_hubs(by_namespace: str) -> str:
    """Return an expression for the namespaces that have a hub only."""
    return f"(\n{by_namespace}\n)\nand on (namespace)\n{hubs()}"


def _killed(window: str) -> tuple[str, str]:
    """Return pods that ended for want of memory, and how often containers began anew for it."""
    killed = 'reason="OOMKilled"'
    # The uid tells a pod from its namesake of another day.
    each = (*POD, "uid")
    ended = aggregate("max", each, f"max_over_time({selector(_ENDED, killed)}[{window}])")
    again = binary(
        f"({counters.restarts(window)} > 0)",
        "and on (namespace, pod, container)",
        f"{selector(_ENDED_BEFORE, killed)} == 1",
    )
    return ended, again


def _volume(what: str, *matchers: str) -> str:
    by = ("namespace", "persistentvolumeclaim")
    return aggregate("max", by, selector(f"kubelet_volume_stats_{what}_bytes", *matchers))


def volume_left(*matchers: str) -> str:
    """Return the part of each volume that is left, 0 to 1: ``{namespace, persistentvolumeclaim}``.

    A volume that several nodes have mounted is one.
    """
    return f"{_volume('available', *matchers)}\n/\n{_volume('capacity', *matchers)}"


def database_left() -> str:
    """Return the part of the volume of each hub's database that is left."""
    return volume_left(DATABASE)


def shared_left() -> str:
    """Return the part of each volume that users share that is left, the ten fullest."""
    return f"bottomk(10, {volume_left(*SHARED)})"


def least_left(volumes: str) -> str:
    """Return the least of the parts that are left."""
    return aggregate("min", (), volumes)


def components(kind: str) -> str:
    """Return cores or bytes in use by what is nobody's: hub, proxy, …: ``{component}``."""
    by_pod = {"cpu": cores_by_pod(RATE), "memory": memory_by_pod()}[kind]
    labelled = selector("kube_pod_labels", 'label_component!=""')
    named = copied(labelled, ("component", "label_component"))
    component = aggregate("group", (*POD, "component"), named)
    nobodys = binary(by_pod, "unless on (namespace, pod)", owners())
    joined = f"{nobodys}\n* on (namespace, pod) group_left (component)\n{component}"
    return aggregate("sum", ("component",), joined)
