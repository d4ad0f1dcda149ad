"""Panels as boards name them; the one module that knows grafanalib's habits and Grafana's JSON.

grafanalib's own panel classes still write options of Grafana 6 and 7 (``fieldOptions``,
``intervalFactor`` 2, a null data source). ``_Visualization`` keeps grafanalib's common panel
and writes today's options. Each function returns a panel; ``dashboards.layout`` places it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, cast

import attr
from grafanalib.core import Panel

from dashboards.units import COUNT
from dashboards.variables import DATASOURCE

GROUP_LEGEND = "{{usergroup}}"

MIN_STEP = "1m"
"""The scrape interval that boards are right for. Without it a data source left at its default of
15 s makes rates over four scrapes of 15 s, which hold no two samples of a scrape each minute."""

RANGE_POINTS = 1_000
"""Points of a subquery over the whole range: a week at ten minutes, a month at half an hour.

Each costs two samples a membership, whether its user was on or not, and Prometheus allows a
query 50 million: memberships can be some 20,000 before a month's query is refused.
"""


@attr.s
class _Visualization(Panel):  # type: ignore[misc]
    """A panel of any kind, with today's ``options`` and ``fieldConfig``."""

    kind: str = attr.ib(default="")
    options: dict[str, Any] = attr.ib(factory=dict)
    defaults: dict[str, Any] = attr.ib(factory=dict)
    overrides: list[dict[str, Any]] = attr.ib(factory=list)

    def to_json_data(self) -> dict[str, Any]:
        """Return the panel's JSON as grafanalib's encoder takes it."""
        data: dict[str, Any] = self.panel_json({"type": self.kind, "options": self.options})
        data["fieldConfig"] = {"defaults": self.defaults, "overrides": self.overrides}
        return data


# grafanalib has no types: a type checker sees none of the base class's arguments.
_visualization = cast("Callable[..., Panel]", _Visualization)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its query, its heading, its unit and how many decimals it shows."""

    title: str
    query: str
    unit: str
    decimals: int | None = None


def _targets(
    queries: Sequence[str], legend: str, *, instant: bool, step: str = MIN_STEP, table: bool = False
) -> list[dict[str, Any]]:
    """Return Grafana's query objects, refIds A, B, … in order."""
    return [
        {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query,
            "format": "table" if table else "time_series",
            "instant": instant,
            "interval": step,
            "legendFormat": legend or "__auto",
            "range": not instant,
            "refId": letter,
        }
        for query, letter in zip(queries, ascii_uppercase[: len(queries)], strict=True)
    ]


