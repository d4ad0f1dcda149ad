"""The simulated cluster's exporters, a module each: what they export, in the real ones' shape.

A module has ``JOB``, the name of its scrape job, and ``series(world)``.
"""

from collections.abc import Iterator

from demo.exporters import cadvisor, dcgm, dirsize, kube_state_metrics, node
from demo.series import Series
from demo.world import World

_EXPORTERS = (kube_state_metrics, cadvisor, node, dirsize, dcgm)

JOBS = tuple(exporter.JOB for exporter in _EXPORTERS)
"""The scrape jobs that the simulator answers for."""


def cluster(world: World) -> Iterator[Series]:
    """Yield every series of the simulated cluster, whenever it is exposed."""
    for exporter in _EXPORTERS:
        yield from exporter.series(world)
