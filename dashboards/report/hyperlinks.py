"""Grafana's data links as links between the pages of one report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dashboards.schema.values import Json

_BOARD = re.compile(r"^/d/([^/?#]+)")
_FROM_ROW = re.compile(r"var-\w+=\$\{__(?:data\.fields|field\.labels)\.(\w+)[:}]")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the report: the board's title, and the file beside this one."""

    title: str
    file: str


def address(
    links: Sequence[Json], pages: Mapping[str, Page], row: Mapping[str, str] | None = None
) -> str | None:
    """Return where the first link leads that leads to a page of the report, or None.

    A variable that it takes from its ``row`` (``{label: value}``) becomes a text to be found on
    the page: ``users.html#:~:text=alice``.
    """
    for link in links:
        url = str(link.get("url", ""))
        board = _BOARD.match(url)
        if board is None or board[1] not in pages:
            continue
        values = [(row or {}).get(label, "") for label in _FROM_ROW.findall(url)]
        # A hyphen has a meaning in such a fragment, and quote() leaves it.
        found = [quote(value, safe="").replace("-", "%2D") for value in values if value]
        to = file(pages[board[1]])
        return f"{to}#:~:text={found[-1]}" if found else to
    return None


def file(page: Page) -> str:
    """Return the address of a page, from another one."""
    return quote(page.file)
