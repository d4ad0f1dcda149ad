"""Panels over time, one line or bar a series."""

from collections.abc import Sequence
from typing import Any, Unpack

import attr
from grafanalib.core import Panel

from dashboards.kit.panels.base import (
    Common,
    Queries,
    decimals,
    fixed_styles,
    panel,
    with_legends,
)
from dashboards.kit.thresholds import Thresholds
from dashboards.kit.units import COUNT, RATIO, WHOLE, word

GROUP_LEGEND = "{{usergroup}}"

_HEADINGS = {
    "lastNotNull": "Last *",
    "mean": "Mean",
    "max": "Max",
    "min": "Min",
    "sum": "Total",
}


def timeseries(
    title: str,
    query: Queries,
    *,
    legend: str = GROUP_LEGEND,
    calcs: Sequence[str] | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
    stacked: bool = False,
    points: int | None = None,
    thresholds: Thresholds | None = None,
    **common: Unpack[Common],
) -> Panel:
    """Return lines over time, one a series, with a legend of the given calculations.

    Those are last, mean and max by default; last and max of what is counted one by one
    (``units.WHOLE``), whose axis has whole numbers only.

    ``query`` is one with its ``legend``, or several: ``[(used, "used"), (limit, "limit")]``.
    Legends in ``palette.NAMES`` have a color of their own. ``thresholds`` are drawn as lines.
    ``points`` are the most of each line, for queries that are worth it; else a pixel has one.
    """
    queries = with_legends(query, legend)
    custom: dict[str, Any] = {
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 8,
        "lineInterpolation": "linear",
        "lineWidth": 1 if stacked else 2,
        "showPoints": "auto",
        "pointSize": 4,
        "spanNulls": False,
        **_stacking(stacked=stacked),
    }
    if thresholds is not None:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    if calcs is None:
        calcs = (
            ("lastNotNull", "max") if common["unit"] in WHOLE else ("lastNotNull", "mean", "max")
        )
    return panel(
        "timeseries",
        title,
        queries,
        _readable_axis(common),
        instant=False,
        points=points,
        minimum=minimum,
        maximum=maximum,
        custom={**custom, **_axis_label(common["unit"])},
        overrides=fixed_styles(queries),
        options=_legend_options(calcs),
        thresholds=thresholds,
    )


def daily_bars(
    title: str,
    query: Queries,
    *,
    legend: str = GROUP_LEGEND,
    calcs: Sequence[str] | None = None,
    stacked: bool = False,
    **common: Unpack[Common],
) -> Panel:
    """Return one bar a day and series, by the board's time zone; its step is always a day.

    The legend has mean and max, max alone of what is counted one by one.
    """
    queries = with_legends(query, legend)
    custom: dict[str, Any] = {
        "axisSoftMin": 0,
        "barAlignment": 1,
        "barWidthFactor": 0.8,
        "drawStyle": "bars",
        "fillOpacity": 60,
        "lineWidth": 1,
        "showPoints": "never",
        **_stacking(stacked=stacked),
    }
    if calcs is None:
        calcs = ("max",) if common["unit"] in WHOLE else ("mean", "max")
    return panel(
        "timeseries",
        title,
        queries,
        {**_readable_axis(common), "step": "1d"},
        instant=False,
        custom={**custom, **_axis_label(common["unit"])},
        overrides=fixed_styles(queries),
        # No "last": when a range ends at midnight, Grafana adds an empty bar for the next day.
        options=_legend_options(calcs),
    )


def _stacking(*, stacked: bool) -> dict[str, Any]:
    return {"stacking": {"group": "A", "mode": "normal"}} if stacked else {}


def _readable_axis(common: Common) -> Common:
    """Return the unit and decimals with which the axis of lines can be read.

    Grafana writes a unit's word at every tick: ``_axis_label`` has it once instead. It leaves
    out ticks that are no whole numbers where there are 0 decimals, and only there: right for what
    is counted one by one; a ratio's axis would have 0 % and 100 % alone.
    """
    unit, shown = common["unit"], decimals(common)
    if unit == RATIO and shown == 0:
        shown = None
    return {**common, "unit": COUNT if word(unit) else unit, "decimals": shown}


def _axis_label(unit: str) -> dict[str, Any]:
    return {"axisLabel": word(unit)} if word(unit) else {}


def _legend_options(calcs: Sequence[str]) -> dict[str, Any]:
    return {
        "legend": {
            "calcs": list(calcs),
            "displayMode": "table",
            "placement": "right",
            "showLegend": True,
            "sortBy": _HEADINGS[calcs[-1]],
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


WIDE = 12
"""Columns from which on a panel has room for a table beside its lines."""


def legend_for(panel: Panel, width: int) -> Panel:
    """Return a panel whose legend suits its width in columns.

    Below the lines Grafana gives a legend 35 % of the panel, two or three rows of a table. Beside
    them a table has the panel's height. Where that leaves the lines no room, the names stand below
    in a list, several a row, and their numbers are in the tooltip.
    """
    legend = panel.to_json_data().get("options", {}).get("legend", {})
    if legend.get("displayMode") != "table" or width >= WIDE:
        return panel
    listed = {**legend, "calcs": [], "displayMode": "list", "placement": "bottom"}
    return attr.evolve(panel, options={**panel.options, "legend": listed})
