"""What a place in a query is in: quotes, a comment, brackets, a list of labels."""

import re

_STOPS = re.compile(r"[\"'`#\n()\[\]{}\\]")
_LABELS_FOLLOW = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\($")
_KEPT = 200
"""Characters before a place that say what can stand there."""


class Surroundings:
    """Reads a query from its beginning, piece by piece, and knows what the place is in."""

    def __init__(self) -> None:
        """Begin outside of everything."""
        self._text = ""
        self._quote = ""
        self._open: list[str] = []

    @property
    def text(self) -> str:
        """Return the text just before the place."""
        return self._text

    @property
    def quoted(self) -> bool:
        """Return whether it is in a text or a comment."""
        return bool(self._quote)

    @property
    def inside(self) -> str:
        """Return the innermost bracket around it: ``(``, ``[``, ``{``, ``labels`` or ``""``."""
        return self._open[-1] if self._open else ""

    def forget(self, letters: int) -> None:
        """Go back by some letters of a name."""
        self._text = self._text[: len(self._text) - letters]

    def read(self, piece: str) -> None:
        """Go on to the end of a piece of the query."""
        before, self._text = self._text, (self._text + piece)[-_KEPT:]
        escaped = -1
        for stop in _STOPS.finditer(piece):
            sign, at = stop[0], stop.start()
            if at == escaped:
                continue
            if sign == "\\":
                escaped = at + 1 if self._quote in ("'", '"') else -1
            elif self._quote:
                ends = "\n" if self._quote == "#" else self._quote
                self._quote = "" if sign == ends else self._quote
            elif sign in "\"'`#":
                self._quote = sign
            elif sign in "([{":
                labels = sign == "(" and _LABELS_FOLLOW.search(before + piece[: at + 1])
                self._open.append("labels" if labels else sign)
            elif sign in ")]}" and self._open:
                self._open.pop()
