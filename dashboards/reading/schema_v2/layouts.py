"""Layouts of schema v2 as v1's one grid of 24 columns.

What v1 does not have is laid out as Grafana does it when it converts: a tab is a row with a
heading, rows within rows follow each other, an automatic grid gets equal cells. Unlike there, all
tabs but the first are collapsed rows, since Grafana loads no more of them either.
"""

from collections.abc import Mapping
from typing import Any

from dashboards.reading.schema_v2.panels import KINDS, panel
from dashboards.reading.schema_v2.unknown import unknown
from dashboards.reading.values import Path, ReadError
from dashboards.schema.values import Json, mapping, objects, text, whole

COLUMNS = 24
_HEIGHTS = {"short": 5, "standard": 9, "tall": 14}
"""Grid units of an automatic grid's rows (168, 320 and 512 px)."""
_UNIT = 38
"""Pixels of a grid unit: 30 and a margin of 8."""


def panels(
    elements: Mapping[str, Any], layout: Mapping[str, Any]
) -> tuple[list[Json], dict[Path, Path]]:
    """Return v1's panels, and the path of each in the spec by its path in v1.

    Raises ReadError if the layout names an element that is not there, or if the panels of a
    layout, or an element in it, cannot be known: they would be missing without a word.
    """
    if elements and not layout:
        raise ReadError("has no layout, which says where its panels stand.")
    grid = _Grid(elements)
    grid.place(layout, 0, None, closed=False)
    return grid.panels, grid.origins


class _Grid:
    """The panels that are laid out so far, from top to bottom."""

    def __init__(self, elements: Mapping[str, Any]) -> None:
        self.panels: list[Json] = []
        self.origins: dict[Path, Path] = {}
        self._elements = elements
        ids = (whole(mapping(mapping(each).get("spec")).get("id")) for each in elements.values())
        self._last_id = max((number for number in ids if number is not None), default=0)

    def place(self, layout: Mapping[str, Any], y: int, row: int | None, *, closed: bool) -> int:
        """Lay a layout out from line ``y`` on; return the line below it.

        ``row`` is the number of the collapsed row that holds it, None for the open grid;
        ``closed`` says whether rows in it are collapsed whatever they say.
        """
        spec = mapping(layout.get("spec"))
        match layout.get("kind"):
            case "GridLayout":
                return max([y, *(self._item(item, y, row) for item in objects(spec.get("items")))])
            case "AutoGridLayout":
                return self._automatic(spec, y, row)
            case "RowsLayout":
                for each in objects(spec.get("rows")):
                    y = self._row(mapping(each.get("spec")), y, row, closed=closed)
            case "TabsLayout":
                for number, each in enumerate(objects(spec.get("tabs"))):
                    inner = mapping(each.get("spec"))
                    y = self._headed(inner, y, closed=closed or number > 0)
            case kind if layout:
                raise unknown("layout", kind)
        return y

    def _row(self, spec: Mapping[str, Any], y: int, row: int | None, *, closed: bool) -> int:
        if spec.get("hideHeader"):
            return self.place(mapping(spec.get("layout")), y, row, closed=closed)
        return self._headed(spec, y, closed=closed or bool(spec.get("collapse")))

    def _headed(self, spec: Mapping[str, Any], y: int, *, closed: bool) -> int:
        """Lay out a heading and what is below it."""
        self._last_id += 1
        heading: Json = {
            "id": self._last_id,
            "type": "row",
            "title": text(spec.get("title")),
            "collapsed": closed,
            "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
            "panels": [],
        }
        if repeated := mapping(spec.get("repeat")).get("value"):
            heading["repeat"] = repeated
        self.panels.append(heading)
        row = len(self.panels) - 1 if closed else None
        return self.place(mapping(spec.get("layout")), y + 1, row, closed=closed)

    def _item(self, item: Mapping[str, Any], y: int, row: int | None) -> int:
        spec = mapping(item.get("spec"))
        x, down, w, h = (whole(spec.get(key)) or 0 for key in ("x", "y", "width", "height"))
        return self._add(spec, {"x": x, "y": y + down, "w": w, "h": h}, row, spec.get("repeat"))

    def _automatic(self, spec: Mapping[str, Any], y: int, row: int | None) -> int:
        columns = max(whole(spec.get("maxColumnCount")) or 3, 1)
        w = max(COLUMNS // columns, 1)
        pixels = whole(spec.get("rowHeight")) if spec.get("rowHeightMode") == "custom" else None
        # Rounded up.
        h = -(-pixels // _UNIT) if pixels else _HEIGHTS.get(text(spec.get("rowHeightMode")), 9)
        end = y
        for number, item in enumerate(objects(spec.get("items"))):
            down, across = divmod(number, min(columns, COLUMNS))
            place = {"x": across * w, "y": y + down * h, "w": w, "h": h}
            inner = mapping(item.get("spec"))
            repeat = mapping(inner.get("repeat"))
            flowing = {**repeat, "direction": "h", "maxPerRow": columns} if repeat else None
            end = max(end, self._add(inner, place, row, flowing))
        return end

    def _add(
        self, spec: Mapping[str, Any], place: Mapping[str, int], row: int | None, repeat: object
    ) -> int:
        name = text(mapping(spec.get("element")).get("name"))
        element = self._elements.get(name)
        if not isinstance(element, dict):
            raise ReadError(f"has a layout that names the element {name!r}, which is not there.")
        if element.get("kind") not in KINDS:
            raise unknown(f"element {name!r}", element.get("kind"))
        path: Path = ("panels",)
        beside = self.panels
        if row is not None:
            beside, path = self.panels[row]["panels"], ("panels", row, "panels")
        self.origins[*path, len(beside)] = ("elements", name, "spec")
        beside.append(panel(element, place, repeat))
        return place["y"] + place["h"]
