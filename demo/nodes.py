"""The machines of the simulated cluster."""

from dataclasses import dataclass

from demo import schedule
from demo.schedule import GIB


@dataclass(frozen=True, slots=True)
class Node:
    """A machine: cores, bytes and GPUs that pods can have."""

    name: str
    cores: float
    memory: float
    gpus: int = 0


NODES = tuple(
    Node(name, 64.0, 256.0 * GIB, gpus=8)
    if name.startswith("gpu")
    else Node(name, 32.0, 128.0 * GIB)
    for name in schedule.NODES
)
