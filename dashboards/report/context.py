"""What all panels of a page share, and values that need it to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dashboards.evaluate import times
from dashboards.evaluate.model import TimeRange
from dashboards.report.colors import Look
from dashboards.report.hyperlinks import Page
from dashboards.report.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """What all panels of a page share."""

    span: TimeRange
    now: datetime
    looks: Mapping[str, Look]
    pages: Mapping[str, Page] = field(default_factory=dict)
    """The report's pages by their boards' uids."""


def shown(value: float | None, found: Settings, context: Context) -> str:
    """Return a value with its unit; times are told from when the page was made."""
    if value is None or not found.unit.startswith("dateTime"):
        return found.text(value)
    if found.unit == "dateTimeFromNow":
        return times.from_now(value / 1000, context.now.timestamp())
    return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}"
