"""Cells and bands over time as SVG text. Needs matplotlib."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context

from dashboards.evaluate.model import TimeRange
from dashboards.report import heatmap_grid, state_timeline
from dashboards.report.charts import svg
from dashboards.report.charts.figure import CHARACTER, RC, as_svg, over_time, with_rows
from dashboards.report.colors import named
from dashboards.report.html import visible


@rc_context(RC)
def heatmap(grid: heatmap_grid.Grid, span: TimeRange, *, width: int, height: int, name: str) -> str:
    """Return a grid of cells over time, dark to bright by value; the page gives the scale."""
    every = max(1, -(-len(grid.rows) // max(2, (height - 40) // 16)))
    figure, axis = with_rows(list(grid.rows), width, height, every)
    cells = np.ma.masked_invalid(np.asarray(grid.cells, dtype=float))
    extent = (grid.start, grid.end, -0.5, len(grid.rows) - 0.5)
    least, most = grid.limits
    axis.imshow(
        cells, aspect="auto", extent=extent, origin="lower", cmap="viridis", vmin=least, vmax=most,
        interpolation="nearest",
    )  # fmt: skip
    over_time(axis, span, width)
    return as_svg(figure, name)


@rc_context(RC)
def states(
    rows: Sequence[state_timeline.Row], span: TimeRange, *, width: int, height: int, name: str
) -> str:
    """Return a row of bands for each series, the first at the top, with words where they fit."""
    figure, axis = with_rows([row.name for row in reversed(rows)], width, height)
    room = axis.get_position().width * width / (span.milliseconds / 1000)
    for place, row in enumerate(reversed(rows)):
        for band in row.bands:
            ink = svg.ink(named(band.color))
            length = band.end - band.start
            axis.broken_barh(
                [(band.start, length)], (place - 0.4, 0.8), facecolor=ink, alpha=0.4, linewidth=0
            )
            said = visible(band.word)
            if len(said) * CHARACTER < length * room - 8:
                axis.text(
                    max(band.start, span.start.timestamp()) + 4 / room, place, said,
                    va="center", color=svg.TEXT, parse_math=False, clip_on=True,
                )  # fmt: skip
    over_time(axis, span, width)
    return as_svg(figure, name)
