"""Each kind of panel as markup: pictures with their legends, numbers, bars, tables, texts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from dashboards.evaluate.model import PanelData
from dashboards.report import numbers, texts
from dashboards.report.charts import panel
from dashboards.report.charts.panel import MOST_LINES
from dashboards.report.colors import Look
from dashboards.report.context import Context
from dashboards.report.html import Html, element, escape, text
from dashboards.report.settings import settings
from dashboards.report.table import table

__all__ = ["MOST_LINES", "body", "colored"]

_NOTHING = "No data in this range."
_HINT = (
    "Either nothing of the kind happened, or the exporter that measures it was not scraped then."
)


def body(data: PanelData, context: Context) -> Html:
    """Return what a panel shows, without its title and description."""
    if data.error:
        return text("p", f"This panel's query failed: {data.error}", class_="error")
    if data.kind == "text":
        return texts.paragraphs(str(data.panel.get("options", {}).get("content", "")))
    if data.kind not in _DRAWN:
        return text("p", _unknown(data), class_="no")
    if data.elsewhere:
        return text("p", data.elsewhere, class_="no")
    if data.span is not None:
        context = replace(context, span=data.span)
    found = data.table.rows if data.table else data.series
    return (_DRAWN[data.kind](data, context) if found else None) or _empty(data)


def _unknown(data: PanelData) -> str:
    library = data.panel.get("libraryPanel")
    if library:
        name = library.get("name") or library.get("uid") or "?"
        return f"The library panel “{name}” is kept in Grafana: the dashboard's file only names it."
    if not data.kind:
        return "This panel does not say of which kind it is."
    return f"Panels of the kind “{data.kind}” are shown in Grafana only."


def colored(data: PanelData) -> Iterator[tuple[str, Look | None]]:
    """Yield the names that have a colour in this panel, with the look that is their own, if any."""
    if data.kind == "barchart" and data.table:
        for name in data.table.columns:
            yield name, settings(data.panel, name).look
    elif data.kind in ("timeseries", "trend", "bargauge", "gauge", "piechart"):
        for one in data.series:
            yield one.name, settings(data.panel, one.name, one.query).look


def _empty(data: PanelData) -> Html:
    # What an override says of empty cells is not said of a panel without any.
    defaults = data.panel.get("fieldConfig", {}).get("defaults", {})
    said = str(defaults.get("noValue") or "")
    words = said or _NOTHING
    # What is said of this very panel needs no guesses.
    hint = Html("") if said or data.kind == "stat" else text("small", _HINT)
    return element("p", escape(f"{words[0].upper()}{words[1:]}"), Html(" "), hint, class_="no")


_DRAWN: Mapping[str, Callable[[PanelData, Context], Html | None]] = MappingProxyType(
    {
        "timeseries": panel.timeseries,
        "trend": panel.timeseries,
        "heatmap": panel.heatmap,
        "state-timeline": panel.states,
        "status-history": panel.states,
        "stat": numbers.stat,
        "bargauge": numbers.bars,
        "gauge": numbers.bars,
        "piechart": numbers.bars,
        "barchart": numbers.chart,
        "table": table,
    }
)
"""Grafana's name for a kind of panel → what draws one that has data."""
