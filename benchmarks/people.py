"""The users and groups of the benchmarks' hubs, the same ones every time."""

from dataclasses import dataclass

# Names as hubs have them. The slugs of all but the first shape cost an encoding and a hash.
_SHAPES = ("student{:06}", "first.last{:06}@example.com", "Surname_{:06}", "zoë-{:06}")
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Person:
    """A user; ``idle`` is how many seconds ago they were last active, None for never."""

    name: str
    groups: tuple[str, ...]
    idle: float | None


def default_groups(users: int) -> int:
    """Return how many groups a hub of that many users has here: one for 50, at least 8."""
    return max(8, users // 50)


def group_names(count: int) -> list[str]:
    """Return ``["course-0000", "Power Users 1", "course-0002", ...]``."""
    return [f"Power Users {n}" if n % 2 else f"course-{n:04}" for n in range(count)]


def people(users: int, groups: int) -> list[Person]:
    """Return the users, each in two of the groups; one in ten was never active."""
    names = group_names(groups)
    return [
        Person(
            _SHAPES[n % len(_SHAPES)].format(n),
            # Never the same one twice: the second is 1 to groups - 1 places on.
            (names[n % groups], names[(n + 1 + n // groups % (groups - 1)) % groups]),
            None if n % 10 == 0 else n * 7919 % (60 * _DAY) + 0.25,
        )
        for n in range(users)
    ]
