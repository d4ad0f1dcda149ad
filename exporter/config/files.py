"""Files that change while the exporter runs: read again when they did, never half trusted."""

import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from exporter.config import parsers
from exporter.config.parsers import Secret
from exporter.core.messages import ExplainedError, Message

T = TypeVar("T")
_Stamp = tuple[int, ...]

MOST_BYTES = 1_048_576
MOST_TOKENS = 100
LONGEST_TOKEN = 1000
# The coarsest time stamps of a file system (FAT): what changed more recently may change again
# without a new stamp.
_SETTLED_NS = 2_000_000_000


class FileError(ExplainedError):
    """A file can't be used; the message is one sentence with its path and what to do.

    It never holds any of the file's content, so that it can be logged as it is.
    """


class WatchedFile(Generic[T]):
    """A file's value, parsed anew when the file was replaced or written to.

    ``parse`` raises ``ValueError`` with a reason that follows the file's name ("holds no
    token") and does not quote the content.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], T]) -> None:
        self._path = path
        self._parse = parse
        self._kept: tuple[_Stamp, T] | None = None

    def read(self) -> T:
        """Return the value; raise ``FileError`` if the file is missing, unreadable or wrong.

        One ``stat`` while the file stays as it is. After an error the file is read anew each time.
        """
        if self._kept and self._kept[0] == _stamp_of(self._path):
            return self._kept[1]
        self._kept = None
        now = time.time_ns()
        content, status = _read(self._path)
        try:
            value = self._parse(content)
        except UnicodeDecodeError:
            raise FileError(
                f"The file {self._path} is not text: write it again, in UTF-8."
            ) from None
        except ValueError as error:
            raise FileError(f"The file {self._path} {error}.") from None
        if now - status.st_ctime_ns > _SETTLED_NS:
            self._kept = _stamp(status), value
        return value


def read_file(path: Path) -> bytes:
    """Return the content; raise ``FileError`` unless it is a readable file of at most 1 MiB."""
    return _read(path)[0]


def tokens(content: bytes) -> tuple[Secret, ...]:
    """Return the tokens of a file, one a line: two lines while a token is being replaced.

    Blank lines and lines that start with ``#`` are left out. Raises ``ValueError`` for none at
    all, more than 100, and for a line that is no token: then none of them counts.
    """
    found = []
    # utf-8-sig: some editors put a mark before the first line. Not splitlines(), which also
    # cuts at characters that no editor shows as an end of line.
    for number, line in enumerate(content.decode("utf-8-sig").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found.append(parsers.token(line))
        except ValueError:
            raise ValueError(
                f"holds no token in line {number}, but a space or an odd character: "
                "write one token a line, and comments on lines of their own"
            ) from None
        if len(found[-1].value) > LONGEST_TOKEN:
            raise ValueError(
                f"holds more than a token in line {number}: tokens have at most "
                f"{LONGEST_TOKEN} characters"
            )
    if not found:
        raise ValueError("holds no token: write one in it, or one a line")
    if len(found) > MOST_TOKENS:
        raise ValueError(f"holds more than {MOST_TOKENS} tokens: remove those out of use")
    return tuple(found)


class Incident:
    """Logs what is wrong once, when it begins or becomes something else, and once its end."""

    def __init__(self, log: logging.Logger, level: int = logging.ERROR) -> None:
        self._log = log
        self._level = level
        self._current: str | None = None

    def open(self, message: Message | str) -> None:
        """Log the message unless it was the last one."""
        if str(message) != self._current:
            self._log.log(self._level, "%s", message)
        self._current = str(message)

    def resolve(self, message: str) -> None:
        """Log the message if there was any trouble."""
        if self._current is not None:
            self._log.info("%s", message)
        self._current = None


def _stamp_of(path: Path) -> _Stamp | None:
    try:
        return _stamp(path.stat())
    except OSError:
        return None


def _stamp(status: os.stat_result) -> _Stamp:
    # The time of change too: tools that copy times (cp -p, rsync) can't set it.
    return (
        *(status.st_dev, status.st_ino, status.st_size),
        *(status.st_mtime_ns, status.st_ctime_ns),
    )


def _open_at_once(path: str, flags: int) -> int:
    # Otherwise opening a named pipe would wait for its other end.
    return os.open(path, flags | os.O_NONBLOCK)


def _read(path: Path) -> tuple[bytes, os.stat_result]:
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            # Of the open file, so that it is the content's even if the path is swapped now.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileError(f"{path} is not a file: name one.")
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise FileError(
            f"The file {path} can't be read ({error.strerror}): check that it exists and that "
            "the exporter may read it."
        ) from None
    except ValueError:
        raise FileError(f"{str(path)!r} is no path of a file: it holds a null character.") from None
    if len(content) > MOST_BYTES:
        raise FileError(f"The file {path} is larger than 1 MiB: name another.")
    return content, status
