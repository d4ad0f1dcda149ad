"""The machines of the simulated cluster, in three pools, and which pod runs on which.

An autoscaler adds a machine when a pod fits on none, and takes it away when it has been empty for
a while. A pod goes to the fullest machine with room, as the scheduler of a hub has it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from demo.schedule import GIB, Pod, Size

FOREVER = float("inf")
EMPTY_FOR = 600.0
"""Seconds without a pod after which a machine goes."""

_FOR_OTHERS = 5 * GIB
"""Bytes of each machine that pods of no user reserve."""

MAX_PODS = 110
"""What a kubelet takes unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine: cores, bytes, GPUs and an hour's price."""

    cores: int
    memory: float
    price: float
    gpus: int = 0

    @property
    def allocatable_cores(self) -> float:
        """Return the cores that pods can have: the kubelet keeps some."""
        return self.cores - 0.1

    @property
    def allocatable_memory(self) -> float:
        """Return the bytes that pods can have."""
        return self.memory - 3 * GIB


POOLS = {
    "core": Machine(4, 16.0 * GIB, 0.19),
    "user": Machine(16, 64.0 * GIB, 0.78),
    "gpu": Machine(24, 192.0 * GIB, 5.4, gpus=4),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of a pool while it is there: from ``born`` to ``dies``."""

    name: str
    pool: str
    born: float = 0.0
    dies: float = FOREVER

    @property
    def machine(self) -> Machine:
        """Return what kind of machine it is."""
        return POOLS[self.pool]


CORE = Node("core-1", "core")
ALWAYS = (CORE, Node("user-1", "user"), Node("gpu-1", "gpu"))
"""The machines of a cluster that does not scale."""


@dataclass
class _Running:
    """A node while pods are placed: which run there, and until when any did."""

    name: str
    pool: str
    born: float
    last: float
    pods: list[Pod] = field(default_factory=list)

    def after(self, time: float) -> None:
        self.pods = [pod for pod in self.pods if pod.end > time]

    def fits(self, size: Size) -> bool:
        machine, held = POOLS[self.pool], [pod.size for pod in self.pods]
        return (
            sum(one.cpu_request for one in held) + size.cpu_request <= machine.allocatable_cores
            and sum(one.memory_request for one in held) + size.memory_request
            <= machine.allocatable_memory - _FOR_OTHERS
            and sum(one.gpus for one in held) + size.gpus <= machine.gpus
        )


def place(pods: Iterable[Pod]) -> tuple[list[Pod], list[Node]]:
    """Return the pods, ordered by start, each on its node, and all nodes that ever were.

    One machine for users is always there.
    """
    placed: list[Pod] = []
    nodes = [CORE]
    running = [_Running("user-1", "user", 0.0, FOREVER)]
    for pod in pods:
        pool = "gpu" if pod.size.gpus else "user"
        for node in list(running):
            node.after(pod.start)
            if node.last + EMPTY_FOR <= pod.start and not node.pods:
                running.remove(node)
                nodes.append(Node(node.name, node.pool, node.born, node.last + EMPTY_FOR))
        fitting = [node for node in running if node.pool == pool and node.fits(pod.size)]
        if fitting:
            chosen = max(fitting, key=lambda node: len(node.pods))
        else:
            taken = {node.name for node in running}
            names = (f"{pool}-{number}" for number in range(1, len(taken) + 2))
            name = next(name for name in names if name not in taken)
            chosen = _Running(name, pool, pod.start, 0.0)
            running.append(chosen)
        there = replace(pod, node=chosen.name)
        chosen.pods.append(there)
        chosen.last = max(chosen.last, pod.end)
        placed.append(there)
    nodes += [Node(one.name, one.pool, one.born, one.last + EMPTY_FOR) for one in running]
    return placed, nodes
