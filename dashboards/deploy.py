"""What a deploy would write to Grafana, as values, and the writing of it."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from dashboards.compare import changes
from dashboards.grafana import Existing, Folder, Grafana
from dashboards.grafana_errors import RefusedError, from_files
from dashboards.marker import Standing, marked, standing
from dashboards.render import Json

FOLDER = "groupscope"
"""The folder's title unless told otherwise, and its uid: the one that provisioning uses too."""


class Change(Enum):
    """What a deploy does to a dashboard; the values are the marks it is shown with."""

    NEW = "+"
    CHANGED = "~"
    SAME = "="
    FAILED = "!"


@dataclass(frozen=True, slots=True)
class Action:
    """What to do with one board.

    ``version`` is the one that a save replaces, None for a board that Grafana does not have.
    ``note`` says why a board fails, or what changes besides its content; ``words`` say what
    changes in it.
    """

    change: Change
    board: Json
    version: int | None = None
    note: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deploy would do: a folder, to be created if need be, and an action a board."""

    folder: Folder
    actions: tuple[Action, ...]

    @property
    def writes(self) -> bool:
        """Tell whether anything would be saved."""
        return any(action.change in (Change.NEW, Change.CHANGED) for action in self.actions)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a dashboard or of the folder, and where it is to be seen."""

    change: Change
    title: str
    url: str
    note: str = ""
    words: tuple[str, ...] = ()
    kind: Literal["dashboard", "folder"] = "dashboard"


def plan(
    wanted: Json, existing: Existing | None, folder_uid: str, *, overwrite: bool = False
) -> Action:
    """Return what makes Grafana have the wanted board in that folder.

    What somebody changed in Grafana is left as it is, unless told to ``overwrite`` it.
    """
    if existing is None:
        return Action(Change.NEW, wanted)
    if existing.provisioned_from is not None:
        return Action(
            Change.FAILED, wanted, note=from_files(wanted["title"], existing.provisioned_from)
        )
    words = changes(existing.content, wanted)
    moved = existing.folder_uid != folder_uid
    if not words and not moved:
        return Action(Change.SAME, wanted)
    theirs = standing(existing.content) is not Standing.AS_DEPLOYED
    if words and theirs and not overwrite:
        return Action(Change.FAILED, wanted, note=_not_overwritten(wanted, existing))
    was_in = f"“{existing.folder_title}”" if existing.folder_uid else "the top level"
    notes = [f"moved from {was_in}"] if moved else []
    if words and theirs:
        notes.append("overwrites what was in Grafana")
    return Action(Change.CHANGED, wanted, existing.version, ", ".join(notes), tuple(words))


def _not_overwritten(wanted: Json, existing: Existing) -> str:
    """Return why a dashboard is left as it is: who changed it and when, and the ways on."""
    who, when = existing.updated_by or "somebody", existing.updated.replace("T", " ").rstrip("Z")
    since = f" on {when} UTC" if when else ""
    name = f"“{wanted['title']}”"
    if standing(existing.content) is Standing.CHANGED_SINCE:
        what = f"{name} was changed in Grafana by {who}{since}, after it was deployed."
    else:
        what = f"{name} is in Grafana, saved by {who}{since}, but deploy did not put it there."
    return (
        f"{what} See it with `pull`, replace it with --overwrite (its version history keeps it), "
        "or leave it."
    )


def folder_uid(title: str) -> str:
    """Return the uid of the folder of that title, always the same: at most 40 of ``a-z0-9-``.

    ``groupscope`` for the folder of that title, ``groupscope-ops-team-1ff2a53c`` for "Ops team".
    """
    if title == FOLDER:
        return FOLDER
    words = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:19].strip("-")
    digest = hashlib.sha256(title.encode()).hexdigest()[:8]
    return "-".join(filter(None, (FOLDER, words, digest)))


