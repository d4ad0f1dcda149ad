"""Panels over time, one line or bar a series."""

from collections.abc import Sequence
from typing import Any

from grafanalib.core import Panel

from dashboards.links import Link
from dashboards.needs import Need
from dashboards.panels.base import MIN_STEP, Queries, asked, meanings, panel
from dashboards.thresholds import Thresholds

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
    calcs: Sequence[str] = ("lastNotNull", "mean", "max"),
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
    """Return lines over time, one a series, with a legend table of the given calculations.

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
    calcs: Sequence[str] = ("mean", "max"),
    decimals: int | None = None,
    stacked: bool = False,
    link: Link | None = None,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return one bar a day and series, by the board's time zone."""
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


def _legend_options(calcs: Sequence[str]) -> dict[str, Any]:
    return {
        "legend": {
            "calcs": list(calcs),
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": True,
            "sortBy": _HEADINGS[calcs[-1]],
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
