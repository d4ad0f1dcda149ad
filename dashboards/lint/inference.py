"""What a query's answer looks like: which labels its series have, and in which unit they are."""

import re

import promql_parser

from dashboards.lint.promql import CHOSEN, STAND_IN

Labels = frozenset[str] | None
"""The labels that the series can have; None if that cannot be told from the query."""

BYTES, SECONDS, RATIO, COUNT = "bytes", "seconds", "ratio", "count"
BYTES_A_SECOND = "bytes a second"
PART = "part"
"""What a number may be multiplied with and stay in its unit: labels' series, shares."""

# Functions whose series have the labels of their argument's.
_KEEPING = re.compile(
    r"(rate|irate|increase|delta|idelta|deriv|predict_linear|double_exponential_smoothing|resets|changes"
    r"|\w+_over_time|abs|ceil|floor|round|exp|ln|log2|log10|sqrt|sgn|clamp|clamp_min|clamp_max"
    r"|sort|sort_desc|timestamp|histogram_quantile)"
)
# What a recorded series' name says was done: ``:rate5m``, ``:sum_irate``, ``:sum_rate_5m``.
_RATED = re.compile(r":(?:\w*_)?(?:i?rate|increase|i?delta|deriv)(?:_?\d+\w*)?(?:_\w+)?(?=:|$)")
_ONE_SERIES = frozenset({"scalar", "vector", "time"})
_PICKING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})


def labels_of(node: promql_parser.Expr) -> Labels:
    """Return the labels of an expression's series, None if the query does not say."""
    found = _labels_of(node)
    # A variable may stand for any label, or several.
    return None if found is None or any(STAND_IN in label for label in found) else found


def _labels_of(node: promql_parser.Expr) -> Labels:
    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        return labels_of(node.expr)
    if isinstance(node, promql_parser.SubqueryExpr):
        return labels_of(node.expr)
    if isinstance(node, promql_parser.NumberLiteral):
        return frozenset()
    if isinstance(node, promql_parser.AggregateExpr):
        return _of_aggregate(node)
    if isinstance(node, promql_parser.Call):
        return _of_call(node)
    if isinstance(node, promql_parser.BinaryExpr):
        return _of_binary(node)
    return None


def _of_aggregate(node: promql_parser.AggregateExpr) -> Labels:
    if str(node.op) in _PICKING:
        return labels_of(node.expr)
    if node.modifier is None:
        # A function that a variable chooses may be none that adds up.
        found: Labels = None if str(node.op) in CHOSEN else frozenset()
    elif str(node.modifier.type).endswith("By"):
        found = frozenset(node.modifier.labels)
    else:
        inner = labels_of(node.expr)
        found = None if inner is None else inner - set(node.modifier.labels)
    if str(node.op) == "count_values":
        return None
    return found


def _of_call(node: promql_parser.Call) -> Labels:
    name = str(node.func.name)
    if name in _ONE_SERIES:
        return frozenset()
    arguments = list(node.args)
    if name in ("label_replace", "label_join"):
        inner = labels_of(arguments[0])
        return None if inner is None else inner | {str(arguments[1].val)}
    if _KEEPING.fullmatch(name):
        vectors = [labels_of(it) for it in arguments if not _is_number(it)]
        inner = vectors[0] if vectors else frozenset()
        if name == "histogram_quantile" and inner is not None:
            return inner - {"le"}
        return inner
    return None


def _is_number(node: promql_parser.Expr) -> bool:
    return isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral)


def _of_binary(node: promql_parser.BinaryExpr) -> Labels:
    operator, left, right = str(node.op), labels_of(node.lhs), labels_of(node.rhs)
    if _is_scalar(node.lhs):
        return right
    if _is_scalar(node.rhs):
        return left
    if operator == "or":
        return left if left == right else None
    if operator in ("and", "unless"):
        return left
    modifier = node.modifier
    if modifier is None or modifier.matching is None:
        return left
    cards = promql_parser.VectorMatchCardinality
    if modifier.card == cards.OneToOne:
        on = modifier.matching.type == promql_parser.LabelModifierType.Include
        return frozenset(modifier.matching.labels) if on else left
    many = left if modifier.card == cards.ManyToOne else right
    included = set(modifier.group_labels or ())
    return None if many is None else many | included


