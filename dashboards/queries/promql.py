"""The few PromQL forms that the named queries are composed of, laid out for people to read.

Functions take and return expressions as text. What depends on a query's scope is in
``dashboards.kit.scope``: selectors, aggregations, matching by labels.
"""

from textwrap import indent

from dashboards.kit.scope import Scope


def minimum_of(scope: Scope, by: tuple[str, ...], **several: str) -> str:
    """Return the least of several expressions for each set of labels, as far as there are any."""
    reported = [
        function("label_replace", text, f'"limited_by", "{name}"', '"", ""')
        for name, text in several.items()
    ]
    return scope.aggregate("min", by, "\nor\n".join(reported))


def function(name: str, *arguments: str) -> str:
    """Return ``name(argument, …)``, each argument on its own line."""
    lines = ",\n".join(arguments)
    return f"{name}(\n{indent(lines, '  ')}\n)"


def copied(expression: str, *labels: tuple[str, str]) -> str:
    """Return an expression in which each pair's first label has the value of its second.

    Where the second is missing or empty, the first stays as it is.
    """
    for label, source in labels:
        expression = function(
            "label_replace", expression, f'"{label}", "$1"', f'"{source}", "(.+)"'
        )
    return expression


def subquery(
    function_name: str, expression: str, window: str, *, shift: str = "", at_end: bool = False
) -> str:
    """Return ``function((expression)[window])`` for a subquery, shifted by ``offset`` if asked.

    ``at_end`` is for one number for all points of a line: that at the range's end.
    """
    modifiers = f" offset {shift}" if shift else ""
    modifiers += " @ end()" if at_end else ""
    return f"{function_name}(\n  (\n{indent(expression, '    ')}\n  )[{window}]{modifiers}\n)"


def mean_over(expression: str, window: str) -> str:
    """Return the mean of an expression over a subquery's steps, its absence counting as 0.

    How many steps there are depends on their alignment, and on whether Prometheus counts both
    ends of the window (2) or one (3); so they are counted.
    """
    steps = f"/ scalar(count_over_time(vector(1)[{window}]))"
    return f"{subquery('sum_over_time', expression, window)}\n{steps}"


def binary(left: str, operator: str, right: str) -> str:
    """Return ``left operator right`` on three lines, in parentheses so that it composes."""
    return f"(\n{indent(left, '  ')}\n  {operator}\n{indent(right, '  ')}\n)"


def offset(expression: str, ago: str) -> str:
    """Return an expression as it was so long ago, to the last full minute."""
    return subquery("last_over_time", expression, "1m:1m", shift=ago)


def or_zero(expression: str, source: str) -> str:
    """Return 0 where an expression for one number finds nothing though its source is there.

    Nobody is 0 people; but without the source that would tell, there is no number.
    """
    return f"{expression}\nor\n0 * group({source})"
