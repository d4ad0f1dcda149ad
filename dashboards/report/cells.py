"""A table panel as markup."""

from datetime import UTC, datetime

from dashboards.report.context import Context, shown
from dashboards.report.html import Html, element, escape, joined, text
from dashboards.report.model import Cell, PanelData, Table
from dashboards.report.settings import Settings, settings

MOST_ROWS = 5000


def table(data: PanelData, context: Context) -> Html:
    """Return a panel's table in a box of its own, which scrolls where it is too wide."""
    table = data.table or Table((), ())
    found = [settings(data.panel, name) for name in table.columns]
    numeric = [
        not any(isinstance(row[i], str) for row in table.rows) for i in range(len(table.columns))
    ]
    head = (
        text("th", name, scope="col", class_="n" if number else None)
        for name, number in zip(table.columns, numeric, strict=True)
    )
    rows = (
        element("tr", *(_cell(c, s, context) for c, s in zip(row, found, strict=True)))
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


def _cell(cell: Cell, found: Settings, context: Context) -> Html:
    if isinstance(cell, str):
        return text("td", cell)
    if cell is None:
        return text("td", found.text(None), class_="n", data_v="")
    day = Html("")
    if found.unit == "dateTimeFromNow":
        day = text("small", f" {datetime.fromtimestamp(cell / 1000, UTC):%d %b %H:%M}")
    return element("td", escape(shown(cell, found, context)), day, class_="n", data_v=repr(cell))
