"""PromQL with Grafana's variables, as a tree; what its nodes are is promql_parser's.

Grafana replaces variables before it asks Prometheus. To parse a query, each is replaced by what
can stand in its place: ``stand_ins``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import promql_parser

from dashboards.lint.built_in import AUTO_INTERVAL, BUILT_IN, OTHER_WINDOW, WINDOWS
from dashboards.lint.stand_ins import CHOSEN, STAND_IN, readings

__all__ = ["AUTO_INTERVAL", "BUILT_IN", "CHOSEN", "STAND_IN", "Query", "Use", "chosen_by"]

_UNITS = (0.001, 1, 60, 3600, 86_400, 604_800, 31_536_000)
_MOST_SIGNS = 2000
"""Brackets and operators of a query: with some more of them the parser runs out of stack."""
_DEEPEST = 300
# Prometheus 2 has it under this name; both take the same.
_RENAMED, _NOW_CALLED = re.compile(r"\bholt_winters(?=\s*\()"), "double_exponential_smoothing"
_SIGNS = re.compile(r"[-+*/%^<>=(\[{]|\b(?:and|or|unless)\b")


_IN_QUOTES = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`", re.DOTALL)
_LOGQL = re.compile(
    r"[|][=~>]|!>|\}\s*!(=|~)\s*['\"`$]|\b(bytes_rate|bytes_over_time|rate_counter)\s*\("
    r"|[|]\s*(json|logfmt|pattern|regexp|unpack|line_format|label_format|unwrap|decolorize)\b"
)


def chosen_by(value: str) -> list[str]:
    """Return the variables that stood in a matcher's value."""
    return re.findall(rf"{STAND_IN}(\w+)", value)


def is_logql(text: str) -> bool:
    """Return whether a query has what only Loki's language has."""
    return bool(_LOGQL.search(_IN_QUOTES.sub('""', text)))


def window_name(window: timedelta | None) -> str:
    """Return the variable that a range or a step stands for, "" if it was written as a number."""
    seconds = window.total_seconds() if window is not None else None
    named = (name for name, its in WINDOWS.items() if its == seconds)
    other = seconds is not None and any(seconds == OTHER_WINDOW * unit for unit in _UNITS)
    return next(named, "other" if other else "")


@dataclass(frozen=True)
class Use:
    """A selector, and what it is in, from the outside in."""

    selector: promql_parser.VectorSelector
    within: tuple[promql_parser.Expr, ...]
    existence_only: bool = False
    """Whether only the existence of its series matters: right of ``and`` and ``unless``."""
    sides: tuple[int, ...] = ()
    """Which child of each node around it leads to it: of an operation 0 is left, 1 is right."""

    @property
    def metric(self) -> str:
        """Return the metric's name; "" if it is only told by matchers, or by a variable."""
        name = self.selector.name or next(
            (m.value for m in self.matchers if m.name == "__name__" and _plain_match(m)), ""
        )
        return "" if STAND_IN in name else str(name)

    @property
    def matchers(self) -> list[promql_parser.Matcher]:
        """Return the matchers of labels."""
        return list(self.selector.matchers.matchers)

    def functions(self) -> tuple[str, ...]:
        """Return the functions and aggregations that it is in, the outermost first."""
        return tuple(filter(None, (_name(node) for node in self.within)))

    @property
    def of_a_difference(self) -> bool:
        """Whether a value of its own metric is subtracted: what is left is growth, no height."""
        return any(
            isinstance(node, promql_parser.BinaryExpr)
            and str(node.op) == "-"
            and all(self._named_in(side) for side in (node.lhs, node.rhs))
            for node in self.within
        )

    def _named_in(self, expression: promql_parser.Expr) -> bool:
        return any(
            isinstance(node, promql_parser.VectorSelector) and node.name == self.selector.name
            for node in _nodes(expression)
        )

    @property
    def window(self) -> timedelta | None:
        """Return the range of time that it is selected over, None for a moment."""
        around = self.within[-1] if self.within else None
        return around.range if isinstance(around, promql_parser.MatrixSelector) else None


def _plain_match(matcher: promql_parser.Matcher) -> bool:
    return str(matcher.op).endswith("Equal") and "Not" not in str(matcher.op)


def _name(node: promql_parser.Expr) -> str:
    if isinstance(node, promql_parser.Call):
        return str(node.func.name)
    if isinstance(node, promql_parser.AggregateExpr):
        return str(node.op)
    return ""


class Query:
    """One query of a panel or variable: its text and its tree."""

    def __init__(self, text: str) -> None:
        """Take the text as the dashboard has it."""
        self.text = text

    @cached_property
    def _parsed(self) -> tuple[promql_parser.Expr | None, str]:
        if len(_SIGNS.findall(self.text)) > _MOST_SIGNS:
            return None, f"it has more than {_MOST_SIGNS} brackets and operators"
        first = ""
        for reading in readings(self.text):
            try:
                tree = promql_parser.parse(_RENAMED.sub(_NOW_CALLED, reading))
            except ValueError as error:
                first = first or str(error)
                continue
            if _depth(tree) > _DEEPEST:
                return None, f"it is nested more than {_DEEPEST} levels deep"
            return tree, ""
        return None, first

    @property
    def tree(self) -> promql_parser.Expr | None:
        """Return the expression, None if it does not parse."""
        return self._parsed[0]

    @property
    def error(self) -> str:
        """Return why it does not parse, or ""."""
        return self._parsed[1]

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Return its selectors with what they are in; none if it does not parse."""
        return tuple(uses(self.tree)) if self.tree is not None else ()

    @cached_property
    def nodes(self) -> tuple[promql_parser.Expr, ...]:
        """Return all nodes of the tree."""
        return tuple(_nodes(self.tree)) if self.tree is not None else ()


def children(node: promql_parser.Expr) -> Iterator[promql_parser.Expr]:
    """Yield a node's own parts."""
    for attribute in ("lhs", "rhs", "expr", "vector_selector", "param"):
        child = getattr(node, attribute, None)
        if child is not None and not isinstance(child, str):
            yield child
    yield from getattr(node, "args", None) or ()


def _depth(tree: promql_parser.Expr) -> int:
    """Return how deep a tree is, up to a little more than anybody can walk through."""
    level, depth = [tree], 0
    while level and depth <= _DEEPEST:
        level = [child for node in level for child in children(node)]
        depth += 1
    return depth


def _nodes(node: promql_parser.Expr) -> Iterator[promql_parser.Expr]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def uses(
    node: promql_parser.Expr,
    within: tuple[promql_parser.Expr, ...] = (),
    sides: tuple[int, ...] = (),
    *,
    existence_only: bool = False,
) -> Iterator[Use]:
    """Yield the selectors of an expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield Use(node, within, existence_only, sides)
        return
    asks = isinstance(node, promql_parser.BinaryExpr) and str(node.op) in ("and", "unless")
    for number, child in enumerate(children(node)):
        there = existence_only or (asks and number == 1)
        yield from uses(child, (*within, node), (*sides, number), existence_only=there)
