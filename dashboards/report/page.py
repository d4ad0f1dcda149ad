"""The page around the panels: headings, what the numbers are about, notes for paper."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from markupsafe import Markup

from dashboards.evaluate import ranges
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.report import hyperlinks, panels, style
from dashboards.report.context import Context
from dashboards.report.hyperlinks import PageLink
from dashboards.report.markup import View, render
from dashboards.report.series_style import series_styles
from dashboards.schema.values import Json

_MOST_VALUES = 24


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of what the page is about; a note says what is unusual in it."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A link to one of the report's pages; without an address it is this one."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel's frame, and in it what the panel shows."""

    title: str
    number: int
    """What its description has on paper, where nothing can be unfolded."""
    description: str
    notes: tuple[str, ...]
    body: View
    classes: str
    column: int
    """The first of the columns that it takes, from 1."""
    width: int
    """How many of the 24 columns it takes."""


@dataclass(frozen=True, slots=True)
class Section:
    """A row of the board: its heading and its panels."""

    heading: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A whole page."""

    board: str
    description: str
    days: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    links: tuple[BoardLink, ...]
    sections: tuple[Section, ...]
    template: ClassVar[str] = "page.html"
    policy: ClassVar[str] = style.POLICY
    css: ClassVar[Markup] = Markup(style.CSS)
    script: ClassVar[Markup] = Markup(style.SCRIPT)

    @property
    def described(self) -> list[Panel]:
        """Return the panels that have a description."""
        return [panel for section in self.sections for panel in section.panels if panel.description]


def page(
    board: Json,
    data: Sequence[PanelData],
    choices: Sequence[Choice],
    span: TimeRange,
    made: datetime,
    pages: Mapping[str, PageLink] | None = None,
) -> str:
    """Return the whole HTML document: it loads nothing and says all its times in UTC.

    ``pages`` are those of the report, this one too, by their boards' uids: links lead to them.
    """
    pages = pages or {}
    styled = [pair for panel in data for pair in panels.styled(panel)]
    fixed = {name: style for name, style in styled if style is not None}
    context = Context(span, made, series_styles((name for name, _ in styled), fixed), pages)
    view = ReportPage(
        board=str(board["title"]),
        description=str(board.get("description", "")),
        days=f"{_day(span.start)} – {_day(span.end)}",
        facts=tuple(_facts(choices, span, made)),
        warnings=tuple(ranges.notes(span, made)),
        links=_links(pages, str(board.get("uid", ""))),
        sections=tuple(_sections(data, context)),
    )
    return str(render(view))


def _facts(choices: Sequence[Choice], span: TimeRange, made: datetime) -> Iterator[Fact]:
    yield Fact("Range", f"{_time(span.start)} – {_time(span.end)} UTC ({_length(span)})")
    for choice in choices:
        if not choice.hidden or choice.note:
            yield Fact(choice.label, _chosen(choice), choice.note)
    yield Fact("Made", f"{_time(made)} UTC")


def _links(pages: Mapping[str, PageLink], own: str) -> tuple[BoardLink, ...]:
    """Return links to the report's pages; none where this one is the only one."""
    if len(pages) < 2:
        return ()
    return tuple(
        BoardLink(page.title, "" if uid == own else hyperlinks.file(page))
        for uid, page in pages.items()
    )


def _chosen(choice: Choice) -> str:
    """Return what is chosen, "" if it is nothing or the empty value."""
    if choice.everything and not choice.values:
        return f"all, matched by {choice.all_value}" if choice.all_value else ""
    listed = ", ".join((choice.texts or choice.values)[:_MOST_VALUES])
    if len(choice.values) > _MOST_VALUES:
        listed += f" and {len(choice.values) - _MOST_VALUES} more"
    if not choice.everything:
        return listed
    return f"all {len(choice.values)}: {listed}" if len(choice.values) > 1 else f"all ({listed})"


def _sections(data: Sequence[PanelData], context: Context) -> Iterator[Section]:
    """Yield a section for each row of the board that has panels."""
    heading, inside = "", list[Panel]()
    for number, panel in enumerate(data):
        if panel.kind != "row":
            inside.append(_panel(panel, context, number))
            continue
        if inside:
            yield Section(heading, tuple(inside))
        heading, inside = panel.title, []
    if inside:
        yield Section(heading, tuple(inside))


def _panel(data: PanelData, context: Context, number: int) -> Panel:
    place = data.panel.get("gridPos", {})
    width = int(place.get("w", 24))
    size = "third" if width <= 6 else "half" if width < 18 else "whole"
    kind = "".join(filter(str.isalnum, data.kind))
    return Panel(
        title=data.title,
        number=number,
        description=str(data.panel.get("description", "")),
        notes=data.notes,
        body=panels.body(data, context),
        classes=f"panel {size} {kind}",
        column=int(place.get("x", 0)) + 1,
        width=width,
    )


def _day(time: datetime) -> str:
    return f"{time.day} {time:%b %Y}"


def _time(time: datetime) -> str:
    return f"{time:%a} {_day(time)} {time:%H:%M}"


def _length(span: TimeRange) -> str:
    minutes = round(span.milliseconds / 60_000)
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            count = f"{minutes / size:.1f}".removesuffix(".0")
            return f"{count} {word}{'' if count == '1' else 's'}"
    return f"{minutes} minutes"
