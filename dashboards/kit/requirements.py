"""What some panels need beyond what every hub has: one table.

A panel that is given one says, where it finds nothing, what to install; and tests know that it
may be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Need:
    """A source that a cluster may lack: its name, what it tells, where it is documented.

    ``probe`` is a metric that is there as soon as the source is scraped.
    """

    name: str
    tells: str
    url: str
    probe: str

    @property
    def short(self) -> str:
        """Return what a panel with room for a few words says instead of a number."""
        return f"needs {self.name}"

    @property
    def sentence(self) -> str:
        """Return what a panel says instead of a picture: what it needs, what for, where it is."""
        return f"Needs {self.name}, which tells {self.tells}: {self.url}"


GPU = Need(
    "dcgm-exporter",
    "how busy GPUs are",
    "https://docs.nvidia.com/datacenter/dcgm/latest/gpu-telemetry/dcgm-exporter.html",
    "DCGM_FI_DEV_GPU_UTIL",
)
DIRSIZE = Need(
    "prometheus-dirsize-exporter",
    "how big home directories are",
    "https://github.com/yuvipanda/prometheus-dirsize-exporter",
    "dirsize_total_size_bytes",
)
DASK = Need(
    "kube-state-metrics with "
    "--metric-labels-allowlist=pods=[app.kubernetes.io/component,dask.org/component]",
    "which pods are Dask's",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    "kube_pod_labels",
)
NODE_POOLS = Need(
    "kube-state-metrics with --metric-labels-allowlist=nodes=[*]",
    "which pool a node belongs to",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    "kube_node_labels",
)
HUB = Need(
    "the hub's own metrics (/hub/metrics)",
    "how the hub itself does",
    "https://jupyterhub.readthedocs.io/en/stable/reference/monitoring.html",
    "jupyterhub_running_servers",
)
VOLUMES = Need(
    "the kubelet's own metrics (/metrics)",
    "how full volumes are",
    "https://kubernetes.io/docs/reference/instrumentation/metrics/",
    "kubelet_volume_stats_available_bytes",
)
NODE_EXPORTER = Need(
    "node-exporter",
    "how machines do",
    "https://github.com/prometheus/node_exporter",
    "node_memory_MemTotal_bytes",
)
NFS_CLIENT = Need(
    "node-exporter on nodes that mount NFS",
    "what nodes ask of an NFS server",
    "https://github.com/prometheus/node_exporter",
    "node_nfs_requests_total",
)
NFS_SERVER = Need(
    "node-exporter on the NFS server",
    "what an NFS server does",
    "https://github.com/prometheus/node_exporter",
    "node_nfsd_requests_total",
)
OPENCOST = Need(
    "OpenCost",
    "what nodes cost",
    "https://opencost.io/docs/",
    "node_total_hourly_cost",
)
BLACKBOX = Need(
    "blackbox_exporter",
    "whether the hub answers from outside",
    "https://github.com/prometheus/blackbox_exporter",
    "probe_success",
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
    NFS_SERVER,
    OPENCOST,
    BLACKBOX,
)


def of(panel: Mapping[str, Any]) -> Need | None:
    """Return what a rendered panel needs, by what it says where it finds nothing; or None."""
    said = panel.get("fieldConfig", {}).get("defaults", {}).get("noValue")
    return next((need for need in ALL if said in (need.short, need.sentence)), None)
