"""The lines of a JSON text on which its objects stand."""

import json
import re
from bisect import bisect_right
from functools import cache

from dashboards.reading.values import LineOf, Path

_SIGN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]')
_DEEPEST = 10
"""Panels stand no deeper, even in a List of resources; what is below has no line of its own."""


def of_json(text: str, first: int = 1) -> LineOf:
    """Return the lines of a JSON text's objects: that of its title, or the one it begins on.

    ``first`` is the line of the file on which the text begins. The text has to be JSON; it is only
    looked through once somebody asks.
    """

    @cache
    def lines() -> dict[Path, int]:
        ends = [match.start() for match in re.finditer("\n", text)]
        return {path: first + bisect_right(ends, at - 1) for path, at in _places(text).items()}

    return lambda path: lines().get(path, 0)


def _places(text: str) -> dict[Path, int]:
    """Return where objects stand, as offsets, by their paths."""
    places: dict[Path, int] = {}
    path: list[str | int] = []
    # Whether the next text is a key; None in a list.
    keys: list[bool | None] = []
    for match in _SIGN.finditer(text):
        sign = match[0]
        if sign in "{[":
            if sign == "{" and len(path) <= _DEEPEST:
                places[tuple(path)] = match.start()
            keys.append(True if sign == "{" else None)
            path.append("" if sign == "{" else 0)
        elif sign in "}]":
            keys.pop()
            path.pop()
        elif sign == ",":
            if keys[-1] is None:
                path[-1] = int(path[-1]) + 1
            else:
                keys[-1] = True
        elif keys and keys[-1]:
            keys[-1] = False
            path[-1] = _unquoted(sign)
            if sign == '"title"' and len(path) <= _DEEPEST:
                places[tuple(path[:-1])] = match.start()
    return places


def _unquoted(sign: str) -> str:
    if "\\" not in sign:
        return sign[1:-1]
    return str(json.loads(sign))
