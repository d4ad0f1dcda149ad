"""The boards of a report: by name from the catalog, or read from files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from dashboards.commands.options import BoardOptions, CannotRunError
from dashboards.evaluate.readable import readable
from dashboards.reading import Unread, read_files
from dashboards.schema.values import Json

_SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class NamedBoard:
    """A board and the name of its page."""

    name: str
    board: Json
    recorded: Json | None = None
    """The same over recorded series, where Prometheus is to decide; None where it is not."""

    @property
    def over_recorded(self) -> "NamedBoard":
        """Return the board over recorded series; itself if it does not depend on them."""
        return replace(self, board=self.recorded or self.board, recorded=None)

    def renamed(self, name: str, uid: str) -> "NamedBoard":
        """Return the board with another name and uid."""
        recorded = {**self.recorded, "uid": uid} if self.recorded is not None else None
        return NamedBoard(name, {**self.board, "uid": uid}, recorded)


def load_boards(arguments: Sequence[str], boards: BoardOptions) -> Iterator[NamedBoard | Unread]:
    """Yield the boards in the arguments' order, and what cannot be read of files.

    Without arguments, all boards of the catalog. Raises CannotRunError.
    """
    files = {argument for argument in arguments if _is_path(argument, boards)}
    names = [argument for argument in arguments if argument not in files]
    by_name: dict[str, NamedBoard] = {}
    if names or not arguments:
        by_name = {board.name: board for board in _load_by_name(names, boards)}
    for argument in arguments or by_name:
        if argument in files:
            yield from _read_file(Path(argument))
        else:
            yield by_name[argument]


def _load_by_name(names: Sequence[str], boards: BoardOptions) -> Iterator[NamedBoard]:
    if boards.recorded is not None:
        for loaded in boards.load(names):
            yield NamedBoard(loaded.name, readable(loaded.board, loaded.name))
        return
    scraped, recorded = (
        boards.reading(recorded=recorded).load(names) for recorded in (False, True)
    )
    for raw, rec in zip(scraped, recorded, strict=True):
        yield NamedBoard(raw.name, readable(raw.board, raw.name), readable(rec.board, rec.name))


def _is_path(argument: str, boards: BoardOptions) -> bool:
    # Names of boards are like hub or user-groups.
    path = Path(argument)
    if path.suffix.lower() in _SUFFIXES or "/" in argument or path.is_file():
        return True
    # A board goes before a directory of its name, which may hold its pages, from --output hub.
    return path.is_dir() and argument not in boards.names()


def _read_file(path: Path) -> Iterator[NamedBoard | Unread]:
    if not path.exists():
        raise CannotRunError(f"There is no file {path}.")
    read = read_files([path])
    if read.others:
        raise CannotRunError(f"{path} is no dashboard: it has no panels.")
    for dashboard in read.found:
        inner_name = dashboard.within.rpartition(" ")[2].removesuffix(".json")
        name = inner_name or Path(dashboard.file).stem
        yield NamedBoard(name, readable(dashboard.board, name))
    yield from read.unread


def with_unique_names(boards: Sequence[NamedBoard]) -> list[NamedBoard]:
    """Return the boards with names and uids of their own, so that no page replaces another."""
    names: set[str] = set()
    uids: set[str] = set()
    unique: list[NamedBoard] = []
    for board in boards:
        name = next(name for name in _numbered(board.name) if name not in names)
        candidates = chain([board.board["uid"]], _numbered(name))
        uid = next(uid for uid in candidates if uid and uid not in uids)
        names.add(name)
        uids.add(uid)
        unique.append(board.renamed(name, uid))
    return unique


def _numbered(name: str) -> Iterator[str]:
    """Yield ``hub``, ``hub-2``, ``hub-3`` and so on."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))
