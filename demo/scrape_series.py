"""What Prometheus would have said of its scrapes and of itself, had it run since the first day.

For the history only: from ``now`` on a real Prometheus adds these, and scrapes itself.
"""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np

from dashboards.metrics import contract, prometheus
from demo.exporters import TARGETS
from demo.incidents import MINUTE
from demo.people import DAY
from demo.schedule import GIB
from demo.series import Series, labels, steady
from demo.usage import Array
from demo.world import World

JOB = prometheus.JOB.name

_SECONDS = {"kube-state-metrics": 0.09, "cadvisor": 0.15, "jupyterhub": 0.4}


def series(world: World, scraped: Iterable[Series]) -> Iterator[Series]:
    """Yield ``up`` and what goes with it for each job, and Prometheus' own metrics."""
    lives: dict[str, list[tuple[float, float]]] = {}
    for one in scraped:
        lives.setdefault(one.job, []).append((one.born, one.dies))
    lives[JOB] = [(0.0, np.inf)] * len(contract.kept(prometheus.JOB))
    counts = {job: _Count(spans) for job, spans in lives.items()}
    for job, count in counts.items():
        yield from _of_job(world, job, count)
    total = 0.0
    for count in counts.values():
        total += float(count(np.array([world.now]))[0])
    yield from _own(world, total)


class _Count:
    """How many of some series there are at a time."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        self._born, self._dies = (np.sort(ends) for ends in zip(*spans, strict=True))

    def __call__(self, times: Array) -> Array:
        born = np.searchsorted(self._born, times, "right")
        found: Array = (born - np.searchsorted(self._dies, times, "right")).astype(float)
        return found


def _of_job(world: World, job: str, count: _Count) -> Iterator[Series]:
    down: tuple[float, float] = (0.0, 0.0)
    if job == "jupyterhub":
        down = (world.incidents.hub_restart, world.incidents.hub_back)

    def up(times: Array) -> Array:
        return 1.0 - ((times >= down[0]) & (times < down[1]))

    target = labels(**TARGETS.get(job, {}))
    took = _SECONDS.get(job, 0.01)
    yield Series(job, "up", target, up)
    yield Series(job, "scrape_duration_seconds", target, took)
    for metric in ("scrape_samples_scraped", "scrape_samples_post_metric_relabeling"):
        yield Series(job, metric, target, lambda times: count(times) * up(times))


def _own(world: World, series_now: float) -> Iterator[Series]:
    def blocks(times: Array) -> Array:
        return (21 + 0.11 * (times - world.start) / DAY) * GIB

    yield Series(JOB, "prometheus_tsdb_head_series", labels(), 1.4 * series_now)
    yield Series(JOB, "prometheus_tsdb_storage_blocks_bytes", labels(), blocks)
    yield Series(
        JOB,
        "prometheus_tsdb_head_samples_appended_total",
        labels(type="float"),
        partial(steady, series_now / MINUTE),
    )
    yield Series(JOB, "process_resident_memory_bytes", labels(), 1.6 * GIB)
    yield Series(JOB, "process_cpu_seconds_total", labels(), partial(steady, 0.25))
