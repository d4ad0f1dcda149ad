"""Panels that are pictures, each for wide and for narrow windows, with what is below them."""

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from markupsafe import Markup

from dashboards.evaluate.model import PanelData, Series
from dashboards.evaluate.reduce import maximum
from dashboards.report import heatmap_grid, state_timeline
from dashboards.report.charts import cell_chart, line_chart
from dashboards.report.charts.figure import Canvas
from dashboards.report.charts.line_chart import LineChart
from dashboards.report.colors import LIGHT
from dashboards.report.context import Context
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.report.legends import Legend, legend
from dashboards.report.series_style import DASHES, SeriesStyle, named
from dashboards.schema.values import Json

MOST_LINES = len(LIGHT) * len(DASHES)
"""More lines than styles cannot be told apart: the greatest are drawn."""

MOST_ROWS = 40
"""Rows of a state timeline: more are no picture."""

_NARROW = (344, 200)
"""Pixels of a picture for phones and for half a sheet of paper."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for wide windows and one for narrow ones; the style sheet shows one of them."""

    wide: Markup
    narrow: Markup


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines, areas or bars over time."""

    picture: Picture
    note: str
    legend: Legend | None
    template: ClassVar[str] = "lines.html"


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Cells over time, and the least and the greatest of the scale of their colors."""

    picture: Picture
    least: str
    greatest: str
    template: ClassVar[str] = "heatmap.html"


@dataclass(frozen=True, slots=True)
class StateTimeline:
    """Bands over time, what their colors mean, and how many rows are left out."""

    picture: Picture
    keys: tuple[tuple[str, SeriesStyle], ...]
    left_out: int
    template: ClassVar[str] = "state_timeline.html"


_Draw = Callable[[Canvas], Markup]


def timeseries(data: PanelData, context: Context) -> Lines | None:
    """Return lines, areas or bars over time and their legend; None if there is nothing to draw."""
    custom = _custom(data)
    bars = custom.get("drawStyle") == "bars"
    drawn = sorted(data.series, key=lambda line: line.name)
    if bars:
        begun = (_begun(line, context.span.end.timestamp()) for line in drawn)
        drawn = [line for line in begun if line.times]
    if not drawn:
        return None
    note = ""
    if len(drawn) > MOST_LINES:
        drawn.sort(key=lambda line: maximum(line.values) or 0, reverse=True)
        note = f"The {MOST_LINES} greatest of {len(drawn)} series."
        drawn = drawn[:MOST_LINES]
    stacked = not bars and custom.get("stacking", {}).get("mode") == "normal"
    config = field_config(data.panel)
    chart = LineChart(
        series=[_turned(data, line) for line in drawn],
        styles=context.styles,
        span=context.span,
        config=config,
        step=data.step,
        bounds=_bounds(data, config),
    )
    draw, what = (
        (line_chart.day_bars, "bars by day")
        if bars
        else (line_chart.stacked, "areas over time")
        if stacked
        else (line_chart.lines, "lines over time")
    )
    label = f"{data.title}: {what}, {len(drawn)} series. Their numbers are in the table below."
    picture = _picture(data, lambda canvas: draw(canvas, chart), label)
    return Lines(picture, note, legend(data, drawn, context.styles))


def _custom(data: PanelData) -> Json:
    custom: Json = data.panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
    return custom


def _turned(data: PanelData, line: Series) -> Series:
    """Return a series as it is drawn: below zero where the panel says so, as sent of received."""
    if field_config(data.panel, line.name, line.query).transform != "negative-Y":
        return line
    return replace(line, values=array("d", (-value for value in line.values)))


def _bounds(data: PanelData, config: FieldConfig) -> list[tuple[float, str]]:
    """Return the thresholds that a panel of lines draws: from where on, in which color."""
    if _custom(data).get("thresholdsStyle", {}).get("mode", "off") == "off":
        return []
    colors = [color for _, color in config.steps]
    # Where less is worse, a bound's color is that of the values below.
    falling = colors[:1] == ["red"] or colors[:1] == ["orange"]
    return [
        (bound, colors[number - 1] if falling else color)
        for number, (bound, color) in enumerate(config.steps)
        if number
    ]


def _begun(line: Series, end: float) -> Series:
    """Return a series without the bars that begin at the range's end: no part of it is theirs."""
    count = bisect_left(line.times, end)
    return replace(line, times=line.times[:count], values=line.values[:count])


def heatmap(data: PanelData, context: Context) -> Heatmap:
    """Return cells over time and the scale of their colors."""
    config = field_config(data.panel)
    cells = heatmap_grid.grid(data.series, data.step, config, data.panel.get("options", {}))
    least, greatest = cells.limits
    # Cells of buckets are counts: the panel's unit is that of the rows.
    counts = FieldConfig(decimals=config.decimals) if _counts(data) else config
    label = f"{data.title}: cells over time, {len(cells.rows)} rows, brighter is more."
    picture = _picture(
        data,
        lambda canvas: cell_chart.heatmap(canvas, cells, context.span),
        label,
        min(18 * len(cells.rows) + 40, 300),
    )
    return Heatmap(picture, counts.text(least), counts.text(greatest))


def _counts(data: PanelData) -> bool:
    calculated = bool(data.panel.get("options", {}).get("calculate"))
    return calculated or all("le" in line.labels for line in data.series)


def states(data: PanelData, context: Context) -> StateTimeline:
    """Return a row of bands for each series, and what their colors mean."""
    rows = state_timeline.rows(data.panel, data.series[:MOST_ROWS], data.step)
    label = f"{data.title}: states over time, {len(rows)} rows."
    picture = _picture(
        data,
        lambda canvas: cell_chart.states(canvas, rows, context.span),
        label,
        24 * len(rows) + 40,
        exact=True,
    )
    keys = ((word, named(color)) for word, color in state_timeline.states(rows).items())
    return StateTimeline(picture, tuple(keys), len(data.series) - len(rows))


def _picture(
    data: PanelData, draw: _Draw, label: str, least: int = 160, *, exact: bool = False
) -> Picture:
    """Return a picture as high as its panel, or at least ``least`` pixels, or ``exact`` so many."""
    place, number = data.panel.get("gridPos", {}), data.panel.get("id", 0)
    width = place.get("w", 24) * 1400 // 24 - 30
    small, low = _NARROW
    high = least if exact else min(max(place.get("h", 9) * 30 - 50, least), 600)
    low = least if exact else min(max(low, least), 600)
    return Picture(
        wide=draw(Canvas(width, high, f"p{number}w", label)),
        narrow=draw(Canvas(small, low, f"p{number}n", label)),
    )
