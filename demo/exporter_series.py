"""What the groups exporter would have said of itself, had it run since the first day.

Like ``demo.membership_series``, it is for the history only: from ``now`` on the real one runs. Each
of the exporter's own metrics is here, of a status over the whole time.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from demo.membership_series import JOB
from demo.people import DAY, GROUPS
from demo.series import Series, labels
from demo.usage import Array
from demo.world import World
from exporter.core.errors import Reason
from exporter.core.metrics import SELF_METRICS, SelfMetric
from exporter.core.status import Sizes, Status

INTERVAL = 60.0
"""Seconds from one refresh to the next while all is well."""
PAUSE = 240.0
"""Seconds between two tries while the hub cannot be reached."""

MAX_AGE = 3600.0

BYTES = 300
"""About how long a membership is, with all that is said of it."""


def series(world: World) -> Iterator[Series]:
    """Yield the exporter's metrics on itself: all was well but for the incident."""
    history = _History(world)
    now = history.status(np.array([world.now]))
    for metric in SELF_METRICS:
        for values, _ in metric.samples(now):
            on = labels(**dict(zip(metric.labels, values, strict=True)))
            yield Series(JOB, metric.name, on, partial(history.values, metric, tuple(values)))
    yield Series(JOB, "process_start_time_seconds", labels(), world.start - DAY)


class _History:
    """The exporter's status at any time."""

    def __init__(self, world: World) -> None:
        self._blind = world.incidents.exporter_blind
        arrivals = {max(0.0, world.arrival(person)) for person in world.people}
        self._changes = sorted({*arrivals, *(each.since for each in world.memberships)})
        listed = [[person.username for person in world.listed(at)] for at in self._changes]
        self._users = np.array([len(names) for names in listed])
        # Who is in no group has one series, too.
        self._memberships = np.array(
            [
                sum(max(1, len(world.groups_of(name, at))) for name in names)
                for at, names in zip(self._changes, listed, strict=True)
            ]
        )

    def values(self, metric: SelfMetric, label_values: tuple[str, ...], times: Array) -> Array:
        """Return what a sample of a metric is worth at the times."""
        samples = {tuple(values): value for values, value in metric.samples(self.status(times))}
        return np.broadcast_to(np.asarray(samples[label_values], float), times.shape)

    def status(self, times: Array) -> Status:
        """Return the status at the times: one whose numbers are arrays, or the same at each."""
        begin, end = self._blind
        blind = (times >= begin) & (times < end)
        regular = np.floor(times / INTERVAL) * INTERVAL - 20
        since = np.searchsorted(self._changes, times, "right") - 1
        memberships = self._memberships[since]
        failed = np.ceil(np.clip(times - begin, 0, end - begin) / PAUSE)
        sizes: dict[str, Any] = {
            "users": self._users[since],
            "groups": len(GROUPS),
            "memberships": memberships,
            "page": BYTES * memberships,
        }
        numbers: dict[str, Any] = {
            "last_success": np.where(blind, begin - 20, regular),
            "last_duration": np.where(blind, 5.0, 0.021),
            "hub_reachable": ~blind,
            "failures": {**dict.fromkeys(Reason, 0), Reason.CONNECT: failed},
        }
        return Status(**numbers, sizes=Sizes(**sizes), refresh_interval=INTERVAL, max_age=MAX_AGE)
