"""The demo's past as Prometheus blocks, which a Prometheus makes of what it is handed."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from demo import exporter_series, scrape_series
from demo.exporters import cluster
from demo.membership_series import exporter
from demo.series import Series
from demo.usage import Array
from demo.world import World
from harness.prometheus import ONE_BLOCK, TAKES_SNAPSHOTS, TAKES_WRITES, started
from harness.remote_write import STALE, Writer, pack

STEP = 60.0
"""Seconds between two scrapes, as in provisioning/prometheus/prometheus.yml."""

INSTANCE = "demo"


def write(world: World, target: Path, progress: Callable[[float], None] = lambda part: None) -> int:
    """Write blocks from the world's start to its ``now`` into a directory; return their samples.

    The blocks are whole or not there: they are made beside the target and moved in at the end.
    ``progress`` is called with the part that is done, 0 to 1. Raises HarnessError.
    """
    target.mkdir(parents=True, exist_ok=True)
    series = list(past(world))
    times = np.arange(np.ceil(world.start / STEP) * STEP, world.now, STEP)
    flags = (TAKES_WRITES, TAKES_SNAPSHOTS, *ONE_BLOCK)
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as scratch,
        started(Path(scratch), Path(scratch) / "data", *flags) as prometheus,
    ):
        writer = Writer(prometheus.client, prometheus.url)
        hand(_counted(series, progress), times, writer, INSTANCE)
        for block in prometheus.blocks().iterdir():
            shutil.move(block, target / block.name)
    progress(1.0)
    return writer.samples


def past(world: World) -> Iterator[Series]:
    """Yield every series that a Prometheus would have, had it scraped from the first day on."""
    scraped = [*cluster(world), *exporter(world), *exporter_series.series(world)]
    yield from scraped
    yield from scrape_series.series(world, scraped)


def hand(
    several: Iterable[Series],
    times: Array,
    writer: Writer,
    instance: str,
    *,
    ends_are_marked: bool = False,
) -> None:
    """Write series as scraped at those times. Raises httpx.HTTPError.

    ``ends_are_marked``: one that ends before the last of them goes stale, as after a scrape.
    """
    whole: dict[float, bytes] = {}
    for one in several:
        low, high = np.searchsorted(times, [one.born, one.dies])
        if low == high:
            continue
        if high - low == len(times) and not callable(one.value):
            # Most series are always there and never change: the same samples for all of them.
            if one.value not in whole:
                whole[one.value] = pack(times, one.at(times))
            packed = whole[one.value]
        else:
            packed = pack(times[low:high], one.at(times[low:high]))
            if ends_are_marked and high < len(times):
                packed += pack(times[high : high + 1], np.array([STALE]))
        writer.write(stored(one, instance), packed)
    writer.flush()


def stored(series: Series, instance: str) -> dict[str, str]:
    """Return a series' labels as Prometheus has them, its name among them.

    A scrape adds job and instance to what the exporter itself says.
    """
    added = {"instance": instance, "job": series.job}
    return {"__name__": series.metric, **added, **dict(series.labels)}


def _counted(series: list[Series], progress: Callable[[float], None]) -> Iterator[Series]:
    for number, one in enumerate(series):
        if number % 100 == 0:
            progress(number / len(series))
        yield one
