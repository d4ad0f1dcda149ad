"""Rules about panels."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import promql_parser

from dashboards.lint import inference
from dashboards.lint.examples import board, panel, panels, query_with_options
from dashboards.lint.model import Board, Panel, Problem, Severity
from dashboards.lint.promql import window_name
from dashboards.lint.registry import rule
from dashboards.schema.values import Json, mapping, objects, text, whole
from dashboards.schema.variables import names

_HEAVY = timedelta(hours=6)
_LEGEND_LABEL = re.compile(r"\{\{\s*([^}\s]+)\s*\}\}")


@rule(
    "panel-title",
    why="People, links and lint name a panel by its title, and exemptions refer to it.",
    good=panels({"title": "Memory"}, {"title": "Memory requests"}),
    bad=panels({"title": "Memory"}, {"title": "Memory"}),
)
def panel_title(board: Board) -> Iterator[Problem]:
    """Panels have titles, no two in a row the same."""
    seen: set[str] = set()
    for it in board.everything:
        if it.is_row:
            seen = set()
            continue
        if it.shows_data and not it.title and it.kind != "stat":
            yield Problem("has no title", it)
        elif it.title and it.title in seen:
            yield Problem("another panel of the row has this title", it)
        seen.add(it.title)


@rule(
    "panel-description",
    why="Viewers are busy and did not build the panel.",
    good=panel(description="Memory in use by the hub's pods."),
    bad=panel(description=None),
    severity=Severity.WARNING,
)
def panel_description(board: Board) -> Iterator[Problem]:
    """Each panel says what it counts."""
    for it in board.panels:
        if it.shows_data and not text(it.json.get("description")).strip():
            yield Problem("has no description", it)


@rule(
    "data-source",
    why="A data source by its uid or name exists in one Grafana only. A variable of type "
    "datasource is a choice in all of them.",
    good=query_with_options(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})',
        datasource={"type": "prometheus", "uid": "${datasource}"},
    ),
    bad=query_with_options(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})',
        datasource={"type": "prometheus", "uid": "PBFA97CFB590B2093"},
    ),
)
def data_source(board: Board) -> Iterator[Problem]:
    """Data sources are a variable's choice."""
    for it in board.panels:
        parts = [("", it.json), *((target.ref, target.json) for target in it.targets)]
        for ref, part in parts:
            if fixed := _fixed(part.get("datasource")):
                yield Problem(f"reads the data source {fixed}: take the variable's", it, ref)
                break


def _fixed(source: object) -> str:
    """Return a data source's uid or name if it is of one Grafana, "" if it is a choice."""
    uid = source.get("uid") if isinstance(source, dict) else source
    # Grafana's own sources are everywhere.
    if not isinstance(uid, str) or not uid or uid.startswith(("-- ", "grafana")):
        return ""
    return "" if names(uid) or uid.startswith("__") else uid


@rule(
    "legend",
    why="Without a legend of its own a line is called by all of its labels; with a label that the "
    "query does not leave, by nothing at all.",
    good=query_with_options(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})',
        legendFormat="{{pod}}",
    ),
    bad=query_with_options(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})',
        legendFormat="{{username}}",
    ),
)
def legend(board: Board) -> Iterator[Problem]:
    """Lines are called by labels that they have."""
    for it in board.panels:
        if it.kind not in ("timeseries", "graph", "bargauge", "barchart", "piechart"):
            continue
        for target in it.promql:
            if target.query.tree is None or target.json.get("format") == "table":
                continue
            labels = inference.labels_of(target.query.tree)
            if labels is None:
                continue
            said = text(target.json.get("legendFormat")) or "__auto"
            missing = [name for name in _LEGEND_LABEL.findall(said) if name not in labels]
            # Which label a variable names, nobody can tell.
            if missing and not any(name.startswith(("__", "$")) for name in missing):
                yield Problem(
                    f"the legend names {', '.join(missing)}, but series have "
                    f"{', '.join(sorted(labels)) or 'no labels'}",
                    it,
                    target.ref,
                )
            elif said == "__auto" and len(labels) > 1:
                some = " ".join(f"{{{{{label}}}}}" for label in sorted(labels))
                yield Problem(f"has no legend: “{some}”", it, target.ref)


@rule(
    "ref-ids",
    why="Transformations, overrides and expressions find a query by its refId, and Grafana mixes "
    "up two of the same.",
    good=panel(targets=[{"refId": "A", "expr": "vector(1)"}, {"refId": "B", "expr": "vector(2)"}]),
    bad=panel(targets=[{"refId": "A", "expr": "vector(1)"}, {"refId": "A", "expr": "vector(2)"}]),
)
def ref_ids(board: Board) -> Iterator[Problem]:
    """No two queries of a panel have the same refId."""
    for it in board.panels:
        counted = Counter(target.ref for target in it.targets if target.ref)
        for ref, count in counted.items():
            if count > 1:
                yield Problem(f"{count} queries have the refId {ref}", it)


@rule(
    "heavy-query",
    why="A line of a thousand points that reads a day at each of them reads a thousand days. Say "
    "how far apart the points are, or how many there may be.",
    good=query_with_options(
        'max_over_time(container_memory_working_set_bytes{namespace=~"$hub"}[1d])',
        interval="1d",
        legendFormat="{{pod}}",
    ),
    bad=query_with_options(
        'max_over_time(container_memory_working_set_bytes{namespace=~"$hub"}[1d])',
        legendFormat="{{pod}}",
    ),
    severity=Severity.WARNING,
)
def heavy_query(board: Board) -> Iterator[Problem]:
    """What reads hours at each point says how many points there are."""
    for target in board.promql:
        it = target.panel
        bounded = any(part.get("interval") for part in (target.json, it.json))
        few = it.json.get("maxDataPoints") is not None
        for node in target.query.nodes:
            if few or bounded:
                break
            message = _too_much(node, instant=target.instant)
            if message:
                yield Problem(message, it, target.ref)
                break


