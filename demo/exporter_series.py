"""What the groups exporter would have said of itself, had it run since the first day.

Like ``demo.membership_series``, it is for the history only: from ``now`` on the real one runs.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from demo.membership_series import JOB
from demo.people import DAY, GROUPS
from demo.series import Series, labels
from demo.usage import Array
from demo.world import World
from exporter import __version__
from exporter.core import metrics
from exporter.core.errors import Reason

INTERVAL = 60.0
"""Seconds from one refresh to the next while all is well."""
PAUSE = 240.0
"""Seconds between two tries while the hub cannot be reached."""

MAX_AGE = 3600.0


def series(world: World) -> Iterator[Series]:
    """Yield the exporter's metrics on itself: all was well but for the incident."""
    begin, end = world.incidents.exporter_blind

    def blind(times: Array) -> Array:
        return (times >= begin) & (times < end)

    def last_success(times: Array) -> Array:
        regular = np.floor(times / INTERVAL) * INTERVAL - 20
        return np.where(blind(times), begin - 20, regular)

    def failures(times: Array) -> Array:
        return np.ceil(np.clip(times - begin, 0, end - begin) / PAUSE)

    arrivals = {max(0.0, world.arrival(person)) for person in world.people}
    changes = sorted({*arrivals, *(membership.since for membership in world.memberships)})
    listed = [[person.username for person in world.listed(at)] for at in changes]
    users = np.array([len(names) for names in listed], dtype=float)
    # Who is in no group has one series, too.
    counts = np.array(
        [
            sum(max(1, len(world.groups_of(name, at))) for name in names)
            for at, names in zip(changes, listed, strict=True)
        ],
        dtype=float,
    )

    def told(numbers: Array, times: Array) -> Array:
        found: Array = numbers[np.searchsorted(changes, times, "right") - 1]
        return found

    always: dict[metrics.Series, float | Callable[[Array], Array]] = {
        metrics.LAST_SUCCESS: last_success,
        metrics.LAST_DURATION: lambda times: np.where(blind(times), 5.0, 0.021),
        metrics.HUB_REACHABLE: lambda times: np.where(blind(times), 0.0, 1.0),
        metrics.USERS: partial(told, users),
        metrics.GROUPS: float(len(GROUPS)),
        metrics.MEMBERSHIPS: partial(told, counts),
        metrics.EXPOSITION_BYTES: lambda times: 300.0 * told(counts, times),
        metrics.STATE_WRITE_FAILURES: 0,
        metrics.REFRESH_INTERVAL: INTERVAL,
        metrics.MAX_AGE: MAX_AGE,
    }
    for metric, value in always.items():
        yield Series(JOB, metric.name, labels(), value)
    for reason in Reason:
        value = failures if reason is Reason.CONNECT else 0
        yield Series(JOB, metrics.FAILURES.name, labels(reason=reason), value)
    yield Series(JOB, "process_start_time_seconds", labels(), world.start - DAY)
    yield Series(JOB, metrics.BUILD_INFO.name, labels(version=__version__), 1)
