"""Who is in which group: values and pure functions of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from exporter.core.groups import GroupPolicy


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

    def slices(self, size: int = 500) -> Iterator[tuple[User, ...]]:
        """Yield the users so many at a time: between two of them other work can have its turn."""
        for start in range(0, len(self.users), size):
            yield self.users[start : start + size]


@dataclass(frozen=True, slots=True)
class Window:
    """A time span that ends now: ``Window("7d", 604800)``; the label as the admin wrote it."""

    label: str
    seconds: float


EVERY_GROUP = GroupPolicy()
DEFAULT_WINDOWS = (Window("24h", 86_400), Window("7d", 604_800), Window("30d", 2_592_000))


class Tally:
    """Members and active members of every group, counted user by user.

    ``members`` is ``{"staff": 12, "empty": 0, "none": 3}``, by label; ``active`` has the same
    for each window that ends with the snapshot, and is meaningless unless
    ``snapshot.activity_known``.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        windows: Sequence[Window] = DEFAULT_WINDOWS,
        policy: GroupPolicy = EVERY_GROUP,
    ) -> None:
        self._reserved = policy.reserved_labels
        labels = map(policy.label, snapshot.groups)
        self._listed = frozenset(label for label in labels if label is not None)
        self._since = {window: snapshot.taken_at - window.seconds for window in windows}
        self._members: Counter[str] = Counter()
        self._active: dict[Window, Counter[str]] = {window: Counter() for window in windows}

    def add(self, user: User, labels: Iterable[str]) -> None:
        """Count one user under the labels of their groups."""
        labels = tuple(labels)  # Of a mapping a Counter would add the values.
        self._members.update(labels)
        if user.last_activity is not None:
            for window, since in self._since.items():
                if user.last_activity >= since:
                    self._active[window].update(labels)

    @property
    def groups(self) -> tuple[str, ...]:
        """The labels of the hub's groups by name, empty ones included, ``none`` not."""
        return tuple(sorted(self._listed.union(self._members).difference(self._reserved)))

    @property
    def members(self) -> dict[str, int]:
        """Members by label; ``none`` is always there, ``other`` if a group may be left out."""
        return {label: self._members[label] for label in (*self.groups, *self._reserved)}

    @property
    def active(self) -> dict[Window, dict[str, int]]:
        """Active members by window, and for each by the labels of ``members``."""
        return {
            window: {label: counts[label] for label in (*self.groups, *self._reserved)}
            for window, counts in self._active.items()
        }
