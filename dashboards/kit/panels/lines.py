"""Panels over time, one line or bar a series."""

from collections.abc import Sequence
from typing import Any

import attr
from grafanalib.core import Panel

from dashboards.kit.links import Link
from dashboards.kit.panels.base import MIN_STEP, Queries, asked, meanings, panel
from dashboards.kit.requirements import Need
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
    unit: str,
    description: str,
    legend: str = GROUP_LEGEND,
    calcs: Sequence[str] | None = None,
    decimals: int | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
    stacked: bool = False,
    step: str = MIN_STEP,
    points: int | None = None,
    thresholds: Thresholds | None = None,
    link: Link | None = None,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return lines over time, one a series, with a legend of the given calculations.

    Those are last, mean and max unless told otherwise; last and max of what is counted one by one
    (``units.WHOLE``), whose axis has whole numbers only.

    ``query`` is one with its ``legend``, or several: ``[(used, "used"), (limit, "limit")]``.
    Legends in ``palette.NAMES`` have a colour of their own. ``thresholds`` are drawn as lines.
    ``points`` are the most of each line, for queries that are worth it; else a pixel has one.
    """
    queries = asked(query, legend)
    custom: dict[str, Any] = {
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 8,
        "lineInterpolation": "linear",
        "lineWidth": 1 if stacked else 2,
        "showPoints": "auto",
        "pointSize": 4,
        "spanNulls": False,
    }
    if stacked:
        custom["stacking"] = {"group": "A", "mode": "normal"}
    if thresholds is not None:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    if calcs is None:
        calcs = ("lastNotNull", "max") if unit in WHOLE else ("lastNotNull", "mean", "max")
    unit, decimals, custom = _scale(unit, decimals, custom)
    return panel(
        "timeseries",
        title,
        queries,
        description=description,
        unit=unit,
        instant=False,
        step=step,
        points=points,
        decimals=decimals,
        minimum=minimum,
        maximum=maximum,
        custom=custom,
        overrides=meanings(queries),
        options=_legend_options(calcs),
        thresholds=thresholds,
        link=link,
        nothing=nothing,
        needs=needs,
    )


def daily_bars(
    title: str,
    query: Queries,
    *,
    unit: str,
    description: str,
    legend: str = GROUP_LEGEND,
    calcs: Sequence[str] | None = None,
    decimals: int | None = None,
    stacked: bool = False,
    link: Link | None = None,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return one bar a day and series, by the board's time zone.

    The legend has mean and max, max alone of what is counted one by one.
    """
    queries = asked(query, legend)
    custom: dict[str, Any] = {
        "axisSoftMin": 0,
        "barAlignment": 1,
        "barWidthFactor": 0.8,
        "drawStyle": "bars",
        "fillOpacity": 60,
        "lineWidth": 1,
        "showPoints": "never",
    }
    if stacked:
        custom["stacking"] = {"group": "A", "mode": "normal"}
    if calcs is None:
        calcs = ("max",) if unit in WHOLE else ("mean", "max")
    unit, decimals, custom = _scale(unit, decimals, custom)
    return panel(
        "timeseries",
        title,
        queries,
        description=description,
        unit=unit,
        instant=False,
        step="1d",
        decimals=decimals,
        custom=custom,
        overrides=meanings(queries),
        # No "last": when a range ends at midnight, Grafana adds an empty bar for the next day.
        options=_legend_options(calcs),
        link=link,
        nothing=nothing,
        needs=needs,
    )


def _scale(
    unit: str, decimals: int | None, custom: dict[str, Any]
) -> tuple[str, int | None, dict[str, Any]]:
    """Return the unit, decimals and options of lines whose axis can be read.

    Grafana writes a unit's word at every tick: the word becomes the axis' label instead. It leaves
    out ticks that are no whole numbers where there are 0 decimals, and only there: right for what
    is counted one by one; a ratio's axis would have 0 % and 100 % alone.
    """
    if unit in WHOLE and decimals is None:
        decimals = 0
    if unit == RATIO and decimals == 0:
        decimals = None
    label = word(unit)
    return (COUNT, decimals, {**custom, "axisLabel": label}) if label else (unit, decimals, custom)


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
