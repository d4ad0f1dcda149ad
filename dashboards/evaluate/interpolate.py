"""Grafana's variables in queries and texts: the board's own and the built-in ones.

Read from Grafana 12.4 (packages/grafana-prometheus: escaping.ts, datasource.ts) and from
@grafana/scenes 6.39 (variables/interpolation).
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboards.evaluate.filters import Filter
from dashboards.evaluate.formats import formatted
from dashboards.schema import intervals
from dashboards.schema.variables import VARIABLE, reference

_SPECIAL = re.compile(r"[$^*{}\[\]+?.()|\\]")
_STRINGS = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\Z)|' r"'(?:[^'\\]|\\.)*(?:'|\Z)|" r"`[^`]*(?:`|\Z)", re.DOTALL
)
_DEEPEST = 4
"""Variables within variables' values within …: two that name each other end somewhere."""

_WRITTEN = frozenset({"custom", "textbox", "constant", "interval", "switch"})
"""Kinds whose values the board's author wrote: they may name variables themselves."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen for one of the board's variables."""

    name: str
    label: str
    values: tuple[str, ...]
    """The chosen values; when all are chosen, all there are."""
    everything: bool = False
    all_value: str | None = None
    regex: bool = False
    """Whether queries match it with ``=~``: so Grafana treats variables with several values."""
    texts: tuple[str, ...] = ()
    """What people see of the values, if not the values themselves."""
    kind: str = "query"
    """Grafana's name for the kind of variable: ``query``, ``custom``, ``adhoc``."""
    several: bool = False
    """Whether Grafana holds a list, even of one value."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What ``${name.field}`` stands for."""
    filters: tuple[Filter, ...] = ()
    """An ad hoc variable's matchers, which every selector gets."""
    hidden: bool = False
    """Whether the page leaves it out of what its numbers are about."""
    note: str = ""
    """What is not as one may expect, in words."""
    failed: bool = False
    """Whether the query for its values failed; the note says why."""

    def promql(self, quote: str = '"') -> str:
        """Return the text for a query: ``lab``, ``(lab|staff)``, or All's own value.

        ``quote`` is the mark of the string that it stands in, "" outside of strings.
        """
        if self.everything and self.all_value is not None:
            return self.all_value
        if self.kind == "adhoc":
            return ",".join(self.values)
        if not self.regex:
            return quoted(",".join(self.values), quote)
        escaped = [quoted(regex_of(value), quote) for value in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    @property
    def written(self) -> bool:
        """Tell whether the board's author wrote what it stands for: that may name variables."""
        return self.kind in _WRITTEN or (self.everything and self.all_value is not None)

    def words(self) -> str:
        """Return the text for people: ``lab + staff``, or ``All``."""
        return "All" if self.everything else " + ".join(self.texts or self.values)

    def in_format(self, form: str) -> str:
        """Return it as ``${name:form}`` says."""
        if form == "text":
            return self.words()
        if self.everything and self.all_value is not None:
            values: tuple[str, ...] = ("All",) if form == "queryparam" else (self.all_value,)
            plain_ = form not in ("queryparam", "percentencode")
            return self.all_value if plain_ else formatted(form, self.name, values, several=False)
        several = self.several or self.everything
        values = ("$__all",) if self.everything and form == "queryparam" else self.values
        return formatted(form, self.name, values, several=several)


@dataclass(frozen=True, slots=True)
class Timing:
    """The lengths, in milliseconds, that a query's built-in variables stand for."""

    step: int
    rate: int
    length: int

    @classmethod
    def of(cls, length: int, points: int, panel_minimum: int, target_minimum: int) -> "Timing":
        """Return what Grafana reckons for a range, a panel's points, and the minima given."""
        return cls(
            step=intervals.step(length, points, target_minimum),
            rate=intervals.rate_interval(
                intervals.panel_interval(length, points, panel_minimum), target_minimum
            ),
            length=length,
        )

    def variables(self) -> dict[str, str]:
        """Return the built-in variables and their texts."""
        seconds = (self.length + 500) // 1000
        return {
            "__interval": intervals.text(self.step),
            "__interval_ms": str(self.step),
            "__range": f"{seconds}s",
            "__range_s": str(seconds),
            "__range_ms": str(self.length),
            "__rate_interval": intervals.go_text(self.rate),
            "__rate_interval_ms": str(self.rate),
        }


def quoted(text: str, quote: str) -> str:
    """Return a text so that a PromQL string between such quotes holds it.

    Outside of strings (``{$matchers}``) quotes stay, as in Grafana.
    """
    if quote == "`":
        return text
    text = text.replace("\\", "\\\\")
    return text.replace(quote, "\\" + quote).replace("\n", "\\n") if quote else text


def plain(value: str) -> str:
    """Return a value as it stands between double quotes in PromQL."""
    return quoted(value, '"')


def regex_of(value: str) -> str:
    """Return the regular expression that matches only the value."""
    return _SPECIAL.sub(r"\\\g<0>", value)


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
        found = choice.fields[path]
    elif path.isdecimal() and int(path) < len(choice.values):
        found = choice.values[int(path)]
    else:
        return choice.in_format(form)
    return found if form == "text" else formatted(form, choice.name, (found,), several=False)


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
