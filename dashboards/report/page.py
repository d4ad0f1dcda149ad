"""The page around the panels: headings, what the numbers are about, notes for paper."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from dashboards.evaluate import ranges
from dashboards.evaluate.interpolate import Choice
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.report import hyperlinks, panels, style
from dashboards.report.colors import looks
from dashboards.report.context import Context
from dashboards.report.document import head
from dashboards.report.html import Html, element, escape, joined, text
from dashboards.report.hyperlinks import Page
from dashboards.schema.values import Json

_MOST_VALUES = 24


def page(
    board: Json,
    data: Sequence[PanelData],
    choices: Sequence[Choice],
    span: TimeRange,
    made: datetime,
    pages: Mapping[str, Page] | None = None,
) -> str:
    """Return the whole HTML document: it loads nothing and says all its times in UTC.

    ``pages`` are those of the report, this one too, by their boards' uids: links lead to them.
    """
    pages = pages or {}
    colored = [pair for one in data for pair in panels.colored(one)]
    fixed = {name: look for name, look in colored if look is not None}
    context = Context(span, made, looks((name for name, _ in colored), fixed), pages)
    title = str(board["title"])
    main = element("main", *_sections(data, context), Html(_notes(data)))
    script = Html(f"<script>{style.SCRIPT}</script>")
    others = _others(pages, str(board.get("uid", "")))
    body = element("body", _header(board, choices, span, made), others, main, script)
    begun = head(f"{title}, {_day(span.start)} – {_day(span.end)}")
    return f'<!doctype html>\n<html lang="en">\n{begun}\n{body}\n</html>\n'


def _header(board: Json, choices: Sequence[Choice], span: TimeRange, made: datetime) -> Html:
    shown = [choice for choice in choices if not choice.hidden or choice.note]
    rows = [
        _fact("Range", f"{_time(span.start)} – {_time(span.end)} UTC ({_length(span)})"),
        *(_fact(choice.label, _words(choice), choice.note) for choice in shown),
        _fact("Made", f"{_time(made)} UTC"),
    ]
    return element(
        "header",
        text("h1", str(board["title"])),
        text("p", str(board.get("description", ""))),
        element("dl", *rows),
        *(text("p", note, class_="warn") for note in ranges.notes(span, made)),
    )


def _fact(name: str, fact: str, note: str = "") -> Html:
    """Return a row of what the page is about; a note says what is unusual in it."""
    about = text("small", note) if note else Html("")
    value = escape(fact) if fact else text("span", "empty", class_="no")
    return joined(text("dt", name), element("dd", value, about))


def _others(pages: Mapping[str, Page], own: str) -> Html:
    """Return links to the report's other pages; nothing where there are none."""
    if len(pages) < 2:
        return Html("")
    links = (
        text("span", page.title)
        if uid == own
        else text("a", page.title, href=hyperlinks.file(page))
        for uid, page in pages.items()
    )
    return element("nav", *links, aria_label="Boards")


def _words(choice: Choice) -> str:
    """Return what is chosen, "" if it is nothing or the empty value."""
    if choice.everything and not choice.values:
        return f"all, matched by {choice.all_value}" if choice.all_value else ""
    listed = ", ".join((choice.texts or choice.values)[:_MOST_VALUES])
    if len(choice.values) > _MOST_VALUES:
        listed += f" and {len(choice.values) - _MOST_VALUES} more"
    if not choice.everything:
        return listed
    return f"all {len(choice.values)}: {listed}" if len(choice.values) > 1 else f"all ({listed})"


def _sections(data: Sequence[PanelData], context: Context) -> Iterable[Html]:
    """Return a section for each row of the board, with its heading and panels."""
    heading, inside = "", list[Html]()
    for number, one in enumerate(data):
        if one.kind != "row":
            inside.append(_panel(one, context, number))
            continue
        if inside:
            yield _section(heading, inside)
        heading, inside = one.title, []
    if inside:
        yield _section(heading, inside)


def _section(heading: str, inside: Sequence[Html]) -> Html:
    title = text("h2", heading) if heading else Html("")
    return element("section", title, element("div", *inside, class_="grid"))


def _panel(one: PanelData, context: Context, number: int) -> Html:
    place = one.panel.get("gridPos", {})
    width = int(place.get("w", 24))
    described = str(one.panel.get("description", ""))
    size = "third" if width <= 6 else "half" if width < 18 else "whole"
    reference = text("sup", str(number), class_="paper", aria_hidden="true")
    about = element("details", text("summary", "What this counts"), text("p", described))
    return element(
        "article",
        element("h3", escape(one.title), reference if described else Html(""))
        if one.title
        else Html(""),
        panels.body(one, context),
        *(text("p", note, class_="no") for note in one.notes),
        about if described else Html(""),
        class_=f"panel {size} {''.join(filter(str.isalnum, one.kind))}",
        style=f"--x:{int(place.get('x', 0)) + 1};--w:{width}",
    )


def _notes(data: Sequence[PanelData]) -> Html:
    """Return the descriptions once more, for paper: there nothing can be unfolded."""
    notes = [
        joined(text("dt", f"{number} {one.title}"), text("dd", one.panel["description"]))
        for number, one in enumerate(data)
        if one.panel.get("description")
    ]
    if not notes:
        return Html("")
    inside = element("dl", *notes)
    return element("section", text("h2", "What the numbers count"), inside, class_="paper notes")


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
