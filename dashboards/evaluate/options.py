"""The values that a variable offers: what Prometheus answers, or what the board lists.

Read from Grafana 12.4 (packages/grafana-prometheus: metric_find_query.ts, variableMigration.ts)
and @grafana/scenes 6.39 (variables/variants).
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from dashboards.evaluate.choice import Choice
from dashboards.evaluate.interpolate import query, words
from dashboards.evaluate.matching import Option, matched, ordered
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.evaluate.timing import Timing
from dashboards.schema.values import Json

_LABEL_NAMES = re.compile(r"label_names\((?P<metric>.*)\)", re.DOTALL)
_LABEL_VALUES = re.compile(
    r"label_values\((?:(?P<series>.+),)?\s*(?P<label>[^,]+?)\s*\)", re.DOTALL
)
_METRICS = re.compile(r"metrics\((?P<metric>.+)\)", re.DOTALL)
_RESULT = re.compile(r"query_result\((?P<query>.+)\)", re.DOTALL)

INTERVALS = "1m,10m,30m,1h,6h,12h,1d,7d,14d,30d"
"""Grafana's own, for a variable that lists none."""


def text_of(variable: Json) -> str:
    """Return a variable's query as the board writes it."""
    written = variable.get("query", "")
    return str(written.get("query", "") if isinstance(written, dict) else written).strip()


def of_query(
    variable: Json, chosen: Sequence[Choice], prometheus: Prometheus, span: TimeRange
) -> list[Option]:
    """Return what a variable's query finds, after its regex and in its order.

    Raises PrometheusError; PatternError where its regex cannot be read.
    """
    timing = Timing(60_000, 240_000, span.milliseconds)
    written = query(text_of(variable), chosen, timing)
    values = [Option(text, text) for text in _values(written, prometheus, span)] if written else []
    pattern = words(str(variable.get("regex", "")), _as_regex(chosen))
    sort = int(variable.get("sort", 0))
    offered = ordered(matched(values, pattern), sort)
    return _with_static(variable, offered, sort)


def _as_regex(chosen: Sequence[Choice]) -> list[Choice]:
    """Return choices that stand in a regular expression as what matches their values."""
    return [
        Choice(
            choice.name,
            choice.label,
            (choice.in_format("regex"),),
            kind=choice.kind,
            fields=choice.fields,
        )
        for choice in chosen
    ]


def _with_static(variable: Json, offered: list[Option], sort: int) -> list[Option]:
    static = [
        Option(str(item.get("value", "")), str(item.get("text", item.get("value", ""))))
        for item in variable.get("staticOptions", ())
    ]
    if not static:
        return offered
    values = {option.value for option in static}
    rest = [option for option in offered if option.value not in values]
    match variable.get("staticOptionsOrder"):
        case "after":
            return [*rest, *static]
        case "sorted":
            return ordered([*rest, *static], sort)
        case _:
            return [*static, *rest]


def _values(text: str, prometheus: Prometheus, span: TimeRange) -> Iterable[str]:
    start, end = span.start.timestamp(), span.end.timestamp()
    if match := _LABEL_NAMES.fullmatch(text):
        metric = match["metric"].strip()
        series = f'{{__name__=~".*{metric}.*"}}' if metric else None
        every = prometheus.label_names(series, start, end)
        return [label for label in every if label != "__name__"] if metric else every
    if match := _LABEL_VALUES.fullmatch(text):
        series = (match["series"] or "").strip()
        # Grafana takes {} for no selector at all.
        wanted = series if series and series.replace(" ", "") != "{}" else None
        return prometheus.label_values(match["label"].strip("\"'`"), wanted, start, end)
    if match := _METRICS.fullmatch(text):
        series = f'{{__name__=~"{match["metric"]}"}}'
        return prometheus.label_values("__name__", series, start, end)
    if match := _RESULT.fullmatch(text):
        return _results(prometheus, match["query"], math.ceil(end))
    return [_written(labels) for labels in prometheus.series(text, start, end)]


def _results(prometheus: Prometheus, text: str, at: float) -> list[str]:
    """Return ``up{job="a"} 1 1773763200000`` for each series of an answer, as Grafana does.

    Of a scalar or a string it is the value alone.
    """
    answer = prometheus.text_or_series(text, at)
    if isinstance(answer, str):
        return [answer]
    return [
        f"{_written(sample.labels)} {_number(value)} {_number(time * 1000)}"
        for sample in answer
        for time, value in zip(sample.times, sample.values, strict=True)
    ]


def _written(labels: Mapping[str, str]) -> str:
    rest = ",".join(f'{name}="{text}"' for name, text in labels.items() if name != "__name__")
    return f"{labels.get('__name__', '')}{{{rest}}}"


def _number(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < 1e21:
        return str(int(value))
    names = {math.inf: "+Inf", -math.inf: "-Inf"}
    return names.get(value, "NaN" if math.isnan(value) else repr(value))


def custom(variable: Json, chosen: Sequence[Choice]) -> list[Option]:
    """Return what a custom variable lists: ``lab,each fully : every``, or a list in JSON."""
    text = words(text_of(variable), chosen)
    if variable.get("valuesFormat") == "json":
        return _of_json(text)
    parts = (part.replace("\\,", ",") for part in re.findall(r"(?:\\,|[^,])+", text))
    return [_option(part) for part in parts if part.strip()]


def _option(part: str) -> Option:
    match = re.fullmatch(r"\s*(.+)\s:\s(.+)", part, re.DOTALL)
    if match is None:
        return Option(part.strip(), part.strip())
    return Option(match[2].strip(), match[1].strip())


def _of_json(text: str) -> list[Option]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return []
    listed: list[Option] = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("value") is not None:
            fields = {str(key): str(value) for key, value in item.items()}
            listed.append(Option(fields["value"], fields.get("text", fields["value"]), fields))
        elif isinstance(item, str | int | float):
            listed.append(Option(str(item), str(item)))
    return listed


def intervals(variable: Json) -> list[str]:
    """Return the durations that a variable of intervals lists, each once, without ``auto``."""
    listed = text_of(variable) or ",".join(
        str(item.get("value") or item.get("text") or "") for item in variable.get("options", ())
    )
    pieces = re.findall(r"([\"'])(.*?)\1|(\$?\w+)", listed) or re.findall(
        r"([\"'])(.*?)\1|(\$?\w+)", INTERVALS
    )
    texts = (re.sub("[\"']", "", inside or bare) for _, inside, bare in pieces)
    kept = (
        text
        for text in texts
        if text and not text.lstrip("$").startswith("__auto") and text != "auto"
    )
    return list(dict.fromkeys(kept)) or INTERVALS.split(",")
