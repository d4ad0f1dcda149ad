"""Rules about metrics: that they exist, and that their numbers are shown in their unit."""

from collections.abc import Iterator

from dashboards.lint import inference
from dashboards.lint.examples import panel, query, query_in_unit
from dashboards.lint.metrics import closest_known
from dashboards.lint.model import Board, Panel, Problem, Severity, Target
from dashboards.lint.registry import rule
from dashboards.schema.values import mapping, objects, text

_BYTES = "bytes decbytes bits decbits kbytes deckbytes mbytes decmbytes gbytes decgbytes tbytes"
_BYTES += " dectbytes pbytes decpbytes"
_SECONDS = "s ms µs ns m h d clocks clockms dtdurations dtdurationms timeticks"
_A_SECOND = (
    "Bps bps binBps binbps KBs Kbits KiBs Kibits MBs Mbits MiBs Mibits GBs Gbits GiBs Gibits"
)
_NUMBERS = "short none locale sishort string"
_UNITS = {
    **dict.fromkeys(_BYTES.split(), inference.BYTES),
    **dict.fromkeys(_SECONDS.split(), inference.SECONDS),
    **dict.fromkeys(_A_SECOND.split(), inference.BYTES_A_SECOND),
    **dict.fromkeys(_NUMBERS.split(), inference.COUNT),
    "percentunit": inference.RATIO,
    "percent": "percent",
}
_PROPER = {
    inference.BYTES: "bytes",
    inference.SECONDS: "s",
    inference.RATIO: "percentunit",
    inference.BYTES_A_SECOND: "binBps",
}
# A rate of seconds is cores, a part of the time, or seconds each second.
_ALSO = {inference.RATIO: {inference.COUNT, inference.SECONDS}}


@rule(
    "known-metric",
    why="A metric's name with a letter wrong is an empty panel that looks like nothing happened.",
    good=query('sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})'),
    bad=query('sum by (pod) (container_memory_workingset_bytes{namespace=~"$hub"})'),
)
def known_metric(board: Board) -> Iterator[Problem]:
    """No metric is nearly called like one of an exporter that is known."""
    for target in board.promql:
        for metric in sorted({use.metric for use in target.query.uses}):
            if right := closest_known(metric):
                yield Problem(f"no exporter has {metric}: is it {right}?", target.panel, target.ref)


@rule(
    "unit",
    why="Without a unit nobody knows whether 8 is cores, GiB or people.",
    good=panel(fieldConfig={"defaults": {"unit": "bytes"}}),
    bad=panel(fieldConfig={"defaults": {}}),
    severity=Severity.WARNING,
)
def unit(board: Board) -> Iterator[Problem]:
    """Each panel of numbers says their unit."""
    for it in board.panels:
        numbers = it.shows_data and it.promql and it.kind not in ("table", "logs", "heatmap")
        said = it.defaults.get("unit") or _overridden(it) or _old_unit(it)
        if numbers and not said and not _shows_words(it):
            yield Problem("has no unit; “none” is for plain numbers", it)


@rule(
    "unit-fits",
    why="Seconds shown as bytes look right until somebody decides something by them.",
    good=query_in_unit(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})', "bytes"
    ),
    bad=query_in_unit('sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})', "s"),
)
def unit_fits(board: Board) -> Iterator[Problem]:
    """The panel's unit is that of its metrics."""
    for it in board.panels:
        shown = text(it.defaults.get("unit"))
        # Grafana's old graph has a unit for each of its axes.
        own = _overridden(it) or (it.kind == "graph" and _old_unit(it))
        if shown not in _UNITS or own or it.json.get("transformations"):
            continue
        for target in it.promql:
            is_in = _unit(target)
            fits = {is_in} | _ALSO.get(is_in, set())
            if is_in in _PROPER and _UNITS[shown] not in fits:
                yield Problem(
                    f"is in {is_in}, shown as “{shown}”; Grafana's unit for it is "
                    f"“{_PROPER[is_in]}”",
                    it,
                    target.ref,
                )


def _shows_words(it: Panel) -> bool:
    """Return whether words stand for the numbers: states by name, or a label instead."""
    words: set[str] = set()
    for each in objects(it.defaults.get("mappings")):
        options = mapping(each.get("options"))
        # A word for no data, or for one value, leaves the others numbers.
        if each.get("type") == "value":
            words |= {str(value) for value in options}
        elif each.get("type") in ("range", "regex"):
            words.add(str(options))
    shown = mapping(it.options.get("reduceOptions")).get("fields")
    return len(words) > 1 or it.options.get("textMode") == "name" or bool(shown)


def _unit(target: Target) -> str:
    return inference.unit_of(target.query.tree) if target.query.tree is not None else ""


def _overridden(it: Panel) -> bool:
    """Return whether some field has a unit of its own."""
    overrides = objects(mapping(it.json.get("fieldConfig")).get("overrides"))
    properties = (each for override in overrides for each in objects(override.get("properties")))
    return any(each.get("id") == "unit" for each in properties)


def _old_unit(it: Panel) -> bool:
    """Return whether it says its unit as Grafana did before 7: by axis, or by column."""
    told = (it.json.get("format"), it.json.get("styles"), it.options.get("fieldOptions"))
    return any(told) or any(axis.get("format") for axis in objects(it.json.get("yaxes")))
