"""A table panel as markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboards.evaluate.model import Cell, PanelData, Table
from dashboards.evaluate.reduce import maximum
from dashboards.report import hyperlinks, value_colors
from dashboards.report.context import Context, shown
from dashboards.report.html import Html, element, escape, joined, joined_inline, text
from dashboards.report.settings import Settings, settings
from dashboards.schema.values import Json

MOST_ROWS = 5000


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is shown: its heading, its place in a row, whether it is of numbers."""

    title: str
    place: int
    numeric: bool
    settings: Settings
    top: float
    """What fills a cell that is a bar."""


def table(data: PanelData, context: Context) -> Html:
    """Return a panel's table in a box of its own, which scrolls where it is too wide."""
    table = data.table or Table((), ())
    columns = list(_columns(data.panel, table))
    labels = _labels(data.panel)
    head = (
        text("th", column.title, scope="col", class_="n" if column.numeric else None)
        for column in columns
    )
    rows = (
        element("tr", *(_cell(row, it, _fields(table, row, labels), context) for it in columns))
        for row in table.rows[:MOST_ROWS]
    )
    left_out = len(table.rows) - MOST_ROWS
    return joined(
        element(
            "div",
            element(
                "table",
                element("thead", element("tr", *head)),
                element("tbody", *rows),
                class_="rows",
            ),
            class_="scroll",
            role="region",
            tabindex="0",
            aria_label=data.title,
        ),
        text("p", f"And {left_out} more rows.", class_="no") if left_out > 0 else Html(""),
    )


def _columns(panel: Json, table: Table) -> Sequence[_Column]:
    found: list[_Column] = []
    for place, title in enumerate(table.columns):
        one = settings(panel, title)
        cells = [row[place] for row in table.rows]
        numbers = [cell for cell in cells if isinstance(cell, float)]
        top = one.maximum if one.maximum is not None else maximum(numbers) or 0.0
        if not one.hidden:
            numeric = not any(isinstance(cell, str) for cell in cells)
            found.append(_Column(title, place, numeric, one, top))
    return found


def _labels(panel: Json) -> dict[str, str]:
    """Return heading → label: links name the label that a column was before it was renamed."""
    steps = panel.get("transformations", ())
    return {
        heading: label
        for step in steps
        for label, heading in step.get("options", {}).get("renameByName", {}).items()
    }


def _fields(table: Table, row: Sequence[Cell], labels: Mapping[str, str]) -> dict[str, str]:
    return {
        labels.get(title, title): cell
        for title, cell in zip(table.columns, row, strict=True)
        if isinstance(cell, str)
    }


def _cell(
    row: Sequence[Cell], column: _Column, fields: Mapping[str, str], context: Context
) -> Html:
    cell, found = row[column.place], column.settings
    to = hyperlinks.address(found.links, context.pages, fields)
    if isinstance(cell, str):
        return element("td", value_colors.linked(escape(found.said(cell) or cell), to))
    if cell is None:
        return text("td", found.text(None), class_="n" if column.numeric else None, data_v="")
    day = Html("")
    if found.unit == "dateTimeFromNow":
        day = text("small", f" {datetime.fromtimestamp(cell / 1000, UTC):%d %b %H:%M}")
    tone = found.tone(cell) if found.cell == "color-text" else ""
    said = joined_inline(value_colors.sign(tone), escape(shown(cell, found, context)))
    styled = value_colors.style(tone)
    if found.cell == "gauge" and column.top > 0:
        part = min(max(cell / column.top, 0), 1)
        styled = f"background:linear-gradient(90deg,var(--grid) {part:.0%},transparent 0)"
    value = value_colors.linked(said, to)
    return element("td", value, day, class_="n", data_v=repr(cell), style=styled)
