"""Panels of one number a series: a stat's, or the length of a bar."""

from typing import Any, Unpack

from grafanalib.core import Panel

from dashboards.kit.panels.base import (
    BY_NAME,
    Common,
    Queries,
    fixed_styles,
    of_number,
    panel,
    with_legends,
)
from dashboards.kit.panels.lines import GROUP_LEGEND
from dashboards.kit.panels.tables import columns_named
from dashboards.kit.thresholds import Thresholds, ValueMappings

_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_NO_VALUE = "none in this range"


def stat(
    title: str,
    query: Queries,
    *,
    legend: str = "",
    thresholds: Thresholds | None = None,
    mappings: ValueMappings | None = None,
    **common: Unpack[Common],
) -> Panel:
    """Return one number for the whole range; several queries give several, with their legends.

    ``thresholds`` color it, and so do ``mappings``, which say words instead of the number:
    ``{0: ("down", palette.BAD), 1: ("up", palette.OK)}``. A click follows the ``link``.
    """
    judged = thresholds is not None or mappings is not None
    queries = with_legends(query, legend)
    return panel(
        "stat",
        title,
        queries,
        of_number(common),
        instant=True,
        color="thresholds" if judged else "fixed",
        thresholds=thresholds,
        mappings=mappings,
        short_no_value=True,
        options={
            "colorMode": "value" if judged else "none",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "reduceOptions": _LAST,
            "textMode": "value_and_name" if legend or len(queries) > 1 else "value",
        },
    )


def bar_gauge(
    title: str,
    query: Queries,
    *,
    legend: str = GROUP_LEGEND,
    maximum: float | None = None,
    long_names: bool = False,
    thresholds: Thresholds | None = None,
    **common: Unpack[Common],
) -> Panel:
    """Return one horizontal bar a series: a number for the whole range.

    ``long_names`` stand above their bars, where Grafana does not cut them.
    """
    queries = with_legends(query, legend)
    return panel(
        "bargauge",
        title,
        queries,
        of_number(common),
        instant=True,
        maximum=maximum,
        color=BY_NAME if thresholds is None else "thresholds",
        thresholds=thresholds,
        overrides=fixed_styles(queries),
        no_value=_NO_VALUE,
        # Without it a bar that is alone has no name.
        display_name="${__series.name}",
        options={
            "displayMode": "basic",
            "maxVizHeight": 40,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "top" if long_names else "auto",
            "orientation": "horizontal",
            "reduceOptions": _LAST,
            "showUnfilled": True,
            "sizing": "manual",
            "valueMode": "color",
        },
    )


def bar_chart(
    title: str,
    query: Queries,
    *,
    by: str,
    legend: str = "used",
    stacked: bool = False,
    **common: Unpack[Common],
) -> Panel:
    """Return bars side by side, or stacked, for each value of the label ``by``.

    ``[(used, "used"), (reserved, "requested")]`` by ``usergroup`` are two bars a group: numbers
    for the whole range, as in a table.
    """
    queries = with_legends(query, legend)
    custom: dict[str, Any] = {"fillOpacity": 80, "lineWidth": 1}
    return panel(
        "barchart",
        title,
        [(text, "") for text, _ in queries],
        of_number(common),
        instant=True,
        form="table",
        color="palette-classic",
        custom=custom,
        overrides=fixed_styles(queries),
        transformations=columns_named([name for _, name in queries], {by: by}),
        no_value=_NO_VALUE,
        options={
            "barWidth": 0.9,
            "fullHighlight": False,
            "groupWidth": 0.8,
            "legend": {
                "calcs": [],
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": True,
            },
            "orientation": "auto",
            "showValue": "auto",
            "stacking": "normal" if stacked else "none",
            "tooltip": {"mode": "multi", "sort": "desc"},
            "xField": by,
            "xTickLabelRotation": 0,
        },
    )
