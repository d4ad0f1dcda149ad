"""How the nodes' machines are, by node_exporter: it does not name the node, the scrape does."""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "node-exporter",
    "node_exporter",
    "https://github.com/prometheus/node_exporter",
    adds=("node",),
)

NODE_CPU_SECONDS_TOTAL = Metric(
    "node_cpu_seconds_total",
    "What each core spent its time with; idle is the time in which it had nothing to do.",
    "counter",
    ("cpu", "mode"),
    unit="seconds",
    since="0.16",
    job=JOB,
)
NODE_MEMORY_MEMTOTAL_BYTES = Metric(
    "node_memory_MemTotal_bytes",
    "The machine's memory.",
    "gauge",
    unit="bytes",
    since="0.16",
    job=JOB,
)
NODE_MEMORY_MEMAVAILABLE_BYTES = Metric(
    "node_memory_MemAvailable_bytes",
    "Memory that programs can have without swapping, file caches included.",
    "gauge",
    unit="bytes",
    since="0.16",
    job=JOB,
)
NODE_VMSTAT_OOM_KILL = Metric(
    "node_vmstat_oom_kill",
    "How many processes the kernel killed for want of memory. Exported without a type.",
    "counter",
    since="0.16",
    job=JOB,
)
NODE_BOOT_TIME_SECONDS = Metric(
    "node_boot_time_seconds",
    "When the machine was started.",
    "gauge",
    unit="Unix seconds",
    since="0.16",
    job=JOB,
)
NODE_NFS_REQUESTS_TOTAL = Metric(
    "node_nfs_requests_total",
    "Requests that the machine made of NFS servers.",
    "counter",
    ("proto", "method"),
    since="0.16",
    job=JOB,
)
