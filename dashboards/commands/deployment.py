"""One deploy to one Grafana: run, and shown line by line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import click

from dashboards.commands.grafana_options import GrafanaTarget
from dashboards.commands.series import choose_by_grafana
from dashboards.commands.tables import text_table
from dashboards.deploy import (
    WRITES,
    Change,
    DeployOptions,
    DesiredBoard,
    Outcome,
    Plan,
    apply,
    counts,
    make_plan,
)
from dashboards.deploy.provenance import release
from dashboards.grafana.errors import GrafanaError, StoppedError
from exporter.text import counted

Show = Callable[[str], None]
Bar = Callable[[int, str], AbstractContextManager[Callable[[], None]]]

_NAMES = {
    Change.NEW: "new",
    Change.CHANGED: "changed",
    Change.SAME: "same",
    Change.PRUNED: "prune",
    Change.FAILED: "failed",
}

_PAST_NAMES = {Change.PRUNED: "pruned"}

_COLORS = {
    Change.NEW: "green",
    Change.CHANGED: "yellow",
    Change.PRUNED: "magenta",
    Change.FAILED: "red",
}

_ALWAYS_COUNTED = (Change.NEW, Change.CHANGED, Change.SAME)

_MOST_WORDS = 12
"""How many changes of one dashboard are listed before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class DeployJob:
    """The boards that one Grafana is to have, and how they are deployed there."""

    target: GrafanaTarget
    desired: tuple[DesiredBoard, ...]
    options: DeployOptions
    dry_run: bool = False
    broken: tuple[str, ...] = ()
    """The errors of boards that cannot be built, and so are not among the desired."""

    @property
    def folder(self) -> str:
        """Return the folder for people."""
        if self.options.folder_uid:
            return f"folder with the uid {self.options.folder_uid}"
        return f"folder “{self.options.folder.strip()}”"


