"""Every figure, once: what it is called, its unit, its goal; and how figures grow."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Kind:
    """What is measured. ``goals`` are limits by number of users: upper ones, or ``at_least``.

    A size that has no goal of its own is held to the next larger one's; beyond the largest
    there is none.
    """

    title: str
    unit: str
    goals: Mapping[int, float] = field(default_factory=dict)
    at_least: bool = False

    def of(self, users: int, value: float | None, note: str = "") -> "Figure":
        """Return the figure for a hub of that many users; None is what could not be had."""
        larger = [size for size in self.goals if size >= users]
        goal = self.goals[min(larger)] if larger else None
        return Figure(self.title, users, value, self.unit, goal, note, self.at_least)


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured, in ``unit``, and the most that it may be, or the least."""

    title: str
    users: int
    value: float | None
    unit: str
    goal: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is met, None if there is none."""
        if self.goal is None:
            return None
        if self.value is None:
            return False
        return self.value >= self.goal if self.at_least else self.value <= self.goal


REFRESH = Kind("refresh", "s")
REFRESH_ABOVE = Kind("refresh, above the hub's own time", "s", {10_000: 0.4, 100_000: 5.0})
REQUESTS = Kind("requests to the hub, each refresh", "")
CONNECTIONS = Kind("connections to the hub, new ones", "")
LOOP_IDLE = Kind("event loop blocked at most, idle", "ms")
LOOP = Kind("event loop blocked at most, refreshing", "ms", {100_000: 50.0})
SCRAPE = {
    "identity": Kind("scrape, plain, median", "ms", {10_000: 10.0}),
    "gzip": Kind("scrape, gzip, median", "ms", {10_000: 10.0, 100_000: 100.0}),
}
SIZE = {
    "identity": Kind("page, plain", "kB"),
    "gzip": Kind("page, gzip", "kB"),
}
MANY_IDLE = {
    "identity": Kind("20 scrapers, plain, p99, idle", "ms", {10_000: 100.0}),
    "gzip": Kind("20 scrapers, gzip, p99, idle", "ms", {10_000: 100.0}),
}
MANY_BUSY = {
    "identity": Kind("20 scrapers, plain, p99, refreshing", "ms", {10_000: 100.0}),
    "gzip": Kind("20 scrapers, gzip, p99, refreshing", "ms", {10_000: 100.0}),
}
MEMORY = Kind("peak memory", "MiB", {100_000: 300.0})
MEMORY_ABOVE = Kind("peak memory, above that with 1 user", "MiB")

# A real hub answers far slower than the fake one; what comes on top is in proportion to 10,000.
REAL_REFRESH = Kind("real hub: refresh", "s")
REAL_HUB_TIME = Kind("real hub: its time to answer, each refresh", "s")
REAL_ABOVE = Kind("real hub: refresh, above its time", "s", {1000: 0.04, 10_000: 0.4})
REAL_CPU = Kind("real hub: its CPU time, each refresh", "s")
REAL_CPU_SHARE = Kind("real hub: of a core, refreshed each 60 s", "%")
REAL_REQUESTS = Kind("real hub: requests, each refresh", "")
REAL_SCRAPE = Kind("real hub: scrape, gzip, median", "ms", {1000: 1.0, 10_000: 10.0})

APP_START = Kind("app: start to the handshake", "s", {100_000: 1.0})
APP_FIRST = Kind("app: start to the first answer", "s", {10_000: 2.0})
APP_MEMORY = Kind("app: peak memory", "MiB", {10_000: 120.0})
APP_CALLS = {
    "groups": Kind("app: groups", "ms"),
    "members": Kind("app: members of a group", "ms"),
    "metrics": Kind("app: metrics", "ms"),
}
APP_AT_ONCE = Kind("app: 100 calls of groups at once", "ms")

BOARD = {
    "raw": Kind("board of a month, raw", "s"),
    "recorded": Kind("board of a month, recorded", "s"),
}
BOARD_FACTOR = Kind("board of a month, faster if recorded", "×", {200: 10.0}, at_least=True)
BOARD_HELD = {
    "raw": Kind("board of a month, raw: samples a membership", ""),
    "recorded": Kind("board of a month, recorded: samples a membership", ""),
}
BOARD_SCRAPED = Kind("board of a month, samples scraped", "million")
BOARD_KEPT = Kind("board of a month, samples recorded", "million")


# What go-jsonnet takes to build as many of today's dashboards.
BUILD = Kind("all boards and rules built, whole process", "s", {1: 0.6})


def opened(board: str, what: str, unit: str) -> Kind:
    """Return what is measured of a board that is opened over the demo's month."""
    return Kind(f"demo, {board}: {what}", unit)


