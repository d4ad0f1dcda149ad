"""Boards of one's own beside the catalogue's: files of a directory, or packages that offer some.

A board is a Python file with a function ``board(source)`` that returns a grafanalib dashboard, as
``dashboards.kit.render.board`` makes one, or a dashboard's JSON as a dict; its name is the file's.
A package names such modules as entry points of the group ``groupscope.boards``.
"""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from importlib import import_module, invalidate_caches
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TypeVar

from dashboards import catalog
from dashboards.catalog import rendered, unknown
from dashboards.catalog.builtin import COLLECTION
from dashboards.schema.accepted import UID, refusals
from dashboards.schema.exemptions import Exempt
from dashboards.schema.values import Json

ENTRY_POINTS = "groupscope.boards"

Made = TypeVar("Made")


class OwnBoardError(Exception):
    """A board of somebody's own cannot be loaded; the text says which and why."""


@dataclass(frozen=True)
class OwnBoard:
    """A board that is not the catalogue's; its module is run when it is first asked for.

    ``where`` says where it is from, for people; ``collection`` whose it is.
    """

    name: str
    collection: str
    where: str
    run: Callable[[], ModuleType]

    @cached_property
    def module(self) -> ModuleType:
        """Return the module. Raises OwnBoardError."""
        module = self._theirs(self.run)
        if not callable(getattr(module, "board", None)):
            raise OwnBoardError(
                f"{self.where} has no function board(source). `python -m dashboards new` makes a "
                "board to begin with."
            )
        return module

    @property
    def exemptions(self) -> tuple[Exempt, ...]:
        """Return what lint is not to speak of: the module's EXEMPT. Raises OwnBoardError."""
        found = getattr(self.module, "EXEMPT", ())
        if not isinstance(found, tuple | list) or not all(isinstance(it, Exempt) for it in found):
            raise OwnBoardError(f"{self.where}: EXEMPT has to be a tuple of Exempt(…).")
        return tuple(found)

    def load(self, cluster_label: str | None = None, *, recorded: bool = False) -> Json:
        """Return the canonical dict. Raises OwnBoardError."""
        make = self.module.board
        made = self._theirs(lambda: rendered(make, cluster_label, recorded=recorded))
        wrong = not_a_dashboard(made)
        if wrong:
            raise OwnBoardError(f"{self.where}: {wrong}")
        return made

    def _theirs(self, run: Callable[[], Made]) -> Made:
        """Return what their code makes. Raises OwnBoardError that says where it failed, and how."""
        try:
            return run()
        except (Exception, SystemExit) as error:
            lines = [
                it.lineno for it in extract_tb(error.__traceback__) if it.filename == self.where
            ]
            if isinstance(error, SyntaxError):
                lines = [error.lineno]
            place = f"{self.where}, line {lines[-1]}" if lines else self.where
            raise OwnBoardError(f"{place}: {type(error).__name__}: {error}") from error


def not_a_dashboard(made: Json) -> str:
    """Return what keeps a dict from being a dashboard that can be deployed, or ""."""
    uid = made.get("uid")
    if not isinstance(uid, str) or not UID.fullmatch(uid):
        return (
            f"the dashboard has the uid {uid!r}. Give it one that stays: up to 40 of a-zA-Z0-9-_."
        )
    for refusal in refusals(made):
        return f"the dashboard {refusal}."
    if not isinstance(made.get("panels"), list):
        return "the dashboard has no list of panels; it may be empty."
    try:
        json.dumps(made, allow_nan=False)
    except (TypeError, ValueError) as error:
        return f"the dashboard holds what no JSON can: {error}."
    return ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A board as it is built, and where it is from."""

    name: str
    collection: str
    board: Json
    exemptions: tuple[Exempt, ...] = ()


def in_directory(directory: Path, collection: str = "") -> list[OwnBoard]:
    """Return the boards of a directory: its Python files but those that begin with ``_``.

    They are a package's modules: ``from ._shared import …`` finds ``_shared.py`` beside them.
    Raises OwnBoardError.
    """
    if not directory.is_dir():
        raise OwnBoardError(f"{directory} is no directory.")
    whole = str(directory.resolve())
    package = ModuleType(f"groupscope_boards_{sha256(whole.encode()).hexdigest()[:8]}")
    package.__path__ = [whole]
    sys.modules[package.__name__] = package
    return [
        OwnBoard(
            file.stem.replace("_", "-"),
            collection,
            str(file.resolve()),
            partial(_imported, package.__name__, file.stem),
        )
        for file in sorted(directory.glob("*.py"))
        if not file.name.startswith("_")
    ]


def _imported(package: str, name: str) -> ModuleType:
    # A file may have changed since this process looked last.
    invalidate_caches()
    sys.modules.pop(f"{package}.{name}", None)
    return import_module(f"{package}.{name}")


def installed() -> list[OwnBoard]:
    """Return the boards that installed packages offer; the collection is the package."""
    return [
        OwnBoard(point.name, point.dist.name if point.dist else "", point.value, point.load)
        for point in entry_points(group=ENTRY_POINTS)
    ]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which boards there are: groupscope's, packages', and those of directories.

    ``collection`` says whose the directories' boards are. ``own_only`` leaves groupscope's out.
    """

    directories: tuple[Path, ...] = ()
    collection: str = ""
    own_only: bool = False


def load(
    names: Sequence[str],
    choice: Choice = Choice(),
    *,
    cluster_label: str | None = None,
    recorded: bool = False,
    broken: list[OwnBoardError] | None = None,
) -> list[Loaded]:
    """Return the boards of these names, or all there are: the catalogue's, then others.

    Raises UnknownBoardError, or OwnBoardError if one cannot be loaded or two are called the same.
    What cannot be loaded is put into ``broken`` instead, if that is given.
    """
    own = _others(choice)
    there = _names(choice, own)
    if not there:
        raise OwnBoardError("There are no boards: groupscope's are left out, and no others given.")
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
        except OwnBoardError as error:
            if broken is None:
                raise
            broken.append(error)
    _no_uid_twice(found)
    return found


def names(choice: Choice = Choice()) -> list[str]:
    """Return the names of all boards there are, of which none is loaded. Raises OwnBoardError."""
    return _names(choice, _others(choice))


def _names(choice: Choice, own: Iterable[str]) -> list[str]:
    return [*(() if choice.own_only else catalog.names()), *own]


def _others(choice: Choice) -> dict[str, OwnBoard]:
    directories = (it for one in choice.directories for it in in_directory(one, choice.collection))
    return _by_name([*installed(), *directories])


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
