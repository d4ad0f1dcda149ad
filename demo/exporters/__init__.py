"""The simulated cluster's exporters, a module each: what they export, in the real ones' shape.

A module has ``JOB``, the name of its scrape job, and ``series(world)``.
"""

from collections.abc import Iterator

from dashboards.metrics.kube_state_metrics import POOL_LABELS
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

NOT_SIMULATED = {
    "jupyterhub_user_namespace_info": "All of the demo's pods are in the hub's namespace.",
    "GPU_I_ID": "No GPU is cut into slices.",
    "label_dask_org_component": "Dask runs by dask-gateway, not by its operator for Kubernetes.",
    **dict.fromkeys(
        set(POOL_LABELS)
        - {"label_hub_jupyter_org_node_purpose", "label_cloud_google_com_gke_nodepool"},
        "The nodes are one cloud's, Google's.",
    ),
}
"""Metrics and labels of the contract that the demo does not have, and why."""


def cluster(world: World) -> Iterator[Series]:
    """Yield every series of the simulated cluster, whenever it is exposed."""
    for exporter in _EXPORTERS:
        yield from exporter.series(world)
