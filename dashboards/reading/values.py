"""What reading gives: dashboards, each with its place, and what could not be read."""

from collections.abc import Callable
from dataclasses import dataclass

from dashboards.schema.values import Json

Path = tuple[str | int, ...]
"""Where a value stands in a document: ``("panels", 3, "targets", 0)``."""

LineOf = Callable[[Path], int]
"""The line of a file that an object of a dashboard begins on, by its path in the v1 dict."""


def no_line(_: Path) -> int:
    """Return 0: the lines of the file are not known."""
    return 0


class ReadError(Exception):
    """Something is no dashboard that can be read; the text says why, without the file's name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A dashboard that was read: its v1 dict, and where it stands."""

    board: Json
    file: str = ""
    within: str = ""
    """Where in the file, if it holds more than the dashboard: ``ConfigMap hub, memory.json``."""
    line_of: LineOf = no_line

    @property
    def source(self) -> str:
        """Return the place in words: ``boards.yaml: ConfigMap hub, memory.json``."""
        return ": ".join(filter(None, (self.file, self.within)))


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that should be a dashboard and could not be read, and why."""

    file: str
    reason: str
    within: str = ""
    line: int = 0

    @property
    def source(self) -> str:
        """Return the place in words."""
        return ": ".join(filter(None, (self.file, self.within)))

    def __str__(self) -> str:
        """Return the sentence for people."""
        return f"{self.source} {self.reason}"
