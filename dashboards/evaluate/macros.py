"""Grafana's built-in variables that do not depend on a query's step: range, user, dashboard.

Read from @grafana/scenes 6.39 (variables/macros) and Grafana 12.4 (DashboardMacro).
"""

from collections.abc import Sequence
from dataclasses import replace

from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.schema.values import Json

# Grafana's own for somebody who has not logged in.
_NOBODY = {"login": "", "email": "", "id": "0"}
_ORGANISATION = {"name": "Main Org.", "id": "1"}


def macros(board: Json, span: TimeRange) -> tuple[Choice, ...]:
    """Return the built-in variables as choices that no page lists: ``${__from:date:YYYY-MM}``.

    A page is for nobody in particular: ``$__user`` is who has not logged in.
    """
    title = str(board.get("title", ""))
    constants = (
        _macro(str(constant["name"]), constant["value"])
        for constant in board.get("__inputs", ())
        if constant.get("type") == "constant"
        and constant.get("name")
        and isinstance(constant.get("value"), str)
    )
    return (
        _moment("__from", span.start.timestamp()),
        _moment("__to", span.end.timestamp()),
        _macro("__timezone", "utc"),
        _macro("__user", _NOBODY["id"], **_NOBODY),
        _macro("__org", _ORGANISATION["id"], **_ORGANISATION),
        _macro("__dashboard", title, uid=str(board.get("uid", ""))),
        # What somebody types into the list of values: nothing.
        _macro("__searchFilter", ""),
        *constants,
    )


def _macro(name: str, value: str, /, **fields: str) -> Choice:
    return Choice(name, name, (value,), fields=fields, kind="macro", hidden=True)


def _moment(name: str, seconds: float) -> Choice:
    return _macro(name, str(round(seconds * 1000)))


def with_built_in(board: Json, choices: Sequence[Choice], span: TimeRange) -> tuple[Choice, ...]:
    """Return choices and built-in variables; a board's own of that name goes before."""
    own = {choice.name for choice in choices}
    return (*(macro for macro in macros(board, span) if macro.name not in own), *choices)


def automatic(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return ``$__auto_interval_x`` for each variable ``x`` of intervals, as older boards say."""
    return tuple(
        replace(
            choice,
            name=f"__auto_interval_{choice.name}",
            values=(choice.fields["auto"],),
            hidden=True,
        )
        for choice in choices
        if "auto" in choice.fields
    )
