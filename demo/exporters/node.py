"""What node-exporter says of each machine."""

from collections.abc import Iterator
from functools import partial

from demo.nodes import NODES
from demo.series import Series, labels, steady
from demo.world import World

JOB = "node-exporter"


def series(world: World) -> Iterator[Series]:
    """Yield each node's memory and CPU."""
    for node in NODES:
        on = labels(node=node.name)
        yield Series(JOB, "node_memory_MemTotal_bytes", on, node.memory)
        available = partial(world.available_memory, node.name, node.memory)
        yield Series(JOB, "node_memory_MemAvailable_bytes", on, available)
        idle = labels(node=node.name, cpu="0", mode="idle")
        yield Series(JOB, "node_cpu_seconds_total", idle, partial(steady, 0.8 * node.cores))
