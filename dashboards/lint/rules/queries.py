"""Rules about PromQL."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import promql_parser

from dashboards.lint import joins
from dashboards.lint.examples import query
from dashboards.lint.metrics import is_counter, is_gauge, is_namespaced
from dashboards.lint.model import Board, Problem, Severity, Target
from dashboards.lint.promql import CHOSEN, Use, chosen_by, window_name
from dashboards.lint.registry import rule
from dashboards.metrics.groups_exporter import (
    JUPYTERHUB_USER_GROUP_INFO,
    JUPYTERHUB_USER_GROUP_SHARE,
)
from dashboards.schema.values import text
from dashboards.schema.variables import names

_RATES = frozenset({"rate", "increase"})
_COUNTER_FUNCTIONS = _RATES | {"irate"}
# What is not misled by a counter's height.
_BLIND_TO_HEIGHT = _COUNTER_FUNCTIONS | {
    *("resets", "changes", "absent", "absent_over_time", "present_over_time"),
    *("count", "group", "count_over_time", "timestamp", "histogram_quantile"),
    # Which function a variable chooses, nobody can tell.
    *CHOSEN,
}
_MEMBERSHIPS = (JUPYTERHUB_USER_GROUP_INFO.name, JUPYTERHUB_USER_GROUP_SHARE.name)


@rule(
    "promql-parses",
    why="Prometheus refuses what does not parse, and the panel shows an error or nothing. "
    "Grafana's variables are replaced before, each by what can stand in its place.",
    good=query(
        'sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval]))', "none"
    ),
    bad=query(
        'sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval])', "none"
    ),
)
def promql_parses(board: Board) -> Iterator[Problem]:
    """Each query is PromQL."""
    for target in board.promql:
        if target.query.error:
            yield _problem(target, f"is no PromQL: {target.query.error}")


@rule(
    "namespace-matcher",
    why="A board with a choice of the hub shows other hubs' numbers where one selector forgets it, "
    "and Prometheus reads the whole cluster for them.",
    good=query('sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})'),
    bad=query(
        'sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})\n'
        "* on (pod) group_left () kube_pod_info"
    ),
)
def namespace_matcher(board: Board) -> Iterator[Problem]:
    """Where queries choose a namespace by a variable, each selector does.

    Where a join on the namespace leaves only the chosen one's series, that is a warning.
    """
    chosen = {name for target in board.promql for use in target.query.uses for name in _by(use)}
    if not chosen:
        return
    variables = " or ".join(f"${name}" for name in sorted(chosen))
    for target in board.promql:
        for use in target.query.uses:
            if joins.has_namespace(use) or not is_namespaced(use.metric):
                continue
            said = f"{use.metric} has no matcher for the namespace"
            if joins.limited(use):
                cost = "the join leaves only the chosen one's series, but Prometheus reads all"
                problem = _problem(target, f"{said}: {cost}")
                yield replace(problem, severity=Severity.WARNING)
            else:
                yield _problem(target, f"{said}, others have {variables}")


def _by(use: Use) -> list[str]:
    """Return the variables that a selector takes its namespace from."""
    return [
        name
        for matcher in use.matchers
        if matcher.name in joins.NAMESPACES
        for name in chosen_by(matcher.value)
    ]


@rule(
    "rate-interval",
    why="A rate needs two samples in its window, and all samples between two points. With a fixed "
    "window a wide range shows only a part of the time, a slow scrape nothing at all. "
    "$__rate_interval is four scrapes, or a step and a scrape.",
    good=query(
        'sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval]))', "none"
    ),
    bad=query('sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[5m]))', "none"),
    severity=Severity.WARNING,
)
def rate_interval(board: Board) -> Iterator[Problem]:
    """Rates of lines over time are taken over $__rate_interval."""
    for target in board.promql:
        for use in target.query.uses:
            function = next((name for name in use.functions()[-1:] if name in _RATES), "")
            window = use.window
            if not function or window is None or _step_is_fixed(use):
                continue
            name = window_name(window)
            if name == "__interval":
                yield _problem(
                    target,
                    f"{function} over $__interval: that may be one sample, or none between "
                    "two points. Take $__rate_interval",
                )
            # A window of an hour and more is meant: a moving sum.
            elif not name and not target.instant and window < timedelta(hours=1):
                # So is one that the panel names: "Restarts in 30m".
                if _interval_of(target) or _is_named(target, window):
                    continue
                yield _problem(
                    target, f"{function} over a fixed {_duration(window)}. Take $__rate_interval"
                )


def _step_is_fixed(use: Use) -> bool:
    """Return whether it is looked at in steps of a subquery that are no variable."""
    for node in reversed(use.within):
        if isinstance(node, promql_parser.SubqueryExpr):
            return node.step is not None and not window_name(node.step)
    return False


def _interval_of(target: Target) -> str:
    """Return the fixed step of a query, "" if it depends on the range."""
    step = text(target.json.get("interval")) or text(target.panel.json.get("interval"))
    return step if step.endswith(("h", "d", "w")) and not names(step) else ""


def _is_named(target: Target, window: timedelta) -> bool:
    said = f"{target.panel.title} {text(target.json.get('legendFormat'))}"
    return re.search(rf"\b{_duration(window)}\b", said) is not None


def _duration(window: timedelta) -> str:
    seconds = round(window.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


@rule(
    "counter-needs-rate",
    why="A counter's height says how long ago it began, and falls to 0 at each restart.",
    good=query(
        'sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval]))', "none"
    ),
    bad=query('sum(container_cpu_usage_seconds_total{namespace=~"$hub"})', "s"),
    severity=Severity.WARNING,
)
def counter_needs_rate(board: Board) -> Iterator[Problem]:
    """Counters are read through rate, increase or a difference of two of their values."""
    for target in board.promql:
        for use in target.query.uses:
            inside = _BLIND_TO_HEIGHT.intersection(use.functions())
            grown = inside or use.of_a_difference
            if is_counter(use.metric) and not grown and not use.existence_only:
                yield _problem(target, f"{use.metric} is a counter: take its rate or increase")


@rule(
    "gauge-needs-no-rate",
    why="rate takes each fall for a restart, so of a gauge it finds growth that never was.",
    good=query('sum(container_memory_working_set_bytes{namespace=~"$hub"})'),
    bad=query(
        'sum(rate(container_memory_working_set_bytes{namespace=~"$hub"}[$__rate_interval]))',
        "binBps",
    ),
)
def gauge_needs_no_rate(board: Board) -> Iterator[Problem]:
    """Gauges are not read through rate or increase."""
    for target in board.promql:
        for use in target.query.uses:
            function = next((n for n in use.functions()[-1:] if n in _COUNTER_FUNCTIONS), "")
            if function and use.window is not None and is_gauge(use.metric):
                yield _problem(
                    target,
                    f"{use.metric} is a gauge: {function} is for counters. Take "
                    "delta or deriv, or the gauge itself",
                )


@rule(
    "rate-before-sum",
    why="A sum falls when one of its counters restarts, and rate takes the fall of one for the "
    "restart of all.",
    good=query(
        'sum(rate(container_cpu_usage_seconds_total{namespace=~"$hub"}[$__rate_interval]))', "none"
    ),
    bad=query(
        'rate(sum(container_cpu_usage_seconds_total{namespace=~"$hub"})[$__rate_interval:1m])',
        "none",
    ),
)
def rate_before_sum(board: Board) -> Iterator[Problem]:
    """Rates are taken of counters, and then added up."""
    for target in board.promql:
        for node in target.query.nodes:
            if not isinstance(node, promql_parser.Call):
                continue
            inner = next(iter(node.args), None)
            if node.func.name in _COUNTER_FUNCTIONS and isinstance(
                inner, promql_parser.SubqueryExpr
            ):
                of = (
                    getattr(inner.expr, "expr", inner.expr)
                    if isinstance(inner.expr, promql_parser.ParenExpr)
                    else inner.expr
                )
                if isinstance(of, promql_parser.AggregateExpr):
                    yield _problem(target, f"{node.func.name} of {of.op}: swap them")


@rule(
    "membership-join",
    why="A user may be in several groups: memberships are the many side, what users use is summed "
    "to one series a user first. Otherwise Prometheus answers “many-to-many matching not allowed” "
    "as soon as one user joins a second group.",
    good=query(
        'sum by (namespace, username) (container_memory_working_set_bytes{namespace=~"$hub"})\n'
        "* on (namespace, username) group_right ()\n"
        "group by (namespace, username, usergroup) "
        '(jupyterhub_user_group_info{namespace=~"$hub"})',
        legendFormat="{{usergroup}} {{username}}",
    ),
    bad=query(
        'container_memory_working_set_bytes{namespace=~"$hub"}\n'
        "* on (namespace, username) group_left (usergroup)\n"
        'jupyterhub_user_group_info{namespace=~"$hub"}'
    ),
)
def membership_join(board: Board) -> Iterator[Problem]:
    """Memberships are joined as the many side."""
    for target in board.promql:
        for node in target.query.nodes:
            if any(_is_memberships(side) for side in _one_sides(node)):
                yield _problem(
                    target,
                    "joins memberships as if each user had one: sum what users use first, and put "
                    "memberships on the side of group_right",
                )


def _one_sides(node: promql_parser.Expr) -> list[promql_parser.Expr]:
    """Return the sides of a join of which one series is allowed for each set of labels."""
    if not isinstance(node, promql_parser.BinaryExpr) or node.modifier is None:
        return []
    cards = promql_parser.VectorMatchCardinality
    sides = (
        (cards.OneToOne, [node.lhs, node.rhs]),
        (cards.ManyToOne, [node.rhs]),
        (cards.OneToMany, [node.lhs]),
    )
    return next((found for card, found in sides if node.modifier.card == card), [])


def _is_memberships(node: promql_parser.Expr) -> bool:
    """Return whether it has a series for each membership, rather than for each user."""
    if isinstance(node, promql_parser.VectorSelector):
        return node.name in _MEMBERSHIPS
    if isinstance(node, promql_parser.AggregateExpr):
        by = promql_parser.AggModifierType.By
        if node.modifier is None or node.modifier.type != by:
            return False
        return "usergroup" in node.modifier.labels and _is_memberships(node.expr)
    if isinstance(node, promql_parser.ParenExpr):
        return _is_memberships(node.expr)
    return False


def _problem(target: Target, message: str) -> Problem:
    return Problem(message, target.panel, target.ref)
