"""A dashboard's canonical dict, which is built, linted, compared, deployed and evaluated."""

import json
from typing import Any

from grafanalib._gen import DashboardEncoder
from grafanalib.core import Dashboard

from dashboards.schema.values import Json

# What grafanalib writes for Grafana versions long gone, or what a dashboard's file must not hold.
_LEFT_OUT = frozenset({"__inputs", "error", "gnetId", "hideControls", "id", "rows"}) | {
    "sharedCrosshair",
    "style",
    "timepicker",
    "version",
}
_PANEL_LEFT_OUT = frozenset({"editable", "error", "hideTimeOverride", "transparent"})


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
