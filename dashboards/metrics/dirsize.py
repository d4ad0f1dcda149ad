"""How large home directories are, by prometheus-dirsize-exporter.

It knows directories only; the scrape adds the hub's namespace.
"""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "dirsize-exporter",
    "prometheus-dirsize-exporter",
    "https://github.com/yuvipanda/prometheus-dirsize-exporter",
    adds=("namespace",),
)

DIRSIZE_TOTAL_SIZE_BYTES = Metric(
    "dirsize_total_size_bytes",
    "What a directory holds.",
    "gauge",
    ("directory",),
    unit="bytes",
    namespaced=True,
    since="1.1",
    job=JOB,
)
DIRSIZE_ENTRIES_COUNT = Metric(
    "dirsize_entries_count",
    "How many files, directories and links a directory holds.",
    "gauge",
    ("directory",),
    namespaced=True,
    since="1.1",
    job=JOB,
)
DIRSIZE_LATEST_MTIME = Metric(
    "dirsize_latest_mtime",
    "When the newest file of a directory was changed.",
    "gauge",
    ("directory",),
    unit="Unix seconds",
    namespaced=True,
    since="1.1",
    job=JOB,
)
DIRSIZE_OLDEST_MTIME = Metric(
    "dirsize_oldest_mtime",
    "When the oldest file of a directory was changed.",
    "gauge",
    ("directory",),
    unit="Unix seconds",
    namespaced=True,
    since="3.2",
    job=JOB,
)
