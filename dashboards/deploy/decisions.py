"""What a deploy does with one dashboard, given what Grafana has: pure decisions."""

from dataclasses import replace

from dashboards.deploy.compare import changes
from dashboards.deploy.history import Provenance
from dashboards.deploy.model import Action, Change, DeployOptions, DesiredBoard
from dashboards.deploy.provenance import Ownership
from dashboards.grafana import Existing, Manager
from dashboards.grafana.errors import from_files
from dashboards.grafana.refusals import GIT, managed
from dashboards.schema.values import Json


def plan_board(
    desired: DesiredBoard,
    existing: Existing | None,
    provenance: Provenance,
    folder_uid: str,
    *,
    overwrite: bool = False,
) -> Action:
    """Return what gives Grafana the desired board in that folder.

    What somebody changed in Grafana, or deployed for another collection, is left as it is unless
    ``overwrite`` is set.
    """
    board = desired.board
    action = Action(Change.NEW, board, collection=desired.collection, existing=existing)
    if existing is None:
        return action
    if existing.provisioned_from is not None:
        note = from_files(board["title"], existing.provisioned_from)
        return replace(action, change=Change.FAILED, note=note)
    words = tuple(changes(existing.content, board))
    moved = existing.folder_uid != folder_uid
    if not words and not moved:
        return replace(action, change=Change.SAME)
    manager = provenance.manager
    if manager is not None and (manager.kind == GIT or not overwrite):
        note = _left_to_manager(board, manager)
        return replace(action, change=Change.FAILED, note=note, words=words)
    origin = provenance.origin
    other_collection = origin is not None and origin.collection not in ("", desired.collection)
    not_as_deployed = other_collection or provenance.ownership is not Ownership.AS_DEPLOYED
    if words and not_as_deployed and not overwrite:
        if other_collection and origin is not None:
            note = _of_other_collection(board, origin.collection)
        else:
            note = _not_overwritten(board, existing, provenance.ownership)
        return replace(action, change=Change.FAILED, note=note, words=words)
    moved_from = f"“{existing.folder_title}”" if existing.folder_uid else "the top level"
    notes = [f"moved from {moved_from}"] if moved else []
    if manager is not None:
        notes.append(f"taken over from {manager.kind} {manager.identity}".strip())
    elif words and not_as_deployed:
        notes.append("overwrites what was in Grafana")
    return replace(
        action,
        change=Change.CHANGED,
        version=existing.version,
        take_over=overwrite,
        note=", ".join(notes),
        words=words,
    )


def plan_pruning(
    existing: Existing, provenance: Provenance, options: DeployOptions
) -> Action | None:
    """Return what to do with a dashboard that no board builds any more, None to leave it.

    It is pruned if deploy saved it under this uid for a collection of ``options.prune``. What
    somebody changed since is left and fails, unless ``overwrite`` is set.
    """
    origin = provenance.origin
    if origin is None or origin.collection not in options.prune:
        return None
    board = existing.content
    action = Action(
        Change.PRUNED,
        board,
        existing.version,
        f"deployed by groupscope {origin.release}",
        collection=origin.collection,
        existing=existing,
    )
    if provenance.ownership is Ownership.CHANGED_SINCE and not options.overwrite:
        note = (
            f"“{board.get('title', '')}” is no longer one of the boards, but was changed in "
            f"Grafana by {last_saved(existing)}, after it was deployed. Delete it with --prune "
            "--overwrite, or save it there as a copy under another name."
        )
        return replace(action, change=Change.FAILED, note=note)
    return action


def last_saved(existing: Existing) -> str:
    """Return who saved a dashboard last, and when: ``ada on 2026-03-20 12:00:00 UTC``."""
    when = existing.updated.replace("T", " ").rstrip("Z")
    return (existing.updated_by or "somebody") + (f" on {when} UTC" if when else "")


def _of_other_collection(board: Json, collection: str) -> str:
    return (
        f"“{board['title']}” has the uid {board['uid']} of a dashboard in Grafana that belongs to "
        f"the collection {collection}. Give yours another uid, or replace the other one with "
        "--overwrite."
    )


def _not_overwritten(board: Json, existing: Existing, ownership: Ownership) -> str:
    """Return why a dashboard is left as it is: who changed it and when, and the ways on."""
    name, saved = f"“{board['title']}”", last_saved(existing)
    if ownership is Ownership.CHANGED_SINCE:
        reason = f"{name} was changed in Grafana by {saved}, after it was deployed."
    else:
        reason = f"{name} is in Grafana, saved by {saved}, but deploy did not put it there."
    return (
        f"{reason} See the difference with `pull`, replace it with --overwrite (its version "
        "history keeps it), or leave it."
    )


def _left_to_manager(board: Json, manager: Manager) -> str:
    """Return why a dashboard that another tool maintains is left as it is, and the ways on."""
    who = managed(board["title"], manager)
    if manager.kind == GIT:
        return f"{who} Change it there, or remove it there and run deploy again."
    return (
        f"{who} Take it over with --overwrite, which ends that, or give yours another uid "
        f"(it is {board['uid']}), or leave it."
    )
