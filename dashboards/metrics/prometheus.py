"""What Prometheus adds to each scrape, and what it says of itself."""

from dashboards.metrics.metric import Job, Metric

SCRAPES = Job(
    "",
    "Prometheus, of each target that it scrapes",
    "https://prometheus.io/docs/concepts/jobs_instances/",
)
JOB = Job("prometheus", "Prometheus", "https://prometheus.io/docs/prometheus/latest/storage/")

UP = Metric(
    "up",
    "1 if the target was scraped, 0 if it did not answer.",
    "gauge",
    job=SCRAPES,
)
SCRAPE_DURATION_SECONDS = Metric(
    "scrape_duration_seconds",
    "How long the scrape took.",
    "gauge",
    unit="seconds",
    job=SCRAPES,
)
SCRAPE_SAMPLES_POST_METRIC_RELABELING = Metric(
    "scrape_samples_post_metric_relabeling",
    "How many samples of the scrape were kept.",
    "gauge",
    job=SCRAPES,
)

PROMETHEUS_TSDB_HEAD_SERIES = Metric(
    "prometheus_tsdb_head_series",
    "Series that have had samples within the last hours.",
    "gauge",
    job=JOB,
)
PROMETHEUS_TSDB_HEAD_SAMPLES_APPENDED_TOTAL = Metric(
    "prometheus_tsdb_head_samples_appended_total",
    "Samples that were stored.",
    "counter",
    job=JOB,
)
PROMETHEUS_TSDB_STORAGE_BLOCKS_BYTES = Metric(
    "prometheus_tsdb_storage_blocks_bytes",
    "What the blocks on the disk hold.",
    "gauge",
    unit="bytes",
    job=JOB,
)
PROCESS_RESIDENT_MEMORY_BYTES = Metric(
    "process_resident_memory_bytes",
    "Memory that Prometheus' process has.",
    "gauge",
    unit="bytes",
    job=JOB,
)
PROCESS_CPU_SECONDS_TOTAL = Metric(
    "process_cpu_seconds_total",
    "CPU time that Prometheus' process has used.",
    "counter",
    unit="seconds",
    job=JOB,
)
