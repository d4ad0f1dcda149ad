"""Optional sources of metrics that some panels require: one table.

A panel that is given one says, where it finds nothing, what to install; and tests know that it
may be empty.
"""

from dataclasses import dataclass

from dashboards.metrics.dcgm import DCGM_FI_DEV_GPU_UTIL
from dashboards.metrics.dirsize import DIRSIZE_TOTAL_SIZE_BYTES
from dashboards.metrics.jupyterhub import JUPYTERHUB_RUNNING_SERVERS
from dashboards.metrics.kube_state_metrics import KUBE_NODE_LABELS, KUBE_POD_LABELS
from dashboards.metrics.kubelet import KUBELET_VOLUME_STATS_AVAILABLE_BYTES
from dashboards.metrics.metric import Metric
from dashboards.metrics.node_exporter import NODE_MEMORY_MEMTOTAL_BYTES, NODE_NFS_REQUESTS_TOTAL
from dashboards.metrics.opencost import NODE_TOTAL_HOURLY_COST


@dataclass(frozen=True, slots=True)
class Requirement:
    """A source that not every cluster has: its name, what it provides, where it is documented.

    ``probe`` is a metric that is there as soon as the source is scraped.
    """

    name: str
    provides: str
    url: str
    probe: Metric

    @property
    def short(self) -> str:
        """Return what a panel with room for a few words says instead of a number."""
        return f"needs {self.name}"

    @property
    def sentence(self) -> str:
        """Return what a panel says instead of a picture: what it needs, what for, where it is."""
        return f"Needs {self.name} for {self.provides}: {self.url}"


GPU = Requirement(
    "dcgm-exporter",
    "the utilization of GPUs",
    "https://docs.nvidia.com/datacenter/dcgm/latest/gpu-telemetry/dcgm-exporter.html",
    DCGM_FI_DEV_GPU_UTIL,
)
DIRSIZE = Requirement(
    "prometheus-dirsize-exporter",
    "the sizes of home directories",
    "https://github.com/yuvipanda/prometheus-dirsize-exporter",
    DIRSIZE_TOTAL_SIZE_BYTES,
)
DASK = Requirement(
    "kube-state-metrics with "
    "--metric-labels-allowlist=pods=[app.kubernetes.io/component,dask.org/component]",
    "the labels of Dask's pods",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    KUBE_POD_LABELS,
)
NODE_POOLS = Requirement(
    "kube-state-metrics with --metric-labels-allowlist=nodes=[*]",
    "the pool of each node",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    KUBE_NODE_LABELS,
)
HUB = Requirement(
    "the hub's own metrics (/hub/metrics)",
    "starts, requests and other events of the hub",
    "https://jupyterhub.readthedocs.io/en/stable/reference/monitoring.html",
    JUPYTERHUB_RUNNING_SERVERS,
)
VOLUMES = Requirement(
    "the kubelet's own metrics (/metrics)",
    "the space left on volumes",
    "https://kubernetes.io/docs/reference/instrumentation/metrics/",
    KUBELET_VOLUME_STATS_AVAILABLE_BYTES,
)
NODE_EXPORTER = Requirement(
    "node-exporter",
    "the use of nodes",
    "https://github.com/prometheus/node_exporter",
    NODE_MEMORY_MEMTOTAL_BYTES,
)
NFS_CLIENT = Requirement(
    "node-exporter on nodes that mount NFS",
    "NFS requests",
    "https://github.com/prometheus/node_exporter",
    NODE_NFS_REQUESTS_TOTAL,
)
OPENCOST = Requirement(
    "OpenCost",
    "the cost of nodes",
    "https://opencost.io/docs/",
    NODE_TOTAL_HOURLY_COST,
)

ALL = (
    GPU,
    DIRSIZE,
    DASK,
    NODE_POOLS,
    HUB,
    VOLUMES,
    NODE_EXPORTER,
    NFS_CLIENT,
    OPENCOST,
)
