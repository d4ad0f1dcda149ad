"""Dashboards to look at: the catalogue's, those in files and directories, those in a Grafana."""

import json
from collections.abc import Iterator, Mapping, Sequence
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
    choice = own.Choice(tuple(directories))
    loaded = {recorded: own.load((), choice, recorded=recorded) for recorded in (False, True)}
    found = [
        Board(one.board, f"{one.name} (recorded)" if recorded else one.name, one.exemptions)
        for pair in zip(loaded[False], loaded[True], strict=True)
        for recorded, one in zip((False, True), pair, strict=True)
    ]
    return _knowing_each_other(found)


def of_paths(paths: Sequence[Path]) -> list[Board]:
    """Return the dashboards of files, and of all JSON files below directories.

    Files that are no dashboards are left out, unless there is nothing else. Raises SourceError.
    """
    found: list[Board] = []
    for path in paths:
        if path.is_dir():
            below = [board for file in _below(path) for board in _in(file)]
            if not below:
                raise SourceError(f"{path} holds no dashboard: no JSON file in it is one.")
            found += below
        else:
            board = _read(path)
            if board is None and len(paths) == 1:
                raise SourceError(f"{path} is no dashboard: it has no panels.")
            found += [board] if board else []
    neighbours = {one.parent for one in paths if one.is_file()}
    beside = [it for one in neighbours for file in sorted(one.glob("*.json")) for it in _in(file)]
    return _knowing_each_other(_with_twins(found), beside)


def _below(directory: Path) -> Iterator[Path]:
    """Yield the JSON files below a directory, but not those of other people's packages."""
    for file in sorted(directory.rglob("*.json")):
        within = file.relative_to(directory).parts[:-1]
        if not any(part == "node_modules" or part.startswith(".") for part in within):
            yield file


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


def _knowing_each_other(boards: Sequence[Board], beside: Sequence[Board] = ()) -> list[Board]:
    """Return the boards with the uids that there are: theirs, those beside, the catalogue's."""
    uids = {str(board.json.get("uid")) for board in (*boards, *beside)}
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
    # A directory may hold settings of other programs, some with comments, some no text at all.
    raw = _bytes(file)
    board = _read(file) if b'"panels"' in raw or b'"rows"' in raw else None
    if board is not None:
        yield board


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError(f"{file}: {error.strerror}.") from error


def _text(file: Path) -> str:
    try:
        return _bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{file} is not UTF-8 text.") from error


def _read(file: Path) -> Board | None:
    """Return the dashboard of a file, None if it is something else. Raises SourceError."""
    text = _text(file)
    try:
        content = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{file} is not JSON: {error}.") from error
    if isinstance(content, dict) and isinstance(
        _mapping(content.get("spec")).get("elements"), dict
    ):
        raise SourceError(
            f"{file} is a dashboard of Grafana's schema v2, which lint does not read yet. Export "
            "it in the classic model."
        )
    found = _dashboard(content)
    return None if found is None else Board(found, str(file), text=text)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _dashboard(content: object) -> Json | None:
    """Return the dashboard in a file's content: bare, as the API answers, or as a resource."""
    if not isinstance(content, dict):
        return None
    for wrapped in ("dashboard", "spec"):
        inner = content.get(wrapped)
        if isinstance(inner, dict) and "panels" in inner:
            # A resource's uid is its name.
            name = _mapping(content.get("metadata")).get("name")
            return {"uid": name, **inner} if wrapped == "spec" and name else inner
    is_one = isinstance(content.get("panels"), list) or isinstance(content.get("rows"), list)
    return content if is_one else None
