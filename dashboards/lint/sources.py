"""Dashboards to look at: the catalogue's, those in files and directories, those in a Grafana."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dashboards import catalog, own
from dashboards.grafana import Grafana
from dashboards.lint.model import Board
from dashboards.render import Json


class SourceError(Exception):
    """What was named cannot be read as a dashboard; the text says why."""


def of_catalog(directories: Sequence[Path] = ()) -> list[Board]:
    """Return the catalogue's boards and others' own, over scraped and over recorded series.

    Raises OwnBoardError.
    """
    loaded = {recorded: own.load((), directories, recorded=recorded) for recorded in (False, True)}
    found = [
        Board(one.board, f"{one.name} (recorded)" if recorded else one.name, one.exemptions)
        for pair in zip(loaded[False], loaded[True], strict=True)
        for recorded, one in zip((False, True), pair, strict=True)
    ]
    return _knowing_each_other(found)


def of_paths(paths: Iterable[Path]) -> list[Board]:
    """Return the dashboards of files, and of all JSON files below directories.

    A directory's files that are no dashboards are left out. Raises SourceError.
    """
    found: list[Board] = []
    for path in paths:
        if path.is_dir():
            below = [board for file in sorted(path.rglob("*.json")) for board in _in(file)]
            if not below:
                raise SourceError(f"{path} holds no dashboard: no JSON file in it is one.")
            found += below
        else:
            board = _read(path)
            if board is None:
                raise SourceError(f"{path} is no dashboard: it has no panels.")
            found.append(board)
    return _knowing_each_other(_with_twins(found))


def of_grafana(grafana: Grafana) -> list[Board]:
    """Return all dashboards that a login may see. Raises GrafanaError."""
    found = []
    for uid in (each.uid for each in grafana.dashboards()):
        existing = grafana.dashboard(uid)
        if existing is not None:
            # These belong to the Grafana that it is in.
            content = {k: v for k, v in existing.content.items() if k not in ("id", "version")}
            found.append(Board(content, grafana.dashboard_url(uid)))
    return _knowing_each_other(found)


def _knowing_each_other(boards: Sequence[Board]) -> list[Board]:
    """Return the boards with the uids that there are, theirs and the catalogue's."""
    uids = {str(board.json.get("uid")) for board in boards}
    uids |= {str(catalog.load(name)["uid"]) for name in catalog.names()}
    return [replace(board, known_uids=frozenset(uids)) for board in boards]


def _with_twins(boards: Sequence[Board]) -> list[Board]:
    """Return the boards of files, each knowing which others have its uid."""
    sources: dict[str, dict[str, None]] = {}
    for board in boards:
        sources.setdefault(str(board.json.get("uid") or ""), {})[board.source] = None
    return [
        replace(board, twins=tuple(it for it in sources[uid] if uid and it != board.source))
        for board in boards
        for uid in [str(board.json.get("uid") or "")]
    ]


def _in(file: Path) -> Iterator[Board]:
    # A directory may hold settings of other programs, some with comments.
    board = _read(file) if '"panels"' in _text(file) or '"rows"' in _text(file) else None
    if board is not None:
        yield board


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not UTF-8 text.") from error


def _read(file: Path) -> Board | None:
    """Return the dashboard of a file, None if it is something else. Raises SourceError."""
    text = _text(file)
    try:
        content = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{file} is not JSON: {error}.") from error
    found = _dashboard(content)
    return None if found is None else Board(found, str(file), text=text)


def _dashboard(content: object) -> Json | None:
    """Return the dashboard in a file's content: bare, as the API answers, or as a resource."""
    if not isinstance(content, dict):
        return None
    for wrapped in ("dashboard", "spec"):
        inner = content.get(wrapped)
        if isinstance(inner, dict) and "panels" in inner:
            return inner
    is_one = isinstance(content.get("panels"), list) or isinstance(content.get("rows"), list)
    return content if is_one else None
