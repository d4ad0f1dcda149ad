"""What the kubelets' cAdvisor says of a pod: its container, its sandbox, its cgroup."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from demo.components import COMPONENTS, HUB, Component
from demo.images import container_of, image_of
from demo.schedule import Pod
from demo.series import FOREVER, Series, hexadecimal, labels, steady
from demo.usage import SANDBOX_MEMORY, Array, usage
from demo.world import World

JOB = "cadvisor"

PAUSE = "registry.k8s.io/pause:3.10"


def series(world: World) -> Iterator[Series]:
    """Yield what containers of users and of the hub use."""
    for pod in world.pods:
        yield from _containers_of_pod(pod)
    for component in COMPONENTS:
        yield from _containers_of_component(component, world)


def _containers_of_pod(pod: Pod) -> Iterator[Series]:
    use = usage(pod)
    container = container_of(pod.component)
    yield from _cgroups(
        pod.namespace,
        pod.name,
        pod.uid,
        container,
        image_of(pod),
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


def _containers_of_component(component: Component, world: World) -> Iterator[Series]:
    def memory(times: Array) -> Array:
        constant = np.full(len(times), component.memory)
        return world.incidents.hub_memory(times) if component is HUB else constant

    yield from _cgroups(
        component.namespace,
        component.pod,
        component.uid,
        component.container,
        component.image,
        partial(steady, component.cores),
        memory,
        (0.0, FOREVER),
    )
    if not component.sent:
        return
    # The network is the pod's: cAdvisor has it on the container that holds the pod's namespaces.
    eth = labels(
        namespace=component.namespace,
        pod=component.pod,
        name=hexadecimal(component.uid, "sandbox"),
        image=PAUSE,
        interface="eth0",
    )
    for metric, per_second in (
        ("container_network_receive_bytes_total", component.received),
        ("container_network_transmit_bytes_total", component.sent),
    ):
        yield Series(JOB, metric, eth, partial(steady, per_second))


def _cgroups(
    namespace: str,
    pod: str,
    uid: str,
    container: str,
    image: str,
    cpu_seconds: Callable[[Array], Array],
    memory: Callable[[Array], Array],
    life: tuple[float, float],
) -> Iterator[Series]:
    burstable = "/kubepods.slice/kubepods-burstable.slice"
    slice_ = f"{burstable}/kubepods-burstable-pod{uid.replace('-', '_')}.slice"
    named = {"namespace": namespace, "pod": pod}
    sandbox = {"name": hexadecimal(uid, "sandbox"), "image": PAUSE}
    notebook = {
        "container": container,
        "name": hexadecimal(uid, container),
        "image": image,
    }
    for identity, cpu, use in (
        (labels(**named, id=slice_), cpu_seconds, memory),
        (labels(**named, id=f"{slice_}/sandbox", **sandbox), 0.03, SANDBOX_MEMORY),
        (labels(**named, id=f"{slice_}/container", **notebook), cpu_seconds, memory),
    ):
        seconds = labels(**dict(identity), cpu="total")
        yield Series(JOB, "container_cpu_usage_seconds_total", seconds, cpu, *life)
        yield Series(JOB, "container_memory_working_set_bytes", identity, use, *life)
