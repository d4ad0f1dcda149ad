"""Time series: what each is called, from when to when it is exposed and what it is worth then.

The live endpoints ask for one instant, the history for one each minute: the same series.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from demo.people import DAY
from demo.usage import Array

FOREVER = float("inf")

Labels = tuple[tuple[str, str], ...]

Value = float | Callable[[Array], Array]
"""A constant, or a function of times in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: exposed while ``born <= t < dies``, worth ``value(times)`` or a constant."""

    job: str
    metric: str
    labels: Labels
    value: Value
    born: float = 0.0
    dies: float = FOREVER

    def at(self, times: Array) -> Array:
        """Return the values at the given times, all within the series' life."""
        if callable(self.value):
            return self.value(times)
        return np.full(len(times), self.value)


def labels(**pairs: str) -> Labels:
    """Return labels in the order of their names, empty ones left out, as Prometheus has them."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


def hexadecimal(uid: str, what: str) -> str:
    """Return the 64 digits by which a container runtime or a driver knows a thing of a pod."""
    return sha256(f"{uid}/{what}".encode()).hexdigest()


def steady(per_second: float, times: Array) -> Array:
    """Return a counter that began some day and never rests."""
    return per_second * (times % (400 * DAY))
