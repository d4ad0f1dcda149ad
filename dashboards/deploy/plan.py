"""Planning a deploy: reads what Grafana has, writes nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dashboards.deploy.decisions import plan_board, plan_pruning
from dashboards.deploy.folders import resolve_folder_path, resolve_folder_uid
from dashboards.deploy.history import Provenance, provenance_by_stamp, read_provenance
from dashboards.deploy.model import Action, Change, DeployOptions, DesiredBoard, Plan
from dashboards.deploy.provenance import Ownership, content
from dashboards.grafana import Existing, Grafana
from dashboards.grafana.errors import RefusedError
from dashboards.schema.values import Json


def make_plan(
    grafana: Grafana,
    desired: Sequence[DesiredBoard],
    options: DeployOptions,
    advance: Callable[[], None] = lambda: None,
) -> Plan:
    """Return what a deploy of the boards would do. Only reads; ``advance`` is called at each.

    Raises GrafanaError when the folder cannot be read, or no request can succeed.
    """
    if options.folder_uid:
        resolved = resolve_folder_uid(grafana, options.folder_uid)
    else:
        resolved = resolve_folder_path(grafana, options.folder)
    actions = []
    for one in desired:
        actions.append(_plan_board(grafana, one, resolved.folder.uid, options))
        advance()
    if options.prune and not resolved.missing:
        uids = {one.board["uid"] for one in desired}
        actions += _plan_pruning(grafana, resolved.folder.uid, options, uids)
    return Plan(resolved, tuple(actions))


def _plan_board(
    grafana: Grafana, desired: DesiredBoard, folder_uid: str, options: DeployOptions
) -> Action:
    board = desired.board
    try:
        existing = grafana.dashboard(board["uid"])
        provenance = _read_provenance(grafana, existing, board, folder_uid)
    except RefusedError as error:
        return Action(Change.FAILED, board, note=str(error), collection=desired.collection)
    return plan_board(desired, existing, provenance, folder_uid, overwrite=options.overwrite)


def _read_provenance(
    grafana: Grafana, existing: Existing | None, board: Json, folder_uid: str
) -> Provenance:
    """Return a dashboard's provenance; the history is only read if something would be written."""
    if existing is None:
        return Provenance(Ownership.NOT_OURS)
    same = content(existing.content) == content(board)
    moved = existing.folder_uid != folder_uid
    if existing.provisioned_from is not None or (same and not moved):
        return provenance_by_stamp(existing)
    provenance = provenance_by_stamp(existing) if same else read_provenance(grafana, existing)
    return replace(provenance, manager=grafana.manager(board["uid"]))


def _plan_pruning(
    grafana: Grafana, folder_uid: str, options: DeployOptions, desired_uids: set[str]
) -> Iterator[Action]:
    """Yield what to do with the folder's dashboards that deploy saved and no board builds now."""
    for hit in grafana.dashboards(folder_uid=folder_uid):
        if hit.uid in desired_uids:
            continue
        try:
            existing = grafana.dashboard(hit.uid)
            if existing is None or existing.provisioned_from is not None:
                continue
            action = plan_pruning(existing, read_provenance(grafana, existing), options)
            # What another tool has taken over since is not ours to delete.
            if action is not None and grafana.manager(hit.uid) is None:
                yield action
        except RefusedError as error:
            board: Json = {"uid": hit.uid, "title": hit.title}
            yield Action(Change.FAILED, board, note=str(error))
