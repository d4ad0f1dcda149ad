"""Each kind of panel as markup: pictures with their legends, numbers, bars, tables, texts."""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from dashboards.report import grids, plots
from dashboards.report.cells import table
from dashboards.report.colors import DASHES, LIGHT
from dashboards.report.context import Context, shown
from dashboards.report.html import Html, element, escape, joined, text
from dashboards.report.legends import legend, swatch
from dashboards.report.model import PanelData, Series
from dashboards.report.reduce import REDUCERS, last_not_null, maximum
from dashboards.report.settings import settings

MOST_LINES = len(LIGHT) * len(DASHES)
"""More lines than looks cannot be told apart: the greatest are drawn."""

_NARROW = (344, 200)
"""Pixels of a picture for phones and for half a sheet of paper."""

_NOTHING = "No data in this range."
_HINT = (
    "Either nothing of the kind happened, or the exporter that measures it was not scraped then."
)


def body(data: PanelData, context: Context) -> Html:
    """Return what a panel shows, without its title and description."""
    if data.error:
        return text("p", f"This panel's query failed: {data.error}", class_="error")
    if data.kind == "text":
        return _paragraphs(str(data.panel.get("options", {}).get("content", "")))
    if data.kind not in _DRAWN:
        words = f"Panels of the kind “{data.kind}” are shown in Grafana only."
        return text("p", words, class_="no")
    found = data.table.rows if data.table else data.series
    return _DRAWN[data.kind](data, context) if found else _empty(data)


def colored(data: PanelData) -> tuple[str, ...]:
    """Return the names that have a colour in this panel."""
    if _DRAWN.get(data.kind) not in (_timeseries, _bars):
        return ()
    return tuple(series.name for series in data.series)


def _empty(data: PanelData) -> Html:
    words = settings(data.panel).no_value or _NOTHING
    hint = text("small", _HINT) if data.kind != "stat" else Html("")
    return element("p", escape(f"{words[0].upper()}{words[1:]}"), Html(" "), hint, class_="no")


def _paragraphs(markdown: str) -> Html:
    """Return a text's paragraphs as they are written: Markdown reads well unrendered."""
    blocks = (block.strip() for block in markdown.split("\n\n"))
    return joined(*(text("p", block, class_="text") for block in blocks if block))


def _picture(svgs: tuple[str, str], alternative: str) -> Html:
    """Return a picture twice, for wide windows and narrow ones; the style sheet shows one."""
    said = f'<svg role="img" aria-label="{escape(alternative)}"'
    wide, narrow = (Html(svg.replace("<svg", said, 1)) for svg in svgs)
    return joined(
        element("div", wide, class_="plot wide"), element("div", narrow, class_="plot narrow")
    )


def _sizes(data: PanelData, least: int = 160) -> tuple[tuple[int, int, str], tuple[int, int, str]]:
    """Return width, height and name of the wide and the narrow picture."""
    place, number = data.panel.get("gridPos", {}), data.panel.get("id", 0)
    width = place.get("w", 24) * 1400 // 24 - 30
    height = min(max(place.get("h", 9) * 30 - 50, least), 600)
    small, low = _NARROW
    return (width, height, f"p{number}w"), (small, min(max(low, least), 600), f"p{number}n")


