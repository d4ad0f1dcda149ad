"""What kube-state-metrics says: of pods, from creation until they are deleted, and of nodes."""

from collections.abc import Iterable, Iterator

from demo.components import COMPONENTS, HUB, Component
from demo.images import container_of, image_of
from demo.incidents import StuckPod
from demo.nodes import MAX_PODS, Node
from demo.schedule import Pod, Size
from demo.series import Series, Value, hexadecimal, labels
from demo.usage import Array
from demo.world import World

JOB = "kube-state-metrics"

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
"""What there is a series for, with 1 for the phase that a pod is in."""

_UNITS = {"cpu": "core", "memory": "byte", "pods": "integer"}


def series(world: World) -> Iterator[Series]:
    """Yield the state of the users' pods, of those that are nobody's, and of the nodes."""
    for pod in world.pods:
        yield from _state_of_pod(pod)
    for stuck in world.incidents.stuck_pods():
        yield from _state_of_stuck(stuck)
    for component in COMPONENTS:
        yield from _state_of_component(component, world)
    for node in world.nodes:
        yield from _state_of_node(node)


def _state_of_pod(pod: Pod) -> Iterator[Series]:
    who = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}

    def series(metric: str, value: Value, **more: str) -> Series:
        return Series(JOB, metric, labels(**who, **more), value, pod.start, pod.gone)

    yield series("kube_pod_annotations", 1, annotation_hub_jupyter_org_username=pod.username)
    yield series("kube_pod_labels", 1, **_component(pod.component))
    yield series("kube_pod_info", 1, node=pod.node, created_by_kind="<none>")
    yield series("kube_pod_created", float(int(pod.start)))
    yield series("kube_pod_start_time", float(int(pod.start)))
    final = "Failed" if pod.out_of_memory else "Succeeded"
    for phase in PHASES:
        yield series("kube_pod_status_phase", _phase(pod, phase, final), phase=phase)
    container = container_of(pod.component)
    yield series("kube_pod_container_info", 1, **_image(container, image_of(pod), pod.uid))
    for metric, resource, value in _resources(pod.size):
        on = {"container": container, "node": pod.node, "resource": resource}
        yield series(metric, value, **on, unit=_UNITS.get(resource, "integer"))
    reason = "OOMKilled" if pod.out_of_memory else "Completed"
    ended = labels(**who, container=container, reason=reason)
    terminated = "kube_pod_container_status_terminated_reason"
    yield Series(JOB, terminated, ended, 1, pod.end, pod.gone)


def _component(name: str) -> dict[str, str]:
    dask = name.startswith("dask")
    return {
        "label_app_kubernetes_io_component": name,
        "label_component": "" if dask else name,
    }


def _image(container: str, image: str, uid: str) -> dict[str, str]:
    return {
        "container": container,
        "container_id": f"containerd://{hexadecimal(uid, container)}" if uid else "",
        "image": image,
        "image_id": f"{image.partition(':')[0]}@sha256:{hexadecimal(image, 'image')}",
        "image_spec": image,
    }


def _resources(size: Size) -> Iterator[tuple[str, str, float]]:
    """Yield metric, resource and value of each request and limit."""
    for resource, request, limit in (
        ("cpu", size.cpu_request, size.cpu_limit),
        ("memory", float(size.memory_request), float(size.memory_limit)),
        ("nvidia_com_gpu", float(size.gpus), float(size.gpus)),
    ):
        if request:
            yield "kube_pod_container_resource_requests", resource, request
            yield "kube_pod_container_resource_limits", resource, limit


def _phase(pod: Pod, phase: str, final: str) -> Value:
    if phase == "Running":
        return lambda times: (times < pod.end).astype(float)
    if phase == final:
        return lambda times: (times >= pod.end).astype(float)
    return 0


def _state_of_stuck(pod: StuckPod) -> Iterator[Series]:
    who = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}

    def series(metric: str, value: float, **more: str) -> Series:
        return Series(JOB, metric, labels(**who, **more), value, pod.start, pod.gone)

    yield series("kube_pod_annotations", 1, annotation_hub_jupyter_org_username=pod.username)
    yield series("kube_pod_labels", 1, **_component(pod.component))
    yield series("kube_pod_created", float(int(pod.start)))
    node = "user-1" if pod.waiting else ""
    yield series("kube_pod_info", 1, node=node, created_by_kind="<none>")
    for phase in PHASES:
        yield series("kube_pod_status_phase", float(phase == "Pending"), phase=phase)
    for metric, resource, value in _resources(pod.size):
        on = {"container": pod.container, "node": node, "resource": resource}
        yield series(metric, value, **on, unit=_UNITS.get(resource, "integer"))
    if pod.waiting:
        why = {"container": pod.container, "reason": pod.waiting}
        yield series("kube_pod_container_status_waiting_reason", 1, **why)
    else:
        yield series("kube_pod_status_unschedulable", 1)


def _state_of_component(component: Component, world: World) -> Iterator[Series]:
    who = {"namespace": component.namespace, "pod": component.pod, "uid": component.uid}

    def series(metric: str, value: Value, **more: str) -> Series:
        return Series(JOB, metric, labels(**who, **more), value)

    for phase in PHASES:
        yield series("kube_pod_status_phase", float(phase == "Running"), phase=phase)
    yield series("kube_pod_annotations", 1)
    yield series("kube_pod_labels", 1, label_component=component.name)
    yield series("kube_pod_info", 1, node=component.node, created_by_kind="ReplicaSet")
    container = component.container
    image = _image(container, component.image, component.uid)
    yield series("kube_pod_container_info", 1, **image)
    sizes = Size(
        component.cpu_request,
        component.cpu_limit,
        component.memory_request,
        component.memory_limit,
    )
    for metric, resource, value in _resources(sizes):
        on = {"container": container, "node": component.node, "resource": resource}
        yield series(metric, value, **on, unit=_UNITS[resource])
    restarts: Value = 0
    if component is HUB:
        restart = world.incidents.hub_restart

        def restarts(times: Array) -> Array:
            return (times >= restart).astype(float)

        last = labels(**who, container=container, reason="OOMKilled")
        yield Series(JOB, "kube_pod_container_status_last_terminated_reason", last, 1, restart)
    yield series("kube_pod_container_status_restarts_total", restarts, container=container)


def _state_of_node(node: Node) -> Iterator[Series]:
    machine = node.machine
    life = (node.born, node.dies)
    yield Series(JOB, "kube_node_info", labels(node=node.name), 1, *life)
    pool = labels(
        node=node.name,
        label_cloud_google_com_gke_nodepool=node.pool,
        label_hub_jupyter_org_node_purpose="" if node.pool == "core" else "user",
    )
    yield Series(JOB, "kube_node_labels", pool, 1, *life)
    gpus = {"nvidia_com_gpu": float(machine.gpus)} if machine.gpus else {}
    for metric, cores, memory in (
        ("kube_node_status_capacity", float(machine.cores), machine.memory),
        ("kube_node_status_allocatable", machine.allocatable_cores, machine.allocatable_memory),
    ):
        resources = {"cpu": cores, "memory": memory, "pods": float(MAX_PODS), **gpus}
        yield from _of_node(metric, node, resources.items())


def _of_node(metric: str, node: Node, resources: Iterable[tuple[str, float]]) -> Iterator[Series]:
    for resource, value in resources:
        on = labels(node=node.name, resource=resource, unit=_UNITS.get(resource, "integer"))
        yield Series(JOB, metric, on, value, node.born, node.dies)
