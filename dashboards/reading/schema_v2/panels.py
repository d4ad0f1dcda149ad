"""Elements of schema v2 as v1's panels."""

from collections.abc import Mapping
from typing import Any

from dashboards.reading.schema_v2.queries import of_panel, target
from dashboards.schema.values import Json, mapping, objects, text, without_nulls

KINDS = ("Panel", "LibraryPanel")
"""The kinds of elements that there are."""

_OPTIONS: tuple[str, ...] = (
    "cacheTimeout",
    "maxDataPoints",
    "interval",
    "hideTimeOverride",
    "queryCachingTTL",
)
_OPTIONS += ("timeFrom", "timeShift", "timeCompare")


def panel(element: Mapping[str, Any], place: Mapping[str, int], repeat: object = None) -> Json:
    """Return the panel of an element that stands in a place of the grid."""
    spec = mapping(element.get("spec"))
    around = {"id": spec.get("id"), "title": spec.get("title"), "gridPos": dict(place)}
    around |= _repeated(mapping(repeat))
    if element.get("kind") == "LibraryPanel":
        library = mapping(spec.get("libraryPanel"))
        return {**without_nulls(around), "type": "library-panel-ref", "libraryPanel": dict(library)}
    shown = mapping(spec.get("vizConfig"))
    data = mapping(mapping(spec.get("data")).get("spec"))
    targets = [target(each) for each in objects(data.get("queries"))]
    options = mapping(data.get("queryOptions"))
    made = {
        **around,
        "type": _kind(shown),
        "description": spec.get("description") or None,
        "links": spec.get("links") or None,
        "transparent": spec.get("transparent"),
        "pluginVersion": shown.get("version") or mapping(shown.get("spec")).get("pluginVersion"),
        "options": mapping(shown.get("spec")).get("options"),
        "fieldConfig": mapping(shown.get("spec")).get("fieldConfig"),
        "datasource": of_panel(targets),
        "targets": targets,
        "transformations": [_transformation(each) for each in objects(data.get("transformations"))]
        or None,
        **{name: options.get(name) for name in _OPTIONS},
    }
    return without_nulls(made)


def _kind(shown: Mapping[str, Any]) -> str:
    # v2beta1 has the plugin as the group, v2alpha1 as the kind.
    kind = text(shown.get("kind"))
    return text(shown.get("group")) or ("" if kind == "VizConfig" else kind)


def _transformation(each: Mapping[str, Any]) -> Json:
    spec = mapping(each.get("spec"))
    kind = text(spec.get("id")) or text(each.get("group")) or text(each.get("kind"))
    kept = {key: spec.get(key) for key in ("options", "disabled", "filter", "topic")}
    return without_nulls({"id": kind, **kept})


def _repeated(repeat: Mapping[str, Any]) -> Json:
    if not repeat.get("value"):
        return {}
    return without_nulls(
        {
            "repeat": repeat["value"],
            "repeatDirection": repeat.get("direction"),
            "maxPerRow": repeat.get("maxPerRow"),
        }
    )
