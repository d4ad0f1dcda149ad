"""A small board with its answers, made by hand, for the tests that draw."""

from array import array
from datetime import UTC, datetime
from html.parser import HTMLParser

from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import PanelData, Series, Table, TimeRange

SPAN = TimeRange(datetime(2026, 3, 16, tzinfo=UTC), datetime(2026, 3, 18, tzinfo=UTC))
MADE = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
START = SPAN.start.timestamp()
BOARD = {"title": "User groups", "description": "Who uses the hub."}
DAY = 86_400.0


def series(name: str, *values: float, step: float = 3600, **labels: str) -> Series:
    """Return a series with a point each step from the range's start."""
    times = array("d", (START + index * step for index in range(len(values))))
    return Series(name, labels, times, array("d", values))


def panel(number: int, kind: str, title: str, *, unit: str = "none", width: int = 12, **more):
    """Return a panel's dict, as boards have it."""
    options = {"legend": {"calcs": ["lastNotNull", "max"], "sortBy": "Max", "sortDesc": True}}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "description": f"What {title} counts.",
        "gridPos": {"x": 0, "y": number, "w": width, "h": 9},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, **more}, "overrides": []},
        "options": options,
    }


def answers(*names: str) -> list[PanelData]:
    """Return a panel of every kind, each with all of the names in it."""
    lines = tuple(series(n, *(i + h % 5 for h in range(48))) for i, n in enumerate(names))
    days = tuple(series(n, 3.0, i + 1.0, step=DAY) for i, n in enumerate(names))
    bars = panel(3, "timeseries", "Daily", custom={"drawStyle": "bars"})
    down = [{"type": "value", "options": {"0": {"text": "down", "color": "red"}}}]
    steps = [{"color": "blue"}, {"color": "orange", "value": 3}]
    judged = {"color": {"mode": "thresholds"}, "thresholds": {"steps": steps}, "mappings": down}
    stacking = {"stacking": {"mode": "normal"}}
    chart = panel(13, "barchart", "Use")
    rows = tuple((name, float(number), None) for number, name in enumerate(names))
    return [
        PanelData({"type": "row", "title": "Use"}),
        PanelData(panel(1, "stat", "People", unit="suffix:people", width=6), (series("x", 12.0),)),
        PanelData(panel(2, "timeseries", "Memory", unit="bytes"), lines, step=3600),
        PanelData(bars, days, step=DAY),
        PanelData(panel(4, "bargauge", "Idle", unit="percentunit", max=1), days),
        PanelData(panel(5, "heatmap", "Hours", width=24), lines, step=3600),
        PanelData({"type": "row", "title": "Who"}),
        PanelData(panel(6, "table", "Members", width=24), table=Table(("User", "A", "B"), rows)),
        PanelData(panel(7, "timeseries", "Nothing")),
        PanelData(panel(8, "timeseries", "Broken"), error="parse error: " + " ".join(names)),
        PanelData(panel(9, "geomap", "Where"), lines),
        PanelData(panel(11, "state-timeline", "Up", **judged), lines, step=3600),
        PanelData(panel(12, "timeseries", "Stacked", custom=stacking), lines, step=3600),
        PanelData(
            {**chart, "options": {"xField": "User"}},
            table=Table(("User", "used", "requested"), tuple((n, 1.0, 2.0) for n in names)),
        ),
        PanelData({**panel(10, "text", ""), "options": {"content": "One\n\n" + "\n".join(names)}}),
    ]


def choices(*names: str) -> tuple[Choice, ...]:
    """Return one variable of which the names are chosen."""
    return (Choice("group", "Group", names, regex=True),)


def words(markup):
    """Return what a person reads of a markup, signs too."""
    found = []
    parser = HTMLParser()
    parser.handle_data = found.append
    parser.feed(markup)
    return [text.strip() for text in found if text.strip()]
