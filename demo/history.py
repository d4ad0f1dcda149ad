"""The demo's past as Prometheus blocks, written by ``promtool tsdb create-blocks-from``."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from demo import exporter_series, scrape_series
from demo.errors import DemoError
from demo.exporters import cluster
from demo.exposition import history
from demo.membership_series import exporter
from demo.people import HOUR
from demo.series import Series
from demo.usage import Array
from demo.world import World

STEP = 60.0
"""Seconds between two scrapes, as in provisioning/prometheus/prometheus.yml."""

# promtool reads its whole input once for each block that it writes, and blocks are 2 h, 6 h,
# 18 h, … long, counted from 1970: a file that is just one block is read once.
BLOCK = 18 * HOUR

INSTANCE = "demo"


class HistoryError(DemoError):
    """promtool could not write the blocks; the message holds what it said."""


def write(world: World, target: Path, progress: Callable[[float], None] = lambda part: None) -> int:
    """Write blocks from the world's start to its ``now`` into a directory; return their samples.

    The blocks are whole or not there: they are made beside the target and moved in at the end.
    ``progress`` is called with the part that is done, 0 to 1. Raises HistoryError.
    """
    target.mkdir(parents=True, exist_ok=True)
    series = list(past(world))
    edges = np.arange(world.start // BLOCK * BLOCK, world.now + BLOCK, BLOCK)
    total = 0
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        blocks = Path(scratch) / "blocks"
        # promtool reads a stretch on one core; the next ones are written and read meanwhile.
        with ThreadPoolExecutor(os.cpu_count()) as promtool, cancelled(promtool):
            pending = []
            for number, low in enumerate(edges[:-1]):
                first = np.ceil(max(low, world.start) / STEP) * STEP
                times = np.arange(first, min(low + BLOCK, world.now), STEP)
                if not len(times):
                    continue
                file = Path(scratch) / f"{number}.om"
                total += _write_stretch(file, series, times)
                pending.append(promtool.submit(create_blocks, file, blocks / str(number)))
                progress((number + 0.5) / (len(edges) - 1))
            for job in pending:
                job.result()
        for block in blocks.glob("*/*"):
            shutil.move(block, target / block.name)
    progress(1.0)
    return total


def past(world: World) -> Iterator[Series]:
    """Yield every series that a Prometheus would have, had it scraped from the first day on."""
    scraped = [*cluster(world), *exporter(world), *exporter_series.series(world)]
    yield from scraped
    yield from scrape_series.series(world, scraped)


@contextmanager
def cancelled(pool: ThreadPoolExecutor) -> Iterator[None]:
    """On an error or Ctrl-C, wait for what runs and let the rest be."""
    try:
        yield
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise


def _write_stretch(file: Path, series: list[Series], times: Array) -> int:
    samples = 0
    with file.open("w", encoding="utf-8") as out:
        for text in history(series, times, INSTANCE):
            samples += text.count("\n")
            out.write(text)
    return samples - 1


def create_blocks(file: Path, target: Path) -> None:
    """Turn a file of OpenMetrics into blocks and remove it. Raises HistoryError."""
    promtool = shutil.which("promtool")
    if promtool is None:
        raise HistoryError("promtool is missing. Install Prometheus: apt-get install prometheus.")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet"]
    limit = f"--max-block-duration={int(BLOCK // HOUR)}h"
    done = subprocess.run(
        [*command, limit, str(file), str(target)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise HistoryError(f"promtool could not write the demo's history: {done.stderr.strip()}")
    file.unlink()
