"""Groups and their members as a page to print, and as CSV for a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from app.backend.groups import Group, by_group, members_of, moment
from app.backend.hub_session import Freshness
from dashboards.report.document import head
from dashboards.report.html import Html, element, joined, text
from exporter.core.exposition import MembershipWriter
from exporter.core.memberships import DEFAULT_WINDOWS

_WINDOWS = tuple(window.label for window in DEFAULT_WINDOWS)
_PART = 500  # lines: a millisecond or two
# What spreadsheets take for a formula, which a username may not become.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = Sequence[str | int | None]


class GroupReport:
    """An HTML page about groups of one hub, with their members if ``names``."""

    def __init__(
        self, namespace: str, memberships: MembershipWriter, freshness: Freshness, *, names: bool
    ) -> None:
        self._namespace = namespace
        self._text = memberships
        self._freshness = freshness
        self._names = names

    def parts(self, groups: Sequence[Group]) -> Iterator[bytes]:
        """Yield the page, some hundred rows at a time. It loads nothing and runs nothing."""
        title = f"Groups of {self._namespace}"
        yield f'<!doctype html>\n<html lang="en">\n{head(title)}\n<body>'.encode()
        yield f"{self._header(title, groups)}\n<main>\n".encode()
        columns = ("Group", "Members", *(f"Active {window}" for window in _WINDOWS))
        counts = ((it.name, it.members, *_active(it)) for it in groups)
        yield from _table("Groups", columns, counts)
        if self._names:
            found = by_group(self._text)
            for group in groups:
                members = found.get(group.name, ())
                rows = ((member.name, moment(member.last_activity)) for member in members)
                yield from _table(group.name, ("Member", "Last active"), rows)
        yield b"</main></body>\n</html>\n"

    def _header(self, title: str, groups: Sequence[Group]) -> Html:
        freshness = self._freshness
        old = " (old: the hub's last answer was none)" if freshness.stale else ""
        facts = [
            ("Hub", self._namespace),
            ("Users", f"{len(self._text.snapshot.users):,}"),
            ("Groups", f"{len(groups):,}"),
            ("As of", f"{moment(freshness.refreshed)}{old}"),
        ]
        if freshness.problem:
            facts.append(("Since then", freshness.problem))
        terms = (joined(text("dt", name), text("dd", fact)) for name, fact in facts)
        return element("header", text("h1", title), element("dl", *terms))


def groups_csv(namespace: str, groups: Iterable[Group]) -> Iterator[bytes]:
    """Yield a line for each group: ``hub,group,members,active_24h,active_7d,active_30d``."""
    head_row = ("hub", "group", "members", *(f"active_{window}" for window in _WINDOWS))
    rows = ((namespace, it.name, it.members, *_active(it)) for it in groups)
    return _csv(head_row, rows)


def members_csv(memberships: MembershipWriter, group: Group) -> Iterator[bytes]:
    """Yield a line for each member of a group: ``group,member,last_activity``."""
    members = members_of(memberships, group.name)
    rows = ((group.name, it.name, moment(it.last_activity)) for it in members)
    return _csv(("group", "member", "last_activity"), rows)


def _active(group: Group) -> tuple[int | None, ...]:
    return tuple(group.active[window] for window in _WINDOWS)


def _csv(head_row: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(head_row)
    for number, row in enumerate(rows, 1):
        writer.writerow([_plain(cell) for cell in row])
        if number % _PART == 0:
            yield _taken(file)
    yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    taken = file.getvalue().encode()
    file.seek(0)
    file.truncate()
    return taken


def _plain(cell: str | int | None) -> str | int | None:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _table(title: str, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    heads = element(
        "tr", *(text("th", name, scope="col", class_=_kind(n)) for n, name in enumerate(columns))
    )
    opening = joined(text("h2", title), Html('<div class="scroll"><table class="rows"><thead>'))
    yield f"{opening}{heads}</thead><tbody>".encode()
    part: list[Html] = []
    for row in rows:
        part.append(
            element("tr", *(text("td", _shown(it), class_=_kind(n)) for n, it in enumerate(row)))
        )
        if len(part) == _PART:
            yield joined(*part).encode()
            part.clear()
    yield f"{joined(*part)}</tbody></table></div>\n".encode()


def _kind(column: int) -> str | None:
    return "n" if column else None


def _shown(cell: str | int | None) -> str:
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else f"{cell:,}"
