"""What JupyterHub says of itself at /hub/metrics: names, labels and buckets are the real hub's.

Its counters begin anew when it is started again. The scrape adds the namespace.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import erf, log, sqrt

import numpy as np

from dashboards.metrics import jupyterhub as metrics
from dashboards.metrics.metric import Histogram
from demo.people import DAY, HOUR, NAMESPACE
from demo.schedule import Pod
from demo.series import FOREVER, Series, Value, labels
from demo.usage import Array
from demo.world import World

JOB = metrics.JOB.name
TARGET = {"namespace": NAMESPACE}

SPAWN_BUCKETS = (0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 180, 300, 600)
REQUEST_BUCKETS = (*(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10),)

SPAWNS = (
    *(("success", ""), ("failure", ""), ("error", "")),
    *(("failure", "throttled"), ("failure", "too-many-users"), ("failure", "already-pending")),
)
"""Status and reason of the starts that a hub has series for before the first one."""

HTTP_TIMEOUT = 30.0
"""Seconds for which the hub waits for a server's answer, JupyterHub's default."""

PERIODS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of a kind: so many an hour, and for each server that runs; their median seconds."""

    method: str
    handler: str
    code: str
    hourly: float
    hourly_a_server: float
    median: float


REQUESTS = (
    Requests("POST", "jupyterhub.apihandlers.users.ActivityAPIHandler", "200", 0, 12, 0.012),
    Requests("GET", "jupyterhub.apihandlers.users.UserListAPIHandler", "200", 66, 0, 0.06),
    Requests("GET", "jupyterhub.handlers.pages.HomeHandler", "200", 1, 0.8, 0.03),
    Requests("GET", "jupyterhub.handlers.base.Template404", "404", 2, 0.05, 0.02),
    Requests("DELETE", "jupyterhub.apihandlers.users.UserServerAPIHandler", "204", 0, 0.1, 0.4),
)
_SPREAD = 0.7
"""Of the logarithm of a request's seconds."""
_RUSH = 25.0
"""How many times as long requests take while the workshop begins."""
_RUSH_MORE = 8.0
"""How many times as many there are."""


def series(world: World) -> Iterator[Series]:
    """Yield what the hub has counted since it was last started, and what runs."""
    for hub in _Hub.of(world):
        yield from hub.series()