def _panel(
    kind: str,
    title: str,
    queries: Sequence[str],
    *,
    description: str,
    unit: str,
    options: dict[str, Any],
    instant: bool,
    legend: str = "",
    step: str = MIN_STEP,
    decimals: int | None = None,
    color: str = "palette-classic-by-name",
    custom: Mapping[str, Any] | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
    overrides: Sequence[dict[str, Any]] = (),
    transformations: Sequence[dict[str, Any]] = (),
    no_value: str | None = None,
    warn_from: float | None = None,
) -> Panel:
    defaults: dict[str, Any] = {
        "color": {"mode": color if warn_from is None else "thresholds"},
        "custom": dict(custom or {}),
        "decimals": decimals,
        "max": maximum,
        "min": minimum,
        "noValue": no_value,
        "unit": unit,
    }
    if warn_from is not None:
        steps = [{"color": "text", "value": None}, {"color": "orange", "value": warn_from}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    return _visualization(
        kind=kind,
        title=title,
        description=description,
        dataSource=DATASOURCE,
        # A range query draws a point a pixel; an instant one spends its points on the subquery.
        maxDataPoints=RANGE_POINTS if instant else None,
        interval=step,
        targets=_targets(queries, legend, instant=instant, step=step, table=kind == "table"),
        options=options,
        defaults=defaults,
        overrides=list(overrides),
        transformations=list(transformations),
    )


def timeseries(
    title: str,
    query: str,
    *,
    unit: str,
    description: str,
    calcs: Sequence[str] = ("lastNotNull", "mean", "max"),
    decimals: int | None = None,
    maximum: float | None = None,
) -> Panel:
    """Return lines over time, one a series, with a legend table of the given calculations."""
    return _panel(
        "timeseries",
        title,
        [query],
        description=description,
        unit=unit,
        legend=GROUP_LEGEND,
        instant=False,
        decimals=decimals,
        maximum=maximum,
        custom={
            "drawStyle": "line",
            "fillOpacity": 8,
            "lineInterpolation": "linear",
            "lineWidth": 2,
            "showPoints": "auto",
            "pointSize": 4,
            "spanNulls": False,
        },
        options=_legend_options(calcs),
    )


def daily_bars(title: str, query: str, *, unit: str, description: str) -> Panel:
    """Return one bar a day and series, by the board's time zone."""
    return _panel(
        "timeseries",
        title,
        [query],
        description=description,
        unit=unit,
        legend=GROUP_LEGEND,
        instant=False,
        step="1d",
        custom={
            "axisSoftMin": 0,
            "barAlignment": 1,
            "barWidthFactor": 0.8,
            "drawStyle": "bars",
            "fillOpacity": 60,
            "lineWidth": 1,
            "showPoints": "never",
        },
        # No "last": when a range ends at midnight, Grafana adds an empty bar for the next day.
        options=_legend_options(("mean", "max")),
    )


def _legend_options(calcs: Sequence[str]) -> dict[str, Any]:
    return {
        "legend": {
            "calcs": list(calcs),
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": True,
            "sortBy": {"lastNotNull": "Last *", "mean": "Mean", "max": "Max"}[calcs[-1]],
            "sortDesc": True,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def stat(
    title: str,
    query: str,
    *,
    unit: str,
    description: str,
    decimals: int | None = None,
    warn_from: float | None = None,
) -> Panel:
    """Return one number for the whole range, orange from ``warn_from`` on."""
    return _panel(
        "stat",
        title,
        [query],
        description=description,
        unit=unit,
        instant=True,
        decimals=decimals,
        color="fixed",
        warn_from=warn_from,
        options={
            "colorMode": "none" if warn_from is None else "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "value",
        },
    )


def bar_gauge(
    title: str,
    query: str,
    *,
    unit: str,
    description: str,
    decimals: int | None = None,
    maximum: float | None = None,
    step: str = MIN_STEP,
) -> Panel:
    """Return one horizontal bar a series: a number for the whole range."""
    return _panel(
        "bargauge",
        title,
        [query],
        description=description,
        unit=unit,
        legend=GROUP_LEGEND,
        instant=True,
        step=step,
        decimals=decimals,
        maximum=maximum,
        no_value="none in this range",
        options={
            "displayMode": "basic",
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": "horizontal",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
    )


def table(
    title: str,
    columns: Sequence[Column],
    *,
    labels: Mapping[str, str],
    sort_by: str,
    description: str,
) -> Panel:
    """Return a sortable table, one row for each set of labels that the columns' queries share.

    ``labels`` gives label → heading in the order in which they are shown.
    """
    values = {
        f"Value #{letter}": c
        for letter, c in zip(ascii_uppercase[: len(columns)], columns, strict=True)
    }
    headings = {**labels, **{name: column.title for name, column in values.items()}}
    return _panel(
        "table",
        title,
        [column.query for column in columns],
        description=description,
        unit=COUNT,
        instant=True,
        minimum=None,
        color="fixed",
        custom={"align": "auto", "filterable": True},
        options={
            "cellHeight": "sm",
            "showHeader": True,
            "sortBy": [{"desc": True, "displayName": sort_by}],
        },
        overrides=[_column_override(column) for column in columns],
        transformations=[
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True},
                    "indexByName": {name: index for index, name in enumerate(headings)},
                    "renameByName": headings,
                },
            },
        ],
    )


def _column_override(column: Column) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [{"id": "unit", "value": column.unit}]
    if column.decimals is not None:
        properties.append({"id": "decimals", "value": column.decimals})
    return {"matcher": {"id": "byName", "options": column.title}, "properties": properties}
