"""Panels of cells over time: heatmaps and states."""

from typing import Any

from grafanalib.core import Panel

from dashboards.kit.links import Link
from dashboards.kit.panels.base import MIN_STEP, Queries, asked, panel
from dashboards.kit.requirements import Need
from dashboards.kit.thresholds import Thresholds, Words
from dashboards.kit.units import COUNT, word

COLUMNS = 120
"""Cells from left to right: more are too thin to be seen, and each costs a query its point."""


def heatmap(
    title: str,
    query: str,
    *,
    unit: str,
    description: str,
    bucket: float | None = None,
    log: int | None = None,
    decimals: int | None = None,
    step: str = MIN_STEP,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return cells over time, brighter for more.

    ``query`` is a histogram's buckets, ``sum by (le) (increase(…_bucket[$__interval]))``. With
    ``bucket`` it is any number of lines (users' memory), counted by their values in steps of that
    size; with ``log`` in steps that grow by that factor, 2 or 10. ``decimals`` are the axis'.
    """
    lines = bucket is not None or log is not None
    calculation: dict[str, Any] = {}
    if bucket is not None:
        calculation = {"yBuckets": {"mode": "size", "value": f"{bucket:g}"}}
    elif log is not None:
        calculation = {"yBuckets": {"mode": "size", "scale": {"type": "log", "log": log}}}
    return panel(
        "heatmap",
        title,
        [(query, "__auto" if lines else "{{le}}")],
        description=description,
        unit=unit,
        instant=False,
        form="time_series" if lines else "heatmap",
        step=step,
        points=COLUMNS,
        color="fixed",
        minimum=None,
        nothing=nothing,
        needs=needs,
        options={
            "calculate": lines,
            "calculation": calculation or None,
            "cellGap": 1,
            "cellValues": {"unit": "short"},
            # Told apart in grey, too: one scale from dark to bright.
            "color": {"mode": "scheme", "scheme": "Viridis", "steps": 64, "reverse": False},
            "filterValues": {"le": 1e-9},
            "legend": {"show": True},
            "rowsFrame": {"layout": "auto"},
            "showValue": "never",
            "tooltip": {"mode": "single", "showColorScale": True, "yHistogram": True},
            "yAxis": {
                # The word of a unit once, and not at every tick.
                "axisLabel": word(unit) or None,
                "axisPlacement": "left",
                "decimals": decimals,
                "reverse": False,
                "unit": COUNT if word(unit) else unit,
            },
        },
    )


def state_timeline(
    title: str,
    query: Queries,
    *,
    legend: str,
    description: str,
    unit: str = "none",
    mappings: Words | None = None,
    thresholds: Thresholds | None = None,
    step: str = MIN_STEP,
    points: int | None = None,
    link: Link | None = None,
    nothing: str = "",
    needs: Need | None = None,
) -> Panel:
    """Return a band a series, in the colour of its value, with a legend: up, down, since when.

    Raises ValueError without ``mappings`` and ``thresholds``: nothing would be told apart.
    """
    if mappings is None and thresholds is None:
        raise ValueError(f"{title}: a state timeline needs mappings or thresholds.")
    return panel(
        "state-timeline",
        title,
        asked(query, legend),
        description=description,
        unit=unit,
        instant=False,
        step=step,
        points=points,
        minimum=None,
        # By thresholds Grafana merges values into their ranges, and no word is theirs any more.
        color="thresholds" if thresholds is not None else "fixed",
        custom={"fillOpacity": 80, "lineWidth": 0, "spanNulls": False},
        words=mappings,
        thresholds=thresholds,
        link=link,
        nothing=nothing,
        needs=needs,
        options={
            "alignValue": "left",
            # A single state needs no legend, which would say what `nothing` says of gaps, too.
            "legend": {
                "displayMode": "list",
                "placement": "bottom",
                "showLegend": thresholds is not None or len(mappings or ()) > 1,
            },
            "mergeValues": True,
            "rowHeight": 0.9,
            # Grafana cuts words to the width of their band ("runnin"): the legend has them whole.
            "showValue": "never",
            "tooltip": {"mode": "single", "sort": "none"},
        },
    )