def _too_much(node: promql_parser.Expr, *, instant: bool) -> str:
    """Return what is wrong with a part of a query whose points are not bounded, or ""."""
    if isinstance(node, promql_parser.SubqueryExpr) and _long(node.range):
        if node.step is None or window_name(node.step) == "__interval":
            return "a subquery whose step is Grafana's: set maxDataPoints"
    elif isinstance(node, promql_parser.MatrixSelector) and _long(node.range) and not instant:
        return "reads hours at each point: set the panel's min interval"
    return ""


def _long(window: timedelta | None) -> bool:
    return window is not None and (window >= _HEAVY or window_name(window) == "__range")


@rule(
    "colors",
    why="One man in twelve cannot tell red from green. Say it in blue and orange, or in words, or "
    "put a yellow or orange step between the two.",
    good=panel(
        type="stat",
        fieldConfig={
            "defaults": {
                "unit": "bytes",
                "color": {"mode": "thresholds"},
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"color": "blue", "value": None}, {"color": "orange", "value": 80}],
                },
            }
        },
    ),
    bad=panel(
        type="stat",
        fieldConfig={
            "defaults": {
                "unit": "bytes",
                "color": {"mode": "thresholds"},
                "thresholds": {
                    "mode": "absolute",
                    "steps": [{"color": "green", "value": None}, {"color": "red", "value": 80}],
                },
            }
        },
    ),
    severity=Severity.WARNING,
)
def colors(board: Board) -> Iterator[Problem]:
    """Red and green are not told apart by their color alone."""
    for it in board.panels:
        steps = _thresholds(it)
        hues = [_hue(text(step.get("color"))) for step in steps]
        between = {"yellow", "orange"} & set(hues)
        if "red" in hues and "green" in hues and not between and _colored_by_thresholds(it):
            yield Problem("distinguishes states by red and green alone", it)


def _thresholds(it: Panel) -> list[Json]:
    return list(objects(mapping(it.defaults.get("thresholds")).get("steps")))


def _hue(color: str) -> str:
    return re.sub(r"^(super-light|light|semi-dark|dark)-", "", color)


def _colored_by_thresholds(it: Panel) -> bool:
    """Return whether the thresholds' colors are shown: most panels only carry Grafana's default."""
    mode = mapping(it.defaults.get("color")).get("mode", "thresholds")
    style = mapping(mapping(it.defaults.get("custom")).get("thresholdsStyle")).get("mode", "off")
    if it.kind in ("timeseries", "barchart", "table"):
        return (mode == "thresholds" and it.kind != "table") or style not in ("off", "")
    shown = it.kind in ("stat", "gauge", "bargauge")
    return shown and mode == "thresholds" and it.options.get("colorMode", "value") != "none"


@rule(
    "grid",
    why="Grafana moves what overlaps, another way in each version.",
    good=panels(
        {"title": "A", "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8}},
        {"title": "B", "gridPos": {"x": 12, "y": 1, "w": 12, "h": 8}},
    ),
    bad=panels(
        {"title": "A", "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8}},
        {"title": "B", "gridPos": {"x": 6, "y": 1, "w": 12, "h": 8}},
    ),
)
def grid(board: Board) -> Iterator[Problem]:
    """Panels lie within 24 columns and do not overlap."""
    placed: list[tuple[Panel, _Place]] = []
    for it in board.panels:
        place = _place(it)
        if place is None:
            continue
        x, y, w, h = place
        if x < 0 or w < 1 or x + w > 24:
            yield Problem(f"reaches from column {x} to {x + w} of 24", it)
        if it.in_closed_row:
            continue
        for other, (x2, y2, w2, h2) in placed:
            apart = x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
            if not apart:
                yield Problem(f"overlaps “{other.unique_name}”", it)
                break
        placed.append((it, place))


_Place = tuple[int, int, int, int]


def _place(it: Panel) -> _Place | None:
    """Return a panel's place, None if it does not say all of it: Grafana finds one then."""
    place = mapping(it.json.get("gridPos"))
    x, y, w, h = (whole(place.get(key)) for key in "xywh")
    # Grafana's rows of before version 5 have places of their own.
    if x is None or y is None or w is None or h is None or it.path[0] == "rows":
        return None
    return x, y, w, h


@rule(
    "size",
    why="What nobody scrolls to costs Prometheus as much as the rest. Split the board, or collapse "
    "the row.",
    good=panels({"title": "Memory"}),
    bad=board(
        panels=[
            {
                "id": n,
                "type": "text",
                "title": f"$hub {n}",
                "gridPos": {"x": 0, "y": n, "w": 24, "h": 1},
            }
            for n in range(61)
        ]
    ),
    severity=Severity.WARNING,
)
def size(board: Board) -> Iterator[Problem]:
    """A board has 40 open panels at most, a row 12, a panel 12 queries."""
    outer = sum(it.is_open for it in board.panels)
    if outer > 40:
        yield Problem(f"has {outer} open panels")
    for it in board.panels:
        if len(it.targets) > 12:
            yield Problem(f"has {len(it.targets)} queries", it)
    heading: Panel | None = None
    below = 0
    for it in board.everything:
        if it.is_row:
            heading, below = it, 0
            continue
        below += 1
        if heading is not None and below == 13:
            yield Problem("has more than 12 panels", heading)
