"""The three questions that the User groups board answers, from the boards and from the truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from demo import truth
from demo.people import DAY, NAMESPACE
from demo.truth import Range
from demo.world import World

TOLERANCE = 0.01
"""Samples are taken once a minute: starts and ends of servers are known to half a minute."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the panel that answers it with the variables to set, and the true answer."""

    text: str
    panel: str
    group: str
    range: Range
    unit: str
    true: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the board says, over what is scraped and over what is recorded, beside the truth."""

    question: Question
    raw: float
    recorded: float
    true: float

    @property
    def right(self) -> bool:
        """Return whether both are within the tolerance; people are counted exactly."""
        tolerance = 0 if self.question.unit == "people" else TOLERANCE * self.true
        return all(abs(said - self.true) <= tolerance for said in (self.raw, self.recorded))


def questions(world: World) -> Iterator[Question]:
    """Yield the three questions, over ranges that lie wholly in the world's past."""
    workshop = Range(*world.workshop)
    month = Range(max(world.start, world.now - 30 * DAY), world.now)
    week = Range(world.now - 7 * DAY, world.now)
    yield Question(
        "How many people took part in the workshop's two days?",
        "People who took part",
        "workshop",
        workshop,
        "people",
        lambda: len(truth.took_part(world, workshop, ["workshop"])),
    )
    days = round((month.end - month.start) / DAY)
    yield Question(
        f"How much GPU did the power users use in the last {days} days?",
        "GPU-hours",
        "power-users",
        month,
        "GPU-hours",
        lambda: truth.together(world, month, truth.gpus, ["power-users"]),
    )
    for what, used, requested in (
        ("CPU", truth.cpu, truth.cpu_requests),
        ("memory", truth.memory, truth.memory_requests),
    ):
        yield Question(
            f"How well did the lab's {what} requests match its use last week?",
            f"{what.capitalize() if what == 'memory' else what} used of requested, whole range",
            "lab",
            week,
            "of what was requested",
            lambda used=used, requested=requested: _ratio(world, week, used, requested),  # type: ignore[misc]
        )


def _ratio(world: World, week: Range, used: truth.Measure, requested: truth.Measure) -> float:
    return truth.by_group(world, week, used)["lab"] / truth.by_group(world, week, requested)["lab"]


def ask(question: Question, prometheus: Prometheus) -> Answer:
    """Return what the panel says on both boards, asked as Grafana would ask it.

    Raises PrometheusError; LookupError when the panel has no number.
    """
    raw, recorded = (_said(question, prometheus, recorded=it) for it in (False, True))
    return Answer(question, raw, recorded, question.true())


def _said(question: Question, prometheus: Prometheus, *, recorded: bool) -> float:
    board = catalog.load("user-groups", recorded=recorded)
    span = TimeRange(
        datetime.fromtimestamp(question.range.start, UTC),
        datetime.fromtimestamp(question.range.end, UTC),
    )
    given = {"hub": [NAMESPACE], "group": [question.group]}
    choices = variables.resolve(board, given, prometheus, span)
    only = {**board, "panels": [p for p in board["panels"] if p["title"] == question.panel]}
    (panel,) = data.collect(only, choices, span, prometheus)
    if panel.error or not panel.series:
        raise LookupError(f"{question.panel}: {panel.error or 'no data'}")
    return panel.series[0].values[-1]
