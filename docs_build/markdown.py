"""Tables in Markdown."""

from collections.abc import Iterable, Sequence


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table: ``| heading |``, a line, and a row a line. A ``|`` in a cell is escaped."""
    lines = [_row(heading), _row(["---"] * len(heading)), *map(_row, rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
