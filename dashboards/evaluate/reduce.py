"""A series to one number: the calculations that legends and stats ask for, and their names.

Read from Grafana 12.4 (packages/grafana-data: transformations/fieldReducer.ts).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
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
    return _sum(numbers) / len(numbers) if numbers else None


def maximum(values: Sequence[float]) -> float | None:
    """Return the greatest of the values that are numbers, or None."""
    return max(_numbers(values), default=None)


def minimum(values: Sequence[float]) -> float | None:
    """Return the least of the values that are numbers, or None."""
    return min(_numbers(values), default=None)


def total(values: Sequence[float]) -> float | None:
    """Return the sum of the values that are numbers, or None."""
    numbers = _numbers(values)
    return _sum(numbers) if numbers else None


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):
        # Infinite on both sides is no number; fsum says so by an error.
        return sum(numbers)


def first(values: Sequence[float]) -> float | None:
    """Return the first value, or None where it is no number."""
    return values[0] if values and not math.isnan(values[0]) else None


def count(values: Sequence[float]) -> float | None:
    """Return how many values there are."""
    return float(len(values))


def spread(values: Sequence[float]) -> float | None:
    """Return the distance of the greatest and the least, or None."""
    numbers = _numbers(values)
    return max(numbers) - min(numbers) if numbers else None


def difference(values: Sequence[float]) -> float | None:
    """Return the last number less the first, or None."""
    numbers = _numbers(values)
    return numbers[-1] - numbers[0] if numbers else None


def difference_percent(values: Sequence[float]) -> float | None:
    """Return the difference in parts of a hundred of the first number, or None."""
    numbers = _numbers(values)
    if not numbers or numbers[0] == 0:
        return None
    return (numbers[-1] - numbers[0]) / numbers[0] * 100


def delta(values: Sequence[float]) -> float | None:
    """Return how far a counter went; the first step after a reset does not count."""
    numbers = _numbers(values)
    total_, up = 0.0, True
    for before, after in pairwise(numbers):
        if after < before:
            up = False
            continue
        total_ += after - before if up else 0.0
        up = True
    return total_ if numbers else None


def least_step(values: Sequence[float]) -> float | None:
    """Return the least distance of two values that follow each other, or None."""
    return min((after - before for before, after in pairwise(_numbers(values))), default=None)


def least_above_zero(values: Sequence[float]) -> float | None:
    """Return the least of the values above zero, or None."""
    return min((value for value in values if value > 0), default=None)


def variance(values: Sequence[float]) -> float | None:
    """Return the variance of all values, or None."""
    numbers = _numbers(values)
    if not numbers or not all(map(math.isfinite, numbers)):
        return None
    middle = _sum(numbers) / len(numbers)
    return _sum([(value - middle) ** 2 for value in numbers]) / len(numbers)


def deviation(values: Sequence[float]) -> float | None:
    """Return the standard deviation of all values, or None."""
    squared = variance(values)
    return None if squared is None else math.sqrt(squared)


def changes(values: Sequence[float]) -> float | None:
    """Return how often a value differs from the one before it."""
    return float(sum(before != after for before, after in pairwise(values)))


def distinct(values: Sequence[float]) -> float | None:
    """Return how many different values there are."""
    return float(len(set(values)))


def percentile(part: float) -> Reducer:
    """Return the reducer that takes the value below which so much of all values lies."""

    def reduce(values: Sequence[float]) -> float | None:
        numbers = sorted(_numbers(values))
        return numbers[math.floor((len(numbers) - 1) * part + 0.5)] if numbers else None

    return reduce


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 3 < number < 21 else ending} %"


REDUCERS: Mapping[str, tuple[str, Reducer]] = MappingProxyType(
    {
        "lastNotNull": ("Last", last_not_null),
        "last": ("Last", last),
        "firstNotNull": ("First", first_not_null),
        "mean": ("Mean", mean),
        "max": ("Max", maximum),
        "min": ("Min", minimum),
        "sum": ("Total", total),
        "first": ("First", first),
        "median": ("Median", percentile(0.5)),
        "variance": ("Variance", variance),
        "stdDev": ("StdDev", deviation),
        "count": ("Count", count),
        "range": ("Range", spread),
        "delta": ("Delta", delta),
        "step": ("Step", least_step),
        "diff": ("Difference", difference),
        "diffperc": ("Difference percent", difference_percent),
        "logmin": ("Min (above zero)", least_above_zero),
        "changeCount": ("Change Count", changes),
        "distinctCount": ("Distinct Count", distinct),
        **{f"p{part}": (_ordinal(part), percentile(part / 100)) for part in range(1, 100)},
    }
)
"""Grafana's id → heading and function."""

WITHOUT_UNIT: Mapping[str, str] = MappingProxyType(
    {
        "count": "none",
        "changeCount": "none",
        "distinctCount": "none",
        "variance": "none",
        "diffperc": "percent",
    }
)
"""Calculations whose number is not in the unit of the values, and its unit."""
