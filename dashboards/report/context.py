"""What all panels of a page share, and values that need it to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dashboards.evaluate import times
from dashboards.evaluate.model import TimeRange
from dashboards.report.field_config import FieldConfig
from dashboards.report.hyperlinks import PageLink
from dashboards.report.series_style import SeriesStyle


@dataclass(frozen=True, slots=True)
class Context:
    """What all panels of a page share."""

    span: TimeRange
    now: datetime
    styles: Mapping[str, SeriesStyle]
    """The look of each series' name."""
    pages: Mapping[str, PageLink] = field(default_factory=dict)
    """The report's pages by their boards' uids."""


def formatted(value: float | None, config: FieldConfig, context: Context) -> str:
    """Return a value with its unit; times are told from when the page was made."""
    if value is None or not config.unit.startswith("dateTime"):
        return config.text(value)
    if config.unit == "dateTimeFromNow":
        return times.from_now(value / 1000, context.now.timestamp())
    return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}"
