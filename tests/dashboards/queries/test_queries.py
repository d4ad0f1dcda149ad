"""The named queries: they parse, each selector carries the hub, the join has its one shape."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from dashboards import boards, catalog
from dashboards.evaluate import data
from dashboards.evaluate.timing import Timing
from dashboards.kit.scope import CHOSEN
from dashboards.lint.metrics import is_namespaced
from dashboards.queries import groups, memberships, namespaces, pods, promql, ranges, sources, usage
from tests.support.board_queries import DAY, board_queries, plain, selectors
from tests.support.each import each


def named_queries():
    """Yield every public function of the query modules that needs nothing but its scope."""
    for module in (pods, memberships, usage):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            public = not name.startswith("_") and function.__module__ == module.__name__
            needed = [
                p for p in inspect.signature(function).parameters.values() if p.default is p.empty
            ]
            if public and [p.name for p in needed] == ["scope"]:
                yield pytest.param(
                    function(CHOSEN), id=f"{module.__name__.rpartition('.')[2]}.{name}"
                )


def _identity(selector):
    return selector.name, *sorted((m.name, m.value) for m in selector.matchers.matchers)


# Users' pods may be in namespaces that are no hub's; to see that, all namespaces are read.
ELSEWHERE = {_identity(each) for each in selectors(namespaces.pods_elsewhere(CHOSEN, resolve=True))}


@each(*named_queries(), *board_queries())
def test_query_parses_and_each_selector_names_the_hub(query):
    found = selectors(query)
    assert found or query == "vector(0)"
    # A board about the whole cluster has no hub to choose: what belongs to pods says so.
    wanted = "demo" if "$hub" in query else ".+"
    for selector in found:
        if not is_namespaced(selector.name) and wanted == ".+":
            continue
        if _identity(selector) in ELSEWHERE:
            continue
        matched = {m.name: m.value for m in selector.matchers.matchers}
        # dcgm-exporter's own namespace is not the hub's; the hub's is the exported one.
        name = "exported_namespace" if "exported_namespace" in matched else "namespace"
        assert matched[name] == wanted, selector


def test_selectors_are_all_found():
    """The walk above sees every selector: as many as the text has metrics with matchers."""
    for case in board_queries():
        (query,) = case.values
        assert len(selectors(query)) == len(re.findall(r"[\w:]\{", plain(query)))


@each(*board_queries())
def test_no_variable_is_left_for_prometheus(query):
    assert "$" not in re.sub(r'"\$1"', "", plain(query))


@each(*board_queries())
def test_a_rate_is_taken_before_any_sum(query):
    """A rate of a sum loses every counter's restart."""
    assert not re.search(r"rate\(\s*(sum|avg|max)", query)


@each(*board_queries())
def test_memberships_are_only_joined_from_the_one_side(query):
    """One user may be in many groups: they must be the many side of the multiplication."""
    for found in re.finditer(r"group by \(namespace, username, usergroup\)", query):
        before = query[: found.start()].rstrip()
        # Members are those who have any.
        members = "group by (namespace, username) ("
        assert before.endswith(("* on (namespace, username) group_right ()", members))


@pytest.mark.parametrize("length", [2 * DAY, 30 * DAY, 90 * DAY, 366 * DAY])
def test_no_range_asks_for_more_points_than_prometheus_gives(length):
    for name in catalog.names():
        for panel in data.panels(catalog.load(name)):
            for target in panel.get("targets", ()):
                points = panel.get("maxDataPoints") or data.BOARD_WIDTH
                timing = Timing.of(length, points, 60_000, 60_000)
                if not target["instant"]:
                    assert length / timing.step <= 11_000


def test_boards_hold_no_promql():
    """A board says what it shows; how that is asked has a name in dashboards.queries."""
    for file in Path(boards.__file__).parent.glob("*.py"):
        texts = [
            node.value
            for node in ast.walk(ast.parse(file.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for text in texts:
            assert not re.search(r"\bby \(|\{.*=~?\"|\[\$__|_over_time|_total\b|\brate\(", text), (
                text
            )


def test_every_query_has_a_docstring():
    for module in (pods, memberships, usage, sources, groups, ranges, promql):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            assert function.__doc__ or name.startswith("_"), name
