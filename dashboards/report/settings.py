"""What a panel's ``fieldConfig`` says about one series or column: unit, decimals, limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dashboards.render import Json
from dashboards.report import units


@dataclass(frozen=True, slots=True)
class Settings:
    """How the values of one series or column are shown."""

    unit: str = "none"
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    no_value: str = ""

    def text(self, value: float | None) -> str:
        """Return a value with its unit; what the panel says instead of nothing, or a dash."""
        if value is None:
            return self.no_value or "–"
        return units.formatter(self.unit)(value, self.decimals)


# Grafana's property → ours.
_PROPERTIES = {
    "unit": "unit",
    "decimals": "decimals",
    "min": "minimum",
    "max": "maximum",
    "noValue": "no_value",
}


def settings(panel: Json, name: str = "", query: str = "") -> Settings:
    """Return the settings for a series or column: the panel's, then what overrides them."""
    config = panel.get("fieldConfig", {})
    found = _changed(Settings(), config.get("defaults", {}))
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
    return replace(found, **known)


def _matches(matcher: Json, name: str, query: str) -> bool:
    wanted = matcher.get("options")
    match matcher.get("id"):
        case "byName":
            return bool(wanted == name)
        case "byFrameRefID":
            return bool(wanted == query)
        case "byRegexp":
            return re.search(str(wanted).strip("/"), name) is not None
        case _:
            return False
