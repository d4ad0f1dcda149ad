"""A series' points before they are drawn: gaps, and points that stand alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboards.evaluate.model import Series

Array = NDArray[np.float64]


def top(series: Sequence[Series]) -> float:
    """Return the greatest finite value of all series, or 0: a division by 0 is no height."""
    finite = (values[np.isfinite(values)] for values in map(_values, series))
    return max((float(values.max()) for values in finite if values.size), default=0.0)


def bottom(series: Sequence[Series]) -> float:
    """Return the least finite value of all series if it is below 0, else 0."""
    finite = (values[np.isfinite(values)] for values in map(_values, series))
    return min(0.0, *(float(values.min()) for values in finite if values.size), 0.0)


def _values(line: Series) -> Array:
    return np.asarray(line.values, dtype=float)


def of_line(line: Series, step: float) -> tuple[Array, Array]:
    """Return a series' times and values, with NaN where points are missing."""
    return with_gaps(np.asarray(line.times), np.asarray(line.values), step)


def with_gaps(times: Array, values: Array, step: float) -> tuple[Array, Array]:
    """Return times and values with NaN where points are missing, so that no line spans them.

    A step of 60 makes of the times 0, 60, 300 the times 0, 60, 240 (NaN), 300.
    """
    holes = np.flatnonzero(np.diff(times) > 1.5 * step) + 1
    return np.insert(times, holes, times[holes] - step), np.insert(values, holes, np.nan)


def alone(values: Array) -> NDArray[np.bool_]:
    """Return which points have no neighbor: a line through them alone would not be seen."""
    missing = np.isnan(np.concatenate(([np.nan], values, [np.nan])))
    return np.asarray(~missing[1:-1] & missing[:-2] & missing[2:])


def stacked(series: Sequence[Series], step: float) -> tuple[Array, list[Array]]:
    """Return all times, and for each series the sum of it and those before it.

    A series without a point counts as 0; where none has one, all are NaN.
    """
    times = np.unique(np.concatenate([np.asarray(line.times, dtype=float) for line in series]))
    total = np.zeros_like(times)
    layers: list[Array] = []
    for line in series:
        added = np.zeros_like(times)
        added[np.searchsorted(times, np.asarray(line.times))] = np.nan_to_num(_values(line))
        total = total + added
        layers.append(with_gaps(times, total, step)[1])
    return with_gaps(times, total, step)[0], layers
