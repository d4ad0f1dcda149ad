"""What containers use, by the kubelet's cAdvisor (``/metrics/cadvisor``).

A pod's own control group is repeated with empty ``container`` and ``name``; a container that was
started again has another ``name``, the runtime's id. Versions are cAdvisor's, not the kubelet's.
"""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "cadvisor",
    "cAdvisor, in the kubelet",
    "https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md",
    adds=("node",),
)

CONTAINER_CPU_USAGE_SECONDS_TOTAL = Metric(
    "container_cpu_usage_seconds_total",
    "CPU time that a container has used.",
    "counter",
    ("namespace", "pod", "container", "name"),
    unit="seconds",
    namespaced=True,
    job=JOB,
)
CONTAINER_MEMORY_WORKING_SET_BYTES = Metric(
    "container_memory_working_set_bytes",
    "Memory that a container uses and that cannot be taken from it: what evictions go by.",
    "gauge",
    ("namespace", "pod", "container", "name"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
CONTAINER_OOM_EVENTS_TOTAL = Metric(
    "container_oom_events_total",
    "How often a process of a container was killed for want of memory.",
    "counter",
    ("namespace", "pod", "container", "name"),
    namespaced=True,
    since="0.40",
    job=JOB,
)
CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL = Metric(
    "container_network_receive_bytes_total",
    "What a pod has received from the network, on the container that holds its namespaces.",
    "counter",
    ("namespace", "pod", "interface"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL = Metric(
    "container_network_transmit_bytes_total",
    "What a pod has sent to the network, on the container that holds its namespaces.",
    "counter",
    ("namespace", "pod", "interface"),
    unit="bytes",
    namespaced=True,
    job=JOB,
)
