"""Lines and bars over time as SVG text. Needs matplotlib."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes

from dashboards.evaluate.model import Series, TimeRange
from dashboards.report.charts import axes, points, svg
from dashboards.report.charts.figure import RC, as_svg, line_style, over_time, with_values
from dashboards.report.colors import Look, named
from dashboards.report.settings import Settings

_DAY = 86_400.0
_NARROWEST_BAR = 2.0


@rc_context(RC)
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
    bounds: Sequence[tuple[float, str]] = (),
) -> str:
    """Return lines over time; a gap of more than a step and a half interrupts its line.

    ``bounds`` are thresholds and their colours, drawn as far as the lines reach.
    """
    low = points.bottom(series)
    figure, axis = with_values(points.top(series), settings, width, height, low)
    # A share of something is no area.
    fill = len(series) <= 4 and settings.unit != "percentunit"
    for one in series:
        look = looks[one.name]
        ink = svg.ink(look)
        times, values = points.with_gaps(np.asarray(one.times), np.asarray(one.values), step)
        axis.plot(times, values, color=ink, linewidth=1.6, linestyle=line_style(look), zorder=3)
        alone = points.alone(values)
        axis.plot(times[alone], values[alone], ".", color=ink, markersize=5, zorder=3)
        # What is reserved or allowed is dashed: a bound, not an amount.
        if fill and not look.dash:
            axis.fill_between(times, 0, values, color=ink, alpha=0.08, linewidth=0, zorder=2)
    for value, color in bounds:
        look = named(color, 1)
        axis.axhline(value, c=svg.ink(look), linewidth=1.2, linestyle=line_style(look), zorder=4)
    over_time(axis, span, width)
    return as_svg(figure, name)


@rc_context(RC)
def stacked(
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
    """Return areas over time, one on the other; a series without a point counts as 0 there."""
    times, layers = points.stacked(series, step)
    high, low = np.nanmax(layers, initial=0), np.nanmin(layers, initial=0)
    figure, axis = with_values(float(high), settings, width, height, float(low))
    below = np.zeros_like(times)
    for one, above in zip(series, layers, strict=True):
        look = looks[one.name]
        ink = svg.ink(look)
        axis.fill_between(times, below, above, color=ink, alpha=0.45, linewidth=0, zorder=2)
        axis.plot(times, above, color=ink, linewidth=1.2, linestyle=line_style(look), zorder=3)
        below = above
    over_time(axis, span, width)
    return as_svg(figure, name)


@rc_context(RC)
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
    low = points.bottom(series)
    figure, axis = with_values(points.top(series), settings, width, height, low)
    slot = step * 0.86 / max(len(series), 1)
    room = width * 0.9 / ((starts[-1] - starts[0]) / step + 1)
    thin = room * 0.86 / max(len(series), 1) < _NARROWEST_BAR
    for index, one in enumerate(series):
        look = looks[one.name]
        times, values = np.asarray(one.times), np.asarray(one.values)
        if thin:
            edges, ends = points.with_gaps(times, values, step)
            edges, ends = np.append(edges, edges[-1] + step), np.append(ends, ends[-1])
            style = line_style(look)
            axis.step(edges, ends, where="post", c=svg.ink(look), lw=1.4, linestyle=style)
        else:
            _bars(axis, times + step * 0.07 + slot * index, values, slot * 0.92, look)
    axis.set_xlim(starts[0], starts[-1] + step)
    middles, texts = axes.day_texts(starts, max(2, width // 46))
    axis.set_xticks(middles, texts)
    axis.tick_params(axis="x", length=0)
    return as_svg(figure, name)


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
