"""What each of a board's variables stands for: what the caller chose, else what Grafana takes.

Read from @grafana/scenes 6.39 (variables/variants/MultiValueVariable) and Grafana 12.4
(public/app/features/dashboard-scene/utils/variables.ts).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dashboards.evaluate import choosing, datasources, kinds, macros, options
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.errors import QueryError
from dashboards.evaluate.matching import Option, PatternError, VariableError
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.schema.values import Json
from dashboards.schema.variables import names


def resolve(
    board: Json, given: Mapping[str, Sequence[str]], prometheus: Prometheus, span: TimeRange
) -> tuple[Choice, ...]:
    """Return a choice for each of the board's variables, in the board's order.

    What is not given is what the board saved, if it is still there, else what Grafana takes at
    first: all where that is offered, else the first value, and nothing where there is none.
    Variables that this board does not have are left out: ``check`` knows about all boards.
    Raises VariableError, PrometheusError.
    """
    every = board.get("templating", {}).get("list", [])
    declared = _declared(board)
    data_sources = [
        datasources.choice(variable) for variable in every if variable["type"] == "datasource"
    ]
    built_in = [*macros.macros(board, span), *data_sources]
    chosen: dict[str, Choice] = {}
    for variable in _in_turn(declared):
        others = [*built_in, *chosen.values(), *macros.automatic(tuple(chosen.values()))]
        name = str(variable["name"])
        wanted = tuple(given[name]) if name in given else None
        chosen[name] = _choice(variable, wanted, others, prometheus, span)
    return tuple(chosen[str(variable["name"])] for variable in declared)


def check(given: Mapping[str, Sequence[str]], boards: Mapping[str, Json]) -> None:
    """Raise VariableError if none of the boards, by their names, has a variable that is given."""
    there = dict.fromkeys(str(v["name"]) for board in boards.values() for v in _declared(board))
    for name in given:
        if name not in there:
            begin, have = (
                (f"The board {next(iter(boards))} has no variable", "It has")
                if len(boards) == 1
                else (f"None of the boards {', '.join(boards)} has a variable", "They have")
            )
            raise VariableError(
                f"{begin} {name!r}. {have}: {', '.join(there) or 'none'}."
                + (" The data source is what --prometheus names." if name == "datasource" else "")
            )


def _declared(board: Json) -> list[Json]:
    """Return the variables that a caller can choose: all but those of data sources."""
    every = board.get("templating", {}).get("list", [])
    return [variable for variable in every if variable["type"] != "datasource"]


def _in_turn(declared: Sequence[Json]) -> Iterator[Json]:
    """Yield variables so that each comes after those that it names; circles as they stand."""
    waiting = {str(variable["name"]): variable for variable in declared}
    needs = {name: _named(variable) & set(waiting) - {name} for name, variable in waiting.items()}
    while waiting:
        free = next((n for n in waiting if not needs[n] & set(waiting)), next(iter(waiting)))
        yield waiting.pop(free)


def _named(variable: Json) -> set[str]:
    texts = (options.text_of(variable), str(variable.get("regex", "")))
    return {name.removeprefix("__auto_interval_") for text in texts for name in names(text)}


def _choice(
    variable: Json,
    wanted: tuple[str, ...] | None,
    chosen: Sequence[Choice],
    prometheus: Prometheus,
    span: TimeRange,
) -> Choice:
    simple = kinds.simple(variable, wanted, chosen, span)
    if simple is not None:
        return simple
    try:
        offered, note = _offered(variable, chosen, prometheus, span)
    except QueryError as error:
        unchecked = _unchecked(variable, wanted)
        return replace(unchecked, note=f"Its query failed: {error}", failed=True)
    if note:
        return replace(_unchecked(variable, wanted), note=note)
    if wanted is None:
        return replace(choosing.saved(variable, offered), note=_nothing(variable, offered))
    return choosing.given(variable, offered, wanted)


def _unchecked(variable: Json, wanted: tuple[str, ...] | None) -> Choice:
    """Return the choice where nobody knows what is offered: a given value may be right."""
    if wanted is None:
        return choosing.saved(variable, [])
    return choosing.given(variable, [], wanted, checked=False)


def _offered(
    variable: Json, chosen: Sequence[Choice], prometheus: Prometheus, span: TimeRange
) -> tuple[list[Option], str]:
    """Return what a variable offers, and what kept it from being known, if something did.

    Raises QueryError if its own query fails.
    """
    if variable["type"] == "custom":
        return options.custom(variable, chosen), ""
    other = datasources.other_than_prometheus(variable.get("datasource"), chosen)
    if other:
        return [], f"Grafana asks {other} for its values; a report queries Prometheus only."
    try:
        return options.of_query(variable, chosen, prometheus, span), ""
    except PatternError as error:
        return [], f"{error}."


def _nothing(variable: Json, offered: Sequence[Option]) -> str:
    if offered or variable["type"] != "query":
        return ""
    return "Prometheus has no value for it in this range."
