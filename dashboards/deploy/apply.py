"""Carrying out a plan: the requests that write."""

from collections.abc import Iterator

from dashboards.deploy.model import (
    SAVES,
    WRITES,
    Action,
    Change,
    Outcome,
    Plan,
    dashboard_outcome,
    folder_outcome,
)
from dashboards.deploy.provenance import Origin, stamp
from dashboards.grafana import Folder, Grafana
from dashboards.grafana.errors import RefusedError


def apply(grafana: Grafana, plan: Plan, release: str) -> Iterator[Outcome]:
    """Write what the plan says; yield the outcome of each folder and dashboard to be written.

    Dashboards that the plan leaves as they are have no outcome here. A failure does not stop the
    rest. Raises GrafanaUnusableError when no further request can succeed; what was yielded before
    is done.
    """
    folder_exists = True
    for folder in plan.new_folders:
        if folder_exists:
            outcome = _create_folder(grafana, folder)
        else:
            failure = "Not created: its parent folder could not be created."
            outcome = folder_outcome(grafana, folder, failure=failure)
        folder_exists = outcome.change is not Change.FAILED
        yield outcome
    for action in plan.actions:
        if action.change in SAVES and not folder_exists:
            failure = "Not saved: its folder could not be created."
            yield dashboard_outcome(grafana, action, failure=failure)
        elif action.change in WRITES:
            yield _write(grafana, action, plan.resolved.folder.uid, release)


def _create_folder(grafana: Grafana, folder: Folder) -> Outcome:
    try:
        grafana.create_folder(folder)
    except RefusedError as error:
        return folder_outcome(grafana, folder, failure=str(error))
    return folder_outcome(grafana, folder)


def _write(grafana: Grafana, action: Action, folder_uid: str, release: str) -> Outcome:
    origin = Origin(release, action.collection)
    try:
        if action.change is Change.PRUNED:
            return _prune(grafana, action)
        grafana.save(
            stamp(action.board, origin),
            folder_uid=folder_uid,
            version=action.version,
            message=origin.message,
            take_over=action.take_over,
        )
    except RefusedError as error:
        return dashboard_outcome(grafana, action, failure=str(error))
    return dashboard_outcome(grafana, action)


def _prune(grafana: Grafana, action: Action) -> Outcome:
    uid, title = action.board["uid"], action.board["title"]
    # Grafana deletes whatever version it has by then: so compare once more, as late as possible.
    existing = grafana.dashboard(uid)
    if existing is not None and existing.version != action.version:
        failure = (
            f"Someone else saved “{title}” in Grafana at the same moment, and deploy left it as "
            "it is. Look at its version history, then run deploy again."
        )
        return dashboard_outcome(grafana, action, failure=failure)
    grafana.delete(uid, title)
    return dashboard_outcome(grafana, action)
