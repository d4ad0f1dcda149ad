"""What the kubelets say of the volumes that pods have mounted, each by the name of its claim."""

from collections.abc import Callable, Iterator

import numpy as np

from demo.components import SUPPORT
from demo.nodes import CORE
from demo.people import NAMESPACE
from demo.schedule import GIB
from demo.series import Series, labels
from demo.usage import Array
from demo.world import World

JOB = "kubelet"


def series(world: World) -> Iterator[Series]:
    """Yield the hub's database, the shared volume with the home directories, and Prometheus'."""

    def database(times: Array) -> Array:
        return 0.42 * GIB + 0.004 * GIB * (times - world.start) / 86400

    def prometheus(times: Array) -> Array:
        return 21 * GIB + 0.11 * GIB * (times - world.start) / 86400

    yield from _volume(NAMESPACE, "hub-db-dir", 1.0 * GIB, database)
    yield from _volume(NAMESPACE, "home-nfs", world.shared_volume, world.shared_volume_used)
    yield from _volume(SUPPORT, "support-prometheus-server", 40.0 * GIB, prometheus)


def _volume(
    namespace: str, claim: str, size: float, used: Callable[[Array], Array]
) -> Iterator[Series]:
    on = labels(namespace=namespace, persistentvolumeclaim=claim, node=CORE.name)
    yield Series(JOB, "kubelet_volume_stats_capacity_bytes", on, size)
    yield Series(JOB, "kubelet_volume_stats_used_bytes", on, lambda times: np.round(used(times)))
    yield Series(
        JOB, "kubelet_volume_stats_available_bytes", on, lambda times: np.round(size - used(times))
    )
