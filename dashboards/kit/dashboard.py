"""A board in Python: a dashboard of rows, with the settings that all of ours share."""

from collections.abc import Sequence
from typing import Protocol

import attr
from grafanalib.core import Dashboard, Panel, Template, Templating, Time

from dashboards.kit.boards import Board
from dashboards.kit.layout import Row, layout
from dashboards.kit.links import TAG, top_bar
from dashboards.schema import intervals

SCHEMA_VERSION = 39
"""Grafana 10.4's. Newer ones read it as it is and migrate nothing on save."""


class Stepped(Protocol):
    """What a board reads from: ``dashboards.queries.sources.Source``."""

    @property
    def min_step(self) -> str:
        """The shortest step for which it has something to say at each point: ``1m``, ``5m``."""


def dashboard(
    board: Board,
    source: Stepped,
    *,
    description: str,
    variables: Sequence[Template],
    rows: Sequence[Row],
    since: str = "now-7d",
) -> Dashboard:
    """Return a dashboard of rows, with the settings that all of ours share.

    No panel's steps are shorter than the source's.
    """
    panels: list[Panel] = [_at_least(panel, source.min_step) for panel in layout(rows)]
    return Dashboard(
        title=board.title,
        uid=board.uid,
        description=description,
        tags=[TAG],
        links=top_bar(board.uid),
        templating=Templating(list=list(variables)),
        panels=panels,
        time=Time(since, "now"),
        timezone="browser",
        refresh="",
        schemaVersion=SCHEMA_VERSION,
        graphTooltip=1,
    ).auto_panel_ids()


def _at_least(panel: Panel, min_step: str) -> Panel:
    """Return a panel whose steps are no shorter than that."""
    shortest = panel.interval
    if not shortest or intervals.parse(shortest) >= intervals.parse(min_step):
        return panel
    targets = [{**target, "interval": min_step} for target in panel.targets]
    return attr.evolve(panel, interval=min_step, targets=targets)
