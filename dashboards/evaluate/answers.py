"""Prometheus' answers as values, and names as its API's paths hold them."""

import math
import re
from array import array
from collections.abc import Mapping
from typing import Any

from dashboards.evaluate.errors import QueryError
from dashboards.evaluate.model import Sampled

_LEGACY_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)

ALONE = ("scalar", "string")
"""Kinds of answers that hold one value and no series."""


def samples(data: Any) -> list[Sampled]:  # noqa: ANN401 - JSON
    """Return the series of a query's ``data``; a scalar or string is one without labels.

    Raises KeyError, TypeError, ValueError or AttributeError for what is no answer of Prometheus'.
    """
    kind, result = data["resultType"], data["result"]
    if kind in ALONE:
        result = [{"metric": {}, "value": result}]
    return [_of_series(item) for item in result]


def _of_series(item: Mapping[str, Any]) -> Sampled:
    points = item.get("values") or ([item["value"]] if "value" in item else [])
    if not points and ("histogram" in item or "histograms" in item):
        raise QueryError(
            "The answer holds native histograms, which no picture here shows. Use "
            "histogram_quantile(), histogram_avg() or histogram_count() in the query."
        )
    return Sampled(
        labels={str(name): str(text) for name, text in item["metric"].items()},
        times=array("d", (float(time) for time, _ in points)),
        values=array("d", (_number(value) for _, value in points)),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def label_in_path(name: str) -> str:
    """Return a label's name as a path of the API holds it: Prometheus 3's others are escaped.

    ``my.label`` is ``U__my_2e_label``.
    """
    if _LEGACY_NAME.fullmatch(name):
        return name
    return f"U__{''.join(map(_escaped, name))}"


def _escaped(character: str) -> str:
    if character == "_":
        return "__"
    plain = character.isascii() and character.isalnum()
    return character if plain else f"_{ord(character):x}_"
