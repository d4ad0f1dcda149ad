"""What a value of JSON is to look like, and what can be kept of one that looks otherwise."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[object], Any]
"""Returns what can be kept of a value; None if nothing."""

_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")


def text(value: object) -> str | None:
    """Return a text; numbers and truths as texts, too. Half a character becomes �."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return _HALF_CHARACTERS.sub("�", value) if isinstance(value, str) else None


def number(value: object) -> int | float | None:
    """Return a number that is one, also of its text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(least: int, most: int) -> Shape:
    """Return the shape of whole numbers between two."""

    def shape(value: object) -> int | None:
        finite = number(value)
        return None if finite is None else min(max(round(finite), least), most)

    return shape


def truth(value: object) -> bool | None:
    """Return true or false, nothing else."""
    return value if isinstance(value, bool) else None


def anything(value: object) -> Any:  # noqa: ANN401
    """Return any value, its texts without half characters."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [anything(item) for item in value]
    if isinstance(value, dict):
        return {str(text(key)): anything(item) for key, item in value.items()}
    return value


def listed(item: Shape) -> Shape:
    """Return the shape of a list, of which only what has the item's shape is kept."""

    def shape(value: object) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        return [kept for kept in map(item, value) if kept is not None]

    return shape


def mapped(item: Shape) -> Shape:
    """Return the shape of a mapping from any text, of which only what has the shape is kept."""

    def shape(value: object) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        kept = ((str(text(key)), item(each)) for key, each in value.items())
        return {key: each for key, each in kept if each is not None}

    return shape


def record(fields: Mapping[str, Shape]) -> Shape:
    """Return the shape of a mapping whose fields have shapes; others are kept as they are."""

    def shape(value: object) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        kept: dict[str, Any] = {}
        for key, written in value.items():
            readable = fields.get(key, anything)(written)
            if readable is not None:
                kept[str(text(key))] = readable
        return kept

    return shape


def either(*shapes: Shape) -> Shape:
    """Return the first of several shapes that a value has."""

    def shape(value: object) -> Any:  # noqa: ANN401
        return next(
            (kept for kept in (shape_(value) for shape_ in shapes) if kept is not None), None
        )

    return shape


def exactly(kind: type) -> Shape:
    """Return the shape of values of one type, whatever is in them."""
    return lambda value: anything(value) if isinstance(value, kind) else None
