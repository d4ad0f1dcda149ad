"""One look for each name on a page, told apart without seeing red or green."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Okabe and Ito's palette, darkened on white and lightened on black to a contrast of 3:1 at least.
LIGHT = ("#005fa8", "#c8500a", "#00845f", "#a8458a", "#8a6d00", "#1c9cb8", "#5a5a5a", "#7a1f4f")
DARK = ("#5a9ff0", "#f0883e", "#2fc79b", "#e39bc4", "#d9b733", "#86e3f0", "#bdbdbd", "#e0709f")

DASHES = ("", "6 2.5", "1.5 2", "8 2 1.5 2")
"""SVG's stroke-dasharray: solid, dashed, dotted, dash-dotted."""


@dataclass(frozen=True, slots=True)
class Look:
    """A colour of the palettes and a line style, by their numbers."""

    color: int
    dash: int

    @property
    def css(self) -> str:
        """Return the colour for a style sheet: ``var(--s3)``, which is light or dark."""
        return f"var(--s{self.color})"


def looks(names: Iterable[str]) -> Mapping[str, Look]:
    """Return a look for each name: 8 colours, then the same ones dashed, dotted, dash-dotted.

    The 33rd name looks like the first.
    """
    distinct = sorted(set(names))
    return {
        name: Look(index % len(LIGHT), index // len(LIGHT) % len(DASHES))
        for index, name in enumerate(distinct)
    }
