"""The values between asking Prometheus and drawing: nothing here knows HTTP or HTML."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboards.schema.values import Json

Cell = str | float | None
"""A table's value: a label, a number, or nothing."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The range that a page is about; both ends are UTC."""

    start: datetime
    end: datetime
    now: datetime | None = None
    """From when on it is counted back, if it is: a panel's own ``timeFrom`` is only then used."""

    @property
    def milliseconds(self) -> int:
        """Return the range's length."""
        return round((self.end - self.start).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Sampled:
    """One series of Prometheus' answer: labels, and equally long times (Unix s) and values."""

    labels: Mapping[str, str]
    times: "array[float]"
    values: "array[float]"


@dataclass(frozen=True, slots=True)
class Series:
    """A series with the name that people read; ``query`` is the refId it answers."""

    name: str
    labels: Mapping[str, str]
    times: "array[float]"
    values: "array[float]"
    query: str = "A"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class PanelData:
    """A panel of the board with its answers: series, or a table, or the error in words."""

    panel: Json
    series: tuple[Series, ...] = ()
    table: Table | None = None
    step: float = 60.0
    """Seconds between two points of a range query."""
    error: str = ""
    notes: tuple[str, ...] = ()
    """What of the panel is not shown as in Grafana, in words."""
    elsewhere: str = ""
    """Why nothing was asked at all, in words."""
    span: TimeRange | None = None
    """The panel's own range, if it has one."""

    @property
    def title(self) -> str:
        """Return the panel's title, or ''."""
        return str(self.panel.get("title", ""))

    @property
    def kind(self) -> str:
        """Return Grafana's name for the kind of panel: ``timeseries``, ``stat``."""
        return str(self.panel.get("type", ""))
