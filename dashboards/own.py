"""Boards of one's own beside the catalogue's: files of a directory, or packages that offer some.

A board is a Python file with a function ``board(source)`` that returns a grafanalib dashboard, as
``dashboards.render.board`` makes one; its name is the file's. A package names such modules as entry
points of the group ``groupscope.boards``.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

from dashboards import catalog
from dashboards.catalog import UnknownBoardError, rendered
from dashboards.lint.model import Exempt
from dashboards.marker import COLLECTION
from dashboards.render import Json

ENTRY_POINTS = "groupscope.boards"


class OwnBoardError(Exception):
    """A board of somebody's own cannot be loaded; the text says which and why."""


@dataclass(frozen=True)
class OwnBoard:
    """A board that is not the catalogue's; its module is run when it is first asked for.

    ``where`` says where it is from, for people.
    """

    name: str
    collection: str
    where: str
    run: Callable[[], ModuleType]

    @cached_property
    def module(self) -> ModuleType:
        """Return the module. Raises OwnBoardError."""
        try:
            module = self.run()
        except Exception as error:
            # Whatever their file raises is theirs to see, with the line that it comes from.
            raise self._failed(error) from error
        if not callable(getattr(module, "board", None)):
            raise OwnBoardError(
                f"{self.where} has no function board(source). `python -m dashboards new` makes a "
                "board to begin with."
            )
        return module

    @property
    def exemptions(self) -> tuple[Exempt, ...]:
        """Return what lint is not to speak of: the module's EXEMPT."""
        found: tuple[Exempt, ...] = getattr(self.module, "EXEMPT", ())
        return found

    def load(self, cluster_label: str | None = None, *, recorded: bool = False) -> Json:
        """Return the canonical dict. Raises OwnBoardError."""
        make = self.module.board
        try:
            board = rendered(make, cluster_label, recorded=recorded)
        except Exception as error:
            raise self._failed(error) from error
        if not board.get("uid"):
            raise OwnBoardError(f"{self.where}: the dashboard has no uid. Give it one that stays.")
        return board

    def _failed(self, error: Exception) -> OwnBoardError:
        """Return what says where in their file it failed, and how."""
        lines = [it.lineno for it in extract_tb(error.__traceback__) if it.filename == self.where]
        if isinstance(error, SyntaxError):
            lines = [error.lineno]
        place = f"{self.where}, line {lines[-1]}" if lines else self.where
        return OwnBoardError(f"{place}: {type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A board as it is built, and where it is from."""

    name: str
    collection: str
    board: Json
    exemptions: tuple[Exempt, ...] = ()


def in_directory(directory: Path) -> list[OwnBoard]:
    """Return the boards of a directory: its Python files but those that begin with ``_``.

    The collection is called as the directory is. Raises OwnBoardError.
    """
    if not directory.is_dir():
        raise OwnBoardError(f"{directory} is no directory.")
    collection = _collection(directory)
    return [
        OwnBoard(file.stem.replace("_", "-"), collection, str(file), partial(_run, file))
        for file in sorted(directory.glob("*.py"))
        if not file.name.startswith("_")
    ]


def _collection(directory: Path) -> str:
    name = directory.resolve().name
    if name == COLLECTION:
        raise OwnBoardError(
            f"{directory}: the directory's name says whose boards these are, and {COLLECTION} is "
            "groupscope itself. Call it otherwise."
        )
    return name


def installed() -> list[OwnBoard]:
    """Return the boards that installed packages offer; the collection is the package."""
    return [
        OwnBoard(point.name, point.dist.name if point.dist else "", point.value, point.load)
        for point in entry_points(group=ENTRY_POINTS)
    ]


def _run(file: Path) -> ModuleType:
    qualified = f"{__name__}.{file.stem}"
    module = ModuleType(qualified)
    module.__file__ = str(file)
    # Dataclasses look their module up.
    sys.modules[qualified] = module
    SourceFileLoader(qualified, str(file)).exec_module(module)
    return module


def load(
    names: Sequence[str],
    directories: Sequence[Path] = (),
    *,
    cluster_label: str | None = None,
    recorded: bool = False,
) -> list[Loaded]:
    """Return the boards of these names, or all there are: the catalogue's, then others.

    Raises UnknownBoardError, or OwnBoardError if one cannot be loaded or two are called the same.
    """
    own = _by_name([*installed(), *(it for one in directories for it in in_directory(one))])
    there = [*catalog.names(), *own]
    for name in names:
        if name not in there:
            raise UnknownBoardError(f"No board {name!r}. There are: {', '.join(there)}.")
    found = []
    for name in dict.fromkeys(names or there):
        one = own.get(name)
        if one is None:
            board = catalog.load(name, cluster_label, recorded=recorded)
            found.append(Loaded(name, COLLECTION, board, catalog.exemptions(name)))
        else:
            board = one.load(cluster_label, recorded=recorded)
            found.append(Loaded(name, one.collection, board, one.exemptions))
    _no_uid_twice(found)
    return found


def _by_name(boards: Iterable[OwnBoard]) -> dict[str, OwnBoard]:
    found: dict[str, OwnBoard] = {}
    for board in boards:
        if board.name in catalog.names():
            raise OwnBoardError(
                f"{board.where} is called as a board of groupscope is: {board.name}. Rename it."
            )
        if board.name in found:
            raise OwnBoardError(
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
            raise OwnBoardError(
                f"{one.name} and {uids[uid]} have the same uid, {uid}: one would replace the "
                "other. Give one another uid."
            )
        uids[uid] = one.name


def collections(directories: Sequence[Path]) -> frozenset[str]:
    """Return whose boards there can be: groupscope's, packages', and these directories'."""
    return frozenset(
        [COLLECTION]
        + [board.collection for board in installed()]
        + [_collection(directory) for directory in directories]
    )
