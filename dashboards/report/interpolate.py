"""Grafana's variables in queries and texts: the board's own and the built-in ones."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dashboards.report import intervals

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")


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

    def promql(self) -> str:
        """Return the text for a query: ``lab``, ``(lab|staff)``, or All's own value."""
        if self.everything and self.all_value is not None:
            return self.all_value
        if not self.regex:
            return plain(self.values[0])
        escaped = [escaped_regex(value) for value in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    def words(self) -> str:
        """Return the text for people: ``lab + staff``, or ``All``."""
        return "All" if self.everything else " + ".join(self.texts or self.values)


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


def plain(value: str) -> str:
    """Return a value as it stands between double quotes in PromQL."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def escaped_regex(value: str) -> str:
    """Return a value so that a PromQL regex between double quotes matches only it."""
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], value.replace("\\", "\\\\"))
    return plain(escaped)


def query(text: str, choices: Sequence[Choice], timing: Timing) -> str:
    """Return a query that Prometheus understands; variables nobody knows stay as they are."""
    built_in = timing.variables()
    named = {choice.name: choice for choice in choices}

    def value(name: str, form: str) -> str | None:
        if name in built_in:
            return built_in[name]
        if name not in named:
            return None
        return _formatted(named[name], form, Choice.promql)

    return _replaced(text, value)


def words(text: str, choices: Sequence[Choice], built_in: Mapping[str, str] | None = None) -> str:
    """Return a title or a text for people with the variables' values in their places."""
    named = {choice.name: choice for choice in choices}

    def value(name: str, form: str) -> str | None:
        if built_in and name in built_in:
            return built_in[name]
        return _formatted(named[name], form, Choice.words) if name in named else None

    return _replaced(text, value)


def _formatted(choice: Choice, form: str, otherwise: Callable[[Choice], str]) -> str:
    match form:
        case "raw" | "csv":
            return ",".join(choice.values)
        case "pipe":
            return "|".join(choice.values)
        case "regex":
            return "|".join(map(escaped_regex, choice.values))
        case "text":
            return choice.words()
        case _:
            return otherwise(choice)


def _replaced(text: str, value: Callable[[str, str], str | None]) -> str:
    def replace(found: re.Match[str]) -> str:
        name = found[1] or found[3] or found[5]
        known = value(name, found[2] or found[4] or "")
        return found[0] if known is None else known

    return _VARIABLE.sub(replace, text)
