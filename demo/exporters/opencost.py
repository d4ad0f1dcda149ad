"""What OpenCost says a node costs an hour."""

from collections.abc import Iterator

from demo.series import Series, labels
from demo.world import World

JOB = "opencost"

_KINDS = {"core": "n2-standard-4", "user": "n2-highmem-16", "gpu": "a2-highgpu-4g"}


def series(world: World) -> Iterator[Series]:
    """Yield each node's price an hour."""
    for node in world.nodes:
        on = labels(
            node=node.name,
            instance_type=_KINDS[node.pool],
            region="europe-west4",
            provider_id=f"gce://demo/europe-west4-a/{node.name}",
        )
        price = node.machine.price
        yield Series(JOB, "node_total_hourly_cost", on, price, node.born, node.dies)
