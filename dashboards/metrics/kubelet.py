"""How full volumes are, by the kubelet of the node that has them mounted (``/metrics``)."""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "kubelet",
    "kubelet",
    "https://kubernetes.io/docs/reference/instrumentation/metrics/",
    adds=("node",),
)

KUBELET_VOLUME_STATS_AVAILABLE_BYTES = Metric(
    "kubelet_volume_stats_available_bytes",
    "What is left of a claim's volume.",
    "gauge",
    ("namespace", "persistentvolumeclaim"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
KUBELET_VOLUME_STATS_CAPACITY_BYTES = Metric(
    "kubelet_volume_stats_capacity_bytes",
    "How large a claim's volume is.",
    "gauge",
    ("namespace", "persistentvolumeclaim"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
KUBELET_VOLUME_STATS_USED_BYTES = Metric(
    "kubelet_volume_stats_used_bytes",
    "What is used of a claim's volume.",
    "gauge",
    ("namespace", "persistentvolumeclaim"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
