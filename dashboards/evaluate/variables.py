"""What each of a board's variables stands for: what the caller chose, else what Grafana takes.

Read from @grafana/scenes 6.39 (variables/variants/MultiValueVariable) and Grafana 12.4
(public/app/features/dashboard-scene/utils/variables.ts).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.evaluate import datasources, kinds, macros, options
from dashboards.evaluate.interpolate import Choice
from dashboards.evaluate.matching import Option, PatternError, VariableError
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus, QueryError
from dashboards.schema.values import Json
from dashboards.schema.variables import names
from exporter.text import did_you_mean

_CLOSE = 3
_LISTED = 10
_ALL = ("$__all", "All", "all")


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
    found = [datasources.choice(variable) for variable in every if variable["type"] == "datasource"]
    built_in = [*macros.macros(board, span), *found]
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
        found = _unchecked(variable, wanted)
        return replace(found, note=f"Its query failed: {error}", failed=True)
    if note:
        return replace(_unchecked(variable, wanted), note=note)
    if wanted is None:
        return replace(_saved(variable, offered), note=_nothing(variable, offered))
    return _given(variable, offered, wanted)


def _unchecked(variable: Json, wanted: tuple[str, ...] | None) -> Choice:
    """Return the choice where nobody knows what is offered: a given value may be right."""
    if wanted is None:
        return _saved(variable, [])
    return _given(variable, [], wanted, checked=False)


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


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a variable takes several values."""

    several: bool
    with_all: bool

    @classmethod
    def of(cls, variable: Json) -> "_Kind":
        return cls(bool(variable.get("multi")), bool(variable.get("includeAll")))


def _made(variable: Json, options_: Sequence[Option], *, everything: bool = False) -> Choice:
    """Return the choice of some options, or of everything that there is."""
    kind = _Kind.of(variable)
    texts = tuple(option.text for option in options_)
    values = tuple(option.value for option in options_)
    return Choice(
        name=str(variable["name"]),
        label=str(variable.get("label") or variable["name"]),
        values=values if options_ or kind.several or everything else ("",),
        texts=texts if texts != values else (),
        everything=everything,
        all_value=variable.get("allValue") or None,
        regex=kind.several or kind.with_all,
        kind=str(variable["type"]),
        several=kind.several,
        fields=options_[0].fields if len(options_) == 1 else {},
        hidden=variable.get("hide") == kinds.HIDDEN,
    )


def _saved(variable: Json, offered: Sequence[Option]) -> Choice:
    """Return what the board saved of what is offered, else what Grafana takes at first."""
    kind = _Kind.of(variable)
    values, texts = kinds.current(variable)
    if not offered and variable["type"] == "custom":
        # A custom variable that lists nothing keeps what it has.
        return _made(variable, [Option(*pair) for pair in zip(values, texts, strict=True)])
    if not offered or (values[:1] == ["$__all"] and kind.with_all):
        return _made(variable, offered, everything=kind.with_all)
    if values[:1] == ["$__all"]:
        return _made(variable, offered[:1])
    by_value = {option.value: option for option in reversed(offered)}
    found = [by_value[value] for value in values if value in by_value]
    if not found and not kind.several and texts:
        found = [option for option in offered if option.text == texts[0]][-1:]
    if found:
        return _made(variable, found if kind.several else found[:1])
    if kind.with_all:
        return _made(variable, offered, everything=True)
    return _made(variable, offered[:1])


def _given(
    variable: Json, offered: Sequence[Option], wanted: tuple[str, ...], *, checked: bool = True
) -> Choice:
    """Return what the caller chose, of what is offered if ``checked``. Raises VariableError."""
    name, kind = str(variable["name"]), _Kind.of(variable)
    if not any(wanted):
        # As in an address of Grafana: var-cluster= is the empty value.
        return replace(_made(variable, []), values=("",), texts=())
    texts = {option.text: option for option in reversed(offered)}
    by_text = {**texts, **{option.value: option for option in reversed(offered)}}
    parted = _split(wanted, by_text)
    if kind.with_all and _asks_for_all(parted, by_text, variable):
        return _made(variable, offered, everything=True)
    if len(parted) > 1 and not kind.several:
        raise VariableError(f"{name} takes one value, not {len(parted)}: {', '.join(parted)}.")
    if not checked:
        return _made(variable, [Option(text, text) for text in parted])
    for value in parted:
        if value not in by_text:
            raise VariableError(_unknown(name, value, [option.text for option in offered]))
    return _made(
        variable, list({option.value: option for option in (by_text[v] for v in parted)}.values())
    )


def _split(wanted: tuple[str, ...], values: Mapping[str, Option]) -> tuple[str, ...]:
    """Return values parted at commas, except where a whole text is a value: names have commas."""
    parted = (
        (text,) if text in values else tuple(part.strip() for part in text.split(","))
        for text in wanted
    )
    return tuple(dict.fromkeys(value for parts in parted for value in parts if value))


def _asks_for_all(wanted: tuple[str, ...], values: Mapping[str, Option], variable: Json) -> bool:
    # A group may be called "all" too: then it is that group.
    names_ = (*_ALL, variable.get("allValue"))
    return len(wanted) == 1 and wanted[0] in names_ and wanted[0] not in values


def _unknown(name: str, value: str, texts: Sequence[str]) -> str:
    hint = (
        did_you_mean(value, texts, most=_CLOSE, cutoff=0.5, listed=_LISTED)
        if texts
        else f"There is no {name} at all; --var {name}= is the empty value."
    )
    return f"No {name} {value!r} in this range. {hint}"
