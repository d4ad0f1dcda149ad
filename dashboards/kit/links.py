"""From board to board, keeping time range, data source, hub, group and user on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboards.kit import boards
from dashboards.kit.boards import Board

TAG = boards.PREFIX
"""Every board has it; so they find one another."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a value, a line or a table's cell; the title is what a menu says."""

    title: str
    url: str

    @property
    def json(self) -> dict[str, Any]:
        """Return Grafana's data link."""
        return {"title": self.title, "url": self.url}


def to(board: Board, title: str = "", *, keep: Sequence[str] | None = None, **values: str) -> Link:
    """Return a link to a board that keeps the time range and all variables, or those to ``keep``.

    ``values`` are more variables: ``user=label("username")`` from a line, ``user=cell("username")``
    from a table's row. One that the board itself has must not be among those kept, or both count.
    A variable that the other board does not have does no harm.
    """
    kept = ["${__all_variables}"] if keep is None else [f"${{{name}:queryparam}}" for name in keep]
    given = [f"var-{name}={value}" for name, value in values.items()]
    query = "&".join(("${__url_time_range}", *kept, *given))
    return Link(title or board.title, f"/d/{board.uid}?{query}")


def label(name: str) -> str:
    """Return what stands in a link of a line for the value of its label."""
    return f"${{__field.labels.{name}:percentencode}}"


def cell(name: str) -> str:
    """Return what stands in a link of a table for a row's value of the label."""
    return f"${{__data.fields.{name}:percentencode}}"


def top_bar(uid: str) -> list[dict[str, Any]]:
    """Return the links above a board of that uid: Home, and all boards as a list, by their tag."""
    shared = {"icon": "external link", "includeVars": True, "keepTime": True, "targetBlank": False}
    home = {
        **shared,
        "asDropdown": False,
        "tags": [],
        "title": boards.HOME.title,
        "tooltip": "Is the hub well?",
        "type": "link",
        "url": f"/d/{boards.HOME.uid}",
    }
    every = {
        **shared,
        "asDropdown": True,
        "tags": [TAG],
        "title": "Boards",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }
    return [every] if uid == boards.HOME.uid else [home, every]
