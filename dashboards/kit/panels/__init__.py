"""Panels as boards name them. Each function returns a panel; ``dashboards.kit.layout`` places it.

=================  ================================================================================
``timeseries``     lines over time, one a series, with a legend table; several queries, stacked
``daily_bars``     one bar a day and series
``stat``           one number for the whole range, or words for it
``bar_gauge``      one horizontal bar a series
``bar_chart``      bars side by side for each value of a label
``table``          rows of labels, a ``Column`` for each query
``heatmap``        a histogram's buckets over time, or lines counted by their values
``state_timeline`` a band a series: what state it was in, and since when
``text``           an explanation
=================  ================================================================================

What they have in common, where it makes sense:

- ``description``: what it counts and what not; what shape is normal, what shape is trouble, and
  what to do then. ``unit`` is one of ``dashboards.kit.units``.
- ``legend="{{node}}"`` for one query, ``[(query, legend), …]`` for several. What a legend of
  ``kit.palette.NAMES`` means ("CPU", "memory", "requested", "limit", "failed") has its own color
  everywhere; other lines have Grafana's color of their name.
- ``thresholds=Thresholds(warn=0.8, bad=0.95)``, with ``low_is_bad=True`` for what runs out:
  blue is well, orange is to be looked at, red is to be acted on.
- ``mappings={0: ("down", palette.BAD), 1: ("up", palette.OK)}``: words for values.
- ``link=links.to(boards.USERS, user=links.label("username"))`` leads to a board and keeps the time
  range and all variables; in a table ``links.cell("username")``.
- ``requires=requirements.GPU``: an optional source of metrics, of
  ``dashboards.kit.requirements``. Where it finds nothing, the panel says what to install.
- ``no_value="nobody"``: what a panel says where finding nothing is an answer.
"""

from dashboards.kit.panels.base import MIN_STEP, RANGE_POINTS
from dashboards.kit.panels.heatmap import heatmap
from dashboards.kit.panels.lines import daily_bars, timeseries
from dashboards.kit.panels.numbers import bar_chart, bar_gauge, stat
from dashboards.kit.panels.state_timeline import state_timeline
from dashboards.kit.panels.tables import Column, table
from dashboards.kit.panels.texts import text
from dashboards.kit.thresholds import Thresholds

__all__ = [
    "MIN_STEP",
    "RANGE_POINTS",
    "Column",
    "Thresholds",
    "bar_chart",
    "bar_gauge",
    "daily_bars",
    "heatmap",
    "stat",
    "state_timeline",
    "table",
    "text",
    "timeseries",
]