def slowest(board: str) -> Kind:
    """Return the seconds of a board's slowest query over the demo's month."""
    return replace(opened(board, "slowest query", "s"), goals={1000: 1.0})


def duplicates(board: str) -> Kind:
    """Return how many of a board's queries another panel has asked already."""
    return replace(opened(board, "queries asked twice", ""), goals={1000: 0.0})


def panel(title: str) -> Kind:
    """Return what is measured of one of the board's panels."""
    return Kind(f"panel {title}, recorded", "s")


# A tenth of the time between two cycles.
RULES_CYCLE = {
    each: Kind(f"rules, {each:g} s scrapes: a cycle of 300 s", "s", {1000: 3.0, 10_000: 30.0})
    for each in (15.0, 60.0)
}
RULES_READ = {
    each: Kind(f"rules, {each:g} s scrapes: samples read, each cycle", "") for each in (15.0, 60.0)
}
RULES_SERIES = Kind("series recorded", "")
RULES_DAILY = Kind("samples recorded, each day", "")
PROMETHEUS_MEMORY = Kind("Prometheus: resident memory", "MiB")


def scraped(job: str) -> Kind:
    """Return how many series a scrape job has."""
    return Kind(f"series, {job}", "")


_GROWING = (REFRESH_ABOVE, MEMORY_ABOVE, *SIZE.values())


def growth(figures: Iterable[Figure]) -> Iterator[Figure]:
    """Yield by what factor figures grow when the users do tenfold: 10 if in proportion.

    Taken from the smallest to the largest hub, so a part that does not grow makes it less.
    """
    known = [figure for figure in figures if figure.value and figure.value > 0]
    for kind in _GROWING:
        found = sorted((f for f in known if f.title == kind.title), key=lambda f: f.users)
        if len(found) < 2 or found[0].users == found[-1].users:
            continue
        first, last = found[0], found[-1]
        factor = (last.value or 0) / (first.value or 1)
        value = factor ** (1 / math.log10(last.users / first.users))
        note = f"from {first.users:,} users; 10 is linear"
        yield Figure(f"growth per tenfold: {kind.title}", last.users, value, "×", note=note)


def slopes(figures: Iterable[Figure]) -> Iterator[Figure]:
    """Yield what each user more adds to a Prometheus, from the smallest hub to the largest."""
    kinds = (RULES_SERIES, RULES_DAILY, PROMETHEUS_MEMORY)
    titles = {kind.title for kind in kinds}
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        if figure.title in titles or figure.title.startswith(scraped("").title):
            found.setdefault(figure.title, []).append(figure)
    for title, several in found.items():
        ordered = sorted(several, key=lambda figure: figure.users)
        first, last = ordered[0], ordered[-1]
        if first.users < last.users:
            added = ((last.value or 0) - (first.value or 0)) / (last.users - first.users)
            unit, factor = ("kB", 2**20 / 1000) if last.unit == "MiB" else (last.unit, 1)
            note = f"from {first.users:,} users on"
            yield Figure(f"a user more: {title}", last.users, added * factor, unit, note=note)
