"""What a deploy would write to Grafana, as values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from dashboards.compare import changes
from dashboards.deploy.folders import FOLDER, Place, place_at, place_of
from dashboards.grafana import Existing, Grafana
from dashboards.grafana.errors import RefusedError, from_files
from dashboards.marker import COLLECTION, Standing, deployed_by, standing
from dashboards.render import Json


class Change(Enum):
    """What a deploy does to a dashboard; the values are the marks it is shown with."""

    NEW = "+"
    CHANGED = "~"
    SAME = "="
    PRUNED = "-"
    FAILED = "!"


WRITES = (Change.NEW, Change.CHANGED, Change.PRUNED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A board that Grafana is to have, and the collection it belongs to."""

    board: Json
    collection: str = COLLECTION


@dataclass(frozen=True, slots=True)
class Action:
    """What to do with one dashboard.

    ``version`` is the one that a save replaces or that is deleted, None for a board that Grafana
    does not have. ``note`` says why a board fails, or what changes besides its content; ``words``
    say what changes in it.
    """

    change: Change
    board: Json
    version: int | None = None
    note: str = ""
    words: tuple[str, ...] = ()
    collection: str = COLLECTION


@dataclass(frozen=True, slots=True)
class Where:
    """Where boards go, and what of it may be changed.

    ``folder`` is a path of titles; ``folder_uid``, if given, a folder that there is.
    ``overwrite``: what somebody changed in Grafana, too. ``prune``: the collections of which
    nothing else is to be in the folder.
    """

    folder: str = FOLDER
    folder_uid: str = ""
    overwrite: bool = False
    prune: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deploy would do: where boards go, and an action a board."""

    place: Place
    actions: tuple[Action, ...]

    @property
    def writes(self) -> int:
        """Return how many dashboards would be saved or deleted."""
        return sum(action.change in WRITES for action in self.actions)

    @property
    def makes_folders(self) -> bool:
        """Tell whether folders have to be created first: not if nothing would go there."""
        saves = any(action.change in (Change.NEW, Change.CHANGED) for action in self.actions)
        return saves and bool(self.place.missing)


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
    name = f"“{wanted['title']}”"
    if standing(existing.content) is Standing.CHANGED_SINCE:
        what = f"{name} was changed in Grafana by {saved(existing)}, after it was deployed."
    else:
        what = f"{name} is in Grafana, saved by {saved(existing)}, but deploy did not put it there."
    return (
        f"{what} See it with `pull`, replace it with --overwrite (its version history keeps it), "
        "or leave it."
    )


def saved(existing: Existing) -> str:
    """Return who saved a dashboard last, and when: ``ada on 2026-03-20 12:00:00 UTC``."""
    when = existing.updated.replace("T", " ").rstrip("Z")
    return (existing.updated_by or "somebody") + (f" on {when} UTC" if when else "")


def plan_all(grafana: Grafana, wanted: Sequence[Wanted], where: Where) -> Plan:
    """Return what a deploy of the boards would do. Only reads."""
    if where.folder_uid:
        place = place_of(grafana, where.folder_uid)
    else:
        place = place_at(grafana, where.folder)
    actions = [_planned(grafana, one, place.folder.uid, where) for one in wanted]
    if where.prune and not place.missing:
        uids = {one.board["uid"] for one in wanted}
        actions += _left_over(grafana, place.folder.uid, where, uids)
    return Plan(place, tuple(actions))


def _planned(grafana: Grafana, wanted: Wanted, into_uid: str, where: Where) -> Action:
    try:
        existing = grafana.dashboard(wanted.board["uid"])
    except RefusedError as error:
        action = Action(Change.FAILED, wanted.board, note=str(error))
    else:
        action = plan(wanted.board, existing, into_uid, overwrite=where.overwrite)
    return replace(action, collection=wanted.collection)


def _left_over(grafana: Grafana, folder_uid: str, where: Where, wanted: set[str]) -> list[Action]:
    """Return what to do with the folder's dashboards that we deployed and no board makes now."""
    found = []
    for each in grafana.dashboards(folder_uid=folder_uid):
        if each.uid in wanted:
            continue
        board: Json = {"uid": each.uid, "title": each.title}
        try:
            existing = grafana.dashboard(each.uid)
        except RefusedError as error:
            found.append(Action(Change.FAILED, board, note=str(error)))
            continue
        if existing is not None:
            found += prune(existing, where)
    return found


def prune(existing: Existing, where: Where) -> list[Action]:
    """Return what to do with a dashboard that no board makes: nothing unless it is ours.

    Ours is what deploy saved under this uid, for a collection that is to be pruned. What somebody
    changed since is left, unless told to ``overwrite``.
    """
    origin = deployed_by(existing.content)
    if origin is None or origin.collection not in where.prune:
        return []
    if existing.provisioned_from is not None:
        return []
    board, title = existing.content, existing.content.get("title", "")
    if standing(board) is Standing.CHANGED_SINCE and not where.overwrite:
        note = (
            f"“{title}” is no board any more, but was changed in Grafana by {saved(existing)}, "
            "after it was deployed. Delete it with --prune --overwrite, or save it there as a copy "
            "under another name."
        )
        return [Action(Change.FAILED, board, note=note)]
    action = Action(Change.PRUNED, board, existing.version, collection=origin.collection)
    return [replace(action, note=f"deployed by groupscope {origin.release}")]
