"""What a board says of the simulated history, asked as Grafana would ask it."""

from datetime import UTC, datetime

from dashboards import catalog
from dashboards.evaluate import data
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange

METRICS = {"every": "info", "split": "share"}


_KNOWN = {}


def answers(simulated, board, span, *, recorded, attribution="every", **chosen):
    """Return a board's panels by title; of a variable that is not ``chosen``, all.

    What was asked once is not asked again: the history is what it is.
    """
    question = (simulated.url, board, span, recorded, attribution, *sorted(chosen.items()))
    if question not in _KNOWN:
        _KNOWN[question] = _asked(simulated, board, span, recorded, attribution, chosen)
    return _KNOWN[question]


def _asked(simulated, board, span, recorded, attribution, chosen):
    shown = TimeRange(
        datetime.fromtimestamp(span.start, UTC), datetime.fromtimestamp(span.end, UTC)
    )
    loaded = catalog.load(board, recorded=recorded)
    panels = data.collect(
        loaded, choices(loaded, attribution, **chosen), shown, simulated.prometheus
    )
    assert not [(panel.title, panel.error) for panel in panels if panel.error]
    return {panel.title: panel for panel in panels}


def choices(board, attribution="every", **chosen):
    """Return what is chosen for a board's variables: all of the one hub, unless it is said."""
    found = [
        _choice(variable, tuple(chosen.pop(variable["name"], ())))
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    ]
    assert not chosen, f"no variables: {chosen}"
    return (*found, Choice("attribution", "", (METRICS[attribution],), texts=(attribution,)))


def _choice(variable, values):
    if variable["name"] == "hub":
        values = values or ("demo",)
    all_value = variable.get("allValue")
    return Choice(variable["name"], "", values, not values, all_value, regex=True)


def number(panel):
    """Return the one number of a stat."""
    (series,) = panel.series
    return series.values[-1]


def by(panel, *labels):
    """Return an instant panel's numbers by a label's value, or by those of several."""
    return {
        tuple(series.labels[label] for label in labels)
        if len(labels) > 1
        else series.labels[labels[0]]: series.values[-1]
        for series in panel.series
    }


def lines(panel, label):
    """Return ``{value of the label: {time: value}}`` of lines over time."""
    return {
        series.labels.get(label, ""): dict(zip(series.times, series.values, strict=True))
        for series in panel.series
    }


def rows(panel, *keys):
    """Return a table's rows as dicts, by what stands in the columns of those headings."""
    found = {}
    for row in panel.table.rows:
        cells = dict(zip(panel.table.columns, row, strict=True))
        key = tuple(cells[name] for name in keys) if len(keys) > 1 else cells[keys[0]]
        assert key not in found, key
        found[key] = cells
    return found


def titles(board):
    """Return the titles of a board's panels that ask for something."""
    return [panel["title"] for panel in data.panels(catalog.load(board)) if panel.get("targets")]
