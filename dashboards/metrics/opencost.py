"""What nodes cost, by OpenCost, in a currency that no label names."""

from dashboards.metrics.metric import Job, Metric

JOB = Job("opencost", "OpenCost", "https://opencost.io/docs/")

NODE_TOTAL_HOURLY_COST = Metric(
    "node_total_hourly_cost",
    "What a node costs an hour.",
    "gauge",
    ("node",),
    unit="currency an hour",
    job=JOB,
)
