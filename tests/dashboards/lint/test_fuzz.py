"""Lint and its reader on values of any type anywhere: findings, never a traceback."""

import json
from copy import deepcopy

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.lint import output
from dashboards.lint.check import check, not_read
from dashboards.lint.model import Board
from dashboards.lint.promql import Query
from dashboards.lint.registry import rules
from dashboards.reading import Found, Unread
from dashboards.reading.documents import documents
from dashboards.reading.resources import dashboards
from tests.support.documents import (
    config_map,
    operator,
    resource,
    rows,
    spec_v2,
    tabs,
    v1,
)

pytestmark = pytest.mark.slow

_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "$", "${", "\ud800", "\x00", "\x1b[31m", "a" * 300, "-1", "[[x]]", "{{"]),
    st.text(max_size=8),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.sampled_from(["a", "uid", "id", "list"]), st.integers(), max_size=2),
    st.just([[{}]]),
    st.just({"kind": {}, "spec": []}),
)


def _old_rows():
    """Return a board as Grafana had them before version 5."""
    old = {"id": 9, "type": "graph", "title": "Old", "span": 6, "yaxes": [{"format": "s"}]}
    old |= {"targets": [{"expr": "up", "refId": "A"}], "styles": [], "links": [{"url": "/d/x"}]}
    return v1(rows=[{"title": "Row", "collapse": True, "panels": [old]}], panels=[])


def _starts():
    """Return boards of each kind, the rules' own examples among them."""
    inner = rows({"kind": "RowsLayoutRow", "spec": {"title": "R", "layout": tabs()}})
    variables = [{"kind": "QueryVariable", "spec": {"name": "a", "query": {"spec": {}}}}]
    packed = config_map(**{"a.json": json.dumps(v1())})
    return [
        *(rule.bad.board for rule in rules()),
        _old_rows(),
        resource(spec_v2(variables=variables)),
        resource(spec_v2(inner, beta=False), "v2alpha1"),
        {"kind": "List", "items": [packed, operator(json=json.dumps(v1()), datasources=[])]},
        {"dashboard": v1(), "meta": {}},
    ]


def _paths(value, path=()):
    yield path
    parts = value.items() if isinstance(value, dict) else ()
    parts = enumerate(value) if isinstance(value, list) else parts
    for key, each in parts:
        yield from _paths(each, (*path, key))


_STARTS = [(board, list(_paths(board))[1:]) for board in _starts()]


@st.composite
def mutated(draw):
    """Return a board in which some values are odd ones."""
    board, paths = draw(st.sampled_from(_STARTS))
    board = deepcopy(board)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(paths))
        part = board
        try:
            for key in way:
                part = part[key]
            # A value of its own: else it could come to hold itself.
            part[last] = deepcopy(draw(_ODD))
        except (KeyError, IndexError, TypeError):
            # What stood there is gone already.
            continue
    return board


def lint(text, *, is_yaml=False):
    """Return all that lint would print of a text, as a terminal would take it."""
    (document,) = documents(text, is_yaml=is_yaml)
    read = list(dashboards(document, "x.json"))
    boards = [
        Board(each.board, each.file, within=each.within, lines=each.line_of)
        for each in read
        if isinstance(each, Found)
    ]
    findings = [*check(boards), *not_read(each for each in read if isinstance(each, Unread))]
    printed = [*output.as_text(findings, boards), *output.as_github(findings, in_files=True)]
    printed.append(output.as_json(findings))
    return "\n".join(printed).encode("utf-8")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_no_value_anywhere_ends_in_a_traceback(board):
    assert lint(json.dumps(board))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_nor_in_yaml(board):
    # A surrogate alone is no text that YAML could hold.
    text = json.dumps(board).replace("\\ud800", "?")
    assert lint(yaml.safe_dump(json.loads(text)), is_yaml=True)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("sum", "up", "$x", "${y:csv}", "[[z]]", "(", ")", "[", "]", "{", "}", "by", ","),
                *("=", "=~", '"', "'", "`", "#", "\n", "\\", "5m", "offset", "@", "+", "or", " "),
                *("rate", "1", "_total", ":", "$__interval", "$1", "é", "\x00"),
            ]
        ),
        max_size=14,
    ).map("".join)
)
def test_no_query_ends_in_a_traceback(text):
    query = Query(text)
    assert query.error or query.tree is not None
    assert list(query.nodes) or query.error


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 20_000 + "up" + ")" * 20_000, "up" + " + up" * 20_000, "-" * 20_000 + "up"),
        *("sum(" * 1000 + "up" + ")" * 1000, "up" + " or up" * 900),
    ],
)
def test_a_query_that_nobody_can_walk_through_is_named(text):
    board = deepcopy(_STARTS[0][0])
    board["panels"][1]["targets"][0]["expr"] = text
    found = [finding for finding in check([Board(board, "x")]) if finding.rule == "promql-parses"]
    assert [" more than " in finding.message for finding in found] == [True]


def test_texts_that_no_terminal_can_show():
    board = deepcopy(next(rule.bad.board for rule in rules() if rule.name == "promql-parses"))
    board["panels"][1]["title"] = "a\ud800\x1b[31mb"
    printed = lint(json.dumps(board)).decode("utf-8")
    assert "a? [31mb" in printed
    # JSON has a way to write it.
    assert "\\u001b" in printed
