"""When a number is fine, when to look at it and when to act; and words for values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.kit import palette

ValueMappings = Mapping[float | str, tuple[str, str]]
"""A value → the word and the color it is shown as: ``{0: ("down", BAD), 1: ("up", OK)}``."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From ``warn`` on it is to be looked at, from ``bad`` on to be acted on.

    With ``low_is_bad`` it is the other way round: well from ``warn`` on, bad below ``bad``.
    Raises ValueError when there is neither, or when they are in the wrong order.
    """

    warn: float | None = None
    bad: float | None = None
    low_is_bad: bool = False

    def __post_init__(self) -> None:
        if self.warn is None and self.bad is None:
            raise ValueError("Thresholds without warn and bad say nothing.")
        if self.warn is None or self.bad is None or self.warn == self.bad:
            return
        if (self.warn > self.bad) != self.low_is_bad:
            raise ValueError(
                f"warn {self.warn} is beyond bad {self.bad}; is low_is_bad={self.low_is_bad} right?"
            )

    def steps(self, well: str = palette.OK) -> list[dict[str, Any]]:
        """Return Grafana's steps, each the color from its value on; the first is from minus ∞."""
        if self.low_is_bad:
            # Below the lower bound it is worst; each bound ends what is said of the values below.
            below = [(self.bad, palette.BAD), (self.warn, palette.WARN)]
            bounds = [(bound, color) for bound, color in below if bound is not None]
            colors = [*(color for _, color in bounds), well]
            values = [None, *(bound for bound, _ in bounds)]
        else:
            above = [(self.warn, palette.WARN), (self.bad, palette.BAD)]
            bounds = [(bound, color) for bound, color in above if bound is not None]
            colors = [well, *(color for _, color in bounds)]
            values = [None, *(bound for bound, _ in bounds)]
        return [{"color": c, "value": v} for c, v in zip(colors, values, strict=True)]


def value_mappings(mappings: ValueMappings) -> list[dict[str, Any]]:
    """Return the JSON of Grafana's value mappings."""
    options = {
        f"{value:g}" if isinstance(value, float | int) else value: {
            "color": color,
            "index": index,
            "text": word,
        }
        for index, (value, (word, color)) in enumerate(mappings.items())
    }
    return [{"type": "value", "options": options}] if options else []
