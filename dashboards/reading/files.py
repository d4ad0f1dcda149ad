"""Dashboards of files and directories."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dashboards.reading.documents import decoded, documents
from dashboards.reading.resources import dashboards
from dashboards.reading.values import Found, ReadError, Unread

_YAML = (".yaml", ".yml")
_SIGNS = (
    '"panels"',
    '"rows"',
    '"elements"',
    "panels:",
    "elements:",
    "gzipJson",
    "GrafanaDashboard",
)
"""What a file that holds a dashboard has in it: directories hold other programs' settings, too."""


_NO_FILES = (
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)

_OPEN_ALREADY = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/")
"""Pipes with somebody at the other end: ``lint /dev/stdin``, and ``lint <(…)`` of a shell."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read, in the order of the paths, and what could not be."""

    found: tuple[Found, ...] = ()
    unread: tuple[Unread, ...] = ()
    others: tuple[Path, ...] = ()
    """Files that were named, and are no dashboards but something else."""


def read_files(paths: Sequence[Path]) -> Read:
    """Return the dashboards of files, and of all JSON and YAML files below directories."""
    read: list[Found | Unread] = []
    others: list[Path] = []
    seen: set[Path] = set()
    for path in paths:
        several = _of_directory(path) if path.is_dir() else [(path, list(of_file(path)))]
        nothing = True
        for file, inside in several:
            nothing = nothing and not inside
            # Named twice, it is one file still.
            if file.resolve() not in seen:
                seen.add(file.resolve())
                read += inside
        if nothing and path.is_dir():
            reason = "holds no dashboard: no JSON or YAML file in it is one."
            read.append(Unread(str(path), reason))
        elif nothing:
            others.append(path)
    return Read(
        tuple(each for each in read if isinstance(each, Found)),
        tuple(each for each in read if isinstance(each, Unread)),
        tuple(dict.fromkeys(others)),
    )


def of_file(file: Path, *, only_with_signs: bool = False) -> Iterator[Found | Unread]:
    """Yield the dashboards of a file, and what of it cannot be read; nothing if it is no such file.

    With ``only_with_signs`` what cannot be read counts only if it looks like a dashboard.
    """
    try:
        mode = file.stat().st_mode
        for is_one, name in _NO_FILES:
            # To read it could take for ever.
            if is_one(mode) and not (name == "FIFO" and str(file).startswith(_OPEN_ALREADY)):
                yield Unread(str(file), f"is a {name}, not a file.")
                return
        text = decoded(file.read_bytes())
    except OSError as error:
        yield Unread(str(file), f"cannot be read: {error.strerror}.")
        return
    except ReadError as error:
        if not only_with_signs:
            yield Unread(str(file), str(error))
        return
    if only_with_signs and not any(sign in text for sign in _SIGNS):
        return
    is_yaml = file.suffix.lower() in _YAML
    try:
        several = list(documents(text, is_yaml=is_yaml))
    except ReadError as error:
        yield Unread(str(file), str(error))
        return
    named: Counter[str] = Counter()
    for number, document in enumerate(several, 1):
        for each in dashboards(document, str(file), number if len(several) > 1 else 0):
            named[each.within] += 1
            # Two of one name, as in two namespaces, are told apart by counting.
            again = f"{each.within} ({named[each.within]})".strip()
            yield replace(each, within=again) if named[each.within] > 1 else each


def beside(paths: Sequence[Path]) -> Iterator[Found | Unread]:
    """Yield the dashboards in the JSON files beside files."""
    named = {path.resolve() for path in paths}
    for directory in {path.parent for path in paths if path.is_file()}:
        for file in sorted(directory.glob("*.json")):
            if file.is_file() and file.resolve() not in named:
                yield from of_file(file, only_with_signs=True)


def _of_directory(directory: Path) -> Iterator[tuple[Path, list[Found | Unread]]]:
    """Yield what is below a directory, but not in hidden ones and other people's packages."""
    failed: list[OSError] = []
    files: list[Path] = []
    for where, directories, names in os.walk(directory, onerror=failed.append):
        directories[:] = [
            name for name in directories if name != "node_modules" and not name.startswith(".")
        ]
        files += [Path(where, name) for name in names]
    for file in sorted(files):
        if file.suffix.lower() in (".json", *_YAML):
            yield file, list(of_file(file, only_with_signs=True))
    for error in failed:
        where = str(error.filename or directory)
        yield Path(where), [Unread(where, f"cannot be read: {error.strerror}.")]
