"""Figures and axes as all pictures have them, and their SVG. Needs matplotlib.

Colors are style sheet variables and text is text, so that the page around decides on light or
dark and on the font. The same data makes the same bytes.
"""

import warnings
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dashboards.evaluate.model import TimeRange
from dashboards.report.charts import axes, svg
from dashboards.report.field_config import FieldConfig
from dashboards.report.series_style import SeriesStyle
from dashboards.report.visible import visible

FONT_SIZE = 11.0
CHARACTER = 6.4
"""Pixels that a character of FONT_SIZE takes at most, on average."""

# Any: matplotlib's stubs want each key as a literal.
RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "groupscope",
    "path.simplify": True,
    "path.simplify_threshold": 0.4,
    "font.family": "DejaVu Sans",
    "font.size": FONT_SIZE,
    "hatch.linewidth": 1.0,
}


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a picture is drawn on: pixels, and what the page calls it."""

    width: int
    height: int
    name: str
    """What its ids begin with."""
    label: str
    """What it shows, for who does not see it."""


def with_values(
    canvas: Canvas, config: FieldConfig, top: float, bottom: float = 0.0
) -> tuple[Figure, Axes]:
    """Return a figure whose vertical axis has values from bottom to top, or the panel's limits."""
    width, height = canvas.width, canvas.height
    least = config.minimum if config.minimum is not None else min(bottom * 1.05, 0)
    least = least if np.isfinite(least) else 0.0
    top = config.maximum if config.maximum is not None else max(top * 1.05, 0)
    top = top if np.isfinite(top) and top > 0 else 0.0 if least < 0 else 1.0
    top = top if top > least else least + max(1.0, abs(least))
    ticks, texts = axes.value_ticks(top, config, max(2, height // 42), min(least, 0.0))
    unit = config.axis_title
    left = 12 + CHARACTER * max(map(len, texts))
    above = 18 if unit else 8
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    box = (left / width, 34 / height, 1 - (left + 24) / width, 1 - (34 + above) / height)
    axis = figure.add_axes(box)
    _plain(axis)
    axis.set_ylim(least, top)
    axis.set_yticks(ticks, texts)
    if unit:
        figure.text(0.005, 1 - 12 / height, unit, color=svg.TEXT, parse_math=False)
    return figure, axis


def with_rows(canvas: Canvas, rows: list[str], every: int = 1) -> tuple[Figure, Axes]:
    """Return a figure whose vertical axis has a name for each row, or for some of them."""
    width, height = canvas.width, canvas.height
    shown = [visible(text) for text in rows]
    left = min(0.35 * width, 14 + CHARACTER * max((len(text) for text in shown), default=1))
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    axis = figure.add_axes((left / width, 30 / height, 1 - (left + 24) / width, 1 - 40 / height))
    _plain(axis)
    axis.grid(visible=False)
    axis.set_ylim(-0.5, len(shown) - 0.5)
    axis.set_yticks(range(0, len(shown), every), [_clipped(text, left) for text in shown[::every]])
    return figure, axis


def over_time(axis: Axes, span: TimeRange, canvas: Canvas) -> None:
    """Let the horizontal axis be a range of time."""
    start, end = span.start.timestamp(), span.end.timestamp()
    axis.set_xlim(start, end)
    ticks, texts = axes.time_ticks(start, end, max(2, canvas.width // 75))
    axis.set_xticks(ticks, texts)


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


def line_style(style: SeriesStyle) -> "str | tuple[float, tuple[float, ...]]":
    """Return matplotlib's line style for a series' style."""
    dash = style.dasharray
    # matplotlib counts dashes in line widths, SVG in pixels.
    return (0, tuple(float(part) / 1.6 for part in dash.split())) if dash else "-"


def _clipped(text: str, room: float) -> str:
    most = max(4, int(room / CHARACTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def as_svg(figure: Figure, canvas: Canvas) -> Markup:
    """Return the figure as an SVG element."""
    for axis in figure.axes:
        for label in (*axis.get_xticklabels(), *axis.get_yticklabels()):
            label.set_parse_math(False)
    out = StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with warnings.catch_warnings():
        # A letter that matplotlib's font lacks: the reader's font draws it.
        warnings.filterwarnings("ignore", message="Glyph ")
        figure.savefig(out, format="svg", metadata=nothing)
    return svg.cleaned(out.getvalue(), canvas.name, canvas.label)