@dataclass(frozen=True)
class _Hub:
    """The hub's process, from one start to the end."""

    world: World
    born: float
    dies: float

    @classmethod
    def of(cls, world: World) -> "Iterator[_Hub]":
        """Yield the hub up to when it ran out of memory, and as it began anew."""
        incidents = world.incidents
        yield cls(world, world.start - 2 * DAY, incidents.hub_restart)
        yield cls(world, incidents.hub_back, FOREVER)

    def series(self) -> Iterator[Series]:
        yield self._one("jupyterhub_running_servers", self._running)
        yield self._one("jupyterhub_total_users", self._listed)
        for period, seconds in PERIODS.items():
            active = partial(self._active, seconds)
            yield self._one("jupyterhub_active_users", active, period=period)
        yield from self._spawns()
        yield from self._proxy_and_stops()
        for requests in REQUESTS:
            yield from self._requests(requests)

    def _one(self, metric: str, value: Value, **pairs: str) -> Series:
        on = labels(**TARGET, **pairs)
        return Series(JOB, metric, on, value, self.born, self.dies)

    def _listed(self, times: Array) -> Array:
        arrivals = sorted(self.world.arrival(person) for person in self.world.people)
        return np.searchsorted(arrivals, times, "right").astype(float)

    def _running(self, times: Array) -> Array:
        starts = np.sort([pod.start for pod in self.world.servers])
        ends = np.sort([pod.end for pod in self.world.servers])
        found: Array = np.searchsorted(starts, times, "right") - np.searchsorted(
            ends, times, "right"
        )
        return found.astype(float)

    def _active(self, seconds: float, times: Array) -> Array:
        # The hub counts them once an hour.
        hours = np.floor(times / HOUR) * HOUR
        asked, where = np.unique(hours, return_inverse=True)
        count = np.zeros(len(asked))
        for person in self.world.people:
            count += self.world.last_seen(person.username, asked) >= asked - seconds
        found: Array = count[where]
        return found

    def _spawns(self) -> Iterator[Series]:
        took: dict[tuple[str, str], list[tuple[float, float]]] = {one: [] for one in SPAWNS}
        for pod in self.world.servers:
            took["success", ""].append((pod.start, spawn_seconds(pod)))
        for failed in self.world.incidents.failed_spawns():
            took.setdefault((failed.status, failed.reason), []).append(
                (failed.time, failed.seconds)
            )
            if failed.reason == "exited":
                # JupyterHub counts it again when it gives up waiting for the server's answer.
                asked = failed.time - failed.seconds
                took["error", ""].append((asked + HTTP_TIMEOUT, HTTP_TIMEOUT))
        for (status, reason), events in took.items():
            mine = sorted(event for event in events if self.born <= event[0] < self.dies)
            # A reason that a hub does not know beforehand has a series from the first time on.
            begin = self.born if (status, reason) in SPAWNS else mine[0][0] if mine else None
            if begin is not None:
                metric = metrics.JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS
                on = {"status": status, "reason": reason}
                # Of failures the scrape keeps the numbers only, not how long they took.
                buckets = SPAWN_BUCKETS if status == "success" else ()
                yield from _events(self, metric, on, buckets, mine, begin)

    def _proxy_and_stops(self) -> Iterator[Series]:
        started = [(pod.start, 0.02) for pod in self.world.servers]
        ended = [(pod.end, 0.9) for pod in self.world.servers]
        removed = [(at, 0.015) for at, _ in ended]
        for metric, events in (
            (metrics.JUPYTERHUB_PROXY_ADD_DURATION_SECONDS, started),
            (metrics.JUPYTERHUB_PROXY_DELETE_DURATION_SECONDS, removed),
            (metrics.JUPYTERHUB_SERVER_STOP_SECONDS, ended),
        ):
            mine = sorted(event for event in events if self.born <= event[0] < self.dies)
            for status, counted in (("success", mine), ("failure", [])):
                yield from _events(self, metric, {"status": status}, (), counted, self.born)
        polls = partial(self._each, 60.0)
        poll = metrics.JUPYTERHUB_PROXY_POLL_DURATION_SECONDS
        yield self._one(poll.created, self.born)
        yield self._one(poll.count, polls)
        yield self._one(poll.sum, lambda t: 0.011 * polls(t))

    def _each(self, seconds: float, times: Array) -> Array:
        return np.floor((times - self.born) / seconds)

    def _requests(self, kind: Requests) -> Iterator[Series]:
        on = {"method": kind.method, "handler": kind.handler, "code": kind.code}
        metric = metrics.JUPYTERHUB_REQUEST_DURATION_SECONDS
        for bound in (*REQUEST_BUCKETS, FOREVER):
            within = partial(self._within, kind, bound)
            yield self._one(metric.bucket, within, le=_bound(bound), **on)
        yield self._one(metric.count, partial(self._within, kind, FOREVER), **on)
        yield self._one(metric.created, self.born, **on)
        mean = kind.median * float(np.exp(_SPREAD**2 / 2))
        yield self._one(metric.sum, lambda t: mean * self._within(kind, FOREVER, t), **on)

    def _within(self, kind: Requests, bound: float, times: Array) -> Array:
        """Return how many requests took no longer than that."""
        quick, slow = self._counted(kind, times)
        found: Array = np.floor(quick * _part(bound, kind.median)) + np.floor(
            slow * _part(bound, kind.median * _RUSH)
        )
        return found

    def _counted(self, kind: Requests, times: Array) -> tuple[Array, Array]:
        """Return how many requests there were, apart from the rush, and in it."""
        begin, end = self.world.incidents.rush
        inside = np.clip(times, begin, end)
        after_begin = max(begin, self.born)
        rush = self._work(kind, np.maximum(inside, self.born)) - self._work(
            kind, np.array([after_begin])
        )
        rush = np.maximum(rush, 0)
        all_ = self._work(kind, times) - self._work(kind, np.array([self.born]))
        # Whole requests: each is in all buckets from its own on at once.
        return np.floor(all_ - rush), np.floor(_RUSH_MORE * rush)

    def _work(self, kind: Requests, times: Array) -> Array:
        servers = self.world.server_hours(times) if kind.hourly_a_server else 0.0
        found: Array = kind.hourly * (times % (400 * DAY)) / HOUR + kind.hourly_a_server * servers
        return found


def spawn_seconds(pod: Pod) -> float:
    """Return how long JupyterHub waited for a server: longest where a node had to start first."""
    random = np.random.default_rng(pod.seed() % 2**32)
    return float(random.lognormal(np.log(9), 0.35) if random.random() < 0.9 else 140.0)


def _events(
    hub: _Hub,
    metric: Histogram,
    pairs: Mapping[str, str],
    buckets: tuple[float, ...],
    events: list[tuple[float, float]],
    born: float,
) -> Iterator[Series]:
    """Yield a histogram of (time, seconds); without buckets its count and sum only."""
    on = labels(**TARGET, **pairs)

    def upto(bound: float) -> Callable[[Array], Array]:
        found = np.array([time for time, seconds in events if seconds <= bound])
        return lambda times: np.searchsorted(found, times, "right").astype(float)

    for bound in (*buckets, FOREVER) if buckets else ():
        le = labels(**dict(on), le=_bound(bound))
        yield Series(JOB, metric.bucket, le, upto(bound), born, hub.dies)
    yield Series(JOB, metric.count, on, upto(FOREVER), born, hub.dies)
    yield Series(JOB, metric.created, on, born, born, hub.dies)
    when = np.array([time for time, _ in events])
    total = np.concatenate(([0.0], np.cumsum([seconds for _, seconds in events])))

    def in_all(times: Array) -> Array:
        found: Array = total[np.searchsorted(when, times, "right")]
        return found

    yield Series(JOB, metric.sum, on, in_all, born, hub.dies)


def _bound(bound: float) -> str:
    """Return a bucket's upper bound as prometheus-client writes it."""
    return "+Inf" if bound == FOREVER else str(float(bound))


def _part(bound: float, median: float) -> float:
    """Return which part of log-normal requests takes no longer than that."""
    if bound == FOREVER:
        return 1.0
    return 0.5 * (1 + erf(log(bound / median) / _SPREAD / sqrt(2)))
