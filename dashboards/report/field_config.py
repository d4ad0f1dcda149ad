"""A panel's ``fieldConfig`` for one series or column: unit, limits, colors, words."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboards.kit.units import word
from dashboards.report import mappings, units
from dashboards.report.series_style import SeriesStyle, dash_number, named
from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class FieldConfig:
    """How the values of one series or column are shown."""

    unit: str = "none"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    no_value: str = ""
    mappings: Sequence[Json] = ()
    """Grafana's value mappings: what is shown for some values, and in which color."""
    steps: tuple[tuple[float, str], ...] = ()
    """Thresholds: the lowest value of each step, and its color."""
    percentage: bool = False
    """Whether the steps are parts of a hundred between minimum and maximum."""
    color: Mapping[str, Any] = field(default_factory=dict)
    line_style: Mapping[str, Any] = field(default_factory=dict)
    links: Sequence[Json] = ()
    hidden: bool = False
    transform: str = ""
    """Grafana's ``negative-Y`` draws what is above zero below it."""
    axis_label: str = ""
    """What stands beside the axis: of what the numbers are, where their unit does not say it."""
    cell: str = ""
    """Grafana's kind of a table's cell: ``color-text``, ``gauge``."""

    @property
    def axis_title(self) -> str:
        """What stands above the axis: ``cores`` of ``suffix:cores``, else the label, or ''."""
        return word(self.unit) or self.axis_label

    def text(self, value: float | None) -> str:
        """Return a value's word or the value with its unit; for None what is said of it, or –."""
        if mapped := self.mapped_text(value):
            return mapped
        if value is None:
            return self.no_value or "–"
        return units.formatter(self.unit)(value, self.decimals)

    def mapped_text(self, value: float | str | None) -> str:
        """Return the text that a value mapping has for a value, "" if none."""
        mapped = mappings.mapped(self.mappings, value)
        return mapped.text if mapped else ""

    def color_of(self, value: float | None) -> str:
        """Return the color of a value, by its mapping or the thresholds; "" if it has none."""
        mapped = mappings.mapped(self.mappings, value)
        if mapped and mapped.color:
            return mapped.color
        if value is None or math.isnan(value) or self.color.get("mode") != "thresholds":
            return ""
        if self.percentage:
            least = self.minimum or 0.0
            if self.maximum is None or self.maximum <= least:
                return ""
            value = (value - least) / (self.maximum - least) * 100
        return next((color for least, color in reversed(self.steps) if value >= least), "")

    @property
    def style(self) -> SeriesStyle | None:
        """Return the style of a line whose color is fixed, None for one that its name decides."""
        if self.color.get("mode") != "fixed" or "fixedColor" not in self.color:
            return None
        return named(str(self.color["fixedColor"]), dash_number(self.line_style.get("dash", ())))


# Grafana's property → ours.
_PROPERTIES = {
    "unit": "unit",
    "decimals": "decimals",
    "min": "minimum",
    "max": "maximum",
    "noValue": "no_value",
    "color": "color",
    "links": "links",
    "custom.lineStyle": "line_style",
    "custom.hidden": "hidden",
    "custom.transform": "transform",
    "custom.axisLabel": "axis_label",
}


def field_config(panel: Json, name: str = "", query: str = "") -> FieldConfig:
    """Return how a series or column is shown: the panel's defaults, then what overrides them."""
    written = panel.get("fieldConfig", {})
    defaults = written.get("defaults", {})
    custom = {f"custom.{key}": value for key, value in defaults.get("custom", {}).items()}
    config = _changed(FieldConfig(), {**custom, **defaults})
    for override in written.get("overrides", ()):
        if _matches(override.get("matcher", {}), name, query):
            properties = {p["id"]: p.get("value") for p in override.get("properties", ())}
            config = _changed(config, properties)
    return config


def _changed(config: FieldConfig, properties: Mapping[str, Any]) -> FieldConfig:
    known = {
        ours: properties[theirs]
        for theirs, ours in _PROPERTIES.items()
        if properties.get(theirs) is not None
    }
    if properties.get("mappings"):
        known["mappings"] = properties["mappings"]
    if properties.get("thresholds"):
        known["steps"] = _steps(properties["thresholds"])
        known["percentage"] = properties["thresholds"].get("mode") == "percentage"
    if properties.get("custom.cellOptions"):
        known["cell"] = str(properties["custom.cellOptions"].get("type", ""))
    return replace(config, **known)


def _steps(thresholds: Json) -> tuple[tuple[float, str], ...]:
    steps = ((step.get("value"), str(step.get("color"))) for step in thresholds.get("steps", ()))
    return tuple((-math.inf if value is None else float(value), color) for value, color in steps)


def _matches(matcher: Json, name: str, query: str) -> bool:
    wanted = matcher.get("options")
    match matcher.get("id"):
        case "byName":
            return bool(wanted == name)
        case "byFrameRefID":
            return bool(wanted == query)
        case "byRegexp":
            return _matches_pattern(str(wanted), name)
        case _:
            return False


def _matches_pattern(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern.strip("/"), name) is not None
    except (re.error, RecursionError, OverflowError):
        # Grafana matches nothing by a pattern that is none.
        return False
