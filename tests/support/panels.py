"""What tests read off rendered panels."""

from collections.abc import Mapping
from typing import Any

from dashboards.kit.requirements import ALL, Requirement


def required_by(panel: Mapping[str, Any]) -> Requirement | None:
    """Return what a rendered panel requires, by what it says where it finds nothing; or None."""
    no_value = panel.get("fieldConfig", {}).get("defaults", {}).get("noValue")
    return next((each for each in ALL if no_value in (each.short, each.sentence)), None)
