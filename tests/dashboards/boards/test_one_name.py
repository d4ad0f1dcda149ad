"""One number has one name: a query has the same title and unit on every board, a title one query.

Where one title stands for several queries, the reason is here.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from dashboards import catalog
from dashboards.evaluate import data

_OF_WHOM = "each group's on User groups, each user's on Users: the board says whose it is"
_SELECTED = "of the selected groups on User groups, of the chosen users on Users"
_NAMESPACES = "of all namespaces on Cluster, of the chosen hubs elsewhere"

SEVERAL_QUERIES = {
    **dict.fromkeys(
        (
            *("Memory", "CPU", "GPUs held", "Memory requests", "CPU requests"),
            *("Home directory size", "Running servers"),
        ),
        _OF_WHOM,
    ),
    **dict.fromkeys(
        (
            *("People who took part", "CPU-hours", "Memory GiB-hours", "GPU-hours"),
            *("Home directories", "Who used what"),
        ),
        _SELECTED,
    ),
    **dict.fromkeys(
        (
            *("Pods stuck in Pending", "Pending pods and reasons", "Pods not running"),
            "Failed containers",
        ),
        _NAMESPACES,
    ),
    "Servers running now": "Hub counts the pods of this moment, the others the last recorded mean",
}
"""Title → why it stands for several queries."""


class Shown(NamedTuple):
    """Numbers under a title, on a board: those of a panel, or of a table's column."""

    board: str
    title: str
    queries: tuple[str, ...]
    unit: str


def shown(recorded: bool) -> Iterator[Shown]:
    """Yield what all boards show, tables also column by column."""
    for name in catalog.names():
        for panel in data.panels(catalog.load(name, recorded=recorded)):
            queries = tuple(target["expr"] for target in panel.get("targets", ()))
            if not queries:
                continue
            unit = _unit(panel["fieldConfig"]["defaults"])
            yield Shown(name, panel["title"], queries, unit)
            if panel["type"] == "table":
                yield from _columns(name, panel)


def _unit(defaults: dict[str, Any]) -> str:
    """Return a unit; on lines its word stands beside the axis."""
    label = defaults.get("custom", {}).get("axisLabel")
    return f"suffix:{label}" if label else str(defaults["unit"])


def _columns(board: str, panel: dict[str, Any]) -> Iterator[Shown]:
    [names] = [
        it["options"]["renameByName"] for it in panel["transformations"] if it["id"] == "organize"
    ]
    headings = [heading for field, heading in names.items() if field.startswith("Value")]
    units = {
        override["matcher"]["options"]: one["value"]
        for override in panel["fieldConfig"]["overrides"]
        for one in override["properties"]
        if one["id"] == "unit"
    }
    for heading, target in zip(headings, panel["targets"], strict=True):
        yield Shown(board, f"column {heading}", (target["expr"],), units[heading])


@pytest.mark.parametrize("recorded", [False, True], ids=["raw", "recorded"])
def test_a_number_has_the_same_title_and_unit_on_every_board(recorded: bool) -> None:
    names: dict[tuple[bool, tuple[str, ...]], dict[tuple[str, str], set[str]]] = defaultdict(dict)
    for it in shown(recorded):
        # A column may be called otherwise than a panel that has nothing else.
        found = names[it.title.startswith("column "), it.queries]
        found.setdefault((it.title, it.unit), set()).add(it.board)
    several = {
        frozenset(found)
        for found in names.values()
        if len(found) > 1 and len(set().union(*found.values())) > 1
    }
    assert several == set()
    on_two_boards = [found for found in names.values() if len(set().union(*found.values())) > 1]
    assert len(on_two_boards) > 20


@pytest.mark.parametrize("recorded", [False, True], ids=["raw", "recorded"])
def test_a_title_stands_for_one_number_unless_there_is_a_reason(recorded: bool) -> None:
    queries = defaultdict(set)
    for it in shown(recorded):
        if not it.title.startswith("column "):
            queries[it.title].add(it.queries)
    several = {title for title, found in queries.items() if len(found) > 1}
    assert several == set(SEVERAL_QUERIES)
