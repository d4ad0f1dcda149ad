"""Tables of the metrics that boards and rules read, from their contract."""

from collections.abc import Iterable

from dashboards.metrics import contract
from dashboards.metrics.metric import Job, Metric
from docs_build.markdown import table

_OF_EXPORTER = "groupscope:"
"""What recorded names begin with that are about the exporter, for its alerts."""


def read() -> str:
    """Return a section for each scrape job, and one for what every scrape has: their metrics."""
    jobs = dict.fromkeys(metric.job for metric in contract.SCRAPED)
    return "\n\n".join(map(_section, jobs))


def _section(job: Job) -> str:
    rows = (_row(metric) for metric in contract.of_job(job))
    heading = ("metric", "kind, unit", "since", "meaning, labels")
    program = f"[{job.program}]({job.url})" if job.url else job.program
    return f"## {job.name or 'Every job'}\n\nFrom {program}.\n\n{table(heading, rows)}"


def recorded() -> str:
    """Return a row for each series that is recorded of use and memberships."""
    return _recorded(it for it in contract.RECORDED if not it.name.startswith(_OF_EXPORTER))


def recorded_of_exporter() -> str:
    """Return a row for each series that the exporter's alerts are made of."""
    return _recorded(it for it in contract.RECORDED if it.name.startswith(_OF_EXPORTER))


def _recorded(metrics: Iterable[Metric]) -> str:
    rows = ((f"`{metric.name}`", metric.unit, metric.help) for metric in metrics)
    return table(("series", "unit", "meaning"), rows)


def _row(metric: Metric) -> tuple[str, str, str, str]:
    """Return the names that PromQL selects, a line each, and what there is to say of them."""
    names = "<br>".join(f"`{series.name}`" for series in metric.series())
    kind = f"{metric.kind}, {metric.unit}" if metric.unit else metric.kind
    labels = ", ".join(f"`{label}`" for label in metric.all_labels)
    return names, kind, metric.since, f"{metric.help}<br>{labels}" if labels else metric.help
