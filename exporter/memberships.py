"""Who is in which group: values and pure functions of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NO_GROUP = "none"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the hub, however many servers they run.

    ``groups`` are names without repeats; ``last_activity`` is Unix time in seconds, None for
    a user who was never active, or where the hub does not tell (``Snapshot.activity_known``).
    """

    name: str
    groups: tuple[str, ...] = ()
    last_activity: float | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The hub at one moment.

    ``users`` have distinct names. ``groups`` are all groups that the hub lists, so that empty
    ones are seen; the groups of the users need not be repeated there. ``taken_at`` is Unix time
    in seconds. ``activity_known`` is False if the hub does not tell when users were last active.
    """

    users: tuple[User, ...]
    groups: tuple[str, ...]
    taken_at: float
    activity_known: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """One user in one group, and the part in (0, 1] of their usage that it answers for."""

    username: str
    group: str
    share: float


@dataclass(frozen=True, slots=True)
class Window:
    """A time span that ends now: ``Window("7d", 604800)``; the label as the admin wrote it."""

    label: str
    seconds: float


DEFAULT_WINDOWS = (Window("24h", 86_400), Window("7d", 604_800), Window("30d", 2_592_000))


def memberships(snapshot: Snapshot) -> Iterator[Membership]:
    """Yield one membership for each group of each user, in the users' order.

    A user in no group is in ``"none"``. The shares of one user are equal and sum to 1.
    """
    for user in snapshot.users:
        groups = user.groups or (NO_GROUP,)
        for group in groups:
            yield Membership(user.name, group, 1 / len(groups))


def group_names(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the hub's groups by name, empty ones included, ``"none"`` not."""
    return tuple(sorted(set(snapshot.groups).union(*(user.groups for user in snapshot.users))))


def members(snapshot: Snapshot) -> dict[str, int]:
    """Return ``{"staff": 12, "empty": 0, "none": 3}``; ``"none"`` is always there."""
    return _count(snapshot, snapshot.users)


def active_members(snapshot: Snapshot, window: Window) -> dict[str, int]:
    """Return, for the groups of ``members``, those last active in the window before the snapshot.

    Meaningless unless ``snapshot.activity_known``.
    """
    since = snapshot.taken_at - window.seconds
    return _count(
        snapshot,
        (
            user
            for user in snapshot.users
            if user.last_activity is not None and user.last_activity >= since
        ),
    )


def _count(snapshot: Snapshot, users: Iterable[User]) -> dict[str, int]:
    counts = Counter(group for user in users for group in user.groups or (NO_GROUP,))
    return {group: counts[group] for group in dict.fromkeys((*group_names(snapshot), NO_GROUP))}
