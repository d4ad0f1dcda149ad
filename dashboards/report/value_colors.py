"""The color that thresholds or mappings give a value, and the sign that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dashboards.kit import palette
from dashboards.report import colors

_SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {palette.WARN: ("▲", "to be looked at"), palette.BAD: ("◆", "to be acted on")}
)
"""Colors that ask for something also have a sign: not everybody sees them."""


@dataclass(frozen=True, slots=True)
class ValueColor:
    """How a value is colored, each "" where it is not."""

    css: str = ""
    """The color for a style sheet: ``var(--s9)``."""
    sign: str = ""
    meaning: str = ""
    """What the sign says, for who does not see it."""


NO_COLOR = ValueColor()


def value_color(color: str) -> ValueColor:
    """Return how a value in one of Grafana's colors is shown; "" is in no color of its own."""
    if not color or color == palette.NEUTRAL:
        return NO_COLOR
    return ValueColor(colors.css(colors.number(color)), *_SIGNS.get(color, ("", "")))
