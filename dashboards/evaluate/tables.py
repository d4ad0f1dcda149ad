"""From instant answers to a table: Grafana's ``merge`` and ``organize``, and sorting."""

import math
from collections.abc import Iterable, Mapping, Sequence

from dashboards.evaluate.model import Cell, Sampled, Series, Table
from dashboards.evaluate.reduce import last_not_null
from dashboards.schema.values import Json

_Row = dict[str, Cell]


def frames(answers: Mapping[str, Sequence[Sampled]]) -> list[Table]:
    """Return one table for each query: Time, its labels sorted, and ``Value #A`` (or ``Value``)."""
    return [
        _frame(samples, f"Value #{ref}" if len(answers) > 1 else "Value")
        for ref, samples in answers.items()
    ]


def _frame(samples: Sequence[Sampled], value: str) -> Table:
    labels = sorted({label for sample in samples for label in sample.labels})
    rows = tuple(
        (time * 1000, *(sample.labels.get(label) for label in labels), number)
        for sample in samples
        for time, number in zip(sample.times, sample.values, strict=True)
    )
    return Table(("Time", *labels, value), rows)


def transformed(tables: Sequence[Table], steps: Iterable[Json]) -> tuple[Table, list[str]]:
    """Return the table after the panel's transformations, and what could not be applied.

    Without ``merge`` only the first query's table is shown, as in Grafana.
    """
    unknown: list[str] = []
    for step in steps:
        options = step.get("options", {})
        match step.get("id"):
            case "merge":
                tables = [merge(tables)]
            case "organize":
                tables = [organize(table, options) for table in tables]
            case other:
                unknown.append(not_applied(str(other)))
    return (tables[0] if tables else Table((), ())), unknown


def not_applied(transformation: str) -> str:
    """Return what is said of a transformation that only Grafana knows."""
    return f"Grafana also applies the transformation “{transformation}” here."


def last_values(series: Sequence[Series]) -> Table:
    """Return a table of series that were not asked for as one: their names and last values."""
    rows = tuple((line.name, last_not_null(line.values)) for line in series)
    return Table(("Series", "Value"), rows)


def merge(tables: Sequence[Table]) -> Table:
    """Return one table: rows whose shared columns agree become one.

    ``(a, Value #A 1)`` and ``(a, Value #B 2)`` become ``(a, 1, 2)``; a row that only one table
    has stays, with nothing in the other columns.
    """
    columns = tuple(dict.fromkeys(name for table in tables for name in table.columns))
    filled = [table for table in tables if table.rows]
    shared = [name for name in columns if all(name in table.columns for table in filled)]
    merged: dict[tuple[Cell, ...], list[_Row]] = {}
    for table in filled:
        for values in table.rows:
            row = dict(zip(table.columns, values, strict=True))
            alike = merged.setdefault(tuple(row[name] for name in shared), [])
            fitting = [other for other in alike if _agree(other, row)]
            for other in fitting:
                other.update(row)
            if not fitting:
                alike.append(row)
    rows = (row for alike in merged.values() for row in alike)
    return Table(columns, tuple(tuple(row.get(name) for name in columns) for row in rows))


def _agree(row: _Row, other: _Row) -> bool:
    return all(row.get(name) in (None, value) for name, value in other.items())


def organize(table: Table, options: Json) -> Table:
    """Return the table with columns left out, reordered and renamed; unnamed ones stay last."""
    left_out = {name for name, out in options.get("excludeByName", {}).items() if out}
    order, names = options.get("indexByName", {}), options.get("renameByName", {})
    kept = [index for index, name in enumerate(table.columns) if name not in left_out]
    kept.sort(key=lambda index: order.get(table.columns[index], len(table.columns) + len(order)))
    return Table(
        tuple(names.get(table.columns[index]) or table.columns[index] for index in kept),
        tuple(tuple(row[index] for index in kept) for row in table.rows),
    )


def ordered(table: Table, sort_by: Iterable[Json]) -> Table:
    """Return the table sorted as the panel asks; rows without a value come last either way."""
    rows = list(table.rows)
    for rule in reversed(list(sort_by)):
        if rule.get("displayName") not in table.columns:
            continue
        index = table.columns.index(rule["displayName"])
        descending = bool(rule.get("desc"))
        present = [row for row in rows if row[index] is not None]
        present.sort(key=lambda row: _sortable(row[index]), reverse=descending)
        rows = [*present, *(row for row in rows if row[index] is None)]
    return Table(table.columns, tuple(rows))


def _sortable(cell: Cell) -> tuple[bool, float, str]:
    if isinstance(cell, str):
        return True, 0, cell.casefold()
    # NaN has no order of its own.
    return False, -math.inf if cell is None or math.isnan(cell) else cell, ""
