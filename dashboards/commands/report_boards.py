"""The boards of a report: by name from the catalogue, or read from files."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
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


def file_arguments(arguments: Sequence[str], boards: BoardOptions) -> frozenset[str]:
    """Return those of the arguments that are paths rather than names of boards."""
    return frozenset(argument for argument in arguments if _is_path(argument, boards))


def load_boards(
    arguments: Sequence[str], files: Collection[str], boards: BoardOptions
) -> Iterator[NamedBoard | Unread]:
    """Yield the boards in the arguments' order, and what cannot be read of files.

    Without arguments, all boards of the catalogue. Raises CannotRunError.
    """
    names = [argument for argument in arguments if argument not in files]
    by_name = {}
    if names or not arguments:
        by_name = {loaded.name: loaded.board for loaded in boards.load(names)}
    for argument in arguments or by_name:
        if argument in files:
            yield from _read_file(Path(argument))
        else:
            yield NamedBoard(argument, readable(by_name[argument], argument))


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
        unique.append(NamedBoard(name, {**board.board, "uid": uid}))
    return unique


def _numbered(name: str) -> Iterator[str]:
    """Yield ``hub``, ``hub-2``, ``hub-3`` and so on."""
    yield name
    yield from (f"{name}-{number}" for number in count(2))