def _is_scalar(node: promql_parser.Expr) -> bool:
    if isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr):
        return _is_scalar(node.expr)
    if isinstance(node, promql_parser.BinaryExpr):
        return _is_scalar(node.lhs) and _is_scalar(node.rhs)
    # A variable that stands alone is mostly a number, and a series has the other side's labels.
    if isinstance(node, promql_parser.VectorSelector):
        return str(node.name or "").startswith(STAND_IN) and not node.matchers.matchers
    return isinstance(node, promql_parser.NumberLiteral) or (
        isinstance(node, promql_parser.Call) and str(node.func.name) in ("scalar", "time")
    )


def unit_of(node: promql_parser.Expr) -> str:
    """Return the unit of an expression's numbers as its metrics' names tell it, "" if unknown."""
    if isinstance(node, promql_parser.VectorSelector):
        return _of_name(str(node.name or ""))
    if isinstance(node, promql_parser.MatrixSelector):
        return unit_of(node.vector_selector)
    if isinstance(node, promql_parser.ParenExpr | promql_parser.SubqueryExpr):
        return unit_of(node.expr)
    if isinstance(node, promql_parser.AggregateExpr):
        if str(node.op) in ("count", "group", "count_values", "stdvar"):
            return {"count": COUNT, "group": PART}.get(str(node.op), "")
        return unit_of(node.expr)
    if isinstance(node, promql_parser.Call):
        return _of_function(str(node.func.name), list(node.args))
    if isinstance(node, promql_parser.BinaryExpr):
        return _of_operation(str(node.op), unit_of(node.lhs), unit_of(node.rhs), node)
    return ""


def _of_name(name: str) -> str:
    # A recorded name's metric is in its middle; what was done to it may have changed the unit.
    metric = name.split(":")[1] if name.count(":") == 2 else name
    # Memberships, whichever of them a variable chooses.
    if metric.startswith("jupyterhub_user_group_"):
        return PART
    if _RATED.search(name) or STAND_IN in metric:
        return ""
    # Created, started, seen: moments, not durations.
    if re.search(r"timestamp|start_time|boot_time|last_seen|_created|_time_seconds$", metric):
        return ""
    if re.search(r"_(info|labels|annotations|owner)$", metric):
        return PART
    base = metric.removesuffix("_total")
    # What is called a ratio is a percentage with some exporters.
    for suffix, unit in (("_bytes", BYTES), ("_seconds", SECONDS)):
        if base.endswith(suffix):
            return unit
    return ""


def _of_function(name: str, arguments: list[promql_parser.Expr]) -> str:
    if not arguments:
        return ""
    inner = unit_of(
        arguments[-1] if name in ("histogram_quantile", "quantile_over_time") else arguments[0]
    )
    if name in ("rate", "irate", "deriv"):
        return {BYTES: BYTES_A_SECOND, SECONDS: RATIO}.get(inner, "")
    if name in ("count_over_time", "changes", "resets", "absent", "timestamp", "present_over_time"):
        return ""
    # A sum over time is of as many samples as there happen to be.
    if name in ("sum_over_time", "stdvar_over_time", "label_join") or name.startswith("log"):
        return ""
    if name == "histogram_quantile":
        return _of_buckets(arguments[-1])
    if name == "label_replace" or _KEEPING.fullmatch(name) or name == "scalar":
        return inner
    return ""


def _of_buckets(node: promql_parser.Expr) -> str:
    found = re.search(r"(\w+)_bucket", str(node.prettify()))
    return _of_name(found[1]) if found else ""


def _of_operation(operator: str, left: str, right: str, node: promql_parser.BinaryExpr) -> str:
    if operator in ("and", "unless", "or", ">", "<", ">=", "<=", "==", "!="):
        boolean = node.modifier is not None and node.modifier.return_bool
        return "" if boolean else left
    if operator in ("+", "-"):
        return left if left == right else ""
    if operator == "/" and left and left == right:
        return RATIO
    if operator == "*" and PART in (left, right):
        return left if right == PART else right
    return ""
