"""What prometheus-dirsize-exporter says of home directories."""

from collections.abc import Iterator
from functools import partial

from demo.people import NAMESPACE, Habit
from demo.schedule import GIB
from demo.series import Series, labels
from demo.world import World
from exporter import slugs

JOB = "dirsize-exporter"


def series(world: World) -> Iterator[Series]:
    """Yield each directory's size: safe slugs, and one user's of an older time."""
    for number, person in enumerate(world.people):
        if person.habit is Habit.NEVER:
            continue
        # One home was made by an older kubespawner.
        name = person.username
        directory = slugs.escaped(name) if name == "bo_2" else slugs.safe(name)
        who = labels(namespace=NAMESPACE, directory=directory)
        yield Series(
            JOB,
            "dirsize_total_size_bytes",
            who,
            partial(world.home_size, number),
        )
        yield Series(
            JOB,
            "dirsize_entries_count",
            who,
            partial(world.home_entries, number),
        )
        yield Series(
            JOB,
            "dirsize_latest_mtime",
            who,
            partial(world.last_seen, name),
        )
    for shared in ("_shared", "_shared-public"):
        who = labels(namespace=NAMESPACE, directory=shared)
        yield Series(JOB, "dirsize_total_size_bytes", who, 40.0 * GIB)
