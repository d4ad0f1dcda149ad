"""What node-exporter says of each machine: memory, CPU, and the NFS client's requests."""

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np

from demo.nodes import CORE, Node
from demo.people import DAY
from demo.schedule import Pod
from demo.series import Series, Value, labels
from demo.usage import MINUTE, Array, usage
from demo.world import AHEAD, World

JOB = "node-exporter"

_NFS = {
    "Getattr": 0.6,
    "Read": 0.25,
    "Write": 0.2,
    "Lookup": 0.15,
    "Access": 0.1,
    "Readdir": 0.02,
}
"""Requests a second of each operation that one running server makes."""


def series(world: World) -> Iterator[Series]:
    """Yield each node's memory, its cores' idle time, its start, kills and requests to NFS."""
    for node in world.nodes:
        load = _Load(world, node)
        machine = node.machine

        def on(metric: str, value: Value, node: Node = node, **more: str) -> Series:
            return Series(JOB, metric, labels(node=node.name, **more), value, node.born, node.dies)

        yield on("node_memory_MemTotal_bytes", machine.memory)
        available = partial(world.available_memory, node.name, machine.memory)
        yield on("node_memory_MemAvailable_bytes", available)
        for core in range(machine.cores):
            yield on("node_cpu_seconds_total", load.idle, cpu=str(core), mode="idle")
        yield on("node_vmstat_oom_kill", load.killed)
        # Some nodes are older than the history.
        yield on("node_boot_time_seconds", node.born or world.start - 30 * DAY)
        for method, rate in _NFS.items() if node.pool != CORE.pool else ():
            requests = partial(load.requests, rate)
            yield on("node_nfs_requests_total", requests, method=method, proto="4")


class _Load:
    """What a node's pods come to; the node's cores have equal parts of it."""

    def __init__(self, world: World, node: Node) -> None:
        self._node = node
        self._pods: tuple[Pod, ...] = tuple(
            pod
            for pod in world.pods
            if pod.node == node.name and node.born <= pod.start < node.dies
        )
        self._incidents = world.incidents
        began = max(node.born, world.pods[0].start - DAY if world.pods else world.start)
        self._edges = np.arange(began, min(node.dies, world.now + AHEAD) + MINUTE, MINUTE)

    def idle(self, times: Array) -> Array:
        """Return the seconds for which one core had nothing to do, since the node began."""
        found: Array = np.interp(times, self._edges, self._idle)
        return found

    @cached_property
    def _idle(self) -> Array:
        used = np.zeros(len(self._edges))
        for pod in self._pods:
            first, last = np.searchsorted(self._edges, [pod.start, pod.end])
            edges = self._edges[max(first - 1, 0) : last + 1]
            used[max(first, 1) : last + 1] += np.diff(usage(pod).cpu_seconds(edges))
        # A twentieth of each core is the system's; a core has no more seconds than there are.
        busy = np.minimum(0.05 + used / self._node.machine.cores / MINUTE, 1)
        return np.cumsum((1 - busy) * MINUTE)

    def killed(self, times: Array) -> Array:
        """Return how many processes the kernel killed for want of memory, since the node began."""
        ends = sorted(pod.end for pod in self._pods if pod.out_of_memory)
        if self._node.name == CORE.name:
            ends = sorted([*ends, self._incidents.hub_restart])
        return np.searchsorted(ends, times, side="right").astype(float)

    def requests(self, per_second: float, times: Array) -> Array:
        """Return NFS requests since the node began, so many a second for each server."""
        ran = sum(
            (np.clip(times - pod.start, 0, pod.end - pod.start) for pod in self._pods),
            np.zeros(len(times)),
        )
        return np.floor(per_second * ran)
