"""What kube-state-metrics says: of pods, from creation until they are deleted, and of nodes."""

from collections.abc import Iterator

from demo.components import COMPONENTS, Component
from demo.nodes import NODES
from demo.schedule import GIB, Pod
from demo.series import Series, Value, labels
from demo.world import World

JOB = "kube-state-metrics"

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
"""What there is a series for, with 1 for the phase that a pod is in."""


def series(world: World) -> Iterator[Series]:
    """Yield the state of the users' pods, of the hub's own and of the nodes."""
    for pod in world.pods:
        yield from _state_of_pod(pod)
    for component in COMPONENTS:
        yield from _state_of_component(component)
    yield from _nodes()


def _state_of_pod(pod: Pod) -> Iterator[Series]:
    who = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}

    def series(metric: str, value: Value, **more: str) -> Series:
        return Series(JOB, metric, labels(**who, **more), value, pod.start, pod.gone)

    yield series("kube_pod_annotations", 1, annotation_hub_jupyter_org_username=pod.username)
    dask = pod.component.startswith("dask")
    yield series(
        "kube_pod_labels",
        1,
        label_app_kubernetes_io_component=pod.component,
        label_component="" if dask else pod.component,
    )
    yield series("kube_pod_info", 1, node=pod.node, created_by_kind="<none>")
    yield series("kube_pod_start_time", float(int(pod.start)))
    final = "Failed" if pod.out_of_memory else "Succeeded"
    for phase in PHASES:
        yield series("kube_pod_status_phase", _phase(pod, phase, final), phase=phase)
    container = pod.component if dask else "notebook"
    size = pod.size
    for name, unit, request, limit in (
        ("cpu", "core", size.cpu_request, size.cpu_limit),
        ("memory", "byte", float(size.memory_request), float(size.memory_limit)),
        ("nvidia_com_gpu", "integer", float(size.gpus), float(size.gpus)),
    ):
        if not request:
            continue
        on = {"container": container, "node": pod.node, "resource": name, "unit": unit}
        yield series("kube_pod_container_resource_requests", request, **on)
        yield series("kube_pod_container_resource_limits", limit, **on)
    if pod.out_of_memory:
        yield Series(
            JOB,
            "kube_pod_container_status_terminated_reason",
            labels(**who, container=container, reason="OOMKilled"),
            1,
            pod.end,
            pod.gone,
        )


def _phase(pod: Pod, phase: str, final: str) -> Value:
    if phase == "Running":
        return lambda times: (times < pod.end).astype(float)
    if phase == final:
        return lambda times: (times >= pod.end).astype(float)
    return 0


def _state_of_component(component: Component) -> Iterator[Series]:
    who = {"namespace": component.namespace, "pod": component.pod, "uid": component.uid}
    for phase in PHASES:
        running = float(phase == "Running")
        yield Series(JOB, "kube_pod_status_phase", labels(**who, phase=phase), running)
    yield Series(JOB, "kube_pod_annotations", labels(**who), 1)
    yield Series(JOB, "kube_pod_labels", labels(**who, label_component=component.name), 1)
    info = labels(**who, node=component.node, created_by_kind="ReplicaSet")
    yield Series(JOB, "kube_pod_info", info, 1)
    for resource, unit, value in (("cpu", "core", 0.2), ("memory", "byte", 0.5 * GIB)):
        on = {"container": component.name, "node": component.node}
        of = labels(**who, **on, resource=resource, unit=unit)
        yield Series(JOB, "kube_pod_container_resource_requests", of, value)


def _nodes() -> Iterator[Series]:
    for node in NODES:
        yield Series(JOB, "kube_node_info", labels(node=node.name), 1)
        for resource, unit, value in (
            ("cpu", "core", node.cores),
            ("memory", "byte", node.memory),
            ("nvidia_com_gpu", "integer", float(node.gpus)),
        ):
            if value:
                on = labels(node=node.name, resource=resource, unit=unit)
                yield Series(JOB, "kube_node_status_allocatable", on, value)
