"""The groups exporter's series as they would have been, had it run since the first day.

From ``now`` on the real exporter reads the same memberships from the real hub; a test holds the
two against each other, so that the history goes on under the same series.
"""

from collections.abc import Iterator

import numpy as np

from demo.people import GROUPS, NAMESPACE
from demo.series import FOREVER, Series, labels
from demo.usage import Array
from demo.world import World
from exporter.core import slugs
from exporter.core.groups import NO_GROUP
from exporter.core.memberships import DEFAULT_WINDOWS
from exporter.core.metrics import (
    GROUP_ACTIVE_MEMBERS,
    GROUP_MEMBERS,
    USER_GROUP_INFO,
    USER_GROUP_SHARE,
)

JOB = "groups-exporter"


def exporter(world: World) -> Iterator[Series]:
    """Yield the exporter's memberships over the world's whole time."""
    arrivals = {max(0.0, world.arrival(person)) for person in world.people}
    changes = sorted({*arrivals, *(membership.since for membership in world.memberships)})
    spans = list(zip(changes, [*changes[1:], FOREVER], strict=True))
    for person in world.people:
        since = [span for span in spans if span[0] >= world.arrival(person)]
        yield from _of_user(world, person.username, since)
    for group in (*GROUPS, NO_GROUP):
        yield from _of_group(world, group, changes)


def _of_user(world: World, username: str, spans: list[tuple[float, float]]) -> Iterator[Series]:
    who = {"namespace": NAMESPACE, "username": username}
    encodings = {
        "username_escaped": slugs.escaped(username),
        "username_safe": slugs.safe(username),
    }
    for born, dies in spans:
        groups = world.groups_of(username, born) or (NO_GROUP,)
        for group in groups:
            info = labels(**who, usergroup=group, **encodings)
            yield Series(JOB, USER_GROUP_INFO.name, info, 1, born, dies)
            share = labels(**who, usergroup=group)
            yield Series(JOB, USER_GROUP_SHARE.name, share, 1 / len(groups), born, dies)


def _of_group(world: World, group: str, changes: list[float]) -> Iterator[Series]:
    who = {"namespace": NAMESPACE, "usergroup": group}
    members = [
        [p.username for p in world.listed(t) if _is_in(world, p.username, group, t)]
        for t in changes
    ]
    sizes = np.array([len(names) for names in members], dtype=float)

    def span(times: Array) -> Array:
        return np.searchsorted(changes, times, side="right") - 1

    yield Series(JOB, GROUP_MEMBERS.name, labels(**who), lambda times: sizes[span(times)])
    for window in DEFAULT_WINDOWS:

        def active(times: Array, seconds: float = window.seconds) -> Array:
            count = np.zeros(len(times))
            for number, names in enumerate(members):
                now = span(times) == number
                for name in names if now.any() else ():
                    count[now] += world.last_seen(name, times[now]) >= times[now] - seconds
            return count

        on = labels(**who, window=window.label)
        yield Series(JOB, GROUP_ACTIVE_MEMBERS.name, on, active)


def _is_in(world: World, username: str, group: str, time: float) -> bool:
    groups = world.groups_of(username, time)
    return group in groups or (group == NO_GROUP and not groups)
