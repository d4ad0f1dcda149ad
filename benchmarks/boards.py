"""A month of the board on a hub of 200 users: over what is scraped, over what is recorded."""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np

from benchmarks import clusters
from benchmarks import figures as kinds
from benchmarks.clusters import days_until, last_friday
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.processes import BenchError
from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.rules import recording
from dashboards.schema.values import Json
from demo.people import DAY
from demo.recorded import EACH, OFFSET
from exporter.resending import Client
from harness.prometheus import ONE_BLOCK, TAKES_SNAPSHOTS, TAKES_WRITES, Started, started
from harness.recording import Evaluations, link, record
from harness.remote_write import Writer

STAGE = "boards"
BOARD = "user-groups"
_RUNS = 3
_PEAK = re.compile(rb'"peakSamples":(\d+)')
# Evaluations of five days: a rule's answer is JSON in memory.
_AT_ONCE = int(5 * DAY / EACH)


@dataclass(frozen=True, slots=True)
class Month:
    """How large a hub, how many days of it, and how many seconds from scrape to scrape."""

    users: int = 200
    days: int = 30
    each: float = 15.0


@dataclass(frozen=True, slots=True)
class _Made:
    """The month in a Prometheus of its own, as it would be on its disk."""

    prometheus: Started
    span: TimeRange
    samples: int
    recorded: int


def measure(plan: Plan, month: Month = Month()) -> Iterator[Figure]:
    """Yield the figures of the board over a month that is made for it."""
    with _made(plan, month) as made:
        yield kinds.BOARD_SCRAPED.of(
            month.users, made.samples / 1e6, f"{month.days} days, scraped each {month.each:g} s"
        )
        yield kinds.BOARD_KEPT.of(month.users, made.recorded / 1e6, f"each {EACH:g} s")
        boards = {
            "raw": catalog.load(BOARD),
            "recorded": catalog.load(BOARD, recorded=True),
        }
        # The first to read the month's files; not counted in the whole board's time.
        held: dict[str, int] = {}
        alone: dict[str, dict[str, float]] = {}
        for name, board in boards.items():
            with _watching(made) as (watched, peaks):
                alone[name] = dict(_alone(plan, name, board, watched))
            held[name] = max(peaks)
        took = {name: _opened(plan, name, board, made) for name, board in boards.items()}
        for name, kind in kinds.BOARD.items():
            yield kind.of(month.users, took[name], f"{len(alone[name])} panels; median of {_RUNS}")
        yield kinds.BOARD_FACTOR.of(month.users, took["raw"] / took["recorded"])
        memberships = sum(len(one.groups) for one in clusters.members(month.users))
        for name, kind in kinds.BOARD_HELD.items():
            yield kind.of(month.users, held[name] / memberships, "in memory, by one query")
        for title in sorted(alone["raw"], key=alone["raw"].__getitem__, reverse=True):
            raw, recorded = alone["raw"][title], alone["recorded"][title]
            note = f"raw {raw:.2f} s, {raw / recorded:.1f} ×"
            yield kinds.panel(title).of(month.users, recorded, note)


def _alone(plan: Plan, name: str, board: Json, made: _Made) -> Iterator[tuple[str, float]]:
    """Yield the seconds of each panel, nothing else being asked meanwhile."""
    for panel in data.panels(board):
        if panel["type"] != "row":
            plan.say(f"board, {name}: {panel['title']}")
            began = time.perf_counter()
            found = _ask({**board, "panels": [panel]}, made)
            yield panel["title"], time.perf_counter() - began
            if not any(one.series or (one.table and one.table.rows) for one in found):
                raise BenchError(f"The board's panel {panel['title']!r} is empty, {name}.")


@contextmanager
def _watching(made: _Made) -> Iterator[tuple[_Made, list[int]]]:
    """Yield the month to be asked, and how many samples each query has held at once so far."""
    peaks: list[int] = []

    def note(response: httpx.Response) -> None:
        peaks.extend(int(found) for found in _PEAK.findall(response.read()))

    at = made.prometheus
    with Client(
        timeout=at.client.timeout,
        trust_env=False,
        params={"stats": "all"},
        event_hooks={"response": [note]},
    ) as client:
        yield replace(made, prometheus=replace(at, client=client)), peaks


def _opened(plan: Plan, name: str, board: Json, made: _Made) -> float:
    """Return the seconds that the whole board takes, several queries at once as browsers ask."""
    plan.say(f"board, {name}: all panels")
    return statistics.median(_timed(lambda: _ask(board, made)) for _ in range(_RUNS))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ask(board: Json, made: _Made) -> list[PanelData]:
    choices = variables.resolve(board, {}, made.prometheus.api, made.span)
    found = data.collect(board, choices, made.span, made.prometheus.api)
    for one in found:
        if one.error:
            raise BenchError(f"The board's panel {one.title!r} failed: {one.error}")
    return found


@contextmanager
def _made(plan: Plan, month: Month) -> Iterator[_Made]:
    folder = plan.folder / "boards"
    end = last_friday(time.time())
    span = TimeRange(
        datetime.fromtimestamp(end, UTC) - timedelta(days=month.days),
        datetime.fromtimestamp(end, UTC),
    )
    snapshot, samples, recorded = _written(plan, month, folder, end)
    with started(folder, snapshot) as prometheus:
        yield _Made(prometheus, span, samples, recorded)


def _written(plan: Plan, month: Month, folder: Path, end: float) -> tuple[Path, int, int]:
    """Return blocks with the month, as scraped and as recorded, and how many samples of each."""
    begin = end - month.days * DAY
    # Rules look back, and so does the board's first step.
    times = np.arange(begin - DAY / 24, end + month.each, month.each)
    options = (TAKES_WRITES, TAKES_SNAPSHOTS, *ONE_BLOCK)
    with started(folder, folder / "data", *options) as prometheus:
        writer = Writer(prometheus.client, prometheus.url)
        plan.say(f"board: a month of {month.users} users, scraped each {month.each:g} s")
        # What neither rules nor boards read makes no query slower.
        read = recording.text()
        every = clusters.series(month.users, days_until(end, month.days + 1))
        clusters.write((one for one in every if one.metric in read), times, writer)
        plan.say("board: blocks")
        # Asked of blocks: so much of it is slow while it is in memory.
        link(prometheus.blocks(), folder / "both")
    plan.say("board: what the rules would have recorded")
    first = np.ceil(begin / EACH) * EACH + OFFSET - EACH
    recorded, samples = record(
        (recording.by_user(), recording.by_group()),
        folder / "both",
        Evaluations(first, end, EACH, at_once=_AT_ONCE),
        folder / "recorded",
        ends_are_marked=True,
    )
    link(recorded, folder / "both")
    return folder / "both", writer.samples, samples
