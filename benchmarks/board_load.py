"""Each board opened over the demo's month: how many queries, how much they answer, how slow."""

import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from benchmarks import figures as kinds
from benchmarks.clusters import last_friday
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.processes import BenchError
from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.schema.values import Json
from demo import history, recorded
from demo.people import DAY, PEOPLE
from demo.world import make_world
from exporter.resending import Client
from harness.prometheus import Started, started

STAGE = "demo"
_RUNS = 3


@dataclass(frozen=True, slots=True)
class _Asked:
    """One query as it went to Prometheus: its panel, its text and times, seconds, bytes."""

    panel: str
    request: bytes
    took: float
    size: int


def measure(plan: Plan, days: int = 30) -> Iterator[Figure]:
    """Yield the figures of every board, as it is built, over days of the demo's data.

    Raises BenchError.
    """
    end = last_friday(time.time())
    span = TimeRange(
        datetime.fromtimestamp(end - days * DAY, UTC), datetime.fromtimestamp(end, UTC)
    )
    folder = plan.folder / STAGE
    blocks = folder / "data"
    folder.mkdir(parents=True)
    plan.say(f"demo: {days} days of {len(PEOPLE)} people")
    world = make_world(end, days)
    history.write(world, blocks)
    recorded.write(world, blocks)
    with started(folder, blocks) as prometheus:
        yield from over(plan, prometheus, span)


def over(plan: Plan, prometheus: Started, span: TimeRange) -> Iterator[Figure]:
    """Yield the figures of every board over a range of a Prometheus' data. Raises BenchError."""
    for name in catalog.names():
        yield from _board(plan, name, catalog.load(name, recorded=True), prometheus, span)


def _board(
    plan: Plan, name: str, board: Json, prometheus: Started, span: TimeRange
) -> Iterator[Figure]:
    choices = variables.resolve(board, {}, prometheus.api, span)
    with _watched(prometheus) as (api, responses):
        found = list(_queries(plan, name, board, choices, span, api, responses))
    slowest = max(found, key=lambda one: one.took)
    whole = statistics.median(_opened(board, choices, span, prometheus.api) for _ in range(_RUNS))
    users = len(PEOPLE)
    yield kinds.opened(name, "all panels", "s").of(users, whole, f"median of {_RUNS}")
    yield kinds.slowest(name).of(users, slowest.took, slowest.panel)
    yield kinds.opened(name, "queries", "").of(users, len(found))
    yield kinds.opened(name, "answers", "kB").of(users, sum(one.size for one in found) / 1000)
    yield kinds.duplicates(name).of(users, *_duplicates(found))


def _queries(
    plan: Plan,
    name: str,
    board: Json,
    choices: tuple[Choice, ...],
    span: TimeRange,
    api: Prometheus,
    responses: list[httpx.Response],
) -> Iterator[_Asked]:
    """Yield the queries of each panel, nothing else being asked meanwhile."""
    for panel in data.panels(board):
        if not panel.get("targets"):
            continue
        plan.say(f"demo, {name}: {panel['title']}")
        responses.clear()
        (answer,) = data.collect({**board, "panels": [panel]}, choices, span, api)
        if answer.error:
            raise BenchError(f"The panel {answer.title!r} of {name} failed: {answer.error}")
        for one in responses:
            yield _Asked(
                answer.title,
                one.request.url.raw_path + one.request.read(),
                one.elapsed.total_seconds(),
                len(one.content),
            )


@contextmanager
def _watched(prometheus: Started) -> Iterator[tuple[Prometheus, list[httpx.Response]]]:
    """Yield the way to a Prometheus, and the list to which each of its answers is added."""
    responses: list[httpx.Response] = []

    def note(response: httpx.Response) -> None:
        response.read()
        responses.append(response)

    hooks = {"response": [note]}
    timeout = prometheus.client.timeout
    with Client(timeout=timeout, trust_env=False, event_hooks=hooks) as client:
        yield Prometheus(client, prometheus.url), responses


def _opened(board: Json, choices: tuple[Choice, ...], span: TimeRange, api: Prometheus) -> float:
    """Return the seconds that the whole board takes, several queries at once as browsers ask."""
    began = time.perf_counter()
    data.collect(board, choices, span, api)
    return time.perf_counter() - began


def _duplicates(found: list[_Asked]) -> tuple[int, str]:
    """Return how many queries were asked before in the same words, and of which panels."""
    counted = Counter(one.request for one in found)
    again = {one.panel: None for one in found if counted[one.request] > 1}
    return len(found) - len(counted), ", ".join(again)
