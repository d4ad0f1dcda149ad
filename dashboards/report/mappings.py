"""What a value is shown as: Grafana's value mappings, of values, ranges, patterns, nothing.

Read from Grafana 12.4 (packages/grafana-data: utils/valueMappings.ts).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text, "" for the value's own, and one of Grafana's colors, "" for none."""

    text: str
    color: str


def mapped(mappings: Sequence[Json], value: float | str | None) -> Mapped | None:
    """Return what the first mapping that fits makes of a value, None if none does."""
    for mapping in mappings:
        result = _result(mapping, value)
        if isinstance(result, Mapping):
            return Mapped(str(result.get("text", "")), str(result.get("color", "")))
    return None


def _result(mapping: Json, value: float | str | None) -> object:
    options = mapping.get("options", {})
    match mapping.get("type"):
        case "value":
            return options.get(_key(value))
        case "range":
            return options.get("result") if _within(options, value) else None
        case "regex":
            return _of_pattern(options, value)
        case "special":
            return options.get("result") if _special(options.get("match"), value) else None
        case _:
            return None


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


def _bound(written: object, otherwise: float) -> float:
    try:
        return float(written) if isinstance(written, str | int | float) else otherwise
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
    match = expression.search(_key(value))
    if match is None:
        return None
    # "$1" of a result is what the first group matched.
    groups = {str(number): group or "" for number, group in enumerate((match[0], *match.groups()))}
    text = re.sub(r"\$(\d)", lambda mark: groups.get(mark[1], ""), str(result.get("text", "")))
    return {**result, "text": text}


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
