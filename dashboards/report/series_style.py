"""One color and line style for each name on a page, told apart without seeing red or green."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboards.report import colors

DASHES = ("", "6 2.5", "1.5 2", "8 2 1.5 2")
"""SVG's stroke-dasharray: solid, dashed, dotted, dash-dotted."""


@dataclass(frozen=True, slots=True)
class SeriesStyle:
    """A color and a line style, by their numbers."""

    color: int
    dash: int = 0

    @property
    def css(self) -> str:
        """Return the color for a style sheet: ``var(--s3)``."""
        return colors.css(self.color)

    @property
    def dasharray(self) -> str:
        """Return the line style for SVG, "" for a solid line."""
        return DASHES[self.dash]


def named(color: str, dash: int = 0) -> SeriesStyle:
    """Return the style that has one of Grafana's colors; of one that we do not use, text's."""
    return SeriesStyle(colors.number(color), dash)


def dash_number(pixels: Iterable[float]) -> int:
    """Return which of our line styles is most like Grafana's: drawn, left out, drawn, …."""
    drawn = next(iter(pixels), 0)
    return 0 if not drawn else 2 if drawn <= 3 else 1 if drawn <= 10 else 3


def series_styles(
    names: Iterable[str], fixed: Mapping[str, SeriesStyle] | None = None
) -> Mapping[str, SeriesStyle]:
    """Return a style for each name: 8 colors, then the same ones dashed, dotted, dash-dotted.

    The 33rd name looks like the first. Some have a style of their own, which is ``fixed``.
    """
    fixed = fixed or {}
    distinct = sorted(set(names) - set(fixed))
    count = len(colors.LIGHT)
    return dict(fixed) | {
        name: SeriesStyle(index % count, index // count % len(DASHES))
        for index, name in enumerate(distinct)
    }
