"""What a panel's ``fieldConfig`` says about one series or column: unit, limits, colours, words."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dashboards.report import mappings, units
from dashboards.report.colors import Look, dash_number, named
from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Settings:
    """How the values of one series or column are shown."""

    unit: str = "none"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    no_value: str = ""
    mappings: Sequence[Json] = ()
    """Grafana's value mappings: what is shown for some values, and in which colour."""
    steps: tuple[tuple[float, str], ...] = ()
    """Thresholds: the lowest value of each step, and its colour."""
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

    def text(self, value: float | None) -> str:
        """Return a value's word or the value with its unit; for None what is said of it, or –."""
        if said := self.said(value):
            return said
        if value is None:
            return self.no_value or "–"
        return units.formatter(self.unit)(value, self.decimals)

    def said(self, value: float | str | None) -> str:
        """Return the word that a mapping has for a value, "" if none."""
        found = mappings.word(self.mappings, value)
        return found[0] if found else ""

    def tone(self, value: float | None) -> str:
        """Return the colour that a value has by its word or the thresholds, "" if none."""
        found = mappings.word(self.mappings, value)
        if found and found[1]:
            return found[1]
        if value is None or math.isnan(value) or self.color.get("mode") != "thresholds":
            return ""
        if self.percentage:
            least = self.minimum or 0.0
            if self.maximum is None or self.maximum <= least:
                return ""
            value = (value - least) / (self.maximum - least) * 100
        return next((color for least, color in reversed(self.steps) if value >= least), "")

    @property
    def look(self) -> Look | None:
        """Return the look of a line whose colour is fixed, None for one that its name decides."""
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


def settings(panel: Json, name: str = "", query: str = "") -> Settings:
    """Return the settings for a series or column: the panel's, then what overrides them."""
    config = panel.get("fieldConfig", {})
    defaults = config.get("defaults", {})
    custom = {f"custom.{key}": value for key, value in defaults.get("custom", {}).items()}
    found = _changed(Settings(), {**custom, **defaults})
    for override in config.get("overrides", ()):
        if _matches(override.get("matcher", {}), name, query):
            properties = {p["id"]: p.get("value") for p in override.get("properties", ())}
            found = _changed(found, properties)
    return found


def _changed(found: Settings, properties: Mapping[str, Any]) -> Settings:
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
    return replace(found, **known)


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
            return _found(str(wanted), name)
        case _:
            return False


def _found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern.strip("/"), name) is not None
    except (re.error, RecursionError, OverflowError):
        # Grafana matches nothing by a pattern that is none.
        return False
