"""Variables of schema v2 as v1's."""

from collections.abc import Mapping
from typing import Any

from dashboards.reading.schema_v2.queries import LEGACY_TEXT, source
from dashboards.reading.schema_v2.unknown import unknown
from dashboards.schema.values import Json, mapping, text, without_nulls

_TYPES = {
    "QueryVariable": "query",
    "TextVariable": "textbox",
    "ConstantVariable": "constant",
    "DatasourceVariable": "datasource",
    "IntervalVariable": "interval",
    "CustomVariable": "custom",
    "GroupByVariable": "groupby",
    "AdhocVariable": "adhoc",
    "SwitchVariable": "switch",
}
_HIDE = {"dontHide": 0, "hideLabel": 1, "hideVariable": 2, "inControlsMenu": 3}
_REFRESH = {"never": 0, "onDashboardLoad": 1, "onTimeRangeChanged": 2}
_SORT = {
    "disabled": 0,
    "alphabeticalAsc": 1,
    "alphabeticalDesc": 2,
    "numericalAsc": 3,
    "numericalDesc": 4,
    "alphabeticalCaseInsensitiveAsc": 5,
    "alphabeticalCaseInsensitiveDesc": 6,
    "naturalAsc": 7,
    "naturalDesc": 8,
}
_NUMBERED = {"hide": _HIDE, "refresh": _REFRESH, "sort": _SORT}
_OTHERWISE = {"pluginId": "query"}


def variable(each: Mapping[str, Any]) -> Json:
    """Return a variable as v1 has it. Raises ReadError if its kind is not known."""
    kind, spec = text(each.get("kind")), mapping(each.get("spec"))
    if kind not in _TYPES:
        raise unknown(f"variable {text(spec.get('name'))!r}", each.get("kind"))
    made: Json = {"type": _TYPES[kind]}
    for key, value in spec.items():
        if key in _NUMBERED:
            made[key] = _NUMBERED[key].get(text(value), 0)
        elif key not in ("datasource", "query"):
            made[_OTHERWISE.get(key, key)] = value
    query = spec.get("query")
    if kind == "QueryVariable":
        inner = mapping(query)
        its = mapping(inner.get("spec"))
        made["query"] = its[LEGACY_TEXT] if LEGACY_TEXT in its else dict(its)
        made["datasource"] = source(inner, spec.get("datasource"))
    elif query is not None:
        made["query"] = query
    if kind in ("GroupByVariable", "AdhocVariable"):
        made["datasource"] = source(
            {"group": each.get("group"), **_named(each)}, spec.get("datasource")
        )
    if kind == "ConstantVariable":
        # In v1 a constant that is shown is a text to fill in.
        made["hide"] = _HIDE["hideVariable"]
    if kind == "SwitchVariable":
        made |= _switch(spec)
    return without_nulls(made)


def _named(each: Mapping[str, Any]) -> Json:
    return {"datasource": each["datasource"]} if each.get("datasource") else {}


def _switch(spec: Mapping[str, Any]) -> Json:
    """Return a switch's two choices and the one that is made."""
    current = spec.get("current", "false")
    values = (spec.get("enabledValue", "true"), spec.get("disabledValue", "false"))
    return {
        "current": {"text": current, "value": current},
        "options": [
            {"text": value, "value": value, "selected": value == current} for value in values
        ],
        "query": "",
    }
