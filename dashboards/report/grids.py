"""A heatmap's cells: histogram buckets, or one row a series, over time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboards.report.model import Series


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows from bottom to top, each with its text and as many cells as there are columns."""

    rows: tuple[str, ...]
    cells: tuple[tuple[float, ...], ...]
    start: float
    """Unix seconds at the left edge of the first column."""
    end: float


def grid(series: Sequence[Series], step: float) -> Grid:
    """Return the series as rows of cells; a cell without a point is NaN.

    Series that have the label ``le`` are Prometheus' cumulative buckets, which count everything
    up to their bound: they are sorted by it and each is left with what it adds.
    """
    times = sorted({time for one in series for time in one.times})
    start, end = times[0], times[-1] + step
    columns = {time: index for index, time in enumerate(_regular(start, times[-1], step))}
    cumulative = all("le" in one.labels for one in series)
    ordered = sorted(series, key=_bound) if cumulative else list(series)
    rows = [_row(one, columns) for one in ordered]
    if cumulative:
        rows = [rows[0], *(_difference(low, high) for low, high in pairwise(rows))]
    names = tuple(one.labels["le"] if cumulative else one.name for one in ordered)
    return Grid(names, tuple(map(tuple, rows)), start, end)


def _regular(start: float, end: float, step: float) -> list[float]:
    return [start + index * step for index in range(round((end - start) / step) + 1)]


def _row(one: Series, columns: dict[float, int]) -> list[float]:
    cells = [math.nan] * len(columns)
    for time, value in zip(one.times, one.values, strict=True):
        if time in columns:
            cells[columns[time]] = value
    return cells


def _difference(low: Sequence[float], high: Sequence[float]) -> list[float]:
    return [
        above if math.isnan(below) else max(0.0, above - below)
        for below, above in zip(low, high, strict=True)
    ]


def _bound(one: Series) -> float:
    return float(one.labels["le"].replace("+Inf", "inf"))
