"""Cells and bands over time as SVG. Needs matplotlib."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context

from dashboards.evaluate.model import TimeRange
from dashboards.report import colors, heatmap_grid, state_timeline
from dashboards.report.charts import svg
from dashboards.report.charts.figure import CHARACTER, RC, Canvas, as_svg, over_time, with_rows
from dashboards.report.visible import visible


@rc_context(RC)
def heatmap(canvas: Canvas, grid: heatmap_grid.Grid, span: TimeRange) -> Markup:
    """Return a grid of cells over time, dark to bright by value; the page gives the scale."""
    every = max(1, -(-len(grid.rows) // max(2, (canvas.height - 40) // 16)))
    figure, axis = with_rows(canvas, list(grid.rows), every)
    cells = np.ma.masked_invalid(np.asarray(grid.cells, dtype=float))
    extent = (grid.start, grid.end, -0.5, len(grid.rows) - 0.5)
    least, most = grid.limits
    axis.imshow(
        cells, aspect="auto", extent=extent, origin="lower", cmap="viridis", vmin=least, vmax=most,
        interpolation="nearest",
    )  # fmt: skip
    over_time(axis, span, canvas)
    return as_svg(figure, canvas)


@rc_context(RC)
def states(canvas: Canvas, rows: Sequence[state_timeline.Row], span: TimeRange) -> Markup:
    """Return a row of bands for each series, the first at the top, with words where they fit."""
    figure, axis = with_rows(canvas, [row.name for row in reversed(rows)])
    pixels_per_second = axis.get_position().width * canvas.width / (span.milliseconds / 1000)
    for place, row in enumerate(reversed(rows)):
        for band in row.bands:
            ink = svg.ink(colors.number(band.color))
            length = band.end - band.start
            axis.broken_barh(
                [(band.start, length)], (place - 0.4, 0.8), facecolor=ink, alpha=0.4, linewidth=0
            )
            word = visible(band.word)
            if len(word) * CHARACTER < length * pixels_per_second - 8:
                left = max(band.start, span.start.timestamp()) + 4 / pixels_per_second
                axis.text(
                    left, place, word, va="center", color=svg.TEXT, parse_math=False, clip_on=True
                )
    over_time(axis, span, canvas)
    return as_svg(figure, canvas)
