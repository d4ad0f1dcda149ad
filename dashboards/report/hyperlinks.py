"""Grafana's data links as links between the pages of one report."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dashboards.schema.values import Json

_BOARD = re.compile(r"^/d/([^/?#]+)")
_FROM_ROW = re.compile(r"var-\w+=\$\{__(?:data\.fields|field\.labels)\.(\w+)[:}]")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of the report: the board's title, and the file beside this one."""

    title: str
    file: str


def address(
    links: Sequence[Json], pages: Mapping[str, PageLink], row: Mapping[str, str] | None = None
) -> str:
    """Return where the first link leads that leads to a page of the report, or "".

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
        texts = [quote(value, safe="").replace("-", "%2D") for value in values if value]
        page = file(pages[board[1]])
        return f"{page}#:~:text={texts[-1]}" if texts else page
    return ""


def file(page: PageLink) -> str:
    """Return the address of a page, from another one."""
    return quote(page.file)
