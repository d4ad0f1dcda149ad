"""What a value is shown as: Grafana's value mappings, of values, ranges, patterns, nothing.

Read from Grafana 12.4 (packages/grafana-data: utils/valueMappings.ts).
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.schema.values import Json

Word = tuple[str, str]
"""A text, "" for the value's own, and one of Grafana's colours, "" for none."""


def word(mappings: Sequence[Json], value: float | str | None) -> Word | None:
    """Return what the first mapping that fits makes of a value, None if none does."""
    for mapping in mappings:
        options = mapping.get("options", {})
        match mapping.get("type"):
            case "value":
                found = options.get(_key(value))
            case "range":
                found = options.get("result") if _within(options, value) else None
            case "regex":
                found = _of_pattern(options, value)
            case "special":
                found = options.get("result") if _special(options.get("match"), value) else None
            case _:
                found = None
        if isinstance(found, Mapping):
            return _said(found)
    return None


def _said(found: Mapping[str, Any]) -> Word:
    return str(found.get("text", "")), str(found.get("color", ""))


def _key(value: float | str | None) -> str:
    """Return a value as JavaScript names a property by it: 1 for 1.0."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e21
    return str(int(value)) if whole else repr(value)


def _within(options: Mapping[str, Any], value: float | str | None) -> bool:
    if not isinstance(value, float | int) or math.isnan(value):
        return False
    least, most = _bound(options.get("from"), -math.inf), _bound(options.get("to"), math.inf)
    return least <= value <= most


def _bound(said: object, otherwise: float) -> float:
    try:
        return float(said) if isinstance(said, str | int | float) else otherwise
    except (ValueError, OverflowError):
        return otherwise


def _of_pattern(options: Mapping[str, Any], value: float | str | None) -> Mapping[str, Any] | None:
    result = options.get("result")
    if value is None or not isinstance(result, Mapping):
        return None
    pattern = str(options.get("pattern", ""))
    flagged = re.fullmatch(r"/(.*?)/(g?i?m?y?s?)", pattern, re.DOTALL)
    body, flags = (flagged[1], flagged[2]) if flagged else (f"^{pattern}$", "")
    try:
        expression = re.compile(body, re.IGNORECASE if "i" in flags else 0)
    except (re.error, RecursionError, OverflowError):
        return None
    found = expression.search(_key(value))
    if found is None:
        return None
    # "$1" of a result is what the first group matched.
    groups = lambda mark: found[int(mark[1])] or "" if int(mark[1]) <= len(found.groups()) else ""  # noqa: E731
    return {**result, "text": re.sub(r"\$(\d)", groups, str(result.get("text", "")))}


def _special(match: object, value: float | str | None) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    match match:
        case "null":
            return value is None
        case "nan":
            return is_nan
        case "null+nan":
            return value is None or is_nan
        case "true" | "false" | "empty":
            return value == ("" if match == "empty" else match)
        case _:
            return False
