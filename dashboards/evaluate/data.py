"""Ask Prometheus what a board's panels ask: same queries, same steps, answers as values."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from dashboards.evaluate import datasources, interpolate, macros, ranges, selectors, tables
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.errors import PrometheusError
from dashboards.evaluate.model import PanelData, Sampled, Series, TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.evaluate.targets import not_shown, targets_of
from dashboards.evaluate.timing import Timing
from dashboards.schema import intervals, values
from dashboards.schema.values import Json
from dashboards.schema.variables import names

BOARD_WIDTH = 1400
"""Pixels that the 24 columns are taken to have: Grafana asks for one point a pixel."""

SCRAPE_INTERVAL = "15s"
"""What Grafana takes for the scrape interval where neither panel nor data source says."""

CONCURRENCY = 4

_OVER_TIME = frozenset({"timeseries", "trend", "heatmap", "state-timeline", "status-history"})
_OF_TABLES = frozenset({"table", "barchart"})
"""Kinds of panels that are drawn from a table; all others are from series."""

panels = values.panels

_LEGEND = re.compile(r"\{\{\s*(.+?)\s*\}\}")


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
    declared = board.get("templating", {}).get("list", [])
    data_sources = [
        datasources.choice(variable)
        for variable in declared
        if variable.get("type") == datasources.KIND
    ]
    every = macros.with_built_in(
        board,
        (*datasources.inputs(board), *data_sources, *choices, *macros.automatic(choices)),
        span,
    )
    read = partial(_read, choices=every, span=span, prometheus=prometheus)
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
    shown = {
        **panel,
        "title": interpolate.words(str(panel.get("title", "")), choices),
        "description": interpolate.words(str(panel.get("description", "")), choices),
    }
    if panel["type"] == "text":
        content = panel.get("options", {}).get("content", "")
        shown["options"] = {"content": interpolate.words(content, choices)}
    targets, others = targets_of(panel, choices)
    own, about = ranges.of_panel(panel, span, choices)
    notes = [*about, *not_shown(panel, others if targets else [])]
    if others and not targets:
        words = f"Grafana asks {' and '.join(others)} for this; a report queries Prometheus only."
        return PanelData(shown, notes=tuple(notes), elsewhere=words)
    filters = [matcher for choice in choices for matcher in choice.filters]
    series: list[Series] = []
    answers: dict[str, list[Sampled]] = {}
    step = 60_000
    for target in targets:
        timing = _timing(panel, target, own, choices)
        step = timing.step
        query = interpolate.query(target["expr"], choices, timing)
        query = selectors.with_filters(query, filters)
        legend = interpolate.labels(target.get("legendFormat", ""), choices, timing)
        try:
            samples = _ask(query, panel, target, timing, own, prometheus)
        except PrometheusError as error:
            words = _why(error, target["expr"], query, choices)
            return PanelData(shown, error=words, notes=tuple(notes), span=own)
        reference = target.get("refId", "A")
        if target.get("format") == "table":
            answers[reference] = samples
        series += [
            Series(_name(legend, s, query), s.labels, s.times, s.values, reference) for s in samples
        ]
    made = PanelData(shown, tuple(series), step=step / 1000, span=own if own != span else None)
    return _as_tables(made, answers, notes)


def _as_tables(
    made: PanelData, answers: Mapping[str, Sequence[Sampled]], notes: Sequence[str]
) -> PanelData:
    """Return a panel's answers as a table, if they are to be one."""
    steps = [step for step in made.panel.get("transformations", ()) if not step.get("disabled")]
    if made.kind not in _OF_TABLES:
        notes = [*notes, *(tables.not_applied(str(step.get("id"))) for step in steps)]
        return replace(made, notes=_once(notes))
    if answers:
        table, unknown = tables.transformed(tables.frames(answers), steps)
        notes = [*notes, *unknown]
    else:
        table = tables.last_values(made.series)
        notes = [*notes, *(tables.not_applied(str(step.get("id"))) for step in steps)]
        if any(len(line.times) > 1 for line in made.series):
            notes.append("These are last values: Grafana shows one series at a time, over time.")
    table = tables.ordered(table, made.panel.get("options", {}).get("sortBy", ()))
    return replace(made, series=(), table=table, notes=_once(notes))


def _once(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(notes))


def _why(error: PrometheusError, written: str, query: str, choices: Sequence[Choice]) -> str:
    """Return an error and what of the board's variables may be its cause."""
    sentences = [str(error)]
    if unknown := [f"${name}" for name in dict.fromkeys(names(query))]:
        sentences.append(f"The board does not say what {', '.join(unknown)} is.")
    empty = {choice.name for choice in choices if not any(choice.values) and not choice.hidden}
    if named := [f"${name}" for name in dict.fromkeys(names(written)) if name in empty]:
        sentences.append(f"The query has {', '.join(named)}, which is empty here.")
    return " ".join(sentences)


def _timing(panel: Json, target: Json, span: TimeRange, choices: Sequence[Choice]) -> Timing:
    width = panel.get("gridPos", {}).get("w", 24) * BOARD_WIDTH // 24
    interval = interpolate.words(panel.get("interval") or SCRAPE_INTERVAL, choices)
    minimum = intervals.parsed(interval, SCRAPE_INTERVAL)
    own = interpolate.words(target.get("interval") or interval, choices)
    points = panel.get("maxDataPoints") or width
    return Timing.of(span.milliseconds, points, minimum, intervals.parsed(own, SCRAPE_INTERVAL))


def _ask(
    query: str,
    panel: Json,
    target: Json,
    timing: Timing,
    span: TimeRange,
    prometheus: Prometheus,
) -> list[Sampled]:
    # Of a query that is both, a picture over time shows the range and all else the last moment.
    both = target.get("range") and panel["type"] in _OVER_TIME
    if target.get("instant") and not both:
        return prometheus.instant(query, span.end.timestamp())
    start = intervals.aligned(span.start.timestamp(), timing.step)
    end = intervals.aligned(span.end.timestamp(), timing.step)
    return prometheus.range(query, start, end, timing.step / 1000)


def _name(form: str, sample: Sampled, query: str) -> str:
    """Return a series' name: by the legend's format, else all its labels, else the query."""
    if form and form != "__auto":
        return _LEGEND.sub(lambda match: sample.labels.get(match[1], ""), form)
    labels = {name: value for name, value in sample.labels.items() if name != "__name__"}
    if form == "__auto" and len(labels) == 1:
        return next(iter(labels.values()))
    listed = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    metric = sample.labels.get("__name__", "")
    return f"{metric}{{{listed}}}" if listed else metric or query
