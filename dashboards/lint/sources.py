"""Dashboards to look at: the catalog's, those in files and directories, those in a Grafana."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dashboards import catalog
from dashboards.catalog import custom, selection
from dashboards.grafana import Grafana
from dashboards.grafana.errors import GrafanaError, GrafanaUnusableError, StatusError
from dashboards.lint.model import Board
from dashboards.reading import Found, ReadError, Unread, dashboard, read_files
from dashboards.reading.files import beside

_LINK = "/d/"
"""What a link to a dashboard has in it."""


class SourceError(Exception):
    """Nothing of what was named can be read as a dashboard; the text says why."""


@dataclass(frozen=True, slots=True)
class Boards:
    """Dashboards to look at, and what should be one and could not be read."""

    boards: tuple[Board, ...]
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know besides, in sentences."""


def of_catalog(directories: Sequence[Path] = ()) -> Boards:
    """Return the catalog's boards and others' own, over scraped and over recorded series.

    Boards of one's own that cannot be loaded are unread. Raises CustomBoardError if none can be.
    """
    which = selection.BoardSelection(tuple(directories))
    broken: list[custom.CustomBoardError] = []
    loaded = {
        recorded: selection.load((), which, recorded=recorded, broken=broken)
        for recorded in (False, True)
    }
    names = dict.fromkeys(one.name for several in loaded.values() for one in several)
    raw = {one.name: one.board for one in loaded[False]}
    found = [
        Board(one.board, f"{one.name} (recorded)" if recorded else one.name, one.exemptions)
        for name in names
        for recorded, several in loaded.items()
        for one in several
        if one.name == name
        # One's own that reads the same either way would have each finding twice.
        and not (recorded and name not in catalog.names() and one.board == raw.get(name))
    ]
    unread = dict.fromkeys(Unread("", str(error)) for error in broken)
    return Boards(_knowing_each_other(found), tuple(unread))


def of_paths(paths: Sequence[Path]) -> Boards:
    """Return the dashboards of files, and of all JSON and YAML files below directories.

    Raises SourceError if nothing could be read.
    """
    read = read_files(paths)
    if not read.found:
        others = [f"{path} is no dashboard: it has no panels." for path in read.others]
        raise SourceError("\n".join([*map(str, read.unread), *others]))
    found = [
        Board(each.board, each.file, within=each.within, lines=each.line_of) for each in read.found
    ]
    neighbors = list(beside(paths))
    notes = [f"{path} is no dashboard, and was left out." for path in read.others]
    hidden = [str(each).rstrip(".") for each in neighbors if isinstance(each, Unread)]
    if hidden and any(_LINK in json.dumps(board.json) for board in found):
        notes.append(f"Beside what is linted, {'; '.join(hidden)}. Links to it are taken for dead.")
    uids = [each.board.get("uid") for each in neighbors if isinstance(each, Found)]
    return Boards(_knowing_each_other(_with_same_uid(found), uids), read.unread, tuple(notes))


_HOPELESS = 3


def of_grafana(grafana: Grafana) -> Boards:
    """Return all dashboards that a login may see; one that cannot be read is named, others go on.

    Raises GrafanaError if Grafana cannot be used, or nothing could be read.
    """
    boards: list[Board] = []
    unread: list[Unread] = []
    in_a_row = 0
    for uid in (each.uid for each in grafana.dashboards()):
        try:
            existing = grafana.dashboard(uid)
            in_a_row = 0
        except GrafanaError as error:
            in_a_row = in_a_row + 1 if isinstance(error, GrafanaUnusableError) else 0
            if in_a_row == _HOPELESS:
                raise
            unread.append(Unread(grafana.dashboard_url(uid), _reason(error)))
            continue
        if existing is None:
            # Deleted since it was listed.
            continue
        # These belong to the Grafana that it is in.
        content = {k: v for k, v in existing.content.items() if k not in ("id", "version")}
        try:
            found = dashboard(content)
        except ReadError as error:
            unread.append(Unread(grafana.dashboard_url(uid), str(error)))
            continue
        boards.append(Board({"uid": uid, **(found or content)}, grafana.dashboard_url(uid)))
    return Boards(_knowing_each_other(boards), tuple(unread))


def _reason(error: GrafanaError) -> str:
    if isinstance(error, StatusError) and error.status == _NOT_ACCEPTABLE:
        return (
            f"cannot be read: Grafana answers {error.status}, {error.message}. It keeps the "
            "dashboard in a schema that this API does not give: export it there, and name the "
            "file."
        )
    return f"cannot be read: {error}"


_NOT_ACCEPTABLE = 406


def _knowing_each_other(
    boards: Sequence[Board], beside: Iterable[object] = ()
) -> tuple[Board, ...]:
    """Return the boards with the uids that there are: theirs, those beside, the catalog's."""
    uids = {str(uid) for uid in (*(board.json.get("uid") for board in boards), *beside)}
    uids |= {str(catalog.load(name)["uid"]) for name in catalog.names()}
    return tuple(replace(board, known_uids=frozenset(uids)) for board in boards)


def _with_same_uid(boards: Sequence[Board]) -> list[Board]:
    """Return the boards of files; of those with one uid, the first knows the others."""
    sources: dict[str, dict[str, None]] = {}
    for board in boards:
        sources.setdefault(str(board.json.get("uid") or ""), {})[board.name] = None
    return [
        replace(board, same_uid=tuple(names[1:]) if uid and board.name == names[0] else ())
        for board in boards
        for uid in [str(board.json.get("uid") or "")]
        for names in [list(sources[uid])]
    ]
