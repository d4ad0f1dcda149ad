"""Pictures of panels, each for wide and for narrow windows, with what is below them."""

from array import array
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dashboards.evaluate.model import PanelData, Series
from dashboards.evaluate.reduce import maximum
from dashboards.report import heatmap_grid, state_timeline
from dashboards.report.charts import cell_chart, line_chart
from dashboards.report.colors import DASHES, LIGHT, named
from dashboards.report.context import Context
from dashboards.report.html import Html, element, escape, joined, joined_inline, text
from dashboards.report.legends import legend, swatch
from dashboards.report.settings import Settings, settings

MOST_LINES = len(LIGHT) * len(DASHES)
"""More lines than looks cannot be told apart: the greatest are drawn."""

MOST_ROWS = 40
"""Rows of a state timeline: more are no picture."""

_NARROW = (344, 200)
"""Pixels of a picture for phones and for half a sheet of paper."""

_Draw = Callable[[int, int, str], str]


def timeseries(data: PanelData, context: Context) -> Html | None:
    """Return lines, areas or bars over time and their legend; None if there is nothing to draw."""
    custom = data.panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
    bars = custom.get("drawStyle") == "bars"
    drawn = sorted(data.series, key=lambda one: one.name)
    if bars:
        begun = (_begun(one, context.span.end.timestamp()) for one in drawn)
        drawn = [one for one in begun if one.times]
    if not drawn:
        return None
    note = Html("")
    if len(drawn) > MOST_LINES:
        drawn.sort(key=lambda one: maximum(one.values) or 0, reverse=True)
        note = text("p", f"The {MOST_LINES} greatest of {len(drawn)} series.", class_="no")
        drawn = drawn[:MOST_LINES]
    stacked = not bars and custom.get("stacking", {}).get("mode") == "normal"
    turned = [_turned(data, one) for one in drawn]
    draw = _drawing(data, turned, context, bars=bars, stacked=stacked)
    what = "bars by day" if bars else "areas over time" if stacked else "lines over time"
    alternative = (
        f"{data.title}: {what}, {len(drawn)} series. Their numbers are in the table below."
    )
    return joined(_picture(data, draw, alternative), note, legend(data, drawn, context.looks))


def _turned(data: PanelData, one: Series) -> Series:
    """Return a series as it is drawn: below zero where the panel says so, as sent of received."""
    if settings(data.panel, one.name, one.query).transform != "negative-Y":
        return one
    return replace(one, values=array("d", (-value for value in one.values)))


def _drawing(
    data: PanelData, drawn: list[Series], context: Context, *, bars: bool, stacked: bool
) -> _Draw:
    found = settings(data.panel)

    def draw(width: int, height: int, name: str) -> str:
        if bars:
            return line_chart.day_bars(
                drawn, context.looks, settings=found, step=data.step, width=width, height=height,
                name=name,
            )  # fmt: skip
        lines = (
            line_chart.stacked
            if stacked
            else partial(line_chart.lines, bounds=_bounds(data, found))
        )
        return lines(
            drawn, context.looks, context.span, settings=found, step=data.step, width=width,
            height=height, name=name,
        )  # fmt: skip

    return draw


def _bounds(data: PanelData, found: Settings) -> list[tuple[float, str]]:
    """Return the thresholds that a panel of lines draws: from where on, in which colour."""
    custom = data.panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
    if custom.get("thresholdsStyle", {}).get("mode", "off") == "off":
        return []
    colors = [color for _, color in found.steps]
    # Where less is worse, a bound's colour is that of the values below.
    falling = colors[:1] == ["red"] or colors[:1] == ["orange"]
    return [
        (bound, colors[number - 1] if falling else color)
        for number, (bound, color) in enumerate(found.steps)
        if number
    ]


def _begun(one: Series, end: float) -> Series:
    """Return a series without the bars that begin at the range's end: no part of it is theirs."""
    count = bisect_left(one.times, end)
    return replace(one, times=one.times[:count], values=one.values[:count])


def heatmap(data: PanelData, context: Context) -> Html:
    """Return cells over time and the scale of their colours."""
    found = settings(data.panel)
    options = data.panel.get("options", {})
    cells = heatmap_grid.grid(data.series, data.step, found, options)
    least, top = cells.limits
    alternative = f"{data.title}: cells over time, {len(cells.rows)} rows, brighter is more."
    # Cells of buckets are counts: the panel's unit is that of the rows.
    counts = Settings(decimals=found.decimals) if _counts(data) else found
    scale = element(
        "p",
        text("span", counts.text(least)),
        element("span", class_="scale", aria_hidden="true"),
        text("span", counts.text(top)),
        class_="scales",
    )

    def draw(width: int, height: int, name: str) -> str:
        return cell_chart.heatmap(cells, context.span, width=width, height=height, name=name)

    lowest = min(18 * len(cells.rows) + 40, 300)
    return joined(_picture(data, draw, alternative, lowest), scale)


def _counts(data: PanelData) -> bool:
    calculated = bool(data.panel.get("options", {}).get("calculate"))
    return calculated or all("le" in one.labels for one in data.series)


def states(data: PanelData, context: Context) -> Html:
    """Return a row of bands for each series, and what their colours mean."""
    rows = state_timeline.rows(data.panel, data.series[:MOST_ROWS], data.step)
    left_out = len(data.series) - len(rows)
    alternative = f"{data.title}: states over time, {len(rows)} rows."

    def draw(width: int, height: int, name: str) -> str:
        return cell_chart.states(rows, context.span, width=width, height=height, name=name)

    keys = (
        joined_inline(element("span", swatch(named(color)), escape(word)), Html(" "))
        for word, color in state_timeline.states(rows).items()
    )
    return joined(
        _picture(data, draw, alternative, 24 * len(rows) + 40, exact=True),
        element("p", *keys, class_="keys"),
        text("p", f"And {left_out} more.", class_="no") if left_out > 0 else Html(""),
    )


def _picture(
    data: PanelData, draw: _Draw, alternative: str, least: int = 160, *, exact: bool = False
) -> Html:
    """Return a picture twice, for wide windows and narrow ones; the style sheet shows one.

    It is as high as its panel, or at least ``least`` pixels, or ``exact`` so many.
    """
    place, number = data.panel.get("gridPos", {}), data.panel.get("id", 0)
    width = place.get("w", 24) * 1400 // 24 - 30
    small, low = _NARROW
    high = least if exact else min(max(place.get("h", 9) * 30 - 50, least), 600)
    low = least if exact else min(max(low, least), 600)
    said = f'<svg role="img" aria-label="{escape(alternative)}"'
    wide, narrow = (
        Html(svg.replace("<svg", said, 1))
        for svg in (draw(width, high, f"p{number}w"), draw(small, low, f"p{number}n"))
    )
    return joined(
        element("div", wide, class_="plot wide"), element("div", narrow, class_="plot narrow")
    )
