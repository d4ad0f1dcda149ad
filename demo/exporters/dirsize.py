"""What prometheus-dirsize-exporter says of home directories."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from demo.people import DAY, FORMER, NAMESPACE, Habit, Person
from demo.schedule import GIB
from demo.series import Series, Value, labels
from demo.usage import Array
from demo.world import World
from exporter.core import slugs

JOB = "dirsize-exporter"

_SHARED = ("_shared", "_shared-public")


def series(world: World) -> Iterator[Series]:
    """Yield what is said of homes, of those whom the hub no longer has too, and of what is shared.

    Directories have safe slugs, and one user's is of an older time.
    """
    for number, person in enumerate(world.people):
        if person.habit is not Habit.NEVER:
            yield from _of_home(world, number, person)
    for number, name in enumerate(FORMER, 1):
        left = world.start - 100 * DAY * number
        yield from _of_directory(
            slugs.safe(name), 4.0 * GIB * number, 8_000.0 * number, left, left - 300 * DAY
        )
    for shared in _SHARED:
        first, last = world.start - 700 * DAY, world.start - 2 * DAY
        yield from _of_directory(shared, 40.0 * GIB, 12_000.0, last, first)


def _of_home(world: World, number: int, person: Person) -> Iterator[Series]:
    name = person.username
    # One home was made by an older kubespawner.
    directory = slugs.escaped(name) if name == "bo_2" else slugs.safe(name)
    since = world.home_since(person)
    first = since if since > 0 else world.start - DAY * (30 + 11 * number)

    def changed(times: Array) -> Array:
        return np.maximum(world.last_seen(name, times), first)

    yield from _of_directory(
        directory,
        partial(world.home_size, number),
        partial(world.home_entries, number),
        changed,
        first,
        since,
    )


def _of_directory(
    directory: str, size: Value, entries: Value, newest: Value, oldest: Value, born: float = 0.0
) -> Iterator[Series]:
    who = labels(namespace=NAMESPACE, directory=directory)
    for metric, value in (
        ("dirsize_total_size_bytes", size),
        ("dirsize_entries_count", entries),
        ("dirsize_latest_mtime", newest),
        ("dirsize_oldest_mtime", oldest),
    ):
        yield Series(JOB, metric, who, value, max(born, 0.0))
