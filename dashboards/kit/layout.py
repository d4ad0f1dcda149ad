"""Rows of panels, and their places in Grafana's grid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import attr
from grafanalib.core import GridPos, Panel, RowPanel

from dashboards.kit.panels.lines import legend_for

GRID_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it, placed from left to right: by ``grid`` or ``stats``."""

    title: str
    panels: Sequence["Placed"] = field(default_factory=tuple)
    collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A panel with its width of 24 columns and its height in grid units of 30 px."""

    panel: Panel
    width: int
    height: int


STATS_IN_A_LINE = 4
"""More beside one another have no room for their titles, on a window 1,400 px wide."""

STAT_HEIGHT = 4


def stats(panels: Sequence[Panel]) -> list[Placed]:
    """Return panels of one number each, as evenly as can be in lines of four at the most.

    Five are three and two, six three and three, seven four and three.
    """
    lines = -(-len(panels) // STATS_IN_A_LINE)
    placed: list[Placed] = []
    while lines:
        in_line = -(-(len(panels) - len(placed)) // lines)
        line = panels[len(placed) : len(placed) + in_line]
        placed += grid(line, GRID_WIDTH // in_line, STAT_HEIGHT)
        lines -= 1
    return placed


def grid(panels: Sequence[Panel], widths: int | Sequence[int], height: int = 9) -> list[Placed]:
    """Return panels of one height, each as wide as its number says, all if there is but one.

    Raises ValueError if there are not as many numbers as panels.
    """
    if isinstance(widths, int):
        widths = [widths] * len(panels)
    return [Placed(panel, width, height) for panel, width in zip(panels, widths, strict=True)]


def layout(rows: Sequence[Row]) -> list[Panel]:
    """Return the rows' headings and panels, placed from left to right and top to bottom.

    Raises ValueError when a panel is wider than the grid.
    """
    return list(_place(rows))


def _place(rows: Sequence[Row]) -> Iterator[Panel]:
    y = 0
    for row in rows:
        inside: list[Panel] = []
        heading = GridPos(h=1, w=GRID_WIDTH, x=0, y=y)
        y += 1
        x = line_height = 0
        for placed in row.panels:
            if placed.width > GRID_WIDTH:
                raise ValueError(f"{placed.panel.title}: {placed.width} columns of {GRID_WIDTH}")
            if x + placed.width > GRID_WIDTH:
                x, y, line_height = 0, y + line_height, 0
            position = GridPos(h=placed.height, w=placed.width, x=x, y=y)
            inside.append(attr.evolve(legend_for(placed.panel, placed.width), gridPos=position))
            x += placed.width
            line_height = max(line_height, placed.height)
        y += line_height
        yield RowPanel(
            title=row.title,
            gridPos=heading,
            collapsed=row.collapsed,
            panels=inside if row.collapsed else [],
            maxDataPoints=None,
        )
        if not row.collapsed:
            yield from inside
