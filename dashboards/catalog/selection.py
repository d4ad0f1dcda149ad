"""Which boards there are: groupscope's own, those of packages and those of directories."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboards import catalog
from dashboards.catalog.builtin import COLLECTION, unknown
from dashboards.catalog.custom import CustomBoard, CustomBoardError, from_directory, installed
from dashboards.schema.exemptions import Exempt
from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Loaded:
    """A board as it is built, and where it is from."""

    name: str
    collection: str
    board: Json
    exemptions: tuple[Exempt, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardSelection:
    """Which boards there are: groupscope's, packages', and those of directories.

    ``collection`` says whose the directories' boards are. ``own_only`` leaves groupscope's out.
    """

    directories: tuple[Path, ...] = ()
    collection: str = ""
    own_only: bool = False


def load(
    names: Sequence[str],
    selection: BoardSelection = BoardSelection(),
    *,
    cluster_label: str | None = None,
    recorded: bool = False,
    broken: list[CustomBoardError] | None = None,
) -> list[Loaded]:
    """Return the boards of these names, or all there are: the catalog's, then others.

    Raises UnknownBoardError; CustomBoardError if one cannot be loaded or two have one name.
    What cannot be loaded is put into ``broken`` instead, if that is given.
    """
    own = _others(selection)
    there = _names(selection, own)
    if not there:
        raise CustomBoardError(
            "There are no boards: groupscope's are left out, and no others given."
        )
    for name in names:
        if name not in there:
            raise unknown(name, there)
    found = []
    for name in dict.fromkeys(names or there):
        one = own.get(name)
        if one is None:
            board = catalog.load(name, cluster_label, recorded=recorded)
            found.append(Loaded(name, COLLECTION, board, catalog.exemptions(name)))
            continue
        try:
            board = one.load(cluster_label, recorded=recorded)
            found.append(Loaded(name, one.collection, board, one.exemptions))
        except CustomBoardError as error:
            if broken is None:
                raise
            broken.append(error)
    _no_uid_twice(found)
    return found


def names(selection: BoardSelection = BoardSelection()) -> list[str]:
    """Return the names of all boards, without loading any. Raises CustomBoardError."""
    return _names(selection, _others(selection))


def _names(selection: BoardSelection, own: Iterable[str]) -> list[str]:
    return [*(() if selection.own_only else catalog.names()), *own]


def _others(selection: BoardSelection) -> dict[str, CustomBoard]:
    in_directories = (
        board
        for directory in selection.directories
        for board in from_directory(directory, selection.collection)
    )
    return _by_name([*installed(), *in_directories])


def _by_name(boards: Iterable[CustomBoard]) -> dict[str, CustomBoard]:
    found: dict[str, CustomBoard] = {}
    for board in boards:
        if board.name in catalog.names():
            raise CustomBoardError(
                f"{board.where} is called as a board of groupscope is: {board.name}. Rename it."
            )
        if board.name in found:
            raise CustomBoardError(
                f"{board.where} and {found[board.name].where} are both called {board.name}. "
                "Rename one."
            )
        found[board.name] = board
    return found


def _no_uid_twice(boards: Sequence[Loaded]) -> None:
    uids: dict[str, str] = {}
    for one in boards:
        uid = str(one.board["uid"])
        if uid in uids:
            raise CustomBoardError(
                f"{one.name} and {uids[uid]} have the same uid, {uid}: one would replace the "
                "other. Give one another uid."
            )
        uids[uid] = one.name
