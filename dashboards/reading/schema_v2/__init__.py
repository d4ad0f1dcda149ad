"""Dashboards of Grafana's schema v2 as the classic (v1) dict.

Schema v2 is what Grafana 12.4 calls v2alpha1 and v2beta1, and Grafana 13 v2: panels are
``elements`` by name, a ``layout`` of grids, rows and tabs says where each stands, variables are
kinds. The facts are those of Grafana's source, apps/dashboard/kinds/*/dashboard_spec.cue.
"""

from collections.abc import Mapping
from typing import Any

from dashboards.reading.schema_v2 import layouts
from dashboards.reading.schema_v2.queries import annotation
from dashboards.reading.schema_v2.variables import variable
from dashboards.reading.values import Path
from dashboards.schema.values import Json, mapping, objects, text, without_nulls

SCHEMA_VERSION = 42
"""The v1 schema's version in Grafana 12.4, to which what is converted belongs."""

_POINTER = {"Off": 0, "Crosshair": 1, "Tooltip": 2}


def is_one(content: Mapping[str, Any]) -> bool:
    """Return whether this is the spec of a dashboard of schema v2."""
    return isinstance(content.get("elements"), dict) and (
        isinstance(content.get("layout"), dict) or "variables" in content
    )


def converted(spec: Mapping[str, Any]) -> tuple[Json, Mapping[Path, Path]]:
    """Return the v1 dict, and where its panels stand in the spec.

    ``{("panels", 3): ("elements", "panel-7", "spec")}``. Raises ReadError if the layout names an
    element that is not there, which Grafana does not open either, or if the kind of a layout, an
    element or a variable is not known.
    """
    panels, origins = layouts.panels(mapping(spec.get("elements")), mapping(spec.get("layout")))
    settings = mapping(spec.get("timeSettings"))
    picker = {
        "refresh_intervals": settings.get("autoRefreshIntervals"),
        "hidden": settings.get("hideTimepicker"),
        "nowDelay": settings.get("nowDelay"),
        "quick_ranges": settings.get("quickRanges"),
    }
    board = {
        "title": spec.get("title"),
        "description": spec.get("description"),
        "tags": spec.get("tags"),
        "editable": spec.get("editable", True),
        "liveNow": spec.get("liveNow"),
        "preload": spec.get("preload"),
        "graphTooltip": _POINTER.get(text(spec.get("cursorSync")), 0),
        "schemaVersion": SCHEMA_VERSION,
        "time": {"from": settings.get("from") or "now-6h", "to": settings.get("to") or "now"},
        "timezone": settings.get("timezone"),
        "refresh": settings.get("autoRefresh"),
        "weekStart": settings.get("weekStart"),
        "fiscalYearStartMonth": settings.get("fiscalYearStartMonth"),
        "timepicker": without_nulls(picker),
        "links": spec.get("links"),
        "templating": {"list": [variable(each) for each in objects(spec.get("variables"))]},
        "annotations": {"list": [annotation(each) for each in objects(spec.get("annotations"))]},
        "panels": panels,
    }
    return without_nulls(board), origins
