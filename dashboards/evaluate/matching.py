"""What a variable's ``regex`` makes of the values that a query found, and their order.

Read from @grafana/scenes 6.39 (variables/variants/query/utils) and Grafana 12.4
(packages/grafana-data: text/string.ts, stringToJsRegex).
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """A value that a variable offers, and what people see of it."""

    value: str
    text: str
    fields: "dict[str, str]" = field(default_factory=dict)
    """What ``${name.field}`` stands for, where the option's author wrote JSON."""


class VariableError(ValueError):
    """A variable or a value that a board does not have; the message names close ones."""


class PatternError(ValueError):
    """A variable's regular expression cannot be read."""


def matched(options: Iterable[Option], pattern: str) -> list[Option]:
    """Return what a regular expression of JavaScript leaves, each value once.

    ``/jupyter-(.*)/`` makes of ``jupyter-ann`` the value ``ann``; groups called ``text`` and
    ``value`` part what people see from what queries get; with the flag ``g`` every match is a
    value. Without slashes the whole value has to match. Raises PatternError.
    """
    options = list(options)
    if not pattern:
        return _once(options)
    expression, everywhere = _compiled(pattern)
    left: list[Option] = []
    for option in options:
        matches = list(expression.finditer(option.value))
        # JavaScript ends at a match of nothing.
        last = next((n for n, match in enumerate(matches) if not match[0]), len(matches) - 1)
        matches = matches[: last + 1] if everywhere else matches[:1]
        left += _of_matches(option, matches) if matches else []
    return _once(left)


def _of_matches(option: Option, matches: Sequence[re.Match[str]]) -> list[Option]:
    value = _group(matches, "value")
    text = _group(matches, "text")
    if value or text:
        return [Option(value or text, text or value)]
    if not matches[0].re.groups:
        return [option]
    groups = [match[1] or "" for match in matches]
    return [Option(group, group) for group in groups]


def _group(matches: Sequence[re.Match[str]], name: str) -> str:
    return next((match[name] for match in matches if match.groupdict().get(name)), "")


def _once(options: Iterable[Option]) -> list[Option]:
    return list({option.value: option for option in reversed(list(options))}.values())[::-1]


def _compiled(pattern: str) -> tuple[re.Pattern[str], bool]:
    """Return a JavaScript regex as Python's, and whether it has the flag ``g``."""
    flags = ""
    body = f"^{pattern}$"
    if pattern.startswith("/"):
        # Grafana's own pattern: the first slash after which only flags are left.
        parts = re.fullmatch(r"/(.*?)/(g?i?m?y?s?)", pattern, re.DOTALL)
        if parts is None:
            raise PatternError(
                f"{pattern!r} is no regular expression: it begins with / and has no end"
            )
        body, flags = parts[1], parts[2]
    known = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
    options = re.ASCII
    for flag in flags:
        options |= known.get(flag, re.NOFLAG)
    try:
        return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", body), options), "g" in flags
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(
            f"{pattern!r} cannot be read as a regular expression: {error}"
        ) from error


def ordered(options: Sequence[Option], sort: int) -> list[Option]:
    """Return options in one of Grafana's orders.

    1 and 2 are alphabetical, 3 and 4 numerical, 5 and 6 alphabetical whatever the case, 7 and 8
    natural (``pod-9`` before ``pod-10``); even numbers descend; 0 leaves them as they are.
    """
    keys: dict[int, Callable[[Option], Any]] = {
        1: _alphabetical,
        2: _numerical,
        3: _caseless,
        4: _natural,
    }
    key = keys.get(math.ceil(sort / 2))
    if key is None:
        return list(options)
    ascending = sorted(options, key=key)
    return ascending[::-1] if sort % 2 == 0 else ascending


def _alphabetical(option: Option) -> str:
    return option.text


def _numerical(option: Option) -> int:
    digits = re.search(r"\d+", option.text, re.ASCII)
    return int(digits[0][:300]) if digits else -1


def _caseless(option: Option) -> str:
    return option.text.lower()


def _natural(option: Option) -> list[tuple[bool, int, str]]:
    parts = re.split(r"(\d+)", option.text.lower(), flags=re.ASCII)
    return [
        (not part.isdecimal(), int(part[:300]) if part.isdecimal() else 0, part)
        for part in parts
        if part
    ]
