"""Ask Prometheus what a board's panels ask: same queries, same steps, answers as values."""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from dashboards.render import Json
from dashboards.report import interpolate, intervals, tables
from dashboards.report.interpolate import Choice, Timing
from dashboards.report.model import PanelData, Sampled, Series, TimeRange
from dashboards.report.prometheus import Prometheus, PrometheusError

BOARD_WIDTH = 1400
"""Pixels that the 24 columns are taken to have: Grafana asks for one point a pixel."""

SCRAPE_INTERVAL = "15s"
"""What Grafana takes for the scrape interval where neither panel nor data source says."""

CONCURRENCY = 4

_LEGEND = re.compile(r"\{\{\s*(.+?)\s*\}\}")


def panels(board: Json) -> list[Json]:
    """Return the board's rows and panels from top to bottom; collapsed rows are opened."""
    found: list[Json] = []
    for panel in board["panels"]:
        found += [panel, *panel.get("panels", ())] if panel["type"] == "row" else [panel]
    return found


def collect(
    board: Json,
    choices: Sequence[Choice],
    span: TimeRange,
    prometheus: Prometheus,
    done: Callable[[], None] = lambda: None,
) -> list[PanelData]:
    """Return every panel with its answers; ``done`` is called after each.

    A query that fails is its panel's ``error``; the others go on.
    """
    wanted = panels(board)
    read = partial(_read, choices=choices, span=span, prometheus=prometheus)
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        pending = [pool.submit(read, panel) for panel in wanted]
        try:
            return list(_results(pending, done))
        except BaseException:
            # Ctrl-C: the queries that have not begun need not be asked.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _results(pending: Sequence[Future[PanelData]], done: Callable[[], None]) -> Iterator[PanelData]:
    for future in pending:
        yield future.result()
        done()


def _read(
    panel: Json, *, choices: Sequence[Choice], span: TimeRange, prometheus: Prometheus
) -> PanelData:
    """Return one panel with its answers, or with its error in words."""
    targets = [t for t in panel.get("targets", ()) if t.get("expr") and not t.get("hide")]
    shown = {
        **panel,
        "title": interpolate.words(str(panel.get("title", "")), choices),
        "description": interpolate.words(str(panel.get("description", "")), choices),
    }
    if panel["type"] == "text":
        content = panel.get("options", {}).get("content", "")
        shown["options"] = {"content": interpolate.words(content, choices)}
    series: list[Series] = []
    answers: dict[str, list[Sampled]] = {}
    step = 60_000
    for target in targets:
        timing = _timing(panel, target, span)
        step = timing.step
        query = interpolate.query(target["expr"], choices, timing)
        try:
            samples = _ask(query, target, timing, span, prometheus)
        except PrometheusError as error:
            return PanelData(shown, error=str(error))
        reference = target.get("refId", "A")
        if target.get("format") == "table":
            answers[reference] = samples
        series += [
            Series(_name(target, s, query), s.labels, s.times, s.values, reference) for s in samples
        ]
    if not answers:
        return PanelData(shown, tuple(series), step=step / 1000)
    table, notes = tables.transformed(tables.frames(answers), panel.get("transformations", ()))
    table = tables.ordered(table, panel.get("options", {}).get("sortBy", ()))
    return PanelData(shown, table=table, step=step / 1000, notes=tuple(notes))


def _timing(panel: Json, target: Json, span: TimeRange) -> Timing:
    width = panel.get("gridPos", {}).get("w", 24) * BOARD_WIDTH // 24
    minimum = intervals.parse(panel.get("interval") or SCRAPE_INTERVAL)
    own = target.get("interval")
    points = panel.get("maxDataPoints") or width
    return Timing.of(span.milliseconds, points, minimum, intervals.parse(own) if own else minimum)


def _ask(
    query: str, target: Json, timing: Timing, span: TimeRange, prometheus: Prometheus
) -> list[Sampled]:
    if target.get("instant"):
        return prometheus.instant(query, span.end.timestamp())
    start = intervals.aligned(span.start.timestamp(), timing.step)
    end = intervals.aligned(span.end.timestamp(), timing.step)
    return prometheus.range(query, start, end, timing.step / 1000)


def _name(target: Json, sample: Sampled, query: str) -> str:
    """Return a series' name: by the legend's format, else all its labels, else the query."""
    form = target.get("legendFormat", "")
    if form and form != "__auto":
        return _LEGEND.sub(lambda found: sample.labels.get(found[1], ""), form)
    labels = {name: value for name, value in sample.labels.items() if name != "__name__"}
    if form == "__auto" and len(labels) == 1:
        return next(iter(labels.values()))
    listed = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    metric = sample.labels.get("__name__", "")
    return f"{metric}{{{listed}}}" if listed else metric or query
