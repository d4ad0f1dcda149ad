"""Optional sources of metrics that some panels require: one table.

A panel that is given one says, where it finds nothing, what to install; and tests know that it
may be empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Requirement:
    """A source that not every cluster has: its name, what it provides, where it is documented.

    ``probe`` is a metric that is there as soon as the source is scraped.
    """

    name: str
    provides: str
    url: str
    probe: str

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
    "the utilisation of GPUs",
    "https://docs.nvidia.com/datacenter/dcgm/latest/gpu-telemetry/dcgm-exporter.html",
    "DCGM_FI_DEV_GPU_UTIL",
)
DIRSIZE = Requirement(
    "prometheus-dirsize-exporter",
    "the sizes of home directories",
    "https://github.com/yuvipanda/prometheus-dirsize-exporter",
    "dirsize_total_size_bytes",
)
DASK = Requirement(
    "kube-state-metrics with "
    "--metric-labels-allowlist=pods=[app.kubernetes.io/component,dask.org/component]",
    "the labels of Dask's pods",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    "kube_pod_labels",
)
NODE_POOLS = Requirement(
    "kube-state-metrics with --metric-labels-allowlist=nodes=[*]",
    "the pool of each node",
    "https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md",
    "kube_node_labels",
)
HUB = Requirement(
    "the hub's own metrics (/hub/metrics)",
    "starts, requests and other events of the hub",
    "https://jupyterhub.readthedocs.io/en/stable/reference/monitoring.html",
    "jupyterhub_running_servers",
)
VOLUMES = Requirement(
    "the kubelet's own metrics (/metrics)",
    "the space left on volumes",
    "https://kubernetes.io/docs/reference/instrumentation/metrics/",
    "kubelet_volume_stats_available_bytes",
)
NODE_EXPORTER = Requirement(
    "node-exporter",
    "the use of nodes",
    "https://github.com/prometheus/node_exporter",
    "node_memory_MemTotal_bytes",
)
NFS_CLIENT = Requirement(
    "node-exporter on nodes that mount NFS",
    "the NFS requests of nodes",
    "https://github.com/prometheus/node_exporter",
    "node_nfs_requests_total",
)
NFS_SERVER = Requirement(
    "node-exporter on the NFS server",
    "the requests to an NFS server",
    "https://github.com/prometheus/node_exporter",
    "node_nfsd_requests_total",
)
OPENCOST = Requirement(
    "OpenCost",
    "the cost of nodes",
    "https://opencost.io/docs/",
    "node_total_hourly_cost",
)
BLACKBOX = Requirement(
    "blackbox_exporter",
    "whether the hub can be reached from outside",
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


def required_by(panel: Mapping[str, Any]) -> Requirement | None:
    """Return what a rendered panel requires, by what it says where it finds nothing; or None."""
    no_value = panel.get("fieldConfig", {}).get("defaults", {}).get("noValue")
    return next((each for each in ALL if no_value in (each.short, each.sentence)), None)