def choose_folder(title: str, visible: Sequence[Folder]) -> Folder | None:
    """Return the folder of that title, ours first; None if there is none.

    Raises RefusedError when several have the title and none of them is ours.
    """
    titled = [folder for folder in visible if folder.title == title]
    ours = [folder for folder in titled if folder.uid == folder_uid(title)]
    if len(titled) > 1 and not ours:
        raise RefusedError(
            f"Grafana has {len(titled)} folders called “{title}”. Rename all but one, or name "
            "another folder with --folder."
        )
    return next(iter(ours or titled), None)


def plan_all(
    grafana: Grafana, boards: Sequence[Json], folder: str, *, overwrite: bool = False
) -> Plan:
    """Return what a deploy of the boards into the folder of that title would do. Only reads."""
    uid = folder_uid(folder)
    # A folder of our uid under another title was renamed or moved: it is still ours.
    into = (
        choose_folder(folder, grafana.folders())
        or grafana.folder(uid)
        or Folder(uid, folder, exists=False)
    )
    return Plan(
        into, tuple(_planned(grafana, board, into.uid, overwrite=overwrite) for board in boards)
    )


def deploy_all(
    grafana: Grafana,
    boards: Sequence[Json],
    folder: str,
    *,
    dry_run: bool,
    message: str,
    overwrite: bool = False,
) -> Iterator[Outcome]:
    """Make Grafana have the boards in the folder of that title; yield what became of each.

    Reads everything first and writes only what differs; with ``dry_run`` it writes nothing and
    yields what it would do. A folder that is (or would be) created comes first. ``message`` is
    what Grafana's version history shows. Raises UnusableError when there is no going on.
    """
    whole = plan_all(grafana, boards, folder, overwrite=overwrite)
    folder_failed = False
    if whole.writes and not whole.folder.exists:
        outcome = _folder_made(grafana, whole.folder, dry_run=dry_run)
        folder_failed = outcome.change is Change.FAILED
        yield outcome
    for action in whole.actions:
        if folder_failed and action.change is not Change.FAILED:
            yield _outcome(grafana, action, failure="Not saved: it has no folder to go to.")
        elif dry_run:
            yield _outcome(grafana, action)
        else:
            yield _applied(grafana, action, whole.folder.uid, message)


def counts(outcomes: Sequence[Outcome]) -> Mapping[Change, int]:
    """Return how many dashboards each change befell, every change included."""
    dashboards = [outcome.change for outcome in outcomes if outcome.kind == "dashboard"]
    return {change: dashboards.count(change) for change in Change}


def _planned(grafana: Grafana, board: Json, into_uid: str, *, overwrite: bool) -> Action:
    try:
        existing = grafana.dashboard(board["uid"])
    except RefusedError as error:
        return Action(Change.FAILED, board, note=str(error))
    return plan(board, existing, into_uid, overwrite=overwrite)


def _folder_made(grafana: Grafana, folder: Folder, *, dry_run: bool) -> Outcome:
    url = grafana.folder_url(folder.uid)
    try:
        if not dry_run:
            grafana.create_folder(folder)
    except RefusedError as error:
        return Outcome(Change.FAILED, folder.title, url, str(error), kind="folder")
    return Outcome(Change.NEW, folder.title, url, kind="folder")


def _applied(grafana: Grafana, action: Action, into_uid: str, message: str) -> Outcome:
    if action.change in (Change.NEW, Change.CHANGED):
        try:
            grafana.save(
                marked(action.board), folder_uid=into_uid, version=action.version, message=message
            )
        except RefusedError as error:
            return _outcome(grafana, action, failure=str(error))
    return _outcome(grafana, action)


def _outcome(grafana: Grafana, action: Action, *, failure: str = "") -> Outcome:
    return Outcome(
        Change.FAILED if failure else action.change,
        action.board["title"],
        grafana.dashboard_url(action.board["uid"]),
        failure or action.note,
        () if failure else action.words,
    )
