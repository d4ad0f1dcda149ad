"""Table panels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from dashboards.evaluate.model import Cell, PanelData, Table
from dashboards.evaluate.reduce import maximum
from dashboards.report import hyperlinks
from dashboards.report.context import Context, formatted
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.report.value_colors import NO_COLOR, ValueColor, value_color
from dashboards.schema.values import Json

MOST_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading."""

    title: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell's text, and how it is shown."""

    text: str
    sort_key: str | None = None
    """The number that its column is sorted by, "" for none at all; None for a text."""
    numeric: bool = False
    date: str = ""
    """The day and hour of a time that is told as ``3 days ago``."""
    color: ValueColor = NO_COLOR
    gauge: str = ""
    """The part of the cell that its bar fills: ``42%``."""
    link: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """Headings and rows; ``left_out`` rows are more than a page holds."""

    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    left_out: int
    template: ClassVar[str] = "table.html"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column that is shown: its heading, its place in a row, how its values are shown."""

    heading: Heading
    place: int
    config: FieldConfig
    top: float
    """What fills a cell that is a bar."""


def table(data: PanelData, context: Context) -> TableView:
    """Return a panel's table."""
    table = data.table or Table((), ())
    columns = tuple(_columns(data.panel, table))
    labels = _labels(data.panel)
    return TableView(
        title=data.title,
        headings=tuple(column.heading for column in columns),
        rows=tuple(
            tuple(_cell(row, column, fields, context) for column in columns)
            for row in table.rows[:MOST_ROWS]
            for fields in (_fields(table, row, labels),)
        ),
        left_out=max(0, len(table.rows) - MOST_ROWS),
    )


def _columns(panel: Json, table: Table) -> Sequence[_Column]:
    shown: list[_Column] = []
    for place, title in enumerate(table.columns):
        config = field_config(panel, title)
        cells = [row[place] for row in table.rows]
        numbers = [cell for cell in cells if isinstance(cell, float)]
        top = config.maximum if config.maximum is not None else maximum(numbers) or 0.0
        if not config.hidden:
            numeric = not any(isinstance(cell, str) for cell in cells)
            shown.append(_Column(Heading(title, numeric), place, config, top))
    return shown


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
) -> TableCell:
    value, config = row[column.place], column.config
    link = hyperlinks.address(config.links, context.pages, fields)
    if isinstance(value, str):
        return TableCell(config.mapped_text(value) or value, link=link)
    if value is None:
        return TableCell(config.text(None), sort_key="", numeric=column.heading.numeric)
    date = ""
    if config.unit == "dateTimeFromNow":
        date = f"{datetime.fromtimestamp(value / 1000, UTC):%d %b %H:%M}"
    gauge = config.cell == "gauge" and column.top > 0
    return TableCell(
        formatted(value, config, context),
        sort_key=repr(value),
        numeric=True,
        date=date,
        color=value_color(config.color_of(value) if config.cell == "color-text" else ""),
        gauge=f"{min(max(value / column.top, 0), 1):.0%}" if gauge else "",
        link=link,
    )
