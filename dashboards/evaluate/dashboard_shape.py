"""The types of all that the report reads of a dashboard."""

from dashboards.evaluate.shapes import (
    Shape,
    anything,
    either,
    exactly,
    listed,
    mapped,
    number,
    record,
    text,
    truth,
    whole,
)
from dashboards.schema.values import Json

_TEXTS = listed(text)
_REFERENCE = either(record({"type": text, "uid": text}), exactly(str))
_THRESHOLDS = record({"mode": text, "steps": listed(record({"value": number, "color": text}))})
_MAPPING = record(
    {
        "type": text,
        "options": mapped(either(record({"text": text, "color": text}), anything)),
    }
)
_LINKS = listed(record({"url": text, "title": text}))
_COLOR = record({"mode": text, "fixedColor": text})
_LINE_STYLE = record({"fill": text, "dash": listed(number)})
_CELL = record({"type": text})
_CUSTOM = record(
    {
        "drawStyle": text,
        "stacking": record({"mode": text}),
        "thresholdsStyle": record({"mode": text}),
        "lineStyle": _LINE_STYLE,
        "cellOptions": _CELL,
        "hidden": truth,
        "transform": text,
    }
)
_FIELD = {
    "unit": text,
    "decimals": whole(0, 20),
    "min": number,
    "max": number,
    "noValue": text,
    "displayName": text,
    "color": _COLOR,
    "mappings": listed(_MAPPING),
    "thresholds": _THRESHOLDS,
    "links": _LINKS,
    "custom": _CUSTOM,
}
_PROPERTIES: dict[str, Shape] = {
    **_FIELD,
    "custom.lineStyle": _LINE_STYLE,
    "custom.cellOptions": _CELL,
    "custom.hidden": truth,
    "custom.transform": text,
}


def _property(value: object) -> Json | None:
    """Return what an override sets, its value of the type that its name asks for."""
    written = record({"id": text})(value)
    if written is None or "id" not in written:
        return None
    kept = _PROPERTIES.get(written["id"], anything)(written.get("value"))
    return {"id": written["id"], "value": kept}


_FIELD_CONFIG = record(
    {
        "defaults": record(_FIELD),
        "overrides": listed(
            record({"matcher": record({"id": text}), "properties": listed(_property)})
        ),
    }
)
_SORT = listed(record({"displayName": text, "desc": truth}))
_BUCKETS = record(
    {"mode": text, "value": number, "scale": record({"type": text, "log": whole(2, 1000)})}
)
_OPTIONS = record(
    {
        "legend": record({"showLegend": truth, "calcs": _TEXTS, "sortBy": text, "sortDesc": truth}),
        "reduceOptions": record({"calcs": _TEXTS, "values": truth}),
        "content": text,
        "mode": text,
        "xField": text,
        "stacking": text,
        "sortBy": _SORT,
        "calculate": truth,
        "calculation": record({"yBuckets": _BUCKETS}),
        "filterValues": record({"le": number}),
    }
)
_TRANSFORMATION = record(
    {
        "id": text,
        "disabled": truth,
        "options": record(
            {
                "excludeByName": mapped(truth),
                "indexByName": mapped(number),
                "renameByName": mapped(text),
            }
        ),
    }
)
_TARGET = record(
    {
        "expr": text,
        "refId": text,
        "format": text,
        "legendFormat": text,
        "interval": text,
        "instant": truth,
        "range": truth,
        "hide": truth,
        "datasource": _REFERENCE,
    }
)
_PLACE = record({"x": whole(0, 23), "y": whole(0, 10**6), "w": whole(1, 24), "h": whole(1, 200)})
PANEL_FIELDS: dict[str, Shape] = {
    "id": whole(0, 10**9),
    "type": text,
    "title": text,
    "description": text,
    "gridPos": _PLACE,
    "fieldConfig": _FIELD_CONFIG,
    "options": _OPTIONS,
    "targets": listed(_TARGET),
    "transformations": listed(_TRANSFORMATION),
    "interval": text,
    "maxDataPoints": whole(1, 100_000),
    "datasource": _REFERENCE,
    "repeat": text,
    "timeFrom": text,
    "timeShift": text,
    "libraryPanel": record({"name": text, "uid": text}),
    "panels": listed(exactly(dict)),
}


def _first(value: object) -> str | None:
    """Return the text of what may be in a list of its own."""
    return text(value[0]) if isinstance(value, list) and value else None


_FILTERS = listed(record({"key": text, "operator": text, "value": text, "values": _TEXTS}))
_VARIABLE = record(
    {
        "name": text,
        "type": text,
        "label": text,
        "query": either(record({"query": text}), text),
        "regex": text,
        "sort": whole(0, 8),
        "multi": truth,
        "includeAll": truth,
        "allValue": text,
        "current": record({"value": either(_TEXTS, text), "text": either(_TEXTS, text)}),
        "options": listed(record({"text": either(text, _first), "value": either(text, _first)})),
        "hide": whole(0, 10),
        "auto": truth,
        "auto_count": whole(1, 100_000),
        "auto_min": text,
        "filters": _FILTERS,
        "datasource": _REFERENCE,
        "valuesFormat": text,
        "staticOptions": listed(record({"text": text, "value": text})),
        "staticOptionsOrder": text,
    }
)
BOARD = record(
    {
        "uid": text,
        "title": text,
        "description": text,
        "time": record({"from": text, "to": text}),
        "panels": listed(exactly(dict)),
        "templating": record({"list": listed(_VARIABLE)}),
        "__inputs": listed(record({"name": text, "type": text, "pluginId": text})),
    }
)
