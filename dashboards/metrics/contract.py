"""All metrics of the contract, and what they say of a name."""

from collections.abc import Iterator
from types import ModuleType

from dashboards.metrics import (
    cadvisor,
    dcgm,
    dirsize,
    groups_exporter,
    jupyterhub,
    kube_state_metrics,
    kubelet,
    node_exporter,
    opencost,
    prometheus,
    recorded,
    recorded_usage,
)
from dashboards.metrics.metric import Attributed, Job, Metric
from dashboards.metrics.recorded_usage import RecordedUsage

# In the order of the scrape jobs in the Prometheus configuration.
SCRAPED_MODULES = (
    kube_state_metrics,
    cadvisor,
    kubelet,
    node_exporter,
    dirsize,
    dcgm,
    jupyterhub,
    opencost,
    prometheus,
    groups_exporter,
)


def _of(module: ModuleType) -> Iterator[Metric]:
    """Yield a module's metrics in its order, each once."""
    found: dict[Metric, None] = {}
    for value in vars(module).values():
        found.update(dict.fromkeys(_metrics(value)))
    yield from found


def _metrics(value: object) -> Iterator[Metric]:
    if isinstance(value, Metric):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _metrics(each)
    elif isinstance(value, Attributed):
        yield from (value.every, value.split)
    elif isinstance(value, RecordedUsage):
        yield value.by_user
        yield from _metrics(value.by_group)


SCRAPED: tuple[Metric, ...] = tuple(metric for module in SCRAPED_MODULES for metric in _of(module))
RECORDED: tuple[Metric, ...] = (*_of(recorded), *_of(recorded_usage))

SERIES = {series.name: series for metric in (*SCRAPED, *RECORDED) for series in metric.series()}
"""What PromQL can select, by its whole name: the parts of a histogram in its place."""

JOBS: tuple[Job, ...] = tuple(dict.fromkeys(metric.job for metric in SCRAPED if metric.job.name))
"""The scrape jobs, in the order of the Prometheus configuration."""


def of_job(job: Job) -> tuple[Metric, ...]:
    """Return the metrics that a job brings."""
    return tuple(metric for metric in SCRAPED if metric.job == job)


def kept(job: Job) -> tuple[str, ...]:
    """Return the names that a job's scrape keeps, in the order of the contract."""
    return tuple(each.name for metric in of_job(job) for each in metric.series())
