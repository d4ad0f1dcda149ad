"""Boards in which values have another type: a page or a sentence, never a traceback."""

import copy
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.evaluate import data, filters, ranges, times, variables
from dashboards.evaluate.prometheus import Prometheus
from dashboards.evaluate.readable import readable
from dashboards.reading import ReadError, dashboard
from dashboards.report import page
from tests.support.report_prometheus import openmetrics, serving

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 17, 10, tzinfo=UTC)

TARGET = {
    "refId": "A", "expr": 'up{job=~"$job"}', "legendFormat": "{{job}}", "instant": True,
    "range": True, "interval": "1m", "format": "time_series", "hide": False,
    "datasource": {"type": "prometheus", "uid": "${datasource}"},
}  # fmt: skip
DEFAULTS = {
    "unit": "bytes", "decimals": 1, "min": 0, "max": 10, "noValue": "none",
    "color": {"mode": "thresholds", "fixedColor": "red"},
    "thresholds": {"mode": "absolute", "steps": [{"color": "green"}, {"value": 1, "color": "red"}]},
    "mappings": [
        {"type": "value", "options": {"1": {"text": "up", "color": "green"}}},
        {"type": "range", "options": {"from": 2, "to": 9, "result": {"text": "some"}}},
        {"type": "regex", "options": {"pattern": "/a(.)/", "result": {"text": "$1"}}},
        {"type": "special", "options": {"match": "nan", "result": {"text": "?"}}},
    ],
    "links": [{"url": "/d/other?var-x=${__data.fields.job}", "title": "x"}],
    "custom": {"drawStyle": "line", "stacking": {"mode": "normal"}, "lineStyle": {"dash": [4, 4]}},
}  # fmt: skip
OVERRIDES = [
    {
        "matcher": {"id": "byRegexp", "options": "/h.b/"},
        "properties": [
            {"id": "unit", "value": "s"},
            {"id": "custom.cellOptions", "value": {"type": "gauge"}},
            {"id": "thresholds", "value": {"steps": [{"color": "blue"}]}},
            {"id": "custom.lineStyle", "value": {"dash": [1, 2]}},
        ],
    }
]
OPTIONS = {
    "legend": {"calcs": ["mean", "last", "p95"], "sortBy": "Mean", "sortDesc": True},
    "reduceOptions": {"calcs": ["max"]}, "sortBy": [{"displayName": "job", "desc": True}],
    "calculate": True,
    "calculation": {"yBuckets": {"value": 1, "scale": {"type": "log", "log": 2}}},
    "filterValues": {"le": 0}, "content": "# $job\n\n- a", "xField": "job", "stacking": "normal",
}  # fmt: skip
KINDS = ["timeseries", "stat", "bargauge", "table", "barchart", "heatmap", "state-timeline", "text"]


def _panel(number, kind):
    table = kind in ("table", "barchart")
    return {
        "id": number, "type": kind, "title": f"{kind} $job", "description": "d",
        "gridPos": {"x": 0, "y": number, "w": 12, "h": 8}, "interval": "15s", "maxDataPoints": 100,
        "targets": [{**TARGET, "format": "table" if table else "time_series"}],
        "fieldConfig": {"defaults": DEFAULTS, "overrides": OVERRIDES}, "options": OPTIONS,
        "transformations": [
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {
                    "excludeByName": {"Time": True}, "indexByName": {"job": 0},
                    "renameByName": {"job": "Job"},
                },
            },
        ],
        "timeFrom": "1h", "timeShift": "5m", "repeat": "job",
    }  # fmt: skip


def _variable(name, kind, query, **more):
    return {"name": name, "type": kind, "query": query, "label": name, **more}


VARIABLES = [
    _variable("datasource", "datasource", "prometheus"),
    _variable(
        "job", "query", {"query": "label_values(up, job)", "refId": "x"}, regex="/(?<value>.*)/",
        sort=1, multi=True, includeAll=True, allValue=".*", current={"value": ["a"], "text": ["a"]},
        staticOptions=[{"text": "t", "value": "v"}], datasource={"uid": "${datasource}"}, hide=0,
    ),
    _variable("custom", "custom", "a : b,$job", options=[{"text": "a", "value": "b"}]),
    _variable("json", "custom", '[{"value": 1, "text": "one"}]', valuesFormat="json"),
    _variable("interval", "interval", "1m,5m", auto=True, auto_count=3, auto_min="10s"),
    _variable("text", "textbox", "x"),
    _variable("fixed", "constant", "$text"),
    _variable("switch", "switch", "", options=[{"value": "1"}, {"value": "0"}]),
    _variable("by", "groupby", "", current={"value": ["job"], "text": ["job"]}),
    _variable(
        "Filters", "adhoc", "",
        filters=[{"key": "job", "operator": "=|", "value": "a", "values": ["a", "b"]}],
    ),
]  # fmt: skip


