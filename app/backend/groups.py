"""The groups of what was read, with their counts, and their members."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.core.exposition import MembershipWriter
from exporter.core.groups import NO_GROUP, OTHER_GROUPS
from exporter.core.memberships import User


@dataclass(frozen=True, slots=True)
class Group:
    """A group by its label, and how many members it has and had in each window of activity.

    ``active`` is ``{"24h": 3, "7d": 9, "30d": 12}``; its values are None if the hub does not tell
    when users were last active.
    """

    name: str
    members: int
    active: dict[str, int | None]


def groups_of(text: MembershipWriter) -> Iterator[Group]:
    """Yield the hub's groups by name; at last ``none`` and ``other``, if anybody is in them."""
    known, active = text.snapshot.activity_known, text.tally.active
    for name, members in text.tally.members.items():
        if members or name not in {NO_GROUP, OTHER_GROUPS}:
            counts = {
                window.label: counted[name] if known else None for window, counted in active.items()
            }
            yield Group(name, members, counts)


def members_of(text: MembershipWriter, name: str) -> Iterator[User]:
    """Yield the users that count under a group's label, in the hub's order."""
    return (user for user in text.snapshot.users if name in text.labels(user))


def by_group(text: MembershipWriter) -> dict[str, list[User]]:
    """Return the users of every label that has any: one pass, however many groups there are."""
    found: dict[str, list[User]] = {}
    for user in text.snapshot.users:
        for name in text.labels(user):
            found.setdefault(name, []).append(user)
    return found


def moment(timestamp: float | None) -> str | None:
    """Return ``2026-03-20T15:00:00Z`` for a Unix time, None for None."""
    if timestamp is None:
        return None
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="seconds")[:-6] + "Z"
