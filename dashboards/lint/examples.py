"""Small dashboards for rules' examples: good in every way but the one that an example is about."""

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from dashboards.schema.values import Json

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}

HUB: Json = {
    "name": "hub",
    "type": "query",
    "datasource": _SOURCE,
    "query": {"query": "label_values(kube_pod_info, namespace)", "refId": "hub"},
}
DATASOURCE: Json = {"name": "datasource", "type": "datasource", "query": "prometheus"}

_PANEL: Json = {
    "id": 2,
    "type": "timeseries",
    "title": "Memory",
    "description": "Memory in use by the hub's pods.",
    "datasource": _SOURCE,
    "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8},
    "fieldConfig": {"defaults": {"unit": "bytes", "color": {"mode": "palette-classic"}}},
    "options": {"legend": {"showLegend": True}},
    "targets": [
        {
            "refId": "A",
            "datasource": _SOURCE,
            "expr": 'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})',
            "legendFormat": "{{pod}}",
        }
    ],
}

_BOARD: Json = {
    "uid": "example",
    "title": "Example",
    "description": "What the hub's pods use.",
    "templating": {"list": [DATASOURCE, HUB]},
    "panels": [
        {
            "id": 1,
            "type": "row",
            "title": "Use of $hub",
            "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1},
        },
        _PANEL,
    ],
}


@dataclass(frozen=True, slots=True)
class Example:
    """A dashboard, and the part of it that people are shown."""

    board: Json
    shown: str
    language: str = "json"


def query(text: str, unit: str = "bytes", **target: Any) -> Example:  # noqa: ANN401 - JSON
    """Return the example of a query."""
    board = deepcopy(_BOARD)
    panel = board["panels"][1]
    panel["targets"][0] |= {"expr": text, "legendFormat": "__auto", **target}
    panel["fieldConfig"]["defaults"]["unit"] = unit
    return Example(board, text, "promql")


def query_with_options(text: str, **options: Any) -> Example:  # noqa: ANN401 - JSON
    """Return the example of a query whose other options matter, and are shown."""
    example = query(text, **options)
    return Example(example.board, _text({"expr": text, **options}))


def query_in_unit(text: str, unit: str) -> Example:
    """Return the example of a query in a panel with that unit, which is shown."""
    shown = {"fieldConfig": {"defaults": {"unit": unit}}, "targets": [{"expr": text}]}
    return Example(query(text, unit).board, _text(shown))


def panel(**changed: Any) -> Example:  # noqa: ANN401 - JSON
    """Return the example of a panel: what is None is left out."""
    board = deepcopy(_BOARD)
    board["panels"][1] = _merged(board["panels"][1], changed)
    return Example(board, _text(changed))


def panels(*several: Json) -> Example:
    """Return the example of several panels, one below the other unless they say where."""
    board = deepcopy(_BOARD)
    for number, changed in enumerate(several):
        place = {"gridPos": {"x": 0, "y": 1 + 8 * number, "w": 12, "h": 8}, "id": 2 + number}
        board["panels"][1 + number : 2 + number] = [_merged(_merged(_PANEL, place), changed)]
    return Example(board, _text(list(several)))


def board(**changed: Any) -> Example:  # noqa: ANN401 - JSON
    """Return the example of a whole board: what is None is left out."""
    return Example(_merged(deepcopy(_BOARD), changed), _text(changed))


def _merged(whole: Json, changed: Json) -> Json:
    found = {**deepcopy(whole), **changed}
    return {key: value for key, value in found.items() if value is not None}


def _text(changed: object) -> str:
    return json.dumps(changed, indent=2, ensure_ascii=False)
