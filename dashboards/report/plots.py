"""Pictures as SVG text; the one module that imports matplotlib.

Colours are style sheet variables and text is text, so that the page around decides on light or
dark and on the font. The same data makes the same bytes.
"""

import warnings
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dashboards.report import axes, grids, points, svg
from dashboards.report.colors import DASHES, Look
from dashboards.report.html import visible
from dashboards.report.model import Series, TimeRange
from dashboards.report.settings import Settings

FONT_SIZE = 11.0
_CHARACTER = 6.4
"""Pixels that a character of FONT_SIZE takes at most, on average."""

_DAY = 86_400.0
_NARROWEST_BAR = 2.0

# Any: matplotlib's stubs want each key as a literal.
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "groupscope",
    "path.simplify": True,
    "path.simplify_threshold": 0.4,
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "hatch.linewidth": 1.0,
}


@rc_context(_RC)
def lines(
    series: Sequence[Series],
    looks: Mapping[str, Look],
    span: TimeRange,
    *,
    settings: Settings,
    step: float,
    width: int,
    height: int,
    name: str,
) -> str:
    """Return lines over time; a gap of more than a step and a half interrupts its line."""
    figure, axis = _axes(points.top(series), settings, width, height)
    # A share of something is no area.
    fill = len(series) <= 4 and settings.unit != "percentunit"
    for one in series:
        look = looks[one.name]
        ink = svg.ink(look)
        times, values = points.with_gaps(np.asarray(one.times), np.asarray(one.values), step)
        axis.plot(times, values, color=ink, linewidth=1.6, linestyle=_line_style(look), zorder=3)
        alone = points.alone(values)
        axis.plot(times[alone], values[alone], ".", color=ink, markersize=5, zorder=3)
        if fill:
            axis.fill_between(times, 0, values, color=ink, alpha=0.08, linewidth=0, zorder=2)
    start, end = span.start.timestamp(), span.end.timestamp()
    axis.set_xlim(start, end)
    ticks, texts = axes.time_ticks(start, end, max(2, width // 75))
    axis.set_xticks(ticks, texts)
    return _svg(figure, name)


@rc_context(_RC)
def day_bars(
    series: Sequence[Series],
    looks: Mapping[str, Look],
    *,
    settings: Settings,
    step: float = _DAY,
    width: int,
    height: int,
    name: str,
) -> str:
    """Return bars side by side over their day; as steps where bars would be too thin to see."""
    starts = sorted({time for one in series for time in one.times})
    figure, axis = _axes(points.top(series), settings, width, height)
    slot = step * 0.86 / max(len(series), 1)
    room = width * 0.9 / ((starts[-1] - starts[0]) / step + 1)
    thin = room * 0.86 / max(len(series), 1) < _NARROWEST_BAR
    for index, one in enumerate(series):
        look = looks[one.name]
        times, values = np.asarray(one.times), np.asarray(one.values)
        if thin:
            edges, ends = points.with_gaps(times, values, step)
            edges, ends = np.append(edges, edges[-1] + step), np.append(ends, ends[-1])
            style = _line_style(look)
            axis.step(edges, ends, where="post", c=svg.ink(look), lw=1.4, linestyle=style)
        else:
            _bars(axis, times + step * 0.07 + slot * index, values, slot * 0.92, look)
    axis.set_xlim(starts[0], starts[-1] + step)
    middles, texts = axes.day_texts(starts, max(2, width // 46))
    axis.set_xticks(middles, texts)
    axis.tick_params(axis="x", length=0)
    return _svg(figure, name)


def _bars(axis: Axes, left: points.Array, values: points.Array, width: float, look: Look) -> None:
    """Draw one series' bars: full, or pale with the hatching that stands for its line style."""
    pale = 0.25 if look.dash else 1.0
    axis.bar(left, values, width, align="edge", facecolor=svg.ink(look), alpha=pale, zorder=3)
    if look.dash:
        hatch = ("", "////", "....", "xxxx")[look.dash]
        ink = svg.ink(look)
        axis.bar(
            left, values, width, align="edge", facecolor="none", edgecolor=ink, hatch=hatch,
            linewidth=0.8, zorder=4,
        )  # fmt: skip


@rc_context(_RC)
def heatmap(grid: grids.Grid, span: TimeRange, *, width: int, height: int, name: str) -> str:
    """Return a grid of cells over time, dark to bright by value; the page gives the scale."""
    shown = [visible(text) for text in grid.rows]
    left = min(0.35 * width, 14 + _CHARACTER * max((len(text) for text in shown), default=1))
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    axis = figure.add_axes((left / width, 30 / height, 1 - (left + 24) / width, 1 - 40 / height))
    _plain(axis)
    axis.grid(visible=False)
    cells = np.ma.masked_invalid(np.asarray(grid.cells, dtype=float))
    extent = (grid.start, grid.end, -0.5, len(shown) - 0.5)
    axis.imshow(
        cells, aspect="auto", extent=extent, origin="lower", cmap="viridis", vmin=0,
        interpolation="nearest",
    )  # fmt: skip
    every = max(1, -(-len(shown) // max(2, (height - 40) // 16)))
    axis.set_yticks(range(0, len(shown), every), [_clipped(text, left) for text in shown[::every]])
    start, end = span.start.timestamp(), span.end.timestamp()
    axis.set_xlim(start, end)
    ticks, texts = axes.time_ticks(start, end, max(2, width // 75))
    axis.set_xticks(ticks, texts)
    return _svg(figure, name)


def _axes(top: float, settings: Settings, width: int, height: int) -> tuple[Figure, Axes]:
    top = settings.maximum if settings.maximum is not None else max(top * 1.05, 0)
    top = top if np.isfinite(top) and top > 0 else 1.0
    ticks, texts = axes.value_ticks(top, settings, max(2, height // 42))
    unit = axes.axis_unit(settings)
    left = 12 + _CHARACTER * max(map(len, texts))
    above = 18 if unit else 8
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    box = (left / width, 34 / height, 1 - (left + 24) / width, 1 - (34 + above) / height)
    axis = figure.add_axes(box)
    _plain(axis)
    axis.set_ylim(0 if settings.minimum is None else settings.minimum, top)
    axis.set_yticks(ticks, texts)
    if unit:
        figure.text(0.005, 1 - 12 / height, unit, color=svg.TEXT, parse_math=False)
    return figure, axis


def _plain(axis: Axes) -> None:
    """Take away what is not data: frame and tick marks; leave faint lines."""
    axis.set_facecolor("none")
    axis.figure.patch.set_visible(False)
    for side, spine in axis.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(svg.GRID)
    axis.grid(visible=True, axis="y", color=svg.GRID, linewidth=1, zorder=0)
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0, labelcolor=svg.TEXT, pad=5)
    axis.tick_params(axis="x", length=4, color=svg.GRID, labelcolor=svg.TEXT, pad=4)


def _line_style(look: Look) -> "str | tuple[float, tuple[float, ...]]":
    dash = DASHES[look.dash]
    # matplotlib counts dashes in line widths, SVG in pixels.
    return (0, tuple(float(part) / 1.6 for part in dash.split())) if dash else "-"


def _clipped(text: str, room: float) -> str:
    most = max(4, int(room / _CHARACTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def _svg(figure: Figure, name: str) -> str:
    """Return the figure as an SVG element whose ids begin with ``name``: pages hold many."""
    for axis in figure.axes:
        for label in (*axis.get_xticklabels(), *axis.get_yticklabels()):
            label.set_parse_math(False)
    out = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with warnings.catch_warnings():
        # A letter that matplotlib's font lacks: the reader's font draws it.
        warnings.filterwarnings("ignore", message="Glyph ")
        figure.savefig(out, format="svg", metadata=nothing)
    return svg.cleaned(out.getvalue(), name)
