"""The boards that groupscope has, by name: ``dashboards.kit.boards`` lists them."""

from collections.abc import Callable, Sequence
from importlib import import_module
from types import ModuleType

from grafanalib.core import Dashboard

from dashboards.kit.boards import BOARDS
from dashboards.kit.scope import Scope
from dashboards.queries.sources import Raw, Recorded, Source
from dashboards.schema.canonical import render
from dashboards.schema.exemptions import Exempt
from dashboards.schema.values import Json
from exporter.text import did_you_mean

COLLECTION = "groupscope"
"""The collection of the boards that groupscope has itself; those of others have other names."""


class UnknownBoardError(LookupError):
    """No board of that name; the message lists those there are."""


def names() -> tuple[str, ...]:
    """Return the boards' names, which are also their file names without ``.json``."""
    return tuple(board.name for board in BOARDS)


def exemptions(name: str) -> tuple[Exempt, ...]:
    """Return what of a board lint is not to speak of: its module's EXEMPT."""
    exempt: tuple[Exempt, ...] = getattr(_module(name), "EXEMPT", ())
    return exempt


def load(name: str, cluster_label: str | None = None, *, recorded: bool = False) -> Json:
    """Return the canonical dict of one board, for several clusters if a label tells them apart.

    It reads what is scraped, or what the rules of ``dashboards.rules.recording`` record.
    Raises UnknownBoardError when there is no such board.
    """
    if name not in names():
        raise unknown(name, names())
    return rendered(_module(name).board, cluster_label, recorded=recorded)


def _module(name: str) -> ModuleType:
    """Return a board's module, which is imported when it is asked for: a start takes less."""
    return import_module(f"dashboards.boards.{name.replace('-', '_')}")


def unknown(name: str, there: Sequence[str]) -> UnknownBoardError:
    """Return the error for a name that none of the boards has."""
    return UnknownBoardError(f"No board {name!r}. {did_you_mean(name, there)}")


def rendered(
    make: Callable[[Source], Dashboard | Json],
    cluster_label: str | None = None,
    *,
    recorded: bool = False,
) -> Json:
    """Return the canonical dict of what a board's function makes: a dashboard, or its JSON."""
    scope = Scope(cluster_label=cluster_label or "")
    made = make(Recorded(scope) if recorded else Raw(scope))
    return made if isinstance(made, dict) else render(made)
