"""What the kubelets' cAdvisor says of a pod: its container, its sandbox, its cgroup."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from demo.components import COMPONENTS, Component
from demo.schedule import Pod
from demo.series import FOREVER, Series, hexadecimal, labels, steady
from demo.usage import SANDBOX_MEMORY, Array, usage
from demo.world import World

JOB = "cadvisor"


def series(world: World) -> Iterator[Series]:
    """Yield what containers of users and of the hub use."""
    for pod in world.pods:
        yield from _containers_of_pod(pod)
    for component in COMPONENTS:
        yield from _containers_of_component(component)


def _containers_of_pod(pod: Pod) -> Iterator[Series]:
    use = usage(pod)
    container = pod.component if pod.component.startswith("dask") else "notebook"
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
            name=hexadecimal(pod.uid, container),
        )
        yield Series(
            JOB,
            "container_oom_events_total",
            identity,
            lambda t: (t > pod.end - 60) * 1.0,
            pod.start,
            pod.end,
        )


def _containers_of_component(component: Component) -> Iterator[Series]:
    yield from _cgroups(
        component.namespace,
        component.pod,
        component.uid,
        component.name,
        partial(steady, component.cores),
        lambda times: np.full(len(times), component.memory),
        (0.0, FOREVER),
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
    sandbox = {"name": hexadecimal(uid, "sandbox"), "image": "registry.k8s.io/pause:3.10"}
    notebook = {
        "container": container,
        "name": hexadecimal(uid, container),
        "image": "quay.io/jupyter/scipy-notebook:2026-01-05",
    }
    for identity, cpu, use in (
        (labels(**named, id=slice_), cpu_seconds, memory),
        (labels(**named, id=f"{slice_}/sandbox", **sandbox), 0.03, SANDBOX_MEMORY),
        (labels(**named, id=f"{slice_}/container", **notebook), cpu_seconds, memory),
    ):
        seconds = labels(**dict(identity), cpu="total")
        yield Series(JOB, "container_cpu_usage_seconds_total", seconds, cpu, *life)
        yield Series(JOB, "container_memory_working_set_bytes", identity, use, *life)
