"""Heatmaps: cells over time, brighter for more."""

from typing import Any, Unpack

from grafanalib.core import Panel

from dashboards.kit.panels.base import Common, panel
from dashboards.kit.units import COUNT, word

COLUMNS = 120
"""Cells from left to right: more are too thin to be seen, and each costs a query its point."""


def heatmap(
    title: str,
    query: str,
    *,
    bucket: float | None = None,
    log: int | None = None,
    **common: Unpack[Common],
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
    unit = common["unit"]
    return panel(
        "heatmap",
        title,
        [(query, "__auto" if lines else "{{le}}")],
        {**common, "decimals": None},
        instant=False,
        form="time_series" if lines else "heatmap",
        points=COLUMNS,
        color="fixed",
        minimum=None,
        options={
            "calculate": lines,
            "calculation": calculation or None,
            "cellGap": 1,
            "cellValues": {"unit": "short"},
            # Told apart in gray, too: one scale from dark to bright.
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
                "decimals": common.get("decimals"),
                "reverse": False,
                "unit": COUNT if word(unit) else unit,
            },
        },
    )
