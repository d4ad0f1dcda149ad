"""A deploy as values: the boards, what is allowed, and what becomes of each dashboard."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dashboards.catalog.builtin import COLLECTION
from dashboards.deploy.folders import FOLDER, ResolvedFolder
from dashboards.grafana import Existing, Folder, Grafana
from dashboards.schema.values import Json


class Change(Enum):
    """What a deploy does to a dashboard; the values are the marks it is shown with."""

    NEW = "+"
    CHANGED = "~"
    SAME = "="
    PRUNED = "-"
    FAILED = "!"


SAVES = (Change.NEW, Change.CHANGED)
WRITES = (*SAVES, Change.PRUNED)


@dataclass(frozen=True, slots=True)
class DesiredBoard:
    """A board that Grafana is to have, and the collection it belongs to."""

    board: Json
    collection: str = COLLECTION


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """The folder that boards go to, and what in it may be changed.

    ``folder`` is a path of titles; ``folder_uid``, if given, an existing folder.
    ``overwrite``: also replace what somebody changed in Grafana. ``prune``: the collections whose
    other dashboards are deleted from the folder.
    """

    folder: str = FOLDER
    folder_uid: str = ""
    overwrite: bool = False
    prune: frozenset[str] = frozenset()


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
class Outcome:
    """What becomes, or became, of a dashboard or a folder, and its address in a browser."""

    change: Change
    title: str
    url: str
    note: str = ""
    words: tuple[str, ...] = ()
    action: Action | None = None
    """What was planned for the dashboard; None for a folder."""

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder's outcome rather than a dashboard's."""
        return self.action is None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deploy would do: the folder that boards go to, and an action for each board."""

    resolved: ResolvedFolder
    actions: tuple[Action, ...]

    @property
    def new_folders(self) -> tuple[Folder, ...]:
        """Return the folders to create first, outermost first: none if nothing is saved in them."""
        saves = any(action.change in SAVES for action in self.actions)
        return self.resolved.missing if saves else ()

    @property
    def writes(self) -> int:
        """Return how many folders and dashboards would be created, saved or deleted."""
        return len(self.new_folders) + sum(action.change in WRITES for action in self.actions)

    def outcomes(self, grafana: Grafana) -> tuple[Outcome, ...]:
        """Return what would become of each folder, then of each dashboard, if all went well."""
        return (
            *(folder_outcome(grafana, folder) for folder in self.new_folders),
            *(dashboard_outcome(grafana, action) for action in self.actions),
        )


def folder_outcome(grafana: Grafana, folder: Folder, *, failure: str = "") -> Outcome:
    """Return what became of a folder that was to be created; ``failure`` says why it was not."""
    change = Change.FAILED if failure else Change.NEW
    return Outcome(change, folder.title, grafana.folder_url(folder.uid), failure)


def dashboard_outcome(grafana: Grafana, action: Action, *, failure: str = "") -> Outcome:
    """Return what became of a dashboard; ``failure`` says why the action was not carried out."""
    return Outcome(
        Change.FAILED if failure else action.change,
        action.board["title"],
        grafana.dashboard_url(action.board["uid"]),
        failure or action.note,
        () if failure else action.words,
        action,
    )


def counts(outcomes: Iterable[Outcome]) -> Mapping[Change, int]:
    """Return the number of dashboards by change, with 0 for those that did not occur."""
    changes = [outcome.change for outcome in outcomes if not outcome.is_folder]
    return {change: changes.count(change) for change in Change}
