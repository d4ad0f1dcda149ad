"""One look for each name on a page, told apart without seeing red or green."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
"""Grafana's names of colours, those of ``dashboards.kit.palette``, → on white, on black: 4.5:1."""

DASHES = ("", "6 2.5", "1.5 2", "8 2 1.5 2")
"""SVG's stroke-dasharray: solid, dashed, dotted, dash-dotted."""

_ORDER = tuple(NAMED)
COUNT = len(LIGHT) + len(NAMED)
"""How many colours there are: first those of names, then those that have a name themselves."""


def palette(*, dark: bool) -> tuple[str, ...]:
    """Return all colours, for a dark or a light page."""
    return (DARK if dark else LIGHT) + tuple(pair[dark] for pair in NAMED.values())


@dataclass(frozen=True, slots=True)
class Look:
    """A colour and a line style, by their numbers."""

    color: int
    dash: int = 0

    @property
    def css(self) -> str:
        """Return the colour for a style sheet: ``var(--s3)``, which is light or dark."""
        return f"var(--s{self.color})"


def named(color: str, dash: int = 0) -> Look:
    """Return the look of one of Grafana's colours; of one that we do not use, that of text."""
    known = color if color in NAMED else "text"
    return Look(len(LIGHT) + _ORDER.index(known), dash)


def dash_number(pixels: Iterable[float]) -> int:
    """Return which of our line styles is most like Grafana's: drawn, left out, drawn, …."""
    drawn = next(iter(pixels), 0)
    return 0 if not drawn else 2 if drawn <= 3 else 1 if drawn <= 10 else 3


def looks(names: Iterable[str], fixed: Mapping[str, Look] | None = None) -> Mapping[str, Look]:
    """Return a look for each name: 8 colours, then the same ones dashed, dotted, dash-dotted.

    The 33rd name looks like the first. Some have a look of their own, which is ``fixed``.
    """
    fixed = fixed or {}
    distinct = sorted(set(names) - set(fixed))
    return dict(fixed) | {
        name: Look(index % len(LIGHT), index // len(LIGHT) % len(DASHES))
        for index, name in enumerate(distinct)
    }