def _timeseries(data: PanelData, context: Context) -> Html:
    custom = data.panel.get("fieldConfig", {}).get("defaults", {}).get("custom", {})
    bars = custom.get("drawStyle") == "bars"
    drawn = sorted(data.series, key=lambda one: one.name)
    if bars:
        begun = (_begun(one, context.span.end.timestamp()) for one in drawn)
        drawn = [one for one in begun if one.times]
    if not drawn:
        return _empty(data)
    note = Html("")
    if len(drawn) > MOST_LINES:
        drawn.sort(key=lambda one: maximum(one.values) or 0, reverse=True)
        note = text("p", f"The {MOST_LINES} greatest of {len(drawn)} series.", class_="no")
        drawn = drawn[:MOST_LINES]
    found = settings(data.panel)

    def draw(width: int, height: int, name: str) -> str:
        if bars:
            return plots.day_bars(
                drawn, context.looks, settings=found, step=data.step, width=width, height=height,
                name=name,
            )  # fmt: skip
        return plots.lines(
            drawn, context.looks, context.span, settings=found, step=data.step, width=width,
            height=height, name=name,
        )  # fmt: skip

    wide, narrow = _sizes(data)
    what = "bars by day" if bars else "lines over time"
    alternative = (
        f"{data.title}: {what}, {len(drawn)} series. Their numbers are in the table below."
    )
    return joined(
        _picture((draw(*wide), draw(*narrow)), alternative),
        note,
        legend(data, drawn, context.looks),
    )


def _begun(one: Series, end: float) -> Series:
    """Return a series without the bars that begin at the range's end: no part of it is theirs."""
    count = bisect_left(one.times, end)
    return replace(one, times=one.times[:count], values=one.values[:count])


def _heatmap(data: PanelData, context: Context) -> Html:
    cells = grids.grid(data.series, data.step)
    wide, narrow = _sizes(data, 18 * len(cells.rows) + 40)
    top = maximum([value for row in cells.cells for value in row]) or 0.0
    alternative = f"{data.title}: cells over time, {len(cells.rows)} rows, brighter is more."
    found = settings(data.panel)
    scale = element(
        "p",
        text("span", found.text(0.0)),
        element("span", class_="scale", aria_hidden="true"),
        text("span", found.text(top)),
        class_="scales",
    )

    def draw(width: int, height: int, name: str) -> str:
        return plots.heatmap(cells, context.span, width=width, height=height, name=name)

    return joined(_picture((draw(*wide), draw(*narrow)), alternative), scale)


def _reduced(data: PanelData, series: Series) -> float | None:
    calcs = data.panel.get("options", {}).get("reduceOptions", {}).get("calcs", ["lastNotNull"])
    reducer = REDUCERS[calcs[0]][1] if calcs and calcs[0] in REDUCERS else last_not_null
    return reducer(series.values)


def _stat(data: PanelData, context: Context) -> Html:
    named = len(data.series) > 1

    def number(series: Series) -> Html:
        found = settings(data.panel, series.name, series.query)
        value = shown(_reduced(data, series), found, context)
        amount, space, unit = value.partition(" ")
        name = text("span", series.name, class_="name") if named else Html("")
        return element(
            "p", name, escape(amount + space), text("span", unit, class_="unit"), class_="number"
        )

    return joined(*map(number, data.series))


def _bars(data: PanelData, context: Context) -> Html:
    values = [(one, _reduced(data, one)) for one in data.series]
    values.sort(key=lambda pair: (-(pair[1] if pair[1] is not None else -1), pair[0].name))
    greatest = max((value for _, value in values if value is not None), default=0)

    def row(series: Series, value: float | None) -> Html:
        found = settings(data.panel, series.name, series.query)
        top = found.maximum if found.maximum is not None else greatest
        part = 0 if not value or top <= 0 else min(max(value / top, 0), 1)
        look = context.looks[series.name]
        style = f"width:{part:.1%};--c:{look.css}"
        fill = element("i", style=style, class_=f"d{look.dash}" if look.dash else None)
        return element(
            "tr",
            element("th", swatch(look), escape(series.name), scope="row"),
            element("td", fill, class_="track", aria_hidden="true"),
            text("td", shown(value, found, context)),
        )

    return element("table", *(row(*pair) for pair in values), class_="bars")


_DRAWN: Mapping[str, Callable[[PanelData, Context], Html]] = MappingProxyType(
    {
        "timeseries": _timeseries,
        "trend": _timeseries,
        "heatmap": _heatmap,
        "stat": _stat,
        "bargauge": _bars,
        "gauge": _bars,
        "piechart": _bars,
        "table": table,
    }
)
"""Grafana's name for a kind of panel → what draws one that has data."""