@dataclass(frozen=True, slots=True)
class UndecidedJob:
    """A deploy for which Prometheus decides whether boards read recorded or scraped series."""

    scraped: DeployJob
    recorded: DeployJob
    datasource: str | None
    """The data source to ask, by name or uid."""

    @property
    def target(self) -> GrafanaTarget:
        """Return the Grafana that is deployed to."""
        return self.scraped.target


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What a job did: the outcome of each dashboard that it reached, ``left`` were not reached."""

    job: DeployJob
    outcomes: tuple[Outcome, ...] = ()
    left: int = 0
    error: str = ""
    interrupted: bool = False

    @property
    def name(self) -> str:
        """Return the name of its Grafana among others."""
        return self.job.target.name

    @property
    def failed(self) -> bool:
        """Tell whether anything failed, or would."""
        refused = any(outcome.change is Change.FAILED for outcome in self.outcomes)
        return bool(self.error or self.job.broken) or refused


@contextmanager
def _no_bar(_length: int, _label: str) -> Iterator[Callable[[], None]]:
    yield lambda: None


def execute(undecided: DeployJob | UndecidedJob, show: Show, bar: Bar = _no_bar) -> DeployResult:
    """Show the plan, carry it out, and show what failed and how many of each there were.

    Ctrl-C, or its target's ``stop``, ends it.
    """
    grafana = undecided.target.grafana
    job = undecided.scraped if isinstance(undecided, UndecidedJob) else undecided
    try:
        if isinstance(undecided, UndecidedJob):
            job = _decide(undecided, show)
        for problem in job.broken:
            show(f"{_mark(Change.FAILED)} {problem}")
        with bar(len(job.desired), "Reading") as advance:
            plan = make_plan(grafana, job.desired, job.options, advance)
    except (KeyboardInterrupt, StoppedError):
        show("Interrupted. Nothing was written.")
        return DeployResult(job, left=len(job.desired), interrupted=True)
    except GrafanaError as error:
        return DeployResult(job, left=len(job.desired), error=str(error))
    planned = plan.outcomes(grafana)
    for outcome in planned:
        show(describe(outcome))
    if job.dry_run:
        show(f"Dry run, nothing written: {_summary(job, planned)}")
        return DeployResult(job, planned)
    unchanged = [outcome for outcome in planned if outcome.change not in WRITES]
    written, error_text, interrupted = _write(job, plan, bar)
    for outcome in written:
        if outcome.change is Change.FAILED:
            show(describe(outcome))
    outcomes = (*unchanged, *written)
    left = len(plan.actions) - sum(counts(outcomes).values())
    show(_summary(job, outcomes, left))
    if interrupted:
        show("Interrupted. What was saved is complete; run deploy again, and it does the rest.")
    return DeployResult(job, outcomes, left, error_text, interrupted)


def _decide(job: UndecidedJob, show: Show) -> DeployJob:
    uids = [desired.board["uid"] for desired in job.scraped.desired]
    choice = choose_by_grafana(job.target.grafana, job.datasource, uids)
    show(choice.sentence)
    return job.recorded if choice.recorded else job.scraped


def _write(job: DeployJob, plan: Plan, bar: Bar) -> tuple[list[Outcome], str, bool]:
    """Carry the plan out; return the outcomes, the error that ended it, and whether Ctrl-C did."""
    grafana = job.target.grafana
    outcomes: list[Outcome] = []
    try:
        with bar(plan.writes, "Saving") as advance:
            for outcome in apply(grafana, plan, release()):
                outcomes.append(outcome)
                advance()
    except (KeyboardInterrupt, StoppedError):
        return outcomes, "", True
    except GrafanaError as error:
        return outcomes, str(error), False
    return outcomes, "", False


def _mark(change: Change) -> str:
    return click.style(f"{change.value} {_NAMES[change]:<8}", _COLORS.get(change))


def describe(outcome: Outcome, most_words: int | None = _MOST_WORDS) -> str:
    """Return ``+ new      User groups  http://host/d/groupscope-user-groups``.

    Below it, a line for each change in the dashboard, ``most_words`` at most; None is all.
    """
    title = f"folder {outcome.title}" if outcome.is_folder else outcome.title
    heading = f"{_mark(outcome.change)} {title}  {outcome.url}"
    if outcome.change is Change.FAILED:
        heading = f"{heading}\n  {outcome.note}"
    elif outcome.note:
        heading = f"{heading}  ({outcome.note})"
    shown = list(outcome.words[:most_words])
    if len(shown) < len(outcome.words):
        left = len(outcome.words) - len(shown)
        shown.append(f"… and {left} more: see `python -m dashboards diff`")
    return "\n".join([heading, *(f"    {word}" for word in shown)])


def _summary(job: DeployJob, outcomes: Iterable[Outcome], left: int = 0) -> str:
    """Return ``2 dashboards for folder “groupscope”: 1 new, 0 changed, 1 same``."""
    parts = [
        f"{number} {_PAST_NAMES.get(change, _NAMES[change])}"
        for change, number in counts(outcomes).items()
        if number or change in _ALWAYS_COUNTED
    ]
    if job.broken:
        parts.append(f"{len(job.broken)} broken")
    if left:
        parts.append(f"{left} left to do")
    return f"{counted(len(job.desired), 'dashboard')} for {job.folder}: {', '.join(parts)}"


def summary_table(results: Sequence[DeployResult]) -> list[str]:
    """Return the lines of a table with one line for each Grafana."""
    columns = [_PAST_NAMES.get(change, name) for change, name in _NAMES.items()]
    rows: list[list[str]] = []
    for result in results:
        by_change = counts(result.outcomes)
        numbers = [str(by_change[change]) for change in _NAMES]
        rows.append([result.name, *numbers, str(result.left), _verdict(result)])
    headings = ["", *columns, "left", ""]
    return text_table(headings, rows, right=range(1, len(headings) - 1))


def _verdict(result: DeployResult) -> str:
    if result.interrupted:
        return "interrupted"
    if result.error:
        return f"error: {result.error.partition('. ')[0].rstrip('.')}"
    return "failed" if result.failed else "ok"
