"""Which hub, which groups: the board's variables, with what the caller chose for them."""

import difflib
import re
from collections.abc import Mapping, Sequence

from dashboards.render import Json
from dashboards.report.interpolate import Choice, Timing, query
from dashboards.report.model import TimeRange
from dashboards.report.prometheus import Prometheus

_LABEL_VALUES = re.compile(
    r"label_values\(\s*(?:(?P<series>.+),\s*)?(?P<label>\w+)\s*\)", re.DOTALL
)
_CLOSE = 3
_LISTED = 10


class VariableError(ValueError):
    """A variable or a value that the board does not have; the message names close ones."""


def resolve(
    board: Json, given: Mapping[str, Sequence[str]], prometheus: Prometheus, span: TimeRange
) -> tuple[Choice, ...]:
    """Return a choice for each of the board's variables, in the board's order.

    What is not given is what Grafana takes at first: all where that is offered, else the first.
    Raises VariableError, PrometheusError.
    """
    declared = [v for v in board["templating"]["list"] if v["type"] != "datasource"]
    names = [str(variable["name"]) for variable in declared]
    for name in given:
        if name not in names:
            raise VariableError(
                f"The board has no variable {name!r}. It has: {', '.join(names) or 'none'}."
                + (" The data source is what --prometheus names." if name == "datasource" else "")
            )
    chosen: list[Choice] = []
    for variable in declared:
        values = _values(variable, chosen, prometheus, span)
        chosen.append(_choice(variable, values, tuple(given.get(variable["name"], ()))))
    return tuple(chosen)


def _values(
    variable: Json, chosen: Sequence[Choice], prometheus: Prometheus, span: TimeRange
) -> tuple[str, ...]:
    """Return the values that a variable offers."""
    asked = variable["query"]
    text = str(asked.get("query", "") if isinstance(asked, dict) else asked)
    if variable["type"] == "query":
        found = _LABEL_VALUES.fullmatch(text.strip())
        if found is None:
            raise VariableError(
                f"The report does not know the query of {variable['name']!r}: {text}. "
                f"Give its value: --var {variable['name']}=…"
            )
        timing = Timing(60_000, 240_000, span.milliseconds)
        series = query(found["series"], chosen, timing) if found["series"] else None
        start, end = span.start.timestamp(), span.end.timestamp()
        return prometheus.label_values(found["label"], series, start, end)
    if variable["type"] in ("custom", "interval"):
        return tuple(_headings(variable))
    return (text,)


def _headings(variable: Json) -> dict[str, str]:
    """Return what people see of the values that the variable itself lists: ``{value: heading}``."""
    if variable["type"] not in ("custom", "interval"):
        return {}
    # "Heading : value" where the two differ.
    parts = (part.strip() for part in re.split(r"(?<!\\),", str(variable["query"])))
    pairs = (part.replace("\\,", ",").rpartition(" : ") for part in parts if part)
    return {value.strip(): (heading or value).strip() for heading, _, value in pairs}


def _choice(variable: Json, values: tuple[str, ...], wanted: tuple[str, ...]) -> Choice:
    name, several = str(variable["name"]), bool(variable.get("multi"))
    with_all = bool(variable.get("includeAll"))
    headings = _headings(variable)
    shown = tuple(headings.get(value, value) for value in values)
    # Either will do: addresses have the value, and people see the heading.
    wanted = tuple(headings.get(each, each) for each in _split(wanted, (*values, *shown)))
    everything = with_all and (not wanted or _asks_for_all(wanted, shown))
    if not wanted and not everything and not values:
        raise VariableError(
            f"Prometheus knows no value for {name!r} in this range. Is the exporter scraped, and "
            "did it run then?"
        )
    free = variable["type"] in ("textbox", "constant")
    if not everything:
        _check(name, wanted, shown, several=several, free=free)
    texts = shown if everything else wanted or shown[:1]
    value_of = dict(zip(shown, values, strict=True))
    return Choice(
        name=name,
        label=str(variable.get("label") or name),
        values=tuple(value_of.get(text, text) for text in texts),
        texts=texts if headings else (),
        everything=everything,
        all_value=variable.get("allValue") or None,
        regex=several or with_all,
    )


def _split(wanted: tuple[str, ...], values: tuple[str, ...]) -> tuple[str, ...]:
    """Return values parted at commas, except where a whole text is a value: names have commas."""
    parted = (
        (text,) if text in values else tuple(part.strip() for part in text.split(","))
        for text in wanted
    )
    return tuple(dict.fromkeys(value for parts in parted for value in parts if value))


def _asks_for_all(wanted: tuple[str, ...], values: tuple[str, ...]) -> bool:
    # A group may be called "all" too: then it is that group.
    return len(wanted) == 1 and wanted[0] in ("$__all", "All", "all") and wanted[0] not in values


def _check(
    name: str, wanted: tuple[str, ...], values: tuple[str, ...], *, several: bool, free: bool
) -> None:
    """Raise VariableError for a value that there is not, or for too many."""
    if len(wanted) > 1 and not several:
        raise VariableError(f"{name} takes one value, not {len(wanted)}: {', '.join(wanted)}.")
    for value in wanted:
        if value in values or free:
            continue
        close = difflib.get_close_matches(value, values, _CLOSE, 0.5)
        listed = ", ".join(values[:_LISTED]) + (", …" if len(values) > _LISTED else "")
        hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {listed or 'none'}."
        raise VariableError(f"No {name} {value!r} in this range. {hint}")
