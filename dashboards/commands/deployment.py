"""One run of deploy against one Grafana, and how it is told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import click

from dashboards.commands.grafana_options import There
from dashboards.deploy import (
    Change,
    Outcome,
    Plan,
    Wanted,
    Where,
    apply,
    counts,
    foreseen,
    plan_all,
    settled,
)
from dashboards.deploy.provenance import release
from dashboards.grafana.errors import GrafanaError, StoppedError

Show = Callable[[str], None]
Bar = Callable[[int, str], AbstractContextManager[Callable[[], None]]]

_NAMES = {
    Change.NEW: "new",
    Change.CHANGED: "changed",
    Change.SAME: "same",
    Change.PRUNED: "prune",
    Change.FAILED: "failed",
}

_DONE = {Change.PRUNED: "pruned"}

_COLORS = {
    Change.NEW: "green",
    Change.CHANGED: "yellow",
    Change.PRUNED: "magenta",
    Change.FAILED: "red",
}

_ALWAYS = (Change.NEW, Change.CHANGED, Change.SAME)

_WORDS = 12
"""How many changes of one dashboard are told before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be where."""

    there: There
    wanted: tuple[Wanted, ...]
    where: Where
    dry_run: bool = False
    broken: tuple[str, ...] = ()
    """What is wrong with boards that cannot be made, so that they are not among the wanted."""

    @property
    def folder(self) -> str:
        """Return the folder for people."""
        if self.where.folder_uid:
            return f"folder with the uid {self.where.folder_uid}"
        return f"folder “{self.where.folder.strip()}”"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: an outcome for each dashboard that was got to."""

    task: Task
    outcomes: tuple[Outcome, ...] = ()
    left: int = 0
    error: str = ""
    interrupted: bool = False

    @property
    def name(self) -> str:
        """Return what to call its Grafana beside others."""
        return self.task.there.name

    @property
    def failed(self) -> bool:
        """Tell whether not all is as wanted, or would be."""
        refused = any(one.change is Change.FAILED for one in self.outcomes)
        return bool(self.error or self.task.broken) or refused


@contextmanager
def _no_bar(_length: int, _label: str) -> Iterator[Callable[[], None]]:
    yield lambda: None


def run(task: Task, show: Show, bar: Bar = _no_bar) -> Done:
    """Show the plan, carry it out, and show what failed and how many of each there were.

    Ctrl-C, or its Grafana's ``stop``, ends it.
    """
    grafana = task.there.grafana
    for problem in task.broken:
        show(f"{_mark(Change.FAILED)} {problem}")
    try:
        with bar(len(task.wanted), "Looking") as advance:
            plan = plan_all(grafana, task.wanted, task.where, advance)
    except (KeyboardInterrupt, StoppedError):
        show("Interrupted. Nothing was written.")
        return Done(task, left=len(task.wanted), interrupted=True)
    except GrafanaError as error:
        return Done(task, left=len(task.wanted), error=str(error))
    planned = tuple(foreseen(grafana, plan))
    for outcome in planned:
        show(line(outcome))
    if task.dry_run:
        show(f"Dry run, nothing written: {_summary(task, planned)}")
        return Done(task, planned)
    done = _carried_out(task, plan, bar)
    for outcome in done.outcomes:
        if outcome.change is Change.FAILED and outcome not in planned:
            show(line(outcome))
    show(_summary(task, done.outcomes, done.left))
    if done.interrupted:
        show("Interrupted. What was saved is whole; run deploy again, and it does the rest.")
    return done


def _carried_out(task: Task, plan: Plan, bar: Bar) -> Done:
    """Write what the plan says, until it is done, cannot go on or is stopped."""
    seen = list(settled(task.there.grafana, plan))
    error, interrupted = "", False
    try:
        with bar(plan.writes, "Saving") as advance:
            for outcome in apply(task.there.grafana, plan, release()):
                seen.append(outcome)
                advance()
    except (KeyboardInterrupt, StoppedError):
        interrupted = True
    except GrafanaError as problem:
        error = str(problem)
    left = len(plan.actions) - sum(counts(seen).values())
    return Done(task, tuple(seen), left, error, interrupted)


def _mark(change: Change) -> str:
    return click.style(f"{change.value} {_NAMES[change]:<8}", _COLORS.get(change))


def line(outcome: Outcome, words: int | None = _WORDS) -> str:
    """Return ``+ new      User groups  http://host/d/groupscope-user-groups``.

    Below it, so many words at the most for what changes; None is all.
    """
    title = f"folder {outcome.title}" if outcome.kind == "folder" else outcome.title
    head = f"{_mark(outcome.change)} {title}  {outcome.url}"
    if outcome.change is Change.FAILED:
        head = f"{head}\n  {outcome.note}"
    elif outcome.note:
        head = f"{head}  ({outcome.note})"
    shown = list(outcome.words[:words])
    if len(shown) < len(outcome.words):
        left = len(outcome.words) - len(shown)
        shown.append(f"… and {left} more: see `python -m dashboards diff`")
    return "\n".join([head, *(f"    {each}" for each in shown)])


def _summary(task: Task, outcomes: Sequence[Outcome], left: int = 0) -> str:
    """Return ``2 dashboards for folder “groupscope”: 1 new, 0 changed, 1 same``."""
    by_change = counts(outcomes)
    parts = [
        f"{number} {_DONE.get(change, _NAMES[change])}"
        for change, number in by_change.items()
        if number or change in _ALWAYS
    ]
    if task.broken:
        parts.append(f"{len(task.broken)} broken")
    if left:
        parts.append(f"{left} left to do")
    noun = "dashboard" if len(task.wanted) == 1 else "dashboards"
    return f"{len(task.wanted)} {noun} for {task.folder}: {', '.join(parts)}"


def table(done: Sequence[Done]) -> list[str]:
    """Return the lines of a table with one line for each Grafana."""
    columns = [_DONE.get(change, name) for change, name in _NAMES.items()]
    rows = [["", *columns, "left", ""]]
    for one in done:
        by_change = counts(one.outcomes)
        numbers = [str(by_change[change]) for change in _NAMES]
        rows.append([one.name, *numbers, str(one.left), _verdict(one)])
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
            + [row[-1]]
        ).rstrip()
        for row in rows
    ]


def _verdict(done: Done) -> str:
    if done.interrupted:
        return "interrupted"
    if done.error:
        return f"error: {done.error.partition('. ')[0].rstrip('.')}"
    return "failed" if done.failed else "ok"
