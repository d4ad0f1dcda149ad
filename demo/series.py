"""The simulated cluster as time series, in the exact shape of the exporters that report it.

A ``Series`` says what it is called, from when to when it is exposed and what it is worth then.
The live endpoints ask for one instant, the history for one each minute: the same series.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import numpy as np

from demo.people import DAY, NAMESPACE, Habit
from demo.schedule import GIB, NODES, Pod
from demo.usage import SANDBOX_MEMORY, Array, Usage, usage
from demo.world import World
from exporter import slugs

FOREVER = float("inf")

PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
"""What kube-state-metrics has a series for, with 1 for the phase that a pod is in."""

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: exposed while ``born <= t < dies``, worth ``value(times)`` or a constant."""

    job: str
    metric: str
    labels: Labels
    value: float | Callable[[Array], Array]
    born: float = 0.0
    dies: float = FOREVER

    def at(self, times: Array) -> Array:
        """Return the values at the given times, all within the series' life."""
        if callable(self.value):
            return self.value(times)
        return np.full(len(times), self.value)


COUNTERS = frozenset(
    {"container_cpu_usage_seconds_total", "container_oom_events_total", "node_cpu_seconds_total"}
)
"""What the exposition types as counter; the rest are gauges."""

KSM = "kube-state-metrics"
CADVISOR = "cadvisor"
NODE = "node-exporter"
DIRSIZE = "dirsize-exporter"
DCGM = "dcgm-exporter"
JOBS = (KSM, CADVISOR, NODE, DIRSIZE, DCGM)
"""The scrape jobs that the simulator answers for."""


def labels(**pairs: str) -> Labels:
    """Return labels in the order of their names, empty ones left out, as Prometheus has them."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


def cluster(world: World) -> Iterator[Series]:
    """Yield every series of the simulated cluster, whenever it is exposed."""
    for pod in world.pods:
        yield from _state_of_pod(pod)
        yield from _containers_of_pod(pod)
        yield from _gpus_of_pod(pod)
    for component, cores, memory in (
        ("hub", 0.08, 0.3 * GIB),
        ("proxy", 0.02, 0.06 * GIB),
        ("user-placeholder", 0.0, 0.001 * GIB),
    ):
        yield from _ownerless(component, cores, memory)
    yield from _nodes(world)
    yield from _home_directories(world)


def _state_of_pod(pod: Pod) -> Iterator[Series]:
    """Yield what kube-state-metrics says of a pod, from its creation until it is deleted."""
    who = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}

    def series(metric: str, value: float | Callable[[Array], Array], **more: str) -> Series:
        return Series(KSM, metric, labels(**who, **more), value, pod.start, pod.gone)

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
    container = "dask-worker" if dask else "notebook"
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
            KSM,
            "kube_pod_container_status_terminated_reason",
            labels(**who, container=container, reason="OOMKilled"),
            1,
            pod.end,
            pod.gone,
        )


def _phase(pod: Pod, phase: str, final: str) -> float | Callable[[Array], Array]:
    if phase == "Running":
        return lambda times: (times < pod.end).astype(float)
    if phase == final:
        return lambda times: (times >= pod.end).astype(float)
    return 0


def _containers_of_pod(pod: Pod) -> Iterator[Series]:
    """Yield what the kubelet's cAdvisor says of a pod: its container, its sandbox, its cgroup."""
    use = usage(pod)
    container = "dask-worker" if pod.component.startswith("dask") else "notebook"
    yield from _cgroups(
        pod.namespace,
        pod.name,
        pod.uid,
        container,
        use.cpu_seconds,
        lambda times: use.at(use.memory, times),
        (pod.start, pod.end),
    )
    if pod.out_of_memory:
        identity = labels(
            namespace=pod.namespace,
            pod=pod.name,
            container=container,
            name=_hex(pod.uid, container),
        )
        yield Series(
            CADVISOR,
            "container_oom_events_total",
            identity,
            lambda t: (t > pod.end - 60) * 1.0,
            pod.start,
            pod.end,
        )


def _cgroups(
    namespace: str,
    pod: str,
    uid: str,
    container: str,
    cpu_seconds: Callable[[Array], Array],
    memory: Callable[[Array], Array],
    life: tuple[float, float],
) -> Iterator[Series]:
    burstable = "/kubepods.slice/kubepods-burstable.slice"
    slice_ = f"{burstable}/kubepods-burstable-pod{uid.replace('-', '_')}.slice"
    named = {"namespace": namespace, "pod": pod}
    sandbox = {"name": _hex(uid, "sandbox"), "image": "registry.k8s.io/pause:3.10"}
    notebook = {
        "container": container,
        "name": _hex(uid, container),
        "image": "quay.io/jupyter/scipy-notebook:2026-01-05",
    }
    for identity, cpu, use in (
        (labels(**named, id=slice_), cpu_seconds, memory),
        (labels(**named, id=f"{slice_}/sandbox", **sandbox), 0.03, SANDBOX_MEMORY),
        (labels(**named, id=f"{slice_}/container", **notebook), cpu_seconds, memory),
    ):
        seconds = labels(**dict(identity), cpu="total")
        yield Series(CADVISOR, "container_cpu_usage_seconds_total", seconds, cpu, *life)
        yield Series(CADVISOR, "container_memory_working_set_bytes", identity, use, *life)


