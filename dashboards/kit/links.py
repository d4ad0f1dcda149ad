"""From board to board, keeping time range, data source, hub, group and user on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TAG = "groupscope"
"""Every board has it; so they find one another."""


@dataclass(frozen=True, slots=True)
class Target:
    """A board that others lead to: its uid, a literal of its module too, and its title."""

    uid: str
    title: str


HOME = Target("groupscope-home", "Home")
USER_GROUPS = Target("groupscope-user-groups", "User groups")
USERS = Target("groupscope-users", "Users")
ACTIVITY = Target("groupscope-activity", "Activity")
HUB = Target("groupscope-hub", "Hub")
CLUSTER = Target("groupscope-cluster", "Cluster")
HOME_DIRECTORIES = Target("groupscope-home-directories", "Home directories")
USAGE_REPORT = Target("groupscope-usage-report", "Usage report")
SUPPORT = Target("groupscope-support", "Support")

TARGETS = (
    HOME,
    USER_GROUPS,
    USERS,
    ACTIVITY,
    HUB,
    CLUSTER,
    HOME_DIRECTORIES,
    USAGE_REPORT,
    SUPPORT,
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a value, a line or a table's cell; the title is what a menu says."""

    title: str
    url: str

    @property
    def json(self) -> dict[str, Any]:
        """Return Grafana's data link."""
        return {"title": self.title, "url": self.url}


def to(
    target: Target, title: str = "", *, keep: Sequence[str] | None = None, **values: str
) -> Link:
    """Return a link that keeps the time range and all variables, or those to ``keep``.

    ``values`` are more variables: ``user=label("username")`` from a line, ``user=cell("username")``
    from a table's row. One that the board itself has must not be among those kept, or both count.
    A variable that the other board lacks does no harm.
    """
    kept = ["${__all_variables}"] if keep is None else [f"${{{name}:queryparam}}" for name in keep]
    given = [f"var-{name}={value}" for name, value in values.items()]
    query = "&".join(("${__url_time_range}", *kept, *given))
    return Link(title or target.title, f"/d/{target.uid}?{query}")


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
        "title": HOME.title,
        "tooltip": "Is the hub well?",
        "type": "link",
        "url": f"/d/{HOME.uid}",
    }
    boards = {
        **shared,
        "asDropdown": True,
        "tags": [TAG],
        "title": "Boards",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    }
    return [boards] if uid == HOME.uid else [home, boards]
