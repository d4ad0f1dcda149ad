"""Queries with Grafana's variables, wherever these stand, as lint parses them."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from dashboards.evaluate.macros import macros
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.timing import Timing
from dashboards.lint import inference, promql
from dashboards.lint.built_in import BUILT_IN
from dashboards.lint.check import check
from dashboards.lint.examples import query
from dashboards.lint.model import Board


@pytest.mark.parametrize(
    "text",
    [
        # A function, or a part of its name.
        "$fn by (job) (up)",
        "$fn(up)",
        "$fn(up[5m])",
        "$fn(5, up)",
        "$f($g((x)[5m:]), 3)",
        "$f(x[5m]) / $g(y[5m]) + $f(z[5m] offset 1d)",
        'up{a="b"} $op on (b) $other',
        "$fn(0.9, up[5m])",
        "$fn without (job) (up)",
        "${agg}_over_time(up[$__interval])",
        "[[fn]](up{job=~'[[job]]'})",
        "histogram_quantile($q, sum by (le) (${fn}(x_bucket[$__rate_interval])))",
        # A label, labels, or all of a list.
        'up{$label="x"}',
        'up{$label=~"$value", ${label2}!="a"}',
        'up{label_$x="a"}',
        "sum by ($labels) (up)",
        "sum by (job $grouping) (up)",
        "sum by (job${grouping}) (up)",
        "sum by ($a$b) (up)",
        "sum by (${by:csv}) (up)",
        "sum by $by (up)",
        "sum $by (up)",
        "sum(up) by ($by)",
        "up * on ($x) group_left ($y) z",
        # A matcher, or several.
        "up{$matchers}",
        'up{job="x", $matchers}',
        'up{job="x"$more}',
        'up{$matchers, job="x"}',
        'up{$matchers job="x"}',
        "up{job=${job:doublequote}}",
        # Durations, numbers, operators, whole expressions.
        "rate(x[$__auto_interval_step])",
        "rate(x[$a$b])",
        "rate(x[5$unit])",
        "rate(x[${window}m])",
        "up offset -$o",
        "up @ $t",
        "topk by (a) ($n, up)",
        "clamp_max(round(up, $p), $q)",
        "$query",
        "$a / $b",
        "sum($query)",
        "rate($metric[5m])",
        "up $op 5",
        "histogram_quantile(0.$q, sum by (le) (rate(x_bucket[5m])))",
        "sum($metric{job='x'}) by(${by:raw}) > bool $limit",
        "$agg(rate(${metric:raw}{job=~'$job', $more}[$__rate_interval]))",
        "up @ ${__to:date:seconds}",
        "$prefix:x_$suffix:rate5m",
        "sum(x) $suffix",
        # In a text or a comment it is neither.
        "up{a=\"it's $x\"} # don't $y (",
        # Prometheus 2 has it under that name.
        "holt_winters(up[1h], 0.5, 0.5)",
    ],
)
def test_variables_stand_for_any_part_of_a_query(text):
    parsed = promql.Query(text)
    assert parsed.error == ""
    assert parsed.tree is not None


@pytest.mark.parametrize(
    "text",
    [
        "up)",
        "sum(",
        "$fn by (up",
        "up{job=$job}",
        "sum(rate(x[$__interval])",
        "foo_$x{} / bar[[0]]",
    ],
)
def test_what_no_value_would_make_promql_is_none(text):
    assert promql.Query(text).error


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        # It may be a function that keeps labels, or one that adds up.
        ("$fn(sum by (a) (x))", None),
        ("$fn by (a) (x)", {"a"}),
        ("$expression", None),
        ("$scale * sum by (a) (x)", {"a"}),
        ("sum by (a) (x) > $limit", {"a"}),
        ("${agg}_over_time(sum by (a) (x)[1h:1m])", {"a"}),
        ("sum by (a, $by) (x)", None),
        ("sum by (a) (x) * on (a) group_left ($more) y", None),
        ('label_replace(sum by (a) (x), "$new", "$1", "a", "(.+)")', None),
    ],
)
def test_labels_of_a_query_that_a_variable_decides_on(text, labels):
    assert inference.labels_of(promql.Query(text).tree) == labels


def found(text, **more):
    content = deepcopy(query(text, "none").board)
    content["templating"]["list"] += more.pop("variables", [])
    content["panels"][1]["targets"][0] |= {"legendFormat": "x", **more}
    return [finding.rule for finding in check([Board(content, "x.json")])]


def test_which_function_a_variable_chooses_is_not_guessed():
    fn = {"name": "fn", "type": "custom", "query": "rate,increase"}
    text = '$fn(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval])'
    assert found(text, variables=[fn]) == []


def test_matchers_of_a_variable_may_choose_the_namespace():
    some = {"name": "matchers", "type": "textbox"}
    text = 'sum(kube_pod_info{namespace=~"$hub"}) + sum(kube_pod_labels{$matchers})'
    assert found(text, variables=[some]) == []


def test_the_step_of_an_interval_variable_is_a_variable():
    """Grafana has $__auto_interval_step where a variable of type interval is called step."""
    step = {"name": "step", "type": "interval", "query": "1m,1h", "auto": True}
    text = 'sum(rate(node_load1_total{namespace=~"$hub"}[$__auto_interval_step])) + $step'
    assert found(text, variables=[step]) == []
    assert "variables-defined" in found(text)


def test_lint_knows_the_variables_that_the_report_knows():
    span = TimeRange(datetime(2026, 3, 16, tzinfo=UTC), datetime(2026, 3, 17, tzinfo=UTC))
    of_queries = Timing(60_000, 240_000, span.milliseconds).variables().keys()
    of_pages = {macro.name for macro in macros({"title": "T", "panels": []}, span)}
    assert of_queries | of_pages <= BUILT_IN
