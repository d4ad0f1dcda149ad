"""A series to one number: the calculations that legends and stats ask for, and their names."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

Reducer = Callable[[Sequence[float]], float | None]


def _numbers(values: Sequence[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


def last_not_null(values: Sequence[float]) -> float | None:
    """Return the last value that is a number, or None."""
    return next((value for value in reversed(values) if not math.isnan(value)), None)


def last(values: Sequence[float]) -> float | None:
    """Return the last value, or None where it is no number."""
    return values[-1] if values and not math.isnan(values[-1]) else None


def first_not_null(values: Sequence[float]) -> float | None:
    """Return the first value that is a number, or None."""
    return next((value for value in values if not math.isnan(value)), None)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean of the values that are numbers, or None."""
    numbers = _numbers(values)
    return math.fsum(numbers) / len(numbers) if numbers else None


def maximum(values: Sequence[float]) -> float | None:
    """Return the greatest of the values that are numbers, or None."""
    return max(_numbers(values), default=None)


def minimum(values: Sequence[float]) -> float | None:
    """Return the least of the values that are numbers, or None."""
    return min(_numbers(values), default=None)


def total(values: Sequence[float]) -> float | None:
    """Return the sum of the values that are numbers, or None."""
    numbers = _numbers(values)
    return math.fsum(numbers) if numbers else None


REDUCERS: Mapping[str, tuple[str, Reducer]] = MappingProxyType(
    {
        "lastNotNull": ("Last", last_not_null),
        "last": ("Last", last),
        "firstNotNull": ("First", first_not_null),
        "mean": ("Mean", mean),
        "max": ("Max", maximum),
        "min": ("Min", minimum),
        "sum": ("Total", total),
    }
)
"""Grafana's id → heading and function."""