def _hex(uid: str, what: str) -> str:
    return sha256(f"{uid}/{what}".encode()).hexdigest()


def _gpus_of_pod(pod: Pod) -> Iterator[Series]:
    """Yield dcgm-exporter's series, whose pod labels its own scrape has renamed to exported_*."""
    use = usage(pod)
    for number in range(pod.size.gpus):
        device = labels(
            gpu=str(number),
            UUID=f"GPU-{_hex(pod.uid, str(number))[:16]}",
            device=f"nvidia{number}",
            modelName="NVIDIA A100-SXM4-40GB",
            Hostname=pod.node,
            exported_container="notebook",
            exported_namespace=pod.namespace,
            exported_pod=pod.name,
            namespace="gpu-operator",
            pod="nvidia-dcgm-exporter-x7x2p",
        )
        yield Series(DCGM, "DCGM_FI_DEV_GPU_UTIL", device, _scaled(use, 100), pod.start, pod.end)
        yield Series(DCGM, "DCGM_FI_DEV_FB_USED", device, _scaled(use, 30_000), pod.start, pod.end)


def _scaled(use: Usage, most: float) -> Callable[[Array], Array]:
    return lambda times: (use.at(use.gpu, times) * most).round()


def _steady(per_second: float, times: Array) -> Array:
    """Return a counter that began some day and never rests."""
    return per_second * (times % (400 * DAY))


def _ownerless(component: str, cores: float, memory: float) -> Iterator[Series]:
    """Yield a pod of the hub itself, which is nobody's: no annotation, so never in a group."""
    name, uid = (
        f"{component}-5d9c7b6f4-x2x7q",
        f"00000000-0000-0000-0000-{_hex(component, '')[:12]}",
    )
    who = {"namespace": NAMESPACE, "pod": name, "uid": uid}
    for phase in PHASES:
        running = float(phase == "Running")
        yield Series(KSM, "kube_pod_status_phase", labels(**who, phase=phase), running)
    yield Series(KSM, "kube_pod_annotations", labels(**who), 1)
    yield Series(KSM, "kube_pod_labels", labels(**who, label_component=component), 1)
    yield Series(
        KSM, "kube_pod_info", labels(**who, node=NODES[0], created_by_kind="ReplicaSet"), 1
    )
    for resource, unit, value in (("cpu", "core", 0.2), ("memory", "byte", 0.5 * GIB)):
        on = {"container": component, "node": NODES[0], "resource": resource, "unit": unit}
        yield Series(KSM, "kube_pod_container_resource_requests", labels(**who, **on), value)
    yield from _cgroups(
        NAMESPACE,
        name,
        uid,
        component,
        partial(_steady, cores),
        lambda times: np.full(len(times), memory),
        (0.0, FOREVER),
    )


def _nodes(world: World) -> Iterator[Series]:
    for node in NODES:
        gpus = 8.0 if node.startswith("gpu") else 0.0
        cores, memory = (64.0, 256.0 * GIB) if gpus else (32.0, 128.0 * GIB)
        yield Series(KSM, "kube_node_info", labels(node=node), 1)
        for resource, unit, value in (
            ("cpu", "core", cores),
            ("memory", "byte", memory),
            ("nvidia_com_gpu", "integer", gpus),
        ):
            if value:
                on = labels(node=node, resource=resource, unit=unit)
                yield Series(KSM, "kube_node_status_allocatable", on, value)
        yield Series(NODE, "node_memory_MemTotal_bytes", labels(node=node), memory)
        yield Series(
            NODE,
            "node_memory_MemAvailable_bytes",
            labels(node=node),
            partial(world.available_memory, node, memory),
        )
        yield Series(
            NODE,
            "node_cpu_seconds_total",
            labels(node=node, cpu="0", mode="idle"),
            partial(_steady, 0.8 * cores),
        )


def _home_directories(world: World) -> Iterator[Series]:
    """Yield prometheus-dirsize-exporter's series: safe slugs, and one user's of an older time."""
    for number, person in enumerate(world.people):
        if person.habit is Habit.NEVER:
            continue
        # One home was made by an older kubespawner.
        name = person.username
        directory = slugs.escaped(name) if name == "bo_2" else slugs.safe(name)
        who = labels(namespace=NAMESPACE, directory=directory)
        yield Series(
            DIRSIZE,
            "dirsize_total_size_bytes",
            who,
            partial(world.home_size, number),
        )
        yield Series(
            DIRSIZE,
            "dirsize_entries_count",
            who,
            partial(world.home_entries, number),
        )
        yield Series(
            DIRSIZE,
            "dirsize_latest_mtime",
            who,
            partial(world.last_seen, name),
        )
    for shared in ("_shared", "_shared-public"):
        who = labels(namespace=NAMESPACE, directory=shared)
        yield Series(DIRSIZE, "dirsize_total_size_bytes", who, 40.0 * GIB)
