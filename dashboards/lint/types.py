"""The types of a dashboard's values that Grafana reads, where another one breaks the dashboard.

Null is no value, everywhere. Numbers may be written as texts where Grafana takes them so, and what
only old versions had is not looked at. The facts are those of Grafana's schema of dashboards,
kinds/dashboard/dashboard_kind.cue in its source.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.reading.values import Path

_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}

Kinds = tuple[type, ...]
_TEXT: Kinds = (str,)
_LIST: Kinds = (list,)
_OBJECT: Kinds = (dict,)
_NUMBER: Kinds = (int, float)

_BOARD: Mapping[str, Kinds] = {
    "title": _TEXT,
    "uid": _TEXT,
    "description": _TEXT,
    "tags": _LIST,
    "panels": _LIST,
    "rows": _LIST,
    "templating": _OBJECT,
    "annotations": _OBJECT,
    "links": _LIST,
    "time": _OBJECT,
    "refresh": (str, bool),
    "schemaVersion": (*_NUMBER, str),
}
_PANEL: Mapping[str, Kinds] = {
    "title": _TEXT,
    "type": _TEXT,
    "id": _NUMBER,
    "description": _TEXT,
    "gridPos": _OBJECT,
    "targets": _LIST,
    "options": _OBJECT,
    "fieldConfig": _OBJECT,
    "datasource": (dict, str),
    "transformations": _LIST,
    "panels": _LIST,
    "repeat": (str, bool),
}
_TARGET: Mapping[str, Kinds] = {
    "refId": _TEXT,
    "expr": _TEXT,
    "legendFormat": _TEXT,
    "datasource": (dict, str),
}
_VARIABLE: Mapping[str, Kinds] = {"name": _TEXT, "type": _TEXT, "query": (str, dict)}
_PLACE: Mapping[str, Kinds] = dict.fromkeys("xywh", _NUMBER)
_FIELDS: Mapping[str, Kinds] = {"defaults": _OBJECT, "overrides": _LIST}


def of_board(board: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield each value of the board itself that has another type: where it is, and what it is."""
    yield from _of(board, _BOARD)
    for key in ("templating", "annotations"):
        part = board.get(key)
        if isinstance(part, dict):
            yield from _of(part, {"list": _LIST}, (key,))
    for key in ("tags", "panels", "rows", "links"):
        yield from _elements(board.get(key), _TEXT if key == "tags" else _OBJECT, (key,))
    variables = board.get("templating")
    several = variables.get("list") if isinstance(variables, dict) else None
    yield from _elements(several, _OBJECT, ("templating", "list"))
    for number, each in enumerate(several if isinstance(several, list) else ()):
        if isinstance(each, dict):
            yield from _of(each, _VARIABLE, ("templating", "list", number))


def of_panel(panel: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield each value of a panel that has another type, by its path in the panel."""
    yield from _of(panel, _PANEL)
    for key, kinds in (("gridPos", _PLACE), ("fieldConfig", _FIELDS)):
        part = panel.get(key)
        if isinstance(part, dict):
            yield from _of(part, kinds, (key,))
    for key in ("targets", "panels", "transformations"):
        yield from _elements(panel.get(key), _OBJECT, (key,))
    targets = panel.get("targets")
    for number, each in enumerate(targets if isinstance(targets, list) else ()):
        if isinstance(each, dict):
            yield from _of(each, _TARGET, ("targets", number))


def _of(
    part: Mapping[str, Any], kinds: Mapping[str, Kinds], path: Path = ()
) -> Iterator[tuple[Path, str]]:
    for key, allowed in kinds.items():
        yield from _one(part.get(key), allowed, (*path, key))


def _elements(value: object, allowed: Kinds, path: Path) -> Iterator[tuple[Path, str]]:
    for number, each in enumerate(value if isinstance(value, list) else ()):
        yield from _one(each, allowed, (*path, number))


def _one(value: object, allowed: Kinds, path: Path) -> Iterator[tuple[Path, str]]:
    is_one = isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))
    if value is not None and not is_one:
        wanted = " or ".join(dict.fromkeys(_NAMES[kind] for kind in allowed))
        yield path, f"is {_NAMES[type(value)]}, where Grafana reads {wanted}"
