"""Dashboards of older Grafanas as today's reads them: rows of panels, graphs, single stats.

Read from Grafana 12.4 (public/app/features/dashboard/state: DashboardMigrator.ts,
getPanelPluginToMigrateTo).
"""

from collections.abc import Iterator
from typing import Any

from dashboards.schema.values import Json

_WIDTH = 24
_SPANS = 12
"""A row of before Grafana 5 had twelve parts."""

# The kind that Grafana makes of one that it has no more.
_KINDS = {
    "graph": "timeseries",
    "singlestat": "stat",
    "grafana-singlestat-panel": "stat",
    "table-old": "table",
    "grafana-piechart-panel": "piechart",
    "grafana-worldmap-panel": "geomap",
}
# singlestat's names of calculations → today's.
_CALCULATIONS = {
    "avg": "mean",
    "current": "lastNotNull",
    "first": "firstNotNull",
    "total": "sum",
    "delta": "delta",
    "diff": "diff",
    "range": "range",
    "max": "max",
    "min": "min",
    "name": "name",
}


def with_panels(board: object) -> object:
    """Return a dashboard whose panels are in ``panels``, also if it has ``rows`` of panels."""
    if not isinstance(board, dict):
        return board
    rows = board.get("rows")
    if isinstance(board.get("panels"), list) or not isinstance(rows, list):
        return board
    return {**board, "panels": list(_of_rows(rows))}


def _of_rows(rows: list[Any]) -> Iterator[Json]:
    top = 0
    for row in rows:
        if not isinstance(row, dict):
            continue
        if row.get("title") and row.get("showTitle", True):
            place = {"x": 0, "y": top, "w": _WIDTH, "h": 1}
            yield {"type": "row", "title": row["title"], "gridPos": place, "panels": []}
            top += 1
        left = highest = 0
        for panel in _dicts(row.get("panels")):
            width, height = _width(panel), _height(panel, row)
            if left + width > _WIDTH:
                top, left, highest = top + highest, 0, 0
            yield {**panel, "gridPos": {"x": left, "y": top, "w": width, "h": height}}
            left, highest = left + width, max(highest, height)
        top += highest


def _width(panel: Json) -> int:
    span = panel.get("span")
    whole = isinstance(span, int | float) and not isinstance(span, bool) and 1 <= span <= _SPANS
    return round(span * _WIDTH / _SPANS) if whole else _WIDTH  # type: ignore[operator]


def _height(panel: Json, row: Json) -> int:
    for height in (panel.get("height"), row.get("height")):
        digits = str(height).removesuffix("px")
        if digits.isdecimal() and len(digits) < 6:
            # A grid's step is 30 pixels and 8 between two.
            return min(max(round(int(digits) / 38), 3), 60)
    return 7


def panel(old: Json) -> Json:
    """Return a panel as Grafana reads it today; what it does not know stays as it is."""
    kind = old.get("type")
    if kind == "graph":
        return _graph(old)
    if kind in ("singlestat", "grafana-singlestat-panel"):
        return _stat(old)
    return {**old, "type": _KINDS[kind]} if isinstance(kind, str) and kind in _KINDS else old


def _graph(old: Json) -> Json:
    axis = _first(old.get("yaxes"))
    custom: Json = {}
    if old.get("stack") is True:
        custom["stacking"] = {"mode": "normal"}
    legend = old.get("legend") if isinstance(old.get("legend"), dict) else {}
    calculations = [
        today for was, today in _CALCULATIONS.items() if legend and legend.get(was) is True
    ]
    shown = {"showLegend": bool(legend.get("show", True)) if legend else True}
    defaults = {
        "unit": axis.get("format"), "min": axis.get("min"), "max": axis.get("max"),
        "decimals": old.get("decimals"), "custom": custom,
    }  # fmt: skip
    return _with(old, "timeseries", defaults, {"legend": {**shown, "calcs": calculations}})


def _stat(old: Json) -> Json:
    gauge = old.get("gauge")
    shown = isinstance(gauge, dict) and gauge.get("show") is True
    words = {
        str(mapping["value"]): {"text": mapping["text"]}
        for mapping in _dicts(old.get("valueMaps"))
        if mapping.get("value") not in (None, "null") and isinstance(mapping.get("text"), str)
    }
    limits = {"min": gauge.get("minValue"), "max": gauge.get("maxValue")} if shown else {}  # type: ignore[union-attr]
    defaults = {
        "unit": old.get("format"), "decimals": old.get("decimals"), **limits,
        "noValue": old.get("nullText"),
        "mappings": [{"type": "value", "options": words}] if words else [],
    }  # fmt: skip
    calculation = _CALCULATIONS.get(str(old.get("valueName", "avg")), "mean")
    options = {"reduceOptions": {"calcs": [calculation]}}
    return _with(old, "gauge" if shown else "stat", defaults, options)


def _with(old: Json, kind: str, defaults: Json, options: Json) -> Json:
    """Return a panel with settings of today, where it does not have them already."""
    config = old["fieldConfig"] if isinstance(old.get("fieldConfig"), dict) else {}
    given = config["defaults"] if isinstance(config.get("defaults"), dict) else {}
    known = {key: value for key, value in defaults.items() if value not in (None, "", [], {})}
    had = old["options"] if isinstance(old.get("options"), dict) else {}
    return {
        **old,
        "type": kind,
        "fieldConfig": {**config, "defaults": {**known, **given}},
        "options": {**options, **had},
    }


def _first(value: object) -> Json:
    return next(_dicts(value), {})


def _dicts(value: object) -> Iterator[Json]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
