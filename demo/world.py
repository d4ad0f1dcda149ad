"""The demo's world: people, memberships and pods from a first day on, as one value."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np

from demo.incidents import Incidents
from demo.nodes import ALWAYS, Node, place
from demo.people import DAY, HOUR, PEOPLE, Habit, Membership, Person, memberships
from demo.schedule import GIB, Pod, pods, workshop_days
from demo.usage import Array, usage

AHEAD = 3 * DAY
"""How long the schedule goes on after ``now``, for a demo that is left running."""

_HOME_STEP = 600.0


@dataclass(frozen=True)
class World:
    """All that the simulated cluster ever does between ``start`` and ``now + AHEAD``."""

    start: float
    now: float
    workshop: tuple[float, float]
    people: tuple[Person, ...]
    memberships: tuple[Membership, ...]
    pods: tuple[Pod, ...]
    nodes: tuple[Node, ...] = ALWAYS

    @cached_property
    def incidents(self) -> Incidents:
        """Return what goes wrong."""
        return Incidents(self.workshop[0], self.now)

    @cached_property
    def pods_of(self) -> dict[str, list[Pod]]:
        """Return each user's pods, ordered by start."""
        found: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            found[pod.username].append(pod)
        return found

    def arrival(self, person: Person) -> float:
        """Return since when the hub lists a user, in Unix seconds; -inf for always."""
        return self.workshop[0] + person.arrives

    def listed(self, time: float) -> list[Person]:
        """Return the users that the hub lists at a time."""
        return [person for person in self.people if self.arrival(person) <= time]

    @cached_property
    def servers(self) -> list[Pod]:
        """Return the notebook servers among the pods."""
        return [pod for pod in self.pods if pod.component == "singleuser-server"]

    def server_hours(self, times: Array) -> Array:
        """Return the hours that all servers together have run since the first of them began."""
        at, hours = self._server_hours
        found: Array = np.interp(times, at, hours)
        return found

    @cached_property
    def _server_hours(self) -> tuple[Array, Array]:
        changes = sorted(
            change for pod in self.servers for change in ((pod.start, 1), (pod.end, -1))
        )
        at = np.array([time for time, _ in changes])
        run = np.cumsum([by for _, by in changes])
        hours = np.concatenate(([0.0], np.cumsum(np.diff(at) * run[:-1]) / HOUR))
        return at, hours

    def groups_of(self, username: str, time: float) -> tuple[str, ...]:
        """Return the groups that a user is in at a time, sorted."""
        return tuple(
            sorted(m.group for m in self.memberships if m.username == username and m.since <= time)
        )

    def last_seen(self, username: str, times: Array) -> Array:
        """Return when a user's servers were last active, in Unix seconds; 0 for never."""
        seen = np.zeros(len(times))
        for pod in self.pods_of.get(username, []):
            seen = np.maximum(seen, np.where(times >= pod.start, np.minimum(times, pod.end), 0.0))
        return seen

    def node_memory(self, node: str, times: Array) -> Array:
        """Return bytes in use on a node: its pods and 4 GiB of its own."""
        total = np.full(len(times), 4.0 * GIB)
        for pod in self.pods:
            if pod.node == node and pod.start < times[-1] and pod.end > times[0]:
                alive = (times >= pod.start) & (times < pod.end)
                use = usage(pod)
                total[alive] += use.at(use.memory, times[alive])
        return total

    def available_memory(self, node: str, installed: float, times: Array) -> Array:
        """Return bytes that a node with so much memory has left."""
        return installed - self.node_memory(node, times)

    def home_since(self, person: Person) -> float:
        """Return since when somebody has a home directory; inf for who never came."""
        match person.habit:
            case Habit.NEVER:
                return inf
            case Habit.NEWCOMER:
                return min((pod.start for pod in self.pods_of[person.username]), default=inf)
            case _:
                return -inf

    def home_size(self, number: int, times: Array) -> Array:
        """Return bytes of the home directory of the person of that number; it only grows.

        The exporter walks directories every ten minutes, so the size moves in steps.
        """
        steps = np.floor(times / _HOME_STEP) * _HOME_STEP
        days = (steps - self.start) / DAY
        return np.round((0.3 + 0.17 * (number % 23) + 0.011 * (number % 7) * days) * GIB)

    def shared_volume_used(self, times: Array) -> Array:
        """Return bytes in use on the volume of home and shared directories."""
        used = self._home_directories(times)
        begin, full, deleted = self.incidents.volume_fills
        filling = np.clip((times - begin) / (full - begin), 0, 1) * (times < deleted)
        found: Array = used + filling * (0.985 * self.shared_volume - used)
        return found

    @cached_property
    def shared_volume(self) -> float:
        """Return the bytes of the volume of home and shared directories: now a quarter is free."""
        (used,) = self._home_directories(np.array([self.now]))
        return float(np.ceil(used / 0.75 / (10 * GIB)) * 10 * GIB)

    def _home_directories(self, times: Array) -> Array:
        used = np.full(len(times), 80.0 * GIB)
        for number, person in enumerate(self.people):
            used += self.home_size(number, times) * (times >= self.home_since(person))
        return used

    def home_entries(self, number: int, times: Array) -> Array:
        """Return how many files and directories that home directory has."""
        return np.floor(self.home_size(number, times) / 65536)


def make_world(now: float, days: int, seed: int = 1) -> World:
    """Return the world of the last ``days`` days before ``now``, and of the next three."""
    start = now - days * DAY
    workshop = workshop_days(now)
    # Two days earlier, so that servers started before the first day are there.
    first = start - 3 * DAY
    scheduled, nodes = place(pods(first, now + AHEAD, workshop[0], seed))
    members = tuple(memberships(workshop[0]))
    return World(start, now, workshop, PEOPLE, members, tuple(scheduled), tuple(nodes))
