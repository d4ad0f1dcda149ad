"""From a board in Python to the one canonical dict that is built, compared, deployed and shown."""

import json
from collections.abc import Sequence
from typing import Any

import attr
from grafanalib._gen import DashboardEncoder
from grafanalib.core import Dashboard, Panel, Template, Templating, Time

from dashboards.jsonvalues import Json as Json  # noqa: PLC0414 - others have it from here
from dashboards.layout import Row, layout
from dashboards.links import TAG, top_bar
from dashboards.report import intervals

SCHEMA_VERSION = 39
"""Grafana 10.4's. Newer ones read it as it is and migrate nothing on save."""

# What grafanalib writes for Grafana versions long gone, or what a dashboard's file must not hold.
_LEFT_OUT = frozenset({"__inputs", "error", "gnetId", "hideControls", "id", "rows"}) | {
    "sharedCrosshair",
    "style",
    "timepicker",
    "version",
}
_PANEL_LEFT_OUT = frozenset({"editable", "error", "hideTimeOverride", "transparent"})


def board(
    title: str,
    *,
    uid: str,
    description: str,
    variables: Sequence[Template],
    rows: Sequence[Row],
    since: str = "now-7d",
    min_step: str = "",
) -> Dashboard:
    """Return a dashboard of rows, with the settings that all of ours share.

    No panel's steps are shorter than ``min_step``.
    """
    panels: list[Panel] = [_at_least(panel, min_step) for panel in layout(rows)]
    return Dashboard(
        title=title,
        uid=uid,
        description=description,
        tags=[TAG],
        links=top_bar(uid),
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
    if not min_step or not shortest or intervals.parse(shortest) >= intervals.parse(min_step):
        return panel
    targets = [{**target, "interval": min_step} for target in panel.targets]
    return attr.evolve(panel, interval=min_step, targets=targets)


def render(dashboard: Dashboard) -> Json:
    """Return the canonical dict: plain JSON values, no nulls, nothing of Grafana's own keeping.

    Panels keep their ``id``: links to a single panel hold it. The dashboard's ``id`` and
    ``version`` belong to the Grafana that stores it.
    """
    cleaned = plain(dashboard)
    cleaned["panels"] = [_panel(panel) for panel in cleaned["panels"]]
    return {key: value for key, value in cleaned.items() if key not in _LEFT_OUT}


def plain(part: object) -> Json:
    """Return a dashboard of grafanalib, or a part of one, as JSON values without nulls."""
    cleaned: Json = _without_nulls(json.loads(json.dumps(part, cls=DashboardEncoder)))
    return cleaned


def dumps(rendered: Json) -> str:
    """Return the text of a dashboard's file: sorted keys, two spaces, a newline at the end."""
    return json.dumps(rendered, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _panel(panel: Json) -> Json:
    kept = {key: value for key, value in panel.items() if key not in _PANEL_LEFT_OUT}
    if kept["type"] == "row":
        only = ("collapsed", "gridPos", "id", "panels", "title", "type")
        return {**{key: kept[key] for key in only}, "panels": [_panel(p) for p in kept["panels"]]}
    return kept


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
