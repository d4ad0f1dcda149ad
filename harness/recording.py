"""What recording rules would have recorded of blocks, had they been there: as blocks, too.

As ``promtool tsdb create-blocks-from rules`` does it, but asking for much at once instead of two
hours at a time: seconds instead of minutes.
"""

import os
import shutil
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from dashboards.evaluate.errors import PrometheusError
from dashboards.evaluate.model import Sampled
from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules.recording import Rule
from dashboards.schema import intervals
from harness.processes import HarnessError
from harness.prometheus import ONE_BLOCK, TAKES_SNAPSHOTS, TAKES_WRITES, started
from harness.remote_write import STALE, Writer, pack


@dataclass(frozen=True, slots=True)
class Evaluations:
    """When rules are evaluated: from the first to the last time, in Unix seconds, a step apart."""

    first: float
    last: float
    step: float
    at_once: int = intervals.SAFE_POINTS
    """How many of them are asked for at once: the answer is JSON in memory."""

    def stretches(self) -> Iterator[tuple[float, float]]:
        """Yield the first and the last time of what is asked for at once."""
        first, length = self.first, (self.at_once - 1) * self.step
        while first <= self.last:
            yield first, min(first + length, self.last)
            first += length + self.step


def record(
    layers: Sequence[Sequence[Rule]],
    blocks: Path,
    when: Evaluations,
    folder: Path,
    *,
    ends_are_marked: bool = False,
    progress: Callable[[float], None] = lambda part: None,
) -> tuple[Path, int]:
    """Return a directory below the folder with blocks of what rules record, and its samples.

    A layer's rules may read what those of the layers before it record. ``ends_are_marked``: where a
    rule finds a series no more, that goes stale, as in a Prometheus that evaluates rules itself.
    ``progress`` is called with the part that is done, 0 to 1. Raises HarnessError.
    """
    flags = (TAKES_WRITES, TAKES_SNAPSHOTS, *ONE_BLOCK)
    done, total = 0, sum(map(len, layers))
    with started(folder / "made", folder / "made/data", *flags) as made:
        writer = Writer(made.client, made.url)
        for number, layer in enumerate(layers):
            asked = folder / f"asked-{number}"
            link(blocks, asked / "data")
            if number:
                link(made.blocks(), asked / "data")
            with (
                started(asked, asked / "data") as prometheus,
                # Prometheus answers one question on one core.
                ThreadPoolExecutor(os.cpu_count()) as pool,
                cancelled(pool),
            ):
                ask = partial(_asked, prometheus.api, when=when)
                for rule, found in zip(layer, pool.map(ask, layer), strict=True):
                    for one in found:
                        _write(writer, rule.record, one, when.step if ends_are_marked else None)
                    done += 1
                    progress(done / total)
            writer.flush()
        if not writer.samples:
            raise HarnessError("There is nothing to record.")
        return made.blocks(), writer.samples


def link(blocks: Path, target: Path) -> None:
    """Put blocks into another directory, too: nobody changes one, so names of files are enough."""
    shutil.copytree(blocks, target, copy_function=os.link, dirs_exist_ok=True)


@contextmanager
def cancelled(pool: ThreadPoolExecutor) -> Iterator[None]:
    """On an error or Ctrl-C, wait for what runs and let the rest be."""
    try:
        yield
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise


def _asked(prometheus: Prometheus, rule: Rule, when: Evaluations) -> list[Sampled]:
    """Return what a rule records, each series once."""
    parts: dict[frozenset[tuple[str, str]], list[Sampled]] = {}
    try:
        for first, last in when.stretches():
            for one in prometheus.range(rule.expr, first, last, when.step):
                parts.setdefault(frozenset(one.labels.items()), []).append(one)
    except PrometheusError as error:
        raise HarnessError(f"{rule.record} could not be recorded: {error}") from error
    return [
        several[0]
        if len(several) == 1
        else Sampled(
            several[0].labels,
            array("d", chain.from_iterable(one.times for one in several)),
            array("d", chain.from_iterable(one.values for one in several)),
        )
        for several in parts.values()
    ]


def _write(writer: Writer, record: str, one: Sampled, step: float | None) -> None:
    """Write a recorded series; with a step, where it is found no more it goes stale."""
    times, values = np.array(one.times), np.array(one.values)
    if step is not None:
        ends = np.flatnonzero(np.diff(times) > 1.5 * step) + 1
        times = np.insert(times, ends, times[ends - 1] + step)
        values = np.insert(values, ends, STALE)
    writer.write({**one.labels, "__name__": record}, pack(times, values))
