"""A real Prometheus that is handed samples as its scrapes would have stored them.

By remote write, not as promtool's blocks: OpenMetrics has no stale markers, and without them
all that ends is found for five minutes more, a group's share beside the one that follows it.
"""

import re
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import numpy as np

from dashboards.evaluate.prometheus import Prometheus
from harness import prometheus
from harness.prometheus import ONE_BLOCK, TAKES_WRITES
from harness.remote_write import STALE, Writer, pack


@dataclass(frozen=True)
class Series:
    """A series as Prometheus has it: a stale marker is a NaN."""

    metric: str
    labels: dict[str, str]
    times: np.ndarray
    values: np.ndarray


@contextmanager
def started(folder):
    """Yield the URL of a Prometheus that takes remote writes; it stops in the end."""
    with prometheus.started(folder, folder / "data", TAKES_WRITES, *ONE_BLOCK) as running:
        yield running.url


def write(client, url, series):
    """Send series (metric, labels, times in seconds, values) to a Prometheus."""
    writer = Writer(client, url)
    for one in series:
        labels = {"__name__": one.metric, **one.labels}
        writer.write(labels, pack(np.asarray(one.times), np.asarray(one.values)))
    writer.flush()


def record(client, url, layers, hubs, times):
    """Record what rules of layers say of some hubs, one layer after the other; return it.

    ``times`` are those of the evaluations, 300 seconds apart or, with Prometheus being down
    between, more. The evaluation that finds a series no more marks its end, but for one that is
    the first since Prometheus started.
    """
    found = []
    for layer in layers:
        recorded = [one for rule in layer for one in _evaluated(client, url, rule, hubs, times)]
        if recorded:
            write(client, url, recorded)
        found += recorded
    return found


def _evaluated(client, url, rule, hubs, times):
    # Not of other clusters' hubs.
    matcher = f'namespace=~"{"|".join(hubs)}"'
    expr = rule.expr.replace('namespace=~".+"', matcher)
    expr = re.sub(r"\bnamespace\w*:[\w:]+", rf"\g<0>{{{matcher}}}", expr)
    for one in Prometheus(client, url).range(expr, times[0], times[-1], 300):
        values = np.full(len(times), np.nan)
        there = np.isin(times, one.times)
        values[there] = np.array(one.values)[np.isin(one.times, times)]
        ended = np.append(False, there[:-1] & ~there[1:] & (np.diff(times) == 300))
        kept = there | ended
        values[ended] = STALE
        yield Series(rule.record, one.labels, times[kept], values[kept])


def client():
    """Return an HTTP client for the tests' Prometheus."""
    return httpx.Client(timeout=60, trust_env=False)
