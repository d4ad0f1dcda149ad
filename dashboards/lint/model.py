"""A dashboard's JSON as rules look at it: panels, queries, variables, each with its place."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from dashboards.lint import datasources
from dashboards.lint.promql import Query, is_logql
from dashboards.reading.values import LineOf, Path, no_line
from dashboards.schema.datasources import PROMETHEUS, chosen_types
from dashboards.schema.exemptions import Exempt
from dashboards.schema.values import Json, mapping, objects, text, whole

# Grafana's own panels that show what queries find. What a plugin's panel needs, only it knows.
_WITH_QUERIES = frozenset(
    [
        "timeseries",
        "graph",
        "stat",
        "singlestat",
        "gauge",
        "bargauge",
        "table",
        "table-old",
        "piechart",
        "heatmap",
        "barchart",
        "histogram",
        "state-timeline",
        "status-history",
        "xychart",
        "trend",
        "candlestick",
        "geomap",
    ]
)


class Severity(Enum):
    """How bad a finding is; each of them makes lint exit with 1."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """What a rule finds: a sentence, and where on the board."""

    message: str
    panel: "Panel | None" = None
    query: str = ""
    """The refId, where it is one query of several."""
    severity: Severity | None = None
    """How bad it is, where that is not as bad as what the rule finds else."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem with all that a reader needs to find it."""

    rule: str
    severity: Severity
    source: str
    """The file, the board's name in the catalog, or its address in Grafana."""
    board: str
    panel: str
    """The panel's title; with its id where another panel is called the same."""
    query: str
    message: str
    line: int = 0
    """The line of the file that the panel begins on, 0 if it is not from a file."""
    within: str = ""
    """Where in the file, if it holds more than the dashboard: ``ConfigMap hub, memory.json``."""
    panel_id: int | None = None
    """The panel's id, None for the board itself, or a panel that has none."""


@dataclass(frozen=True)
class Target:
    """A query of a panel."""

    json: Json
    panel: "Panel"

    @property
    def ref(self) -> str:
        """Return the refId."""
        return text(self.json.get("refId"))

    @property
    def text(self) -> str:
        """Return the query's text."""
        return text(self.json.get("expr"))

    @cached_property
    def query(self) -> Query:
        """Return the query, parsed."""
        return Query(self.text)

    @property
    def instant(self) -> bool:
        """Return whether it is asked for one moment only."""
        return self.json.get("instant") is True and self.json.get("range") is not True


