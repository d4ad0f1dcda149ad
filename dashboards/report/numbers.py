"""Panels of single values: stats, bar gauges, bar charts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from dashboards.evaluate.model import Cell, PanelData, Series, Table
from dashboards.evaluate.reduce import REDUCERS, WITHOUT_UNIT
from dashboards.report import hyperlinks
from dashboards.report.context import Context, formatted
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.report.series_style import SeriesStyle, named
from dashboards.report.value_colors import ValueColor, value_color


@dataclass(frozen=True, slots=True)
class Tile:
    """One number or word, with its series' name where there are several."""

    name: str
    value: str
    unit: str
    color: ValueColor
    link: str


@dataclass(frozen=True, slots=True)
class Stat:
    """A tile for each series."""

    tiles: tuple[Tile, ...]
    template: ClassVar[str] = "stat.html"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar's part of the track's width, ``42.0%``, and its look."""

    width: str
    style: SeriesStyle


@dataclass(frozen=True, slots=True)
class BarRow:
    """A series' bar and value; colored by its value, or as the series is on the whole page."""

    name: str
    bar: Bar
    value: str
    color: ValueColor | None
    link: str


@dataclass(frozen=True, slots=True)
class BarGauge:
    """A horizontal bar for each series."""

    rows: tuple[BarRow, ...]
    template: ClassVar[str] = "bar_gauge.html"


@dataclass(frozen=True, slots=True)
class Track:
    """A line of a bar chart: one bar and its value, or several end to end and their sum."""

    bars: tuple[Bar, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Category:
    """A row of a bar chart's table and its tracks."""

    name: str
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars for each category, and which column each color is."""

    keys: tuple[tuple[str, SeriesStyle], ...]
    categories: tuple[Category, ...]
    stacked: bool
    template: ClassVar[str] = "bar_chart.html"


def _calculation(data: PanelData) -> str:
    calcs = data.panel.get("options", {}).get("reduceOptions", {}).get("calcs", ())
    return calcs[0] if calcs and calcs[0] in REDUCERS else "lastNotNull"


def _reduced(data: PanelData, series: Series) -> float | None:
    return REDUCERS[_calculation(data)][1](series.values)


def _config(data: PanelData, series: Series) -> FieldConfig:
    """Return how a series' number is shown; how many values there are is in no unit."""
    config = field_config(data.panel, series.name, series.query)
    return replace(config, unit=WITHOUT_UNIT.get(_calculation(data), config.unit))


def stat(data: PanelData, context: Context) -> Stat:
    """Return one number or word for each series, colored as the panel says."""
    several = len(data.series) > 1

    def tile(series: Series) -> Tile:
        config = _config(data, series)
        value = _reduced(data, series)
        written = formatted(value, config, context)
        # A word is no number with a unit.
        number, space, unit = (
            (written, "", "") if config.mapped_text(value) else written.partition(" ")
        )
        link = hyperlinks.address(config.links, context.pages, series.labels)
        name = series.name if several else ""
        return Tile(name, number + space, unit, value_color(config.color_of(value)), link)

    return Stat(tuple(map(tile, data.series)))


def bar_gauge(data: PanelData, context: Context) -> BarGauge:
    """Return a horizontal bar for each series, the longest first."""
    values = [(series, _reduced(data, series)) for series in data.series]
    values.sort(key=lambda pair: (-(pair[1] if pair[1] is not None else -1), pair[0].name))
    greatest = max((value for _, value in values if value is not None), default=0)

    def row(series: Series, value: float | None) -> BarRow:
        config = _config(data, series)
        top = config.maximum if config.maximum is not None else greatest
        color = config.color_of(value)
        style = named(color) if color else context.styles[series.name]
        return BarRow(
            name=series.name,
            bar=_bar(value, top, style),
            value=formatted(value, config, context),
            color=value_color(color) if color else None,
            link=hyperlinks.address(config.links, context.pages, series.labels),
        )

    return BarGauge(tuple(row(*pair) for pair in values))


def _bar(value: float | None, top: float, style: SeriesStyle) -> Bar:
    part = 0 if not value or top <= 0 else min(max(value / top, 0), 1)
    return Bar(f"{part:.1%}", style)


def bar_chart(data: PanelData, context: Context) -> BarChart:
    """Return for each row of a panel's table a bar a column, or one of all of them."""
    table = data.table or Table((), ())
    options = data.panel.get("options", {})
    by = table.columns.index(options["xField"]) if options.get("xField") in table.columns else 0
    columns = [place for place in range(len(table.columns)) if place != by]
    names = [table.columns[place] for place in columns]
    styles = [context.styles[name] for name in names]
    stacked = options.get("stacking") == "normal"
    numbers = [[_number(row[place]) for place in columns] for row in table.rows]
    top = max((sum(row) if stacked else max(row, default=0.0) for row in numbers), default=0.0)

    def tracks(values: Sequence[float]) -> tuple[Track, ...]:
        bars = tuple(_bar(value, top, style) for value, style in zip(values, styles, strict=True))
        if stacked:
            return (Track(bars, field_config(data.panel).text(sum(values))),)
        return tuple(
            Track((bar,), field_config(data.panel, name).text(value))
            for bar, name, value in zip(bars, names, values, strict=True)
        )

    return BarChart(
        keys=tuple(zip(names, styles, strict=True)),
        categories=tuple(
            Category(str(row[by]), tracks(values))
            for row, values in zip(table.rows, numbers, strict=True)
        ),
        stacked=stacked,
    )


def _number(cell: Cell) -> float:
    return cell if isinstance(cell, float) else 0.0
