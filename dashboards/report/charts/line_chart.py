"""Lines, areas and bars over time as SVG. Needs matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes

from dashboards.evaluate.model import Series, TimeRange
from dashboards.report.charts import axes, points, svg
from dashboards.report.charts.figure import RC, Canvas, as_svg, line_style, over_time, with_values
from dashboards.report.field_config import FieldConfig
from dashboards.report.series_style import SeriesStyle, named

_NARROWEST_BAR = 2.0


@dataclass(frozen=True, slots=True)
class LineChart:
    """What is drawn: series over a range, each in its style."""

    series: Sequence[Series]
    styles: Mapping[str, SeriesStyle]
    span: TimeRange
    config: FieldConfig
    step: float
    """Seconds from one point to the next."""
    bounds: Sequence[tuple[float, str]] = ()
    """Thresholds and their colors, which lines have as far as they reach."""


@rc_context(RC)
def lines(canvas: Canvas, chart: LineChart) -> Markup:
    """Return lines; a gap of more than a step and a half interrupts its line."""
    series = chart.series
    figure, axis = with_values(canvas, chart.config, points.top(series), points.bottom(series))
    # A share of something is no area.
    fill = len(series) <= 4 and chart.config.unit != "percentunit"
    for line in series:
        style = chart.styles[line.name]
        ink = svg.ink(style.color)
        times, values = points.with_gaps(
            np.asarray(line.times), np.asarray(line.values), chart.step
        )
        axis.plot(times, values, color=ink, linewidth=1.6, linestyle=line_style(style), zorder=3)
        alone = points.alone(values)
        axis.plot(times[alone], values[alone], ".", color=ink, markersize=5, zorder=3)
        # What is reserved or allowed is dashed: a bound, not an amount.
        if fill and not style.dash:
            axis.fill_between(times, 0, values, color=ink, alpha=0.08, linewidth=0, zorder=2)
    for value, color in chart.bounds:
        style = named(color, 1)
        ink = svg.ink(style.color)
        axis.axhline(value, c=ink, linewidth=1.2, linestyle=line_style(style), zorder=4)
    over_time(axis, chart.span, canvas)
    return as_svg(figure, canvas)


@rc_context(RC)
def stacked(canvas: Canvas, chart: LineChart) -> Markup:
    """Return areas, one on the other; a series without a point counts as 0 there."""
    times, layers = points.stacked(chart.series, chart.step)
    high, low = np.nanmax(layers, initial=0), np.nanmin(layers, initial=0)
    figure, axis = with_values(canvas, chart.config, float(high), float(low))
    below = np.zeros_like(times)
    for line, above in zip(chart.series, layers, strict=True):
        style = chart.styles[line.name]
        ink = svg.ink(style.color)
        axis.fill_between(times, below, above, color=ink, alpha=0.45, linewidth=0, zorder=2)
        axis.plot(times, above, color=ink, linewidth=1.2, linestyle=line_style(style), zorder=3)
        below = above
    over_time(axis, chart.span, canvas)
    return as_svg(figure, canvas)


@rc_context(RC)
def day_bars(canvas: Canvas, chart: LineChart) -> Markup:
    """Return bars side by side over their day; as steps where bars would be too thin to see."""
    series, step = chart.series, chart.step
    starts = sorted({time for line in series for time in line.times})
    figure, axis = with_values(canvas, chart.config, points.top(series), points.bottom(series))
    slot = step * 0.86 / max(len(series), 1)
    room = canvas.width * 0.9 / ((starts[-1] - starts[0]) / step + 1)
    thin = room * 0.86 / max(len(series), 1) < _NARROWEST_BAR
    for index, line in enumerate(series):
        style = chart.styles[line.name]
        times, values = np.asarray(line.times), np.asarray(line.values)
        if thin:
            edges, ends = points.of_line(line, step)
            edges, ends = np.append(edges, edges[-1] + step), np.append(ends, ends[-1])
            ink = svg.ink(style.color)
            axis.step(edges, ends, where="post", c=ink, lw=1.4, linestyle=line_style(style))
        else:
            _bars(axis, times + step * 0.07 + slot * index, values, slot * 0.92, style)
    axis.set_xlim(starts[0], starts[-1] + step)
    middles, texts = axes.day_texts(starts, max(2, canvas.width // 46))
    axis.set_xticks(middles, texts)
    axis.tick_params(axis="x", length=0)
    return as_svg(figure, canvas)


def _bars(
    axis: Axes, left: points.Array, values: points.Array, width: float, style: SeriesStyle
) -> None:
    """Draw one series' bars: full, or pale with the hatching that stands for its line style."""
    ink = svg.ink(style.color)
    pale = 0.25 if style.dash else 1.0
    axis.bar(left, values, width, align="edge", facecolor=ink, alpha=pale, zorder=3)
    if style.dash:
        hatch = ("", "////", "....", "xxxx")[style.dash]
        axis.bar(
            left, values, width, align="edge", facecolor="none", edgecolor=ink, hatch=hatch,
            linewidth=0.8, zorder=4,
        )  # fmt: skip
