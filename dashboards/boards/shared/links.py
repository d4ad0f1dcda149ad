"""Links that several boards have."""

from dashboards.kit import Link, boards, links


def to_group(group: str, *, keep: tuple[str, ...] = ("datasource", "hub")) -> Link:
    """Return the link to one group's board: ``to_group(links.label("usergroup"))``."""
    return links.to(boards.USER_GROUPS, "This group", keep=keep, group=group)
