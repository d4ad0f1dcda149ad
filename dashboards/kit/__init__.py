"""What a board's author imports: the one public face of this package.

>>> from dashboards.kit import Board, Row, dashboard, grid, stat, timeseries, units, variables

====================  ============================================================================
``dashboard``         a board: ``Board(uid, title)``, variables, rows
``Row``               a heading and its panels, placed by ``stats`` or ``grid``, or one by one:
                      ``Placed``
``timeseries`` …      kinds of panels, see ``dashboards.kit.panels``; ``Column`` of a ``table``
``units``             what numbers are of: ``units.BYTES_IEC``
``Thresholds``        when a number is orange or red; ``palette`` has the colors' names
``variables``         what is chosen above a board: data source, hub, group, user, attribution
``links``             links that keep what was chosen; ``boards`` has groupscope's to link to
``requirements``      optional sources of metrics: a panel without its own says what to install
``Scope``             what a query is about: hubs, groups, users, clusters; ``EVERY`` and ``SPLIT``
                      are the two attributions of use to groups
``Exempt``            a finding of ``lint`` that is meant, with the reason
====================  ============================================================================

Queries are in ``dashboards.queries``.
"""

from grafanalib.core import Dashboard, Panel

from dashboards.kit import alert_thresholds, boards, links, palette, requirements, units, variables
from dashboards.kit.boards import Board
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, grid, stats
from dashboards.kit.links import Link
from dashboards.kit.panels import (
    Column,
    bar_chart,
    bar_gauge,
    daily_bars,
    heatmap,
    stat,
    state_timeline,
    table,
    text,
    timeseries,
)
from dashboards.kit.requirements import Requirement
from dashboards.kit.scope import EVERY, SPLIT, Scope
from dashboards.kit.thresholds import Thresholds, ValueMappings
from dashboards.schema.exemptions import Exempt

__all__ = [
    "EVERY",
    "SPLIT",
    "Board",
    "Column",
    "Dashboard",
    "Exempt",
    "Link",
    "Panel",
    "Placed",
    "Requirement",
    "Row",
    "Scope",
    "Thresholds",
    "ValueMappings",
    "alert_thresholds",
    "bar_chart",
    "bar_gauge",
    "boards",
    "daily_bars",
    "dashboard",
    "grid",
    "heatmap",
    "links",
    "palette",
    "requirements",
    "stat",
    "state_timeline",
    "stats",
    "table",
    "text",
    "timeseries",
    "units",
    "variables",
]
