"""What a deploy would write to Grafana, as values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from dashboards.catalog.builtin import COLLECTION
from dashboards.deploy.compare import changes
from dashboards.deploy.folders import FOLDER, Place, place_at, place_of
from dashboards.deploy.history import Lineage, by_mark, lineage
from dashboards.deploy.provenance import Standing, content
from dashboards.grafana import Existing, Grafana, Manager
from dashboards.grafana.errors import RefusedError, from_files
from dashboards.grafana.refusals import GIT, managed
from dashboards.schema.values import Json


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
    take_over: bool = False
    """Whether to save it even if Grafana says that a plugin owns it."""
    existing: Existing | None = field(default=None, compare=False)
    """The dashboard as Grafana has it."""


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
    def makes_folders(self) -> bool:
        """Tell whether folders have to be created first: not if nothing would go there."""
        saves = any(action.change in (Change.NEW, Change.CHANGED) for action in self.actions)
        return saves and bool(self.place.missing)

    @property
    def writes(self) -> int:
        """Return how many folders and dashboards would be created, saved or deleted."""
        folders = len(self.place.missing) if self.makes_folders else 0
        return folders + sum(action.change in WRITES for action in self.actions)


def plan(
    wanted: Wanted,
    existing: Existing | None,
    whose: Lineage,
    folder_uid: str,
    *,
    overwrite: bool = False,
) -> Action:
    """Return what makes Grafana have the wanted board in that folder.

    What somebody changed in Grafana, or deployed for another collection, is left as it is, unless
    told to ``overwrite`` it.
    """
    board = wanted.board
    action = Action(Change.NEW, board, collection=wanted.collection, existing=existing)
    if existing is None:
        return action
    if existing.provisioned_from is not None:
        note = from_files(board["title"], existing.provisioned_from)
        return replace(action, change=Change.FAILED, note=note)
    words = tuple(changes(existing.content, board))
    moved = existing.folder_uid != folder_uid
    if not words and not moved:
        return replace(action, change=Change.SAME)
    manager = whose.manager
    if manager is not None and (manager.kind == GIT or not overwrite):
        note = _left_to(board, manager)
        return replace(action, change=Change.FAILED, note=note, words=words)
    origin = whose.origin
    others = origin is not None and origin.collection not in ("", wanted.collection)
    theirs = others or whose.standing is not Standing.AS_DEPLOYED
    if words and theirs and not overwrite:
        note = _not_overwritten(board, existing, whose, others=others)
        return replace(action, change=Change.FAILED, note=note, words=words)
    was_in = f"“{existing.folder_title}”" if existing.folder_uid else "the top level"
    notes = [f"moved from {was_in}"] if moved else []
    if manager is not None:
        notes.append(f"taken over from {manager.kind} {manager.identity}".strip())
    elif words and theirs:
        notes.append("overwrites what was in Grafana")
    return replace(
        action,
        change=Change.CHANGED,
        version=existing.version,
        take_over=overwrite,
        note=", ".join(notes),
        words=words,
    )


def _not_overwritten(board: Json, existing: Existing, whose: Lineage, *, others: bool) -> str:
    """Return why a dashboard is left as it is: who changed it and when, and the ways on."""
    name = f"“{board['title']}”"
    if others and whose.origin is not None:
        return (
            f"{name} has the uid {board['uid']} of a dashboard in Grafana that belongs to the "
            f"boards called {whose.origin.collection}. Give yours another uid, or replace theirs "
            "with --overwrite."
        )
    if whose.standing is Standing.CHANGED_SINCE:
        what = f"{name} was changed in Grafana by {saved(existing)}, after it was deployed."
    else:
        what = f"{name} is in Grafana, saved by {saved(existing)}, but deploy did not put it there."
    return (
        f"{what} See it with `pull`, replace it with --overwrite (its version history keeps it), "
        "or leave it."
    )


def _left_to(board: Json, manager: Manager) -> str:
    """Return why a dashboard that another tool maintains is left as it is, and the ways on."""
    who = managed(board["title"], manager)
    if manager.kind == GIT:
        return f"{who} Change it there, or remove it there and run deploy again."
    return (
        f"{who} Take it over with --overwrite, which ends that, or give yours another uid "
        f"(it is {board['uid']}), or leave it."
    )


def saved(existing: Existing) -> str:
    """Return who saved a dashboard last, and when: ``ada on 2026-03-20 12:00:00 UTC``."""
    when = existing.updated.replace("T", " ").rstrip("Z")
    return (existing.updated_by or "somebody") + (f" on {when} UTC" if when else "")


def plan_all(
    grafana: Grafana,
    wanted: Sequence[Wanted],
    where: Where,
    advance: Callable[[], None] = lambda: None,
) -> Plan:
    """Return what a deploy of the boards would do. Only reads; ``advance`` is called at each."""
    if where.folder_uid:
        place = place_of(grafana, where.folder_uid)
    else:
        place = place_at(grafana, where.folder)
    actions = []
    for one in wanted:
        actions.append(_planned(grafana, one, place.folder.uid, where))
        advance()
    if where.prune and not place.missing:
        uids = {one.board["uid"] for one in wanted}
        actions += _left_over(grafana, place.folder.uid, where, uids)
    return Plan(place, tuple(actions))


def _planned(grafana: Grafana, wanted: Wanted, into_uid: str, where: Where) -> Action:
    try:
        existing = grafana.dashboard(wanted.board["uid"])
        whose = _whose(grafana, existing, wanted.board, into_uid)
    except RefusedError as error:
        return Action(Change.FAILED, wanted.board, note=str(error), collection=wanted.collection)
    return plan(wanted, existing, whose, into_uid, overwrite=where.overwrite)


def _whose(grafana: Grafana, existing: Existing | None, board: Json, into_uid: str) -> Lineage:
    """Return whose a dashboard is; it is only looked into if something would be written."""
    if existing is None:
        return Lineage(Standing.NOT_OURS)
    same = content(existing.content) == content(board)
    moved = existing.folder_uid != into_uid
    if existing.provisioned_from is not None or (same and not moved):
        return by_mark(existing)
    whose = by_mark(existing) if same else lineage(grafana, existing)
    return replace(whose, manager=grafana.manager(board["uid"]))


def _left_over(grafana: Grafana, folder_uid: str, where: Where, wanted: set[str]) -> list[Action]:
    """Return what to do with the folder's dashboards that we deployed and no board makes now."""
    found = []
    for each in grafana.dashboards(folder_uid=folder_uid):
        if each.uid in wanted:
            continue
        try:
            existing = grafana.dashboard(each.uid)
            if existing is not None and existing.provisioned_from is None:
                actions = prune(existing, lineage(grafana, existing), where)
                # What another tool has taken over since is not ours to delete.
                if actions and grafana.manager(each.uid) is None:
                    found += actions
        except RefusedError as error:
            board: Json = {"uid": each.uid, "title": each.title}
            found.append(Action(Change.FAILED, board, note=str(error)))
    return found


def prune(existing: Existing, whose: Lineage, where: Where) -> list[Action]:
    """Return what to do with a dashboard that no board makes: nothing unless it is ours.

    Ours is what deploy saved under this uid, for a collection that is to be pruned. What somebody
    changed since is left, unless told to ``overwrite``.
    """
    origin = whose.origin
    if origin is None or origin.collection not in where.prune:
        return []
    board = existing.content
    action = Action(
        Change.PRUNED,
        board,
        existing.version,
        f"deployed by groupscope {origin.release}",
        collection=origin.collection,
        existing=existing,
    )
    if whose.standing is Standing.CHANGED_SINCE and not where.overwrite:
        note = (
            f"“{board.get('title', '')}” is no board any more, but was changed in Grafana by "
            f"{saved(existing)}, after it was deployed. Delete it with --prune --overwrite, or "
            "save it there as a copy under another name."
        )
        return [replace(action, change=Change.FAILED, note=note)]
    return [action]
