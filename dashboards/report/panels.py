"""Each kind of panel as a view: pictures with their legends, numbers, bars, tables, texts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

from dashboards.evaluate.model import PanelData
from dashboards.report import numbers, texts
from dashboards.report.charts import panel
from dashboards.report.context import Context
from dashboards.report.field_config import field_config
from dashboards.report.markup import View
from dashboards.report.series_style import SeriesStyle
from dashboards.report.table import table

_NOTHING = "No data in this range."
_HINT = (
    "Either nothing of the kind happened, or the exporter that measures it was not scraped then."
)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in a panel's place, and what may be its cause."""

    text: str
    hint: str = ""
    is_error: bool = False
    template: ClassVar[str] = "message.html"


def body(data: PanelData, context: Context) -> View:
    """Return what a panel shows, without its title and description."""
    if data.error:
        return Message(f"This panel's query failed: {data.error}", is_error=True)
    if data.kind == "text":
        return texts.words(str(data.panel.get("options", {}).get("content", "")))
    if data.kind not in _DRAWN:
        return Message(_unknown(data))
    if data.elsewhere:
        return Message(data.elsewhere)
    if data.span is not None:
        context = replace(context, span=data.span)
    answers = data.table.rows if data.table else data.series
    return (_DRAWN[data.kind](data, context) if answers else None) or _empty(data)


def _unknown(data: PanelData) -> str:
    library = data.panel.get("libraryPanel")
    if library:
        name = library.get("name") or library.get("uid") or "?"
        return f"The library panel “{name}” is kept in Grafana: the dashboard's file only names it."
    if not data.kind:
        return "This panel has no kind."
    return f"Panels of the kind “{data.kind}” are shown in Grafana only."


def styled(data: PanelData) -> Iterator[tuple[str, SeriesStyle | None]]:
    """Yield the names that have a color in this panel, with the style that is their own if any."""
    if data.kind == "barchart" and data.table:
        for name in data.table.columns:
            yield name, field_config(data.panel, name).style
    elif data.kind in ("timeseries", "trend", "bargauge", "gauge", "piechart"):
        for line in data.series:
            yield line.name, field_config(data.panel, line.name, line.query).style


def _empty(data: PanelData) -> Message:
    # What an override says of empty cells is not said of a panel without any.
    defaults = data.panel.get("fieldConfig", {}).get("defaults", {})
    no_value = str(defaults.get("noValue") or "")
    text = no_value or _NOTHING
    # What is said of this very panel needs no guesses.
    hint = "" if no_value or data.kind == "stat" else _HINT
    return Message(f"{text[0].upper()}{text[1:]}", hint)


_DRAWN: Mapping[str, Callable[[PanelData, Context], View | None]] = MappingProxyType(
    {
        "timeseries": panel.timeseries,
        "trend": panel.timeseries,
        "heatmap": panel.heatmap,
        "state-timeline": panel.states,
        "status-history": panel.states,
        "stat": numbers.stat,
        "bargauge": numbers.bar_gauge,
        "gauge": numbers.bar_gauge,
        "piechart": numbers.bar_gauge,
        "barchart": numbers.bar_chart,
        "table": table,
    }
)
"""Grafana's name for a kind of panel → what draws one that has data."""
