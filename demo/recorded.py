"""The demo's past as Prometheus' recording rules would have recorded it, had they been there.

As ``promtool tsdb create-blocks-from rules`` does it, but asking for the whole of it at once
instead of two hours at a time: seconds instead of minutes.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import numpy as np

from dashboards.evaluate.model import Sampled
from dashboards.evaluate.prometheus import Prometheus, PrometheusError
from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import recording
from dashboards.schema import intervals
from demo.errors import DemoError
from demo.exposition import identity
from demo.history import BLOCK, cancelled, create_blocks
from demo.world import World
from exporter.resending import Client
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus

EACH = intervals.parse(RECORDED_EACH) / 1000

OFFSET = 42.0
"""Seconds after each full step: Prometheus spreads groups of rules over their interval."""

TAKES = 30.0
"""About how many seconds it takes to write a month."""


def write_until_now(
    world: World, target: Path, progress: Callable[[float], None] = lambda part: None
) -> int:
    """Add what the rules record of the world, for a Prometheus that goes on from it at once.

    Its first own sample comes up to EACH after its start, and tells of the EACH before. So the
    last one of these is as late as can be, that little lies between. Of what is in two samples,
    the boards take the mean.
    """
    last = float(round(time.time() + TAKES))
    samples = write(world, target, progress, last)
    # Of what is older than its blocks, Prometheus takes nothing.
    time.sleep(max(0.0, last - time.time()))
    return samples


def write(
    world: World,
    target: Path,
    progress: Callable[[float], None] = lambda part: None,
    last: float | None = None,
) -> int:
    """Add what the rules record of the world to a directory of its blocks; return the samples.

    There is one each EACH up to the ``last``, which unless told is one before the world's ``now``.
    The blocks are whole or not there. ``progress`` is called with the part that is done, 0 to 1.
    Raises DemoError.
    """
    last = (world.now - OFFSET) // EACH * EACH + OFFSET if last is None else last
    first = last - (last - world.start) // EACH * EACH
    layers = (recording.by_user(), recording.by_group())
    done, samples = 0, 0
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        # A Prometheus of its own on the same blocks, which nobody changes: names are enough.
        data, fresh = Path(scratch) / "data", Path(scratch) / "blocks"
        shutil.copytree(target, data, copy_function=os.link)
        (config := Path(scratch) / "prometheus.yml").write_text("global: {}\n", "utf-8")
        for number, layer in enumerate(layers):
            blocks = fresh / str(number)
            found: dict[str, list[Sampled]] = {}
            with Processes(Path(scratch)) as processes, _client() as client:
                url = start_prometheus(processes, config, data, free_port(0))
                prometheus = Prometheus(client, url)
                # Prometheus answers one question on one core.
                with ThreadPoolExecutor(os.cpu_count()) as pool, cancelled(pool):
                    asked = partial(_asked, prometheus, first=first, last=last)
                    for rule, answer in zip(layer, pool.map(asked, layer), strict=True):
                        found[rule.record] = answer
                        done += 1
                        progress(done / sum(map(len, layers)))
            samples += _written(found, Path(scratch), blocks)
            shutil.copytree(blocks, data, copy_function=os.link, dirs_exist_ok=True)
        for block in fresh.glob("*/*"):
            shutil.move(block, target / block.name)
    return samples


def _client() -> httpx.Client:
    return Client(timeout=600, trust_env=False)


def _asked(
    prometheus: Prometheus, rule: recording.Rule, first: float, last: float
) -> list[Sampled]:
    """Return what a rule records from the first to the last time. Raises DemoError."""
    found: list[Sampled] = []
    stretch = (intervals.SAFE_POINTS - 1) * EACH
    try:
        while first <= last:
            found += prometheus.range(rule.expr, first, min(first + stretch, last), EACH)
            first += stretch + EACH
    except PrometheusError as error:
        raise DemoError(f"{rule.record} could not be recorded: {error}") from error
    return found


def _written(found: dict[str, list[Sampled]], scratch: Path, blocks: Path) -> int:
    """Write blocks of recorded series, one file for each; return how many samples."""
    ends = [one.times[-1] for several in found.values() for one in several]
    begins = [one.times[0] for several in found.values() for one in several]
    if not begins:
        raise DemoError("There is nothing to record.")
    samples = 0
    # The next stretch is written while promtool reads the last one.
    with ThreadPoolExecutor(max_workers=1) as promtool, cancelled(promtool):
        pending = []
        for low in np.arange(min(begins) // BLOCK * BLOCK, max(ends) + 1, BLOCK):
            file = scratch / f"{low:.0f}.om"
            with file.open("w", encoding="utf-8") as out:
                for text in _stretch(found, low, low + BLOCK):
                    samples += text.count("\n")
                    out.write(text)
                out.write("# EOF\n")
            pending.append(promtool.submit(create_blocks, file, blocks))
        for job in pending:
            job.result()
    return samples


def _stretch(found: dict[str, list[Sampled]], low: float, high: float) -> Iterator[str]:
    for record, several in found.items():
        for one in several:
            begin, end = np.searchsorted(one.times, [low, high])
            name = identity(record, _labels(one))
            samples = zip(one.values[begin:end], one.times[begin:end], strict=True)
            yield "".join([f"{name} {value!r} {at:.3f}\n" for value, at in samples])


def _labels(one: Sampled) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in sorted(one.labels.items()) if name != "__name__"]
