"""The exporter against a fake hub: its refreshes, scrapes, memory and event loop."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import figures as kinds
from benchmarks.exporter_process import Exporter, FakeHub, exporter, fake_hub, refreshes
from benchmarks.figures import Figure
from benchmarks.processes import peak_memory
from benchmarks.query_load import MANY, Load, probe, scrape

STAGES = ("refresh", "scrape", "memory", "loop")
_ENCODINGS = {"identity": "plain", "gzip": "gzip"}
_REFRESHES = 5
_SHORTEST_INTERVAL = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. ``seconds`` is how long a load lasts, or longer if the refreshes do.

    ``say`` is told what is being done; logs go to ``folder``.
    """

    stages: frozenset[str]
    seconds: float
    folder: Path
    say: Callable[[str], None]

    def many(self, users: int) -> bool:
        """Whether to scrape a hub of that size with many scrapers at once."""
        return "scrape" in self.stages and users <= max(kinds.MANY_BUSY["gzip"].goals)


def base_memory(plan: Plan) -> float:
    """Return the peak memory in MiB of an exporter whose hub has one user."""
    plan.say("memory with 1 user")
    with fake_hub(1, plan.folder) as hub, exporter(hub.url, plan.folder) as running:
        for encoding in _ENCODINGS:
            scrape(running.url, encoding, 0)
        return peak_memory(running.pid)


def measure(users: int, plan: Plan, base: float | None) -> Iterator[Figure]:
    """Yield the figures of a hub with that many users; ``base`` comes from ``base_memory``."""
    with fake_hub(users, plan.folder) as hub:
        plan.say(f"{users:,} users: first refresh")
        with exporter(hub.url, plan.folder) as still:
            first = still.own()["last_refresh_duration_seconds"]
            requests = hub.stats().requests
            yield from _still(hub, still, plan)
        if plan.stages & {"refresh", "memory"}:
            plan.say(f"{users:,} users: refreshes")
            # Long enough to rest in between.
            with exporter(hub.url, plan.folder, max(_SHORTEST_INTERVAL, 2 * first + 0.8)) as steady:
                yield from _steady(hub, steady, plan, base)
        if "loop" in plan.stages or plan.many(users):
            with exporter(hub.url, plan.folder, _SHORTEST_INTERVAL) as running:
                long = max(plan.seconds, 3 * (first + _SHORTEST_INTERVAL))
                yield from _busy(_Busy(hub, running, requests, long), plan)


def _still(hub: FakeHub, running: Exporter, plan: Plan) -> Iterator[Figure]:
    """Yield what is measured while nothing is refreshed."""
    if "scrape" in plan.stages:
        for encoding, name in _ENCODINGS.items():
            plan.say(f"{hub.users:,} users: scrapes, {name}")
            load = scrape(running.url, encoding, plan.seconds)
            yield kinds.SCRAPE[encoding].of(hub.users, *load.as_asked(load.median))
            yield kinds.SIZE[encoding].of(hub.users, *load.as_asked(load.size / 1000))
    if plan.many(hub.users):
        for encoding, name in _ENCODINGS.items():
            plan.say(f"{hub.users:,} users: {MANY} scrapers, {name}")
            load = scrape(running.url, encoding, plan.seconds, MANY)
            yield kinds.MANY_IDLE[encoding].of(hub.users, *load.as_asked(load.p99))
    if "loop" in plan.stages:
        plan.say(f"{hub.users:,} users: event loop, idle")
        yield kinds.LOOP_IDLE.of(hub.users, probe(running.url, plan.seconds).gap)


def _steady(hub: FakeHub, running: Exporter, plan: Plan, base: float | None) -> Iterator[Figure]:
    """Yield what is measured of refreshes that nothing disturbs, and the memory after them."""
    connections = hub.stats().connections
    seen = list(refreshes(hub, running, _REFRESHES))
    if "refresh" in plan.stages:
        note = f"median of {len(seen)}"
        yield kinds.REFRESH.of(hub.users, statistics.median(r.duration for r in seen), note)
        above = statistics.median(r.duration - r.hub_seconds for r in seen)
        yield kinds.REFRESH_ABOVE.of(hub.users, above, note)
        yield kinds.REQUESTS.of(hub.users, statistics.median(r.requests for r in seen))
        opened = hub.stats().connections - connections
        yield kinds.CONNECTIONS.of(hub.users, opened, f"over {len(seen)} refreshes")
    if "memory" in plan.stages:
        for encoding in _ENCODINGS:
            scrape(running.url, encoding, 0)
        list(refreshes(hub, running, 1))
        peak = peak_memory(running.pid)
        yield kinds.MEMORY.of(hub.users, peak)
        if base is not None:
            yield kinds.MEMORY_ABOVE.of(hub.users, peak - base, f"base {base:.0f} MiB")


@dataclass(frozen=True, slots=True)
class _Busy:
    """An exporter that refreshes as often as it can; ``requests`` are those of one refresh."""

    hub: FakeHub
    exporter: Exporter
    requests: int
    seconds: float

    def under(self, run: Callable[[], Load]) -> tuple[Load, str]:
        """Return what the load found, and how much was refreshed meanwhile."""
        before, began = self.hub.stats().requests, time.monotonic()
        load = run()
        elapsed = time.monotonic() - began
        count = (self.hub.stats().requests - before) / self.requests
        # Of the last one only, so the share is an estimate.
        duration = self.exporter.own()["last_refresh_duration_seconds"]
        share = min(1, count * duration / elapsed)
        return load, f"{count:.1f} refreshes, about {share:.0%} of the time"


def _busy(busy: _Busy, plan: Plan) -> Iterator[Figure]:
    """Yield what is measured while it refreshes as often as it can."""
    users, url = busy.hub.users, busy.exporter.url
    if "loop" in plan.stages:
        plan.say(f"{users:,} users: event loop, refreshing")
        load, meanwhile = busy.under(lambda: probe(url, busy.seconds))
        yield kinds.LOOP.of(users, load.gap, meanwhile)
    if plan.many(users):
        for encoding, name in _ENCODINGS.items():
            plan.say(f"{users:,} users: {MANY} scrapers, {name}, refreshing")
            load, meanwhile = busy.under(
                lambda each=encoding: scrape(url, each, busy.seconds, MANY)  # type: ignore[misc]
            )
            value, note = load.as_asked(load.p99)
            yield kinds.MANY_BUSY[encoding].of(users, value, f"{note}; {meanwhile}")
