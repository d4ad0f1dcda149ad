"""PromQL with Grafana's variables, as a tree; what its nodes are is promql_parser's.

Grafana replaces variables before it asks Prometheus. To parse a query, each is replaced by what
can stand in its place: a duration in a range, a name in a metric's name, a number elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import promql_parser

_VARIABLE = re.compile(r"\$\{(\w+)(?:[:.][^}]*)?\}|\$(\w+)|\[\[(\w+)(?::[^\]]*)?\]\]")

# What Grafana reckons itself, and what can stand for it: durations that nobody writes.
_WINDOWS = {"__interval": 293, "__rate_interval": 307, "__range": 3593}
_OTHER_WINDOW = 311
_UNITS = (0.001, 1, 60, 3600, 86_400, 604_800, 31_536_000)
_BUILT_IN = {
    **{name: f"{seconds}s" for name, seconds in _WINDOWS.items()},
    "__interval_ms": "300000",
    "__rate_interval_ms": "300000",
    "__range_ms": "3600000",
    "__range_s": "3600",
    "__from": "1700000000000",
    "__to": "1700003600000",
}
BUILT_IN = frozenset(_BUILT_IN) | {
    "__all",
    "__dashboard",
    "__name",
    "__org",
    "__user",
    "__value",
    "__field",
    "__series",
    "__data",
    "__url_time_range",
    "__all_variables",
    "timeFilter",
    "__timeFilter",
    "__timezone",
}
"""Names that Grafana defines on every dashboard."""

STAND_IN = "variable_"
"""What a variable's name begins with once it stands in a query as a label's or metric's name."""


def names(text: str) -> list[str]:
    """Return the variables that a text names, in order: ``$hub``, ``${hub:regex}``, ``[[hub]]``."""
    # $1 is a group of a regular expression.
    found = (next(filter(None, match)) for match in _VARIABLE.findall(text))
    return [name for name in found if not name[0].isdigit()]


def substituted(text: str) -> str:
    """Return a query in which each variable is replaced by what can stand in its place."""
    pieces: list[str] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        name = next(filter(None, found.groups()))
        before, after = text[: found.start()], text[found.end() :]
        if name[0].isdigit():
            continue
        pieces += [text[end : found.start()], _stand_in(name, before, after)]
        end = found.end()
    return "".join([*pieces, text[end:]])


def _stand_in(name: str, before: str, after: str) -> str:
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    if _in_quotes(before):
        return f"{STAND_IN}{name}"
    # In a range or after offset, a duration; with a unit behind it, a number.
    if re.search(r"(\[|\[[^\]]*:|\boffset\s+-?)\s*$", before):
        return f"{_OTHER_WINDOW}" if re.match(r"(ms|[smhdwy])\b", after) else f"{_OTHER_WINDOW}s"
    # Part of a name, a selector's or a function's name, or a label in a list.
    if re.search(r"[\w:]$", before) or re.match(r"[\w:{(\[]", after):
        return f"{STAND_IN}{name}"
    if re.search(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^()]*$", before):
        return f"{STAND_IN}{name}"
    return "1"


def window_name(window: timedelta | None) -> str:
    """Return the variable that a range or a step stands for, "" if it was written as a number."""
    seconds = window.total_seconds() if window is not None else None
    names = (name for name, its in _WINDOWS.items() if its == seconds)
    other = seconds is not None and any(seconds == _OTHER_WINDOW * unit for unit in _UNITS)
    return next(names, "other" if other else "")


def _in_quotes(before: str) -> bool:
    quote = ""
    escaped = False
    for character in before:
        if escaped:
            escaped = False
        elif character == "\\" and quote and quote != "`":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "\"'`":
            quote = character
    return bool(quote)


@dataclass(frozen=True)
class Use:
    """A selector, and what it is in, from the outside in."""

    selector: promql_parser.VectorSelector
    within: tuple[promql_parser.Expr, ...]
    only_if_there: bool = False
    """Whether it matters only that it is there: right of ``and`` and ``unless``."""

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
        try:
            return promql_parser.parse(substituted(self.text)), ""
        except ValueError as error:
            return None, str(error)

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
        return tuple(_uses(self.tree, ())) if self.tree is not None else ()

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


def _nodes(node: promql_parser.Expr) -> Iterator[promql_parser.Expr]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def _uses(
    node: promql_parser.Expr,
    within: tuple[promql_parser.Expr, ...],
    *,
    only_if_there: bool = False,
) -> Iterator[Use]:
    if isinstance(node, promql_parser.VectorSelector):
        yield Use(node, within, only_if_there)
        return
    asks = isinstance(node, promql_parser.BinaryExpr) and str(node.op) in ("and", "unless")
    for number, child in enumerate(children(node)):
        there = only_if_there or (asks and number == 1)
        yield from _uses(child, (*within, node), only_if_there=there)
