"""State timelines: a band a series, in the color of its value."""

from typing import Unpack

from grafanalib.core import Panel

from dashboards.kit.panels.base import Common, Queries, panel, with_legends
from dashboards.kit.thresholds import Thresholds, ValueMappings


def state_timeline(
    title: str,
    query: Queries,
    *,
    legend: str,
    mappings: ValueMappings | None = None,
    thresholds: Thresholds | None = None,
    points: int | None = None,
    **common: Unpack[Common],
) -> Panel:
    """Return a band a series, in the color of its value, with a legend: up, down, since when.

    Raises ValueError without ``mappings`` and ``thresholds``: nothing would be told apart.
    """
    if mappings is None and thresholds is None:
        raise ValueError(f"{title}: a state timeline needs mappings or thresholds.")
    return panel(
        "state-timeline",
        title,
        with_legends(query, legend),
        common,
        instant=False,
        points=points,
        minimum=None,
        # By thresholds Grafana merges values into their ranges, and no word is theirs any more.
        color="thresholds" if thresholds is not None else "fixed",
        custom={"fillOpacity": 80, "lineWidth": 0, "spanNulls": False},
        mappings=mappings,
        thresholds=thresholds,
        options={
            "alignValue": "left",
            # A single state needs no legend, which would say what `no_value` says of gaps, too.
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
