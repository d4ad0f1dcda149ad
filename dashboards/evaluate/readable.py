"""A dashboard from anywhere as the report reads it: every value that it looks at has its type.

Grafana forgives much: numbers as texts, lists that are missing, nulls. What cannot be used is
left out, and what a dashboard cannot be without gets what Grafana would take.
"""

from collections.abc import Iterable, Iterator

from dashboards.evaluate import legacy
from dashboards.evaluate.dashboard_shape import BOARD, PANEL_FIELDS
from dashboards.evaluate.shapes import record
from dashboards.schema.values import Json


def readable(board: object, name: str = "") -> Json:
    """Return a dashboard of which the report can read everything; ``name`` stands for no title.

    Panels of Grafana's first versions become what Grafana makes of them today. Two panels of one
    number get numbers of their own.
    """
    kept: Json = BOARD(legacy.with_panels(board)) or {}
    declared = kept.get("templating", {}).get("list", [])
    numbers: set[int] = set()
    return {
        **kept,
        "title": kept.get("title", "").strip() or name or "Dashboard",
        "description": kept.get("description", ""),
        "uid": kept.get("uid", ""),
        "time": kept.get("time", {}),
        "templating": {"list": list(_variables(declared))},
        "panels": list(_panels(kept.get("panels", ()), numbers)),
    }


def _variables(declared: Iterable[Json]) -> Iterator[Json]:
    """Yield the variables that have a name, each name once."""
    seen: set[str] = set()
    for variable in declared:
        name = variable.get("name", "")
        if name and name not in seen:
            seen.add(name)
            yield {"type": "", "query": "", **variable}


def _panels(panels: Iterable[Json], numbers: set[int]) -> Iterator[Json]:
    for raw in panels:
        panel = record(PANEL_FIELDS)(legacy.panel(raw)) or {}
        number = panel.get("id", 0)
        if number in numbers or not number:
            number = max(numbers, default=0) + 1
        numbers.add(number)
        panel = {**panel, "id": number, "type": panel.get("type", "")}
        if panel["type"] == "row":
            yield {**panel, "panels": list(_panels(panel.get("panels", ()), numbers))}
        else:
            yield panel
