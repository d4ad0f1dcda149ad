"""Queries of schema v2: of panels, annotations and variables; and their data sources."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.schema.values import Json, mapping, text, without_nulls

LEGACY_TEXT = "__legacyStringValue"
"""Where Grafana keeps a query that was a mere text in v1 (its LEGACY_STRING_VALUE_KEY)."""

_MIXED = {"type": "mixed", "uid": "-- Mixed --"}
_OF_PANELS = "-- Dashboard --"


def source(query: Mapping[str, Any], beside: object = None) -> Json | None:
    """Return a query's data source as v1 has it: ``{"type": …, "uid": …}``, None if none is named.

    v2beta1 has the type as ``group`` and the uid as ``datasource.name``; v2alpha1 has the type as
    ``kind`` and ``{"type", "uid"}`` beside the query.
    """
    named = mapping(query.get("datasource")) or mapping(beside)
    kind = text(query.get("kind"))
    of_kind = text(query.get("group")) or ("" if kind == "DataQuery" else kind)
    uid = text(named.get("name")) or text(named.get("uid"))
    kind = text(named.get("type")) or of_kind
    return without_nulls({"type": kind or None, "uid": uid or None}) or None


def target(query: Mapping[str, Any]) -> Json:
    """Return a panel's query as v1 has it."""
    spec = mapping(query.get("spec"))
    inner = mapping(spec.get("query"))
    made = _query(inner)
    hidden = {"hide": True} if spec.get("hidden") else {}
    its = source(inner, spec.get("datasource"))
    return {
        **made,
        "refId": spec.get("refId", "A"),
        **hidden,
        **({"datasource": its} if its else {}),
    }


def _query(inner: Mapping[str, Any]) -> Json:
    made = dict(mapping(inner.get("spec")))
    legacy = made.pop(LEGACY_TEXT, None)
    return {**made, "query": legacy} if isinstance(legacy, str) else made


def of_panel(targets: Sequence[Json]) -> Json | None:
    """Return the data source that a panel of these queries has: theirs, or a mixed one."""
    sources = [each.get("datasource") for each in targets]
    if not sources:
        return None
    same = all(each == sources[0] for each in sources)
    # Two queries of other panels may be of different sources.
    mixed = not same or (len(sources) > 1 and mapping(sources[0]).get("uid") == _OF_PANELS)
    return dict(_MIXED) if mixed else sources[0]


def annotation(each: Mapping[str, Any]) -> Json:
    """Return an annotation as v1 has it."""
    spec = mapping(each.get("spec"))
    inner = mapping(spec.get("query"))
    made = {
        **mapping(spec.get("legacyOptions")),
        "name": spec.get("name"),
        "enable": spec.get("enable"),
        "hide": spec.get("hide"),
        "iconColor": spec.get("iconColor"),
        "filter": spec.get("filter"),
        "builtIn": 1 if spec.get("builtIn") else None,
        "datasource": source(inner, spec.get("datasource")),
        "target": _query(inner) or None,
    }
    return without_nulls(made)
