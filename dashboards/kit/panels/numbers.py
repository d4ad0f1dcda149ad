"""Panels of one number a series: a stat's, or the length of a bar."""

from typing import Any

from grafanalib.core import Panel

from dashboards.kit.links import Link
from dashboards.kit.panels.base import BY_NAME, MIN_STEP, Queries, asked, meanings, panel
from dashboards.kit.panels.lines import GROUP_LEGEND
from dashboards.kit.panels.tables import columns_named
from dashboards.kit.requirements import Need
from dashboards.kit.thresholds import Thresholds, Words

_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}


def stat(
    title: str,
    query: Queries,
    *,
    unit: str,
    description: str,
    legend: str = "",
    decimals: int | None = None,
    thresholds: Thresholds | None = None,
    mappings: Words | None = None,
    link: Link | None = None,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return one number for the whole range; several queries give several, with their legends.

    ``thresholds`` colour it, and so do ``mappings``, which say words instead of the number:
    ``{0: ("down", palette.BAD), 1: ("up", palette.OK)}``. A click follows the ``link``.
    """
    judged = thresholds is not None or mappings is not None
    queries = asked(query, legend)
    return panel(
        "stat",
        title,
        queries,
        description=description,
        unit=unit,
        instant=True,
        decimals=decimals,
        color="thresholds" if judged else "fixed",
        thresholds=thresholds,
        words=mappings,
        link=link,
        nothing=nothing,
        needs=needs,
        few_words=True,
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
    unit: str,
    description: str,
    legend: str = GROUP_LEGEND,
    decimals: int | None = None,
    maximum: float | None = None,
    long_names: bool = False,
    step: str = MIN_STEP,
    thresholds: Thresholds | None = None,
    link: Link | None = None,
    nothing: str = "none in this range",
    needs: Need | None = None,
) -> Panel:
    """Return one horizontal bar a series: a number for the whole range.

    ``long_names`` stand above their bars, where Grafana does not cut them.
    """
    queries = asked(query, legend)
    return panel(
        "bargauge",
        title,
        queries,
        description=description,
        unit=unit,
        instant=True,
        step=step,
        decimals=decimals,
        maximum=maximum,
        color=BY_NAME if thresholds is None else "thresholds",
        thresholds=thresholds,
        overrides=meanings(queries),
        link=link,
        nothing=nothing,
        needs=needs,
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
    unit: str,
    description: str,
    legend: str = "used",
    decimals: int | None = None,
    stacked: bool = False,
    step: str = MIN_STEP,
    link: Link | None = None,
    nothing: str = "none in this range",
    needs: Need | None = None,
) -> Panel:
    """Return bars side by side, or stacked, for each value of the label ``by``.

    ``[(used, "used"), (reserved, "requested")]`` by ``usergroup`` are two bars a group: numbers
    for the whole range, as in a table.
    """
    queries = asked(query, legend)
    custom: dict[str, Any] = {"fillOpacity": 80, "lineWidth": 1}
    return panel(
        "barchart",
        title,
        [(text, "") for text, _ in queries],
        description=description,
        unit=unit,
        instant=True,
        form="table",
        step=step,
        decimals=decimals,
        color="palette-classic",
        custom=custom,
        overrides=meanings(queries),
        transformations=columns_named([name for _, name in queries], {by: by}),
        link=link,
        nothing=nothing,
        needs=needs,
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
