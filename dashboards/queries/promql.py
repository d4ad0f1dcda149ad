"""The few PromQL forms that the named queries are composed of, laid out for people to read.

Functions take and return expressions as text. Grafana's variables stay in the text;
``dashboards.kit.variables`` names those that every board has.
"""

from textwrap import indent

HUB = 'namespace=~"$hub"'
"""The matcher that every selector carries: without it a query reads the whole cluster."""

GROUP = 'usergroup=~"$group"'
"""The groups chosen on the board."""

USERNAME = 'username=~"$user"'
"""The users chosen on the board."""

ATTRIBUTION = "${attribution}"
"""How use is attributed to groups: ``info`` (fully to each) or ``share`` (divided among them).

It ends the name of the exporter's metric that says so; ``variables.attribution`` has the choice.
"""

EVERY, SPLIT = "info", "share"
"""The two attributions, as they are in its place."""


def in_attribution(query: str, attribution: str) -> str:
    """Return a query in one attribution, whatever a board's choice."""
    return query.replace(ATTRIBUTION, attribution)


def selector(metric: str, *matchers: str) -> str:
    """Return ``metric{namespace=~"$hub", …}``: the hub's matcher is always there."""
    return f"{metric}{{{', '.join((HUB, *matchers))}}}"


EVERY_NAMESPACE = 'namespace=~".+"'
"""The matcher of what is asked of the whole cluster: a node is full of all hubs' pods."""


def everywhere(metric: str, *matchers: str) -> str:
    """Return ``metric{…}`` for boards about the whole cluster, which have no choice of a hub.

    What belongs to pods says so, ``namespace=~".+"``; nodes, jobs and costs have no namespace.
    """
    return f"{metric}{{{', '.join(matchers)}}}"


def of_every_hub(expression: str) -> str:
    """Return an expression about the chosen hubs for all of them."""
    return expression.replace(HUB, EVERY_NAMESPACE)


def least_of(by: tuple[str, ...], **several: str) -> str:
    """Return the least of several expressions for each set of labels, as far as there are any."""
    told = [
        function("label_replace", text, f'"limited_by", "{name}"', '"", ""')
        for name, text in several.items()
    ]
    return aggregate("min", by, "\nor\n".join(told))


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


def aggregate(operator: str, labels: tuple[str, ...], expression: str) -> str:
    """Return ``operator by (labels) (expression)``; no labels means one number."""
    by = f" by ({', '.join(labels)}) " if labels else " "
    return f"{operator}{by}(\n{indent(expression, '  ')}\n)"


def over(
    function_name: str, expression: str, window: str, *, shift: str = "", at_end: bool = False
) -> str:
    """Return ``function((expression)[window])`` for a subquery, shifted by ``offset`` if asked.

    ``at_end`` is for one number for all points of a line: that at the range's end.
    """
    offset = f" offset {shift}" if shift else ""
    offset += " @ end()" if at_end else ""
    return f"{function_name}(\n  (\n{indent(expression, '    ')}\n  )[{window}]{offset}\n)"


def mean_over(expression: str, window: str) -> str:
    """Return the mean of an expression over a subquery's steps, its absence counting as 0.

    How many steps there are depends on their alignment, and on whether Prometheus counts both
    ends of the window (2) or one (3); so they are counted.
    """
    steps = f"/ scalar(count_over_time(vector(1)[{window}]))"
    return f"{over('sum_over_time', expression, window)}\n{steps}"


def binary(left: str, operator: str, right: str) -> str:
    """Return ``left operator right`` on three lines, in parentheses so that it composes."""
    return f"(\n{indent(left, '  ')}\n  {operator}\n{indent(right, '  ')}\n)"


def at(expression: str, ago: str) -> str:
    """Return an expression as it was so long ago, to the last full minute."""
    return over("last_over_time", expression, "1m:1m", shift=ago)


def or_zero(expression: str, source: str) -> str:
    """Return 0 where an expression for one number finds nothing though its source is there.

    Nobody is 0 people; but without the source that would tell, there is no number.
    """
    return f"{expression}\nor\n0 * group({source})"
