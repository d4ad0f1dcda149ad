"""The simulated cluster's exporters, a module each: what they export, in the real ones' shape.

A module has ``JOB``, the name of its scrape job, and ``series(world)``.
"""

from collections.abc import Iterator

from demo.exporters import (
    cadvisor,
    dcgm,
    dirsize,
    jupyterhub,
    kube_state_metrics,
    kubelet,
    node,
    opencost,
)
from demo.series import Series
from demo.world import World

_EXPORTERS = (kube_state_metrics, cadvisor, kubelet, node, dirsize, dcgm, jupyterhub, opencost)

JOBS = tuple(exporter.JOB for exporter in _EXPORTERS)
"""The scrape jobs that the simulator answers for."""

TARGETS = {dcgm.JOB: dcgm.TARGET, jupyterhub.JOB: jupyterhub.TARGET}
"""The labels that some jobs' scrapes add, beside job and instance."""


def cluster(world: World) -> Iterator[Series]:
    """Yield every series of the simulated cluster, whenever it is exposed."""
    for exporter in _EXPORTERS:
        yield from exporter.series(world)
