"""The writing of what a plan says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.deploy.plan import WRITES, Action, Change, Plan
from dashboards.deploy.provenance import Origin, marked
from dashboards.grafana import Folder, Grafana
from dashboards.grafana.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes, or became, of a dashboard or of a folder, and where it is to be seen."""

    change: Change
    title: str
    url: str
    note: str = ""
    words: tuple[str, ...] = ()
    kind: Literal["dashboard", "folder"] = "dashboard"


def foreseen(grafana: Grafana, plan: Plan) -> Iterator[Outcome]:
    """Yield what would become of each folder and dashboard if all went well."""
    if plan.makes_folders:
        for folder in plan.place.missing:
            yield _of_folder(grafana, folder)
    for action in plan.actions:
        yield _of_dashboard(grafana, action)


def settled(grafana: Grafana, plan: Plan) -> Iterator[Outcome]:
    """Yield the dashboards of which nothing is written: the same, and those that are refused."""
    for action in plan.actions:
        if action.change not in WRITES:
            yield _of_dashboard(grafana, action)


def apply(grafana: Grafana, plan: Plan, release: str) -> Iterator[Outcome]:
    """Write what the plan says, and yield what became of each folder and dashboard written.

    What fails does not keep the others from being written. Raises UnusableError when there is no
    going on; what was yielded before is done.
    """
    made = True
    if plan.makes_folders:
        for folder in plan.place.missing:
            outcome = _folder_made(grafana, folder) if made else _no_parent(grafana, folder)
            made = outcome.change is not Change.FAILED
            yield outcome
    for action in plan.actions:
        if not made and action.change in (Change.NEW, Change.CHANGED):
            yield _of_dashboard(grafana, action, failure="Not saved: it has no folder to go to.")
        elif action.change in WRITES:
            yield _applied(grafana, action, plan.place.folder.uid, release)


def counts(outcomes: Sequence[Outcome]) -> Mapping[Change, int]:
    """Return how many dashboards each change befell, every change included."""
    dashboards = [outcome.change for outcome in outcomes if outcome.kind == "dashboard"]
    return {change: dashboards.count(change) for change in Change}


def _folder_made(grafana: Grafana, folder: Folder) -> Outcome:
    try:
        grafana.create_folder(folder)
    except RefusedError as error:
        return _of_folder(grafana, folder, failure=str(error))
    return _of_folder(grafana, folder)


def _no_parent(grafana: Grafana, folder: Folder) -> Outcome:
    return _of_folder(grafana, folder, failure="Not created: it has no folder to go to.")


def _applied(grafana: Grafana, action: Action, into_uid: str, release: str) -> Outcome:
    origin = Origin(release, action.collection)
    try:
        if action.change is Change.PRUNED:
            return _pruned(grafana, action)
        grafana.save(
            marked(action.board, origin),
            folder_uid=into_uid,
            version=action.version,
            message=origin.message,
            take_over=action.take_over,
        )
    except RefusedError as error:
        return _of_dashboard(grafana, action, failure=str(error))
    return _of_dashboard(grafana, action)


def _pruned(grafana: Grafana, action: Action) -> Outcome:
    uid, title = action.board["uid"], action.board["title"]
    # Grafana deletes whatever it has by then: so look again, as late as can be.
    existing = grafana.dashboard(uid)
    if existing is not None and existing.version != action.version:
        failure = (
            f"Someone else saved “{title}” in Grafana at the same moment, and deploy left it as "
            "it is. Look at its version history, then run deploy again."
        )
        return _of_dashboard(grafana, action, failure=failure)
    grafana.delete(uid, title)
    return _of_dashboard(grafana, action)


def _of_folder(grafana: Grafana, folder: Folder, *, failure: str = "") -> Outcome:
    change = Change.FAILED if failure else Change.NEW
    return Outcome(change, folder.title, grafana.folder_url(folder.uid), failure, kind="folder")


def _of_dashboard(grafana: Grafana, action: Action, *, failure: str = "") -> Outcome:
    return Outcome(
        Change.FAILED if failure else action.change,
        action.board["title"],
        grafana.dashboard_url(action.board["uid"]),
        failure or action.note,
        () if failure else action.words,
    )
