"""The colors of series and of values, on light and on dark pages."""

from collections.abc import Mapping
from types import MappingProxyType

# Okabe and Ito's palette, darkened on white and lightened on black to a contrast of 3:1 at least.
LIGHT = ("#005fa8", "#c8500a", "#00845f", "#a8458a", "#8a6d00", "#1c9cb8", "#5a5a5a", "#7a1f4f")
DARK = ("#5a9ff0", "#f0883e", "#2fc79b", "#e39bc4", "#d9b733", "#86e3f0", "#bdbdbd", "#e0709f")

NAMED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "blue": ("#1257b8", "#75abff"),
        "dark-blue": ("#0b3d91", "#5a92f5"),
        "light-blue": ("#1271ab", "#8ccbff"),
        "orange": ("#a34e00", "#ffab57"),
        "dark-orange": ("#b34700", "#ff9d5c"),
        "semi-dark-orange": ("#b84808", "#f0883e"),
        "red": ("#b3142b", "#ff858d"),
        "dark-red": ("#8e1023", "#ff6673"),
        "purple": ("#7a3fb0", "#c79bff"),
        "dark-yellow": ("#806400", "#e6c229"),
        "light-green": ("#35802a", "#9be08a"),
        "dark-green": ("#00704d", "#35c48d"),
        "text": ("#1f2328", "#e4e6ea"),
    }
)
"""Grafana's names of colors, those of ``dashboards.kit.palette``, → on white, on black: 4.5:1."""

_ORDER = tuple(NAMED)
COUNT = len(LIGHT) + len(NAMED)
"""How many colors there are: first those of series, then those that have a name themselves."""


def palette(*, dark: bool) -> tuple[str, ...]:
    """Return all colors, for a dark or a light page."""
    return (DARK if dark else LIGHT) + tuple(pair[dark] for pair in NAMED.values())


def number(name: str) -> int:
    """Return the place in the palette of one of Grafana's colors; "text"'s of others."""
    return len(LIGHT) + _ORDER.index(name if name in NAMED else "text")


def css(number: int) -> str:
    """Return a color of the palette for a style sheet: ``var(--s3)``, which is light or dark."""
    return f"var(--s{number})"
