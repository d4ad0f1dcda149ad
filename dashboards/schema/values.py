"""Parts of JSON that somebody else wrote: of the type that is expected, or empty."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]
"""A JSON object."""


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, {} for whatever else stands there."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterator[Json]:
    """Yield the objects of a list; nothing if there is no list."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def panels(board: Json) -> list[Json]:
    """Return the board's rows and panels from top to bottom; collapsed rows are opened."""
    found: list[Json] = []
    for panel in board["panels"]:
        found += [panel, *panel.get("panels", ())] if panel["type"] == "row" else [panel]
    return found


def text(value: object) -> str:
    """Return a text, "" for whatever else stands there."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a whole number, also one written as 8.0; None for whatever else stands there."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value)


def without_nulls(value: Mapping[str, Any]) -> Json:
    """Return an object without the keys whose value is null."""
    return {key: each for key, each in value.items() if each is not None}
