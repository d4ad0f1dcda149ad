"""Numbers and bars as markup: stats, bar gauges, bar charts."""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.evaluate.model import PanelData, Series, Table
from dashboards.evaluate.reduce import REDUCERS, WITHOUT_UNIT
from dashboards.report import hyperlinks, value_colors
from dashboards.report.colors import named
from dashboards.report.context import Context, shown
from dashboards.report.html import Html, element, escape, joined, joined_inline, text
from dashboards.report.legends import swatch
from dashboards.report.settings import Settings, settings


def _calculation(data: PanelData) -> str:
    calcs = data.panel.get("options", {}).get("reduceOptions", {}).get("calcs", ())
    return calcs[0] if calcs and calcs[0] in REDUCERS else "lastNotNull"


def _reduced(data: PanelData, series: Series) -> float | None:
    return REDUCERS[_calculation(data)][1](series.values)


def _settings(data: PanelData, series: Series) -> Settings:
    """Return how a series' number is shown; how many values there are is in no unit."""
    found = settings(data.panel, series.name, series.query)
    return replace(found, unit=WITHOUT_UNIT.get(_calculation(data), found.unit))


def stat(data: PanelData, context: Context) -> Html:
    """Return one number or word for each series, coloured as the panel says."""
    named_ = len(data.series) > 1

    def number(series: Series) -> Html:
        found = _settings(data, series)
        value = _reduced(data, series)
        written = shown(value, found, context)
        # A word is no number with a unit.
        said = found.said(value)
        amount, space, unit = (written, "", "") if said else written.partition(" ")
        tone = found.tone(value)
        name = text("span", series.name, class_="name") if named_ else Html("")
        shown_ = joined_inline(
            value_colors.sign(tone), escape(amount + space), text("span", unit, class_="unit")
        )
        to = hyperlinks.address(found.links, context.pages, series.labels)
        return element(
            "p",
            name,
            value_colors.linked(shown_, to),
            class_="number",
            style=value_colors.style(tone),
        )

    return joined(*map(number, data.series))


def bars(data: PanelData, context: Context) -> Html:
    """Return a horizontal bar for each series, the longest first."""
    values = [(one, _reduced(data, one)) for one in data.series]
    values.sort(key=lambda pair: (-(pair[1] if pair[1] is not None else -1), pair[0].name))
    greatest = max((value for _, value in values if value is not None), default=0)

    def row(series: Series, value: float | None) -> Html:
        found = _settings(data, series)
        top = found.maximum if found.maximum is not None else greatest
        tone = found.tone(value)
        look = named(tone) if tone else context.looks[series.name]
        before = value_colors.sign(tone) if tone else swatch(look)
        to = hyperlinks.address(found.links, context.pages, series.labels)
        bar = _bar(value, top, look.css, look.dash)
        return element(
            "tr",
            element("th", before, value_colors.linked(escape(series.name), to), scope="row"),
            element("td", bar, class_="track", aria_hidden="true"),
            text("td", shown(value, found, context)),
        )

    return element("table", *(row(*pair) for pair in values), class_="bars")


def _bar(value: float | None, top: float, color: str, dash: int) -> Html:
    part = 0 if not value or top <= 0 else min(max(value / top, 0), 1)
    return element("i", style=f"width:{part:.1%};--c:{color}", class_=f"d{dash}" if dash else None)


def chart(data: PanelData, context: Context) -> Html:
    """Return a bar chart: for each row of its table a bar a column, or one of all of them."""
    table = data.table or Table((), ())
    options = data.panel.get("options", {})
    by = table.columns.index(options["xField"]) if options.get("xField") in table.columns else 0
    columns = [place for place in range(len(table.columns)) if place != by]
    stacked = options.get("stacking") == "normal"
    numbers = {
        id(row): [it if isinstance(it := row[place], float) else 0.0 for place in columns]
        for row in table.rows
    }
    top = max((sum(it) if stacked else max(it) for it in numbers.values()), default=0.0)
    names = [table.columns[place] for place in columns]
    looks = [context.looks[name] for name in names]
    legend = (
        joined_inline(element("span", swatch(look), escape(name)), Html(" "))
        for name, look in zip(names, looks, strict=True)
    )

    def rows(category: str, values: Sequence[float]) -> list[Html]:
        several = zip(values, looks, names, strict=True)
        drawn = [(_bar(v, top, look.css, look.dash), v, name) for v, look, name in several]
        head = text("th", category, scope="row", rowspan=str(1 if stacked else len(drawn)))
        if stacked:
            track = element("td", *(bar for bar, _, _ in drawn), class_="track stacked")
            total = text("td", settings(data.panel).text(sum(values)))
            return [element("tr", head, track, total)]
        return [
            element(
                "tr",
                *([head] if number == 0 else []),
                element("td", bar, class_="track", aria_hidden="true"),
                text("td", settings(data.panel, name).text(value)),
            )
            for number, (bar, value, name) in enumerate(drawn)
        ]

    found = [line for row in table.rows for line in rows(str(row[by]), numbers[id(row)])]
    return joined(
        element("p", *legend, class_="keys"), element("table", *found, class_="bars chart")
    )
