"""Tables: a row for each set of labels, a column for each query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Unpack

from grafanalib.core import Panel

from dashboards.kit import palette
from dashboards.kit.links import Link
from dashboards.kit.panels.base import ABOUT, MIN_STEP, About, checked, override, panel
from dashboards.kit.thresholds import Thresholds, ValueMappings, value_mappings
from dashboards.kit.units import COUNT, DECIMALS, RELATIVE_TIME


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its query, its unit and how many decimals it shows.

    Without ``decimals``, it has those of its unit (``units.DECIMALS``).

    ``thresholds`` and ``mappings`` color its cells, a click on one follows the ``link``, and
    ``bar`` draws a bar behind the numbers. A ``hidden`` one is there to be sorted by.
    """

    title: str
    query: str
    unit: str
    decimals: int | None = None
    thresholds: Thresholds | None = None
    mappings: ValueMappings | None = None
    link: Link | None = None
    bar: bool = False
    hidden: bool = False


def table(
    title: str,
    columns: Sequence[Column],
    *,
    labels: Mapping[str, str],
    sort_by: str,
    ascending: bool = False,
    links: Mapping[str, Link] | None = None,
    left_out: Sequence[str] = (),
    step: str = MIN_STEP,
    **about: Unpack[About],
) -> Panel:
    """Return a sortable table, one row for each set of labels that the columns' queries share.

    ``labels`` gives label → heading in the order in which they are shown, ``links`` label →
    where a click on it leads, and ``left_out`` are labels that only tell rows apart.
    """
    checked(title, about, ABOUT)
    return panel(
        "table",
        title,
        [(column.query, "") for column in columns],
        {**about, "unit": COUNT, "step": step, "decimals": None, "link": None},
        instant=True,
        form="table",
        minimum=None,
        color="fixed",
        custom={
            "align": "auto",
            "filterable": True,
            "minWidth": MIN_WIDTH,
            "wrapHeaderText": True,
        },
        options={
            "cellHeight": "sm",
            "showHeader": True,
            "sortBy": [{"desc": not ascending, "displayName": sort_by}],
        },
        overrides=[
            *([_EMPTY_CELL] if about.get("no_value") or about.get("requires") else []),
            *(_column_override(column) for column in columns),
            *(
                override(labels[name], properties)
                for name in labels
                if (properties := _label_column(name, (links or {}).get(name)))
            ),
        ],
        transformations=columns_named([column.title for column in columns], labels, left_out),
    )


MIN_WIDTH = 110
"""Pixels of a column at the least. With Grafana's 150, the last of ten is off the window."""

# Pixels by label: Grafana gives all columns the same width, and cuts what is longer.
_WIDTHS = {"pod": 240, "directory": 300, "username": 180}


def _label_column(name: str, link: Link | None) -> dict[str, Any]:
    """Return what the override of a label's column sets."""
    links = {"links": [link.json]} if link else {}
    return links | ({"custom.width": _WIDTHS[name]} if name in _WIDTHS else {})


# What a panel says where it finds nothing, Grafana says in each empty cell, too.
_EMPTY_CELL = {
    "matcher": {"id": "byRegexp", "options": "/.*/"},
    "properties": [{"id": "noValue", "value": "–"}],
}


def columns_named(
    titles: Sequence[str], labels: Mapping[str, str], left_out: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return what makes one table of queries' answers: labels first, then values by title."""
    letters = ascii_uppercase[: len(titles)]
    # Grafana numbers values only where there are several queries.
    fields = ["Value"] if len(titles) == 1 else [f"Value #{letter}" for letter in letters]
    headings = {**labels, **dict(zip(fields, titles, strict=True))}
    return [
        {"id": "merge", "options": {}},
        {
            "id": "organize",
            "options": {
                "excludeByName": dict.fromkeys(("Time", *left_out), True),
                "indexByName": {name: index for index, name in enumerate(headings)},
                "renameByName": headings,
            },
        },
    ]


def _column_override(column: Column) -> dict[str, Any]:
    colored = column.thresholds is not None or column.mappings is not None
    cell = {"type": "gauge", "mode": "basic"} if column.bar else {"type": "color-text"}
    # What is well is written as everything else: a table of colored numbers says nothing.
    steps = (
        column.thresholds.steps(palette.NEUTRAL)
        if column.thresholds
        else [{"color": palette.NEUTRAL, "value": None}]
    )
    return override(
        column.title,
        {
            "unit": column.unit,
            "decimals": DECIMALS.get(column.unit) if column.decimals is None else column.decimals,
            "custom.cellOptions": cell if colored or column.bar else None,
            "custom.hidden": True if column.hidden else None,
            # "a few seconds ago" is the longest.
            "custom.width": 145 if column.unit == RELATIVE_TIME and not column.hidden else None,
            "color": {"mode": "thresholds"} if colored else None,
            "thresholds": {"mode": "absolute", "steps": steps} if colored else None,
            "mappings": value_mappings(column.mappings) if column.mappings else None,
            "links": [column.link.json] if column.link else None,
        },
    )
