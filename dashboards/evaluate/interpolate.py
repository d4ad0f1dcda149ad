"""Grafana's variables in queries and texts: the board's own and the built-in ones.

Read from Grafana 12.4 (packages/grafana-prometheus: escaping.ts, datasource.ts) and from
@grafana/scenes 6.39 (variables/interpolation).
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from dashboards.evaluate.choice import Choice, quoted
from dashboards.evaluate.formats import formatted
from dashboards.evaluate.timing import Timing
from dashboards.schema.variables import VARIABLE, reference

_STRINGS = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\Z)|' r"'(?:[^'\\]|\\.)*(?:'|\Z)|" r"`[^`]*(?:`|\Z)", re.DOTALL
)
_DEEPEST = 4
"""Variables within variables' values within …: two that name each other end somewhere."""


def query(text: str, choices: Sequence[Choice], timing: Timing) -> str:
    """Return a query that Prometheus understands; variables nobody knows stay as they are."""
    built_in = timing.variables()
    named = {choice.name: choice for choice in choices}
    spans = [(string.start(), string.end(), string[0][0]) for string in _STRINGS.finditer(text)]
    starts = [start for start, _, _ in spans]

    def quote_at(place: int) -> str:
        number = bisect_right(starts, place) - 1
        return spans[number][2] if number >= 0 and place < spans[number][1] else ""

    def value(place: int, name: str, path: str, form: str) -> str | None:
        if name in built_in:
            return built_in[name]
        if name not in named:
            return None
        quote = quote_at(place)
        if path or form:
            shown = _in_format(named[name], path, form or "glob")
            # Grafana hands over "10\.0", which no string of PromQL may hold: here it may.
            return quoted(shown, quote) if form == "regex" and quote else shown
        return named[name].promql(quote)

    return _replaced(text, value, named)


def words(text: str, choices: Sequence[Choice], built_in: Mapping[str, str] | None = None) -> str:
    """Return a title or a text for people with the variables' values in their places."""
    return _for_people(text, choices, "text", built_in or {})


def labels(text: str, choices: Sequence[Choice], timing: Timing) -> str:
    """Return a legend's format with the variables' values in their places: ``{a,b}`` of two."""
    return _for_people(text, choices, "glob", timing.variables())


def _for_people(
    text: str, choices: Sequence[Choice], form: str, built_in: Mapping[str, str]
) -> str:
    named = {choice.name: choice for choice in choices}

    def value(_: int, name: str, path: str, given: str) -> str | None:
        if name in built_in:
            return built_in[name]
        return _in_format(named[name], path, given or form) if name in named else None

    return _replaced(text, value, named)


def _in_format(choice: Choice, path: str, form: str) -> str:
    if not path:
        return choice.in_format(form)
    if path in choice.fields:
        field = choice.fields[path]
    elif path.isdecimal() and int(path) < len(choice.values):
        field = choice.values[int(path)]
    else:
        return choice.in_format(form)
    return field if form == "text" else formatted(form, choice.name, (field,), several=False)


_Value = Callable[[int, str, str, str], str | None]


def _replaced(text: str, value: _Value, named: Mapping[str, Choice], depth: int = 0) -> str:
    def replace(match: re.Match[str]) -> str:
        name, path, form = reference(match)
        known = value(match.start(), name, path, form)
        if known is None:
            return match[0]
        choice = named.get(name)
        nested = choice is not None and choice.written
        if not nested or "$" not in known or depth >= _DEEPEST:
            return known
        # The place in the whole text says whether quotes are around it.
        inner: _Value = lambda _, *rest: value(match.start(), *rest)  # noqa: E731
        return _replaced(known, inner, named, depth + 1)

    return VARIABLE.sub(replace, text)