def _board(*panels, **more):
    return {
        "uid": "u", "title": "New", "description": "d", "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": VARIABLES}, "__inputs": [{"name": "DS", "type": "datasource"}],
        "panels": list(panels), **more,
    }  # fmt: skip


ROW = {"type": "row", "title": "R $job", "panels": [_panel(90, "gauge")]}
LIBRARY = {"type": "library-panel-ref", "libraryPanel": {"name": "n", "uid": "u"}}
OLD = {
    "title": "Old", "rows": [
        {
            "title": "Row", "height": "250px", "showTitle": True, "panels": [
                {
                    "type": "graph", "span": 6, "title": "g", "targets": [TARGET], "stack": True,
                    "yaxes": [{"format": "s", "min": 0, "max": "9"}], "legend": {"avg": True},
                },
                {
                    "type": "singlestat", "format": "s", "valueName": "avg", "targets": [TARGET],
                    "valueMaps": [{"value": "1", "text": "x"}], "gauge": {"show": True},
                },
            ],
        }
    ],
}  # fmt: skip
BOARDS = [*(_board(_panel(1, kind)) for kind in KINDS), _board(ROW, LIBRARY), OLD]

VALUES = [
    None, True, False, 0, -1, 3, 1.5, 1e308, -1e308, 10**400, "", "x", "$job", "${a.b:c}", "\ud800",
    "/(/", "/(?<text>a)+/g", "now", "-5", "1e999", "9" * 5000, [], {}, [None], [[]], [{}],
    {"a": 1}, ["a", 1, None], "$__all", "label_values(", "query_result(up)", "metrics(u.)",
]  # fmt: skip


def _places(value, path=()):
    """Yield the path of every value in a board, but its own."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, each in inside:
        yield (*path, key)
        yield from _places(each, (*path, key))


PLACES = [list(_places(board)) for board in BOARDS]


@st.composite
def mutated(draw):
    """Return a board in which some values are replaced by others, of whatever type."""
    number = draw(st.integers(0, len(BOARDS) - 1))
    board = copy.deepcopy(BOARDS[number])
    changes = st.lists(
        st.tuples(st.sampled_from(PLACES[number]), st.sampled_from(VALUES)), min_size=1, max_size=6
    )
    for path, new in draw(changes):
        inner = board
        for key in path[:-1]:
            try:
                inner = inner[key]
            except (KeyError, IndexError, TypeError):
                break
        else:
            if isinstance(inner, dict) or (
                isinstance(inner, list) and path[-1] in range(len(inner))
            ):
                inner[path[-1]] = copy.deepcopy(new)
    return board


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    series = [("up", {"job": job}, value) for job, value in (("hub", 1.0), ("a", -2.5), ("b", 0.0))]
    with (
        serving(tmp_path_factory.mktemp("fuzz"), openmetrics(series)) as url,
        httpx.Client(timeout=20) as client,
    ):
        yield Prometheus(client, url)


def made(board, prometheus, name="x"):
    """Return the page of a board, or the sentence that says why there is none."""
    try:
        whole = readable(dashboard(board), name)
        span = ranges.of_board(whole, None, None, NOW)
        choices = variables.resolve(whole, {}, prometheus, span)
        found = data.collect(whole, choices, span, prometheus)
    except (ReadError, times.TimeError, variables.VariableError, filters.FilterError) as error:
        return str(error)
    return page.page(whole, found, choices, span, NOW)


@pytest.mark.prometheus
@pytest.mark.parametrize("board", BOARDS, ids=[*KINDS, "row", "old"])
def test_the_boards_themselves_are_whole(prometheus, board):
    shown = made(board, prometheus)
    assert "failed" not in shown
    assert shown.count("<article") == (1 if board in BOARDS[: len(KINDS)] else 2)


@pytest.mark.prometheus
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(board=mutated())
def test_a_board_of_other_types_is_a_page_or_a_sentence(prometheus, board):
    assert made(board, prometheus).encode("utf-8")


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_what_was_read_once_is_read_alike_again(board):
    once = readable(board, "x")
    assert readable(once, "x") == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda it: st.lists(it) | st.dictionaries(st.text(), it),
    )
)
def test_anything_is_read_as_a_board(value):
    assert readable(value, "x")["panels"] is not None
