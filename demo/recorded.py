"""The demo's past as Prometheus' recording rules would have recorded it, had they been there."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import recording
from dashboards.schema import intervals
from demo.world import World
from harness.recording import Evaluations, record

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
    Raises HarnessError.
    """
    last = (world.now - OFFSET) // EACH * EACH + OFFSET if last is None else last
    first = last - (last - world.start) // EACH * EACH
    layers = (recording.by_user(), recording.by_group())
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        when = Evaluations(first, last, EACH)
        blocks, samples = record(layers, target, when, Path(scratch), progress=progress)
        for block in blocks.iterdir():
            shutil.move(block, target / block.name)
    return samples
