"""A heatmap's cells over time: histogram buckets, lines counted by value, or one row a series."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboards.evaluate.model import Series
from dashboards.report.field_config import FieldConfig
from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows from bottom to top, each with its text and as many cells as there are columns."""

    rows: tuple[str, ...]
    cells: tuple[tuple[float, ...], ...]
    start: float
    """Unix seconds at the left edge of the first column."""
    end: float

    @property
    def limits(self) -> tuple[float, float]:
        """Return the least and the greatest of what the cells show, 0 among them."""
        shown = [value for row in self.cells for value in row if math.isfinite(value)]
        return min(0.0, *shown, 0.0), max(0.0, *shown, 0.0)


_PLAIN = FieldConfig()

MOST_ROWS = 60
"""Of lines that are counted by value: a value far off must not make thousands of empty rows."""


def grid(
    series: Sequence[Series], step: float, config: FieldConfig = _PLAIN, options: Json | None = None
) -> Grid:
    """Return the series as rows of cells; a cell without a point is NaN.

    Series that have the label ``le`` are Prometheus' cumulative buckets, which count everything
    up to their bound: they are sorted by it and each is left with what it adds. Where a panel's
    ``options`` tell Grafana to, lines are counted by their values.
    """
    if options and options.get("calculate"):
        return _counted(series, step, config, options.get("calculation") or {})
    times = sorted({time for line in series for time in line.times})
    start, end = times[0], times[-1] + step
    columns = {time: index for index, time in enumerate(_regular(start, times[-1], step))}
    cumulative = all("le" in line.labels for line in series)
    ordered = sorted(series, key=_bound) if cumulative else list(series)
    rows = [_row(line, columns) for line in ordered]
    if cumulative:
        rows = [rows[0], *(_difference(low, high) for low, high in pairwise(rows))]
    names = tuple(_up_to(_bound(line), config) if cumulative else line.name for line in ordered)
    least = (options or {}).get("filterValues", {}).get("le", -math.inf)
    # Grafana leaves cells out up to there: where nothing was, nothing is drawn.
    shown = (tuple(math.nan if value <= least else value for value in row) for row in rows)
    return Grid(names, tuple(shown), start, end)


def _up_to(bound: float, config: FieldConfig) -> str:
    return "more" if math.isinf(bound) else config.text(bound)


def _counted(series: Sequence[Series], step: float, config: FieldConfig, calculation: Json) -> Grid:
    """Return how many lines have a value in each bucket; a row is called by its upper bound."""
    buckets = calculation.get("yBuckets") or {}
    scale = buckets.get("scale") or {}
    size = float(buckets.get("value") or 1)
    size = size if size > 0 else 1.0
    base = float(scale.get("log") or 2) if scale.get("type") == "log" else 0.0
    times = sorted({time for line in series for time in line.times})
    columns = {time: index for index, time in enumerate(_regular(times[0], times[-1], step))}
    counts: dict[int, list[float]] = {}
    for line in series:
        for time, value in zip(line.times, line.values, strict=True):
            if time in columns and math.isfinite(value / size):
                row = counts.setdefault(_bucket(value, size, base), [0.0] * len(columns))
                row[columns[time]] += 1
    lowest, highest = min(counts, default=0), max(counts, default=0)
    highest = min(highest, lowest + MOST_ROWS - 1)
    numbers = range(lowest, highest + 1)
    nothing = [0.0] * len(columns)
    # Grafana leaves empty cells out.
    cells = (tuple(v or math.nan for v in counts.get(number, nothing)) for number in numbers)
    bounds = (_power(base, n + 1) if base else (n + 1) * size for n in numbers)
    return Grid(
        tuple(config.text(bound) for bound in bounds), tuple(cells), times[0], times[-1] + step
    )


def _power(base: float, exponent: int) -> float:
    try:
        return base**exponent
    except OverflowError:
        return math.inf


def _bucket(value: float, size: float, base: float) -> int:
    if not base:
        return math.floor(value / size)
    # What is nothing has no logarithm: it is below the least that there is.
    return math.floor(math.log(value, base)) if value > 0 else -1


def _regular(start: float, end: float, step: float) -> list[float]:
    return [start + index * step for index in range(round((end - start) / step) + 1)]


def _row(line: Series, columns: dict[float, int]) -> list[float]:
    cells = [math.nan] * len(columns)
    for time, value in zip(line.times, line.values, strict=True):
        if time in columns:
            cells[columns[time]] = value
    return cells


def _difference(low: Sequence[float], high: Sequence[float]) -> list[float]:
    return [
        above if math.isnan(below) else max(0.0, above - below)
        for below, above in zip(low, high, strict=True)
    ]


def _bound(line: Series) -> float:
    return float(line.labels["le"].replace("+Inf", "inf"))
