"""Whether a join leaves only series of the namespaces that another side of it chooses."""

import promql_parser

from dashboards.lint.promql import STAND_IN, Use, uses

NAMESPACES = ("namespace", "exported_namespace", "kubernetes_namespace", "destination_namespace")


def has_namespace(use: Use) -> bool:
    """Return whether a selector has a matcher for the namespace, or one that nobody can tell."""
    return any(
        matcher.name in NAMESPACES or matcher.name.startswith(STAND_IN) for matcher in use.matchers
    )


def limited(use: Use) -> bool:
    """Return whether a selector without a matcher is limited by what it is joined with.

    That is so if the join matches namespaces, and each selector of its other side has a matcher.
    """
    kept = True
    for node, side in zip(reversed(use.within), reversed(use.sides), strict=True):
        if isinstance(node, promql_parser.AggregateExpr):
            kept = kept and _keeps(node)
        if kept and isinstance(node, promql_parser.BinaryExpr) and _limits(node, side):
            return True
    return False


def _keeps(node: promql_parser.AggregateExpr) -> bool:
    """Return whether an aggregation keeps the namespace."""
    if str(node.op) in ("topk", "bottomk", "limitk", "limit_ratio"):
        return True
    if node.modifier is None:
        return False
    by = node.modifier.type == promql_parser.AggModifierType.By
    named = bool({*NAMESPACES} & {*node.modifier.labels})
    return named if by else not named


def _limits(node: promql_parser.BinaryExpr, side: int) -> bool:
    operator = str(node.op)
    # What is left of "unless" stays where the right has nothing.
    if operator == "or" or (operator == "unless" and side == 0):
        return False
    matching = node.modifier.matching if node.modifier is not None else None
    if matching is not None:
        on = matching.type == promql_parser.LabelModifierType.Include
        if on != bool({*NAMESPACES} & {*matching.labels}):
            return False
    # What is a variable on its own is mostly a number.
    sides = uses(node.rhs if side == 0 else node.lhs)
    other = [each for each in sides if each.metric or each.matchers]
    return bool(other) and all(has_namespace(each) for each in other)
