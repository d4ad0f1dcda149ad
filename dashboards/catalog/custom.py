"""Custom boards beside the catalog's: files of a directory, or packages that offer some.

A board is a Python file with a function ``board(source)`` that returns a grafanalib dashboard, as
``dashboards.kit.dashboard`` makes one, or a dashboard's JSON as a dict; its name is the file's.
A package names such modules as entry points of the group ``groupscope.boards``.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from importlib import import_module, invalidate_caches
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TypeVar

from dashboards.catalog import rendered
from dashboards.catalog.moved import new_import
from dashboards.schema.accepted import UID, refusals
from dashboards.schema.exemptions import Exempt
from dashboards.schema.values import Json

ENTRY_POINTS = "groupscope.boards"

Made = TypeVar("Made")


class CustomBoardError(Exception):
    """A custom board cannot be loaded; the text says which and why."""


@dataclass(frozen=True)
class CustomBoard:
    """A board that is not the catalog's; its module is run when it is first asked for.

    ``where`` says where it is from, for people; ``collection`` whose it is.
    """

    name: str
    collection: str
    where: str
    run: Callable[[], ModuleType]

    @cached_property
    def module(self) -> ModuleType:
        """Return the module. Raises CustomBoardError."""
        module = self._theirs(self.run)
        if not callable(getattr(module, "board", None)):
            raise CustomBoardError(
                f"{self.where} has no function board(source). `python -m dashboards new` makes a "
                "board to begin with."
            )
        return module

    @property
    def exemptions(self) -> tuple[Exempt, ...]:
        """Return what lint is not to speak of: the module's EXEMPT. Raises CustomBoardError."""
        found = getattr(self.module, "EXEMPT", ())
        if not isinstance(found, tuple | list) or not all(isinstance(it, Exempt) for it in found):
            raise CustomBoardError(f"{self.where}: EXEMPT has to be a tuple of Exempt(…).")
        return tuple(found)

    def load(self, cluster_label: str | None = None, *, recorded: bool = False) -> Json:
        """Return the canonical dict. Raises CustomBoardError."""
        make = self.module.board
        made = self._theirs(lambda: rendered(make, cluster_label, recorded=recorded))
        wrong = not_a_dashboard(made)
        if wrong:
            raise CustomBoardError(f"{self.where}: {wrong}")
        return made

    def _theirs(self, run: Callable[[], Made]) -> Made:
        """Return what their code makes. Raises CustomBoardError: where it failed, and why."""
        try:
            return run()
        except (Exception, SystemExit) as error:
            lines = [
                it.lineno for it in extract_tb(error.__traceback__) if it.filename == self.where
            ]
            if isinstance(error, SyntaxError):
                lines = [error.lineno]
            place = f"{self.where}, line {lines[-1]}" if lines else self.where
            moved = new_import(error) if isinstance(error, ImportError) else ""
            reason = moved or f"{type(error).__name__}: {error}"
            raise CustomBoardError(f"{place}: {reason}") from error


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


def from_directory(directory: Path, collection: str = "") -> list[CustomBoard]:
    """Return the boards of a directory: its Python files but those that begin with ``_``.

    They are a package's modules: ``from ._shared import …`` finds ``_shared.py`` beside them.
    Raises CustomBoardError.
    """
    if not directory.is_dir():
        raise CustomBoardError(f"{directory} is no directory.")
    whole = str(directory.resolve())
    package = ModuleType(f"groupscope_boards_{sha256(whole.encode()).hexdigest()[:8]}")
    package.__path__ = [whole]
    sys.modules[package.__name__] = package
    return [
        CustomBoard(
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


def installed() -> list[CustomBoard]:
    """Return the boards that installed packages offer; the collection is the package."""
    return [
        CustomBoard(point.name, point.dist.name if point.dist else "", point.value, point.load)
        for point in entry_points(group=ENTRY_POINTS)
    ]