@dataclass(frozen=True)
class Panel:
    """A panel, or a row's heading."""

    json: Json
    board: "Board" = field(repr=False)
    path: Path = ()
    """Where it stands in the board: ``("panels", 3, "panels", 0)``."""
    is_old_row: bool = False
    """Whether it is one of the rows that held panels before Grafana 5."""
    in_closed_row: bool = False

    @property
    def title(self) -> str:
        """Return the title, or ""."""
        return text(self.json.get("title"))

    @property
    def id(self) -> int | None:
        """Return Grafana's number of the panel on its board, None if it has none."""
        return whole(self.json.get("id"))

    @property
    def name(self) -> str:
        """Return the title, or what else it can be found by."""
        return self.title or self._number

    @cached_property
    def unique_name(self) -> str:
        """Return the name, with what tells it from others where there are some of that name."""
        same = self.board.names[self.name]
        return f"{self.name} ({self._number})" if same > 1 and self.title else self.name

    @property
    def _number(self) -> str:
        if self.id is not None and self.board.ids[self.id] == 1:
            return f"{self.kind} panel {self.id}"
        # Without an id of its own it is found by counting.
        order = [it.path for it in self.board.everything]
        at = order.index(self.path) + 1
        return f"{self.kind} panel {'?' if self.id is None else self.id}, number {at} on the board"

    @property
    def kind(self) -> str:
        """Return Grafana's name for the kind of panel."""
        return "row" if self.is_old_row else text(self.json.get("type"))

    @property
    def is_row(self) -> bool:
        """Return whether it is the heading of a row."""
        return self.is_old_row or self.kind == "row"

    @property
    def is_open(self) -> bool:
        """Return whether it is shown as soon as the board is."""
        return not self.is_row and not self.in_closed_row

    @property
    def shows_data(self) -> bool:
        """Return whether it is there to show what queries find."""
        # What a library panel shows is not in the dashboard.
        return self.kind in _WITH_QUERIES and "libraryPanel" not in self.json

    @property
    def options(self) -> Mapping[str, Any]:
        """Return the panel's own options."""
        return mapping(self.json.get("options"))

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Return how its fields are shown unless an override says otherwise."""
        return mapping(mapping(self.json.get("fieldConfig")).get("defaults"))

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """Return its queries, of any data source."""
        found = self.json.get("targets")
        return tuple(Target(it, self) for it in objects(found))

    @cached_property
    def promql(self) -> tuple[Target, ...]:
        """Return its queries to Prometheus."""
        return tuple(it for it in self.targets if it.text and self.board.asks_prometheus(it))


@dataclass(frozen=True)
class Board:
    """A dashboard, and where it is from."""

    json: Json
    source: str
    exemptions: tuple[Exempt, ...] = ()
    known_uids: frozenset[str] | None = None
    """The uids of all dashboards that there are, None if that is not known."""
    same_uid: tuple[str, ...] = ()
    """The sources of other dashboards with the same uid, for the first of them."""
    within: str = ""
    """Where in the source, if that holds more than the dashboard."""
    lines: LineOf = no_line
    """The lines of the file, by the paths of what stands there."""

    @property
    def name(self) -> str:
        """Return what it is called by: the source, and where in it."""
        return ": ".join(filter(None, (self.source, self.within)))

    @property
    def title(self) -> str:
        """Return the title, or ""."""
        return text(self.json.get("title"))

    @cached_property
    def names(self) -> Counter[str]:
        """Return how many panels have a name."""
        return Counter(panel.name for panel in self.everything if panel.title)

    @cached_property
    def ids(self) -> Counter[int | None]:
        """Return how many panels have an id."""
        return Counter(panel.id for panel in self.everything)

    @cached_property
    def everything(self) -> tuple[Panel, ...]:
        """Return all panels and headings, those within rows too, from top to bottom."""
        return tuple(self._everything())

    def _everything(self) -> Iterator[Panel]:
        yield from self._of(self.json.get("panels"), ("panels",))
        # Grafana before 5 kept panels in rows.
        for number, row in _numbered(self.json.get("rows")):
            yield Panel(row, self, ("rows", number), is_old_row=True)
            closed = row.get("collapse") is True
            yield from self._of(row.get("panels"), ("rows", number, "panels"), closed=closed)

    def _of(self, panels: object, path: Path, *, closed: bool = False) -> Iterator[Panel]:
        for number, panel in _numbered(panels):
            yield Panel(panel, self, (*path, number), in_closed_row=closed)
            yield from self._of(panel.get("panels"), (*path, number, "panels"), closed=True)

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Return all panels that are no headings."""
        return tuple(panel for panel in self.everything if not panel.is_row)

    @cached_property
    def promql(self) -> tuple[Target, ...]:
        """Return all queries of panels to Prometheus."""
        return tuple(target for panel in self.panels for target in panel.promql)

    @cached_property
    def variables(self) -> tuple[Json, ...]:
        """Return the board's variables."""
        return tuple(objects(mapping(self.json.get("templating")).get("list")))

    def line_of(self, panel: Panel) -> int:
        """Return the line of the file that a panel's title stands on, 0 if it is not known."""
        return self.lines(panel.path)

    def asks_prometheus(self, target: Target) -> bool:
        """Return whether a query is PromQL, by what is said of its data source.

        Where nothing is said, it is unless it is written in another language.
        """
        kind = self.source_type(target.json, target.panel.json)
        return kind == PROMETHEUS or (not kind and not is_logql(target.text))

    def source_type(self, *parts: Json) -> str:
        """Return the type of the first data source that the parts name, "" if none says."""
        return next(datasources.types(parts, self._chosen_types), "")

    @cached_property
    def _chosen_types(self) -> Mapping[str, str]:
        return chosen_types(self.json)


def _numbered(value: object) -> Iterator[tuple[int, Json]]:
    if isinstance(value, list):
        yield from ((n, each) for n, each in enumerate(value) if isinstance(each, dict))
