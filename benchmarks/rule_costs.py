"""What the recording rules cost a Prometheus, by the size of the hub and how often it scrapes."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import clusters
from benchmarks import figures as kinds
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.processes import BenchError
from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import recording
from demo.people import DAY
from demo.recorded import EACH
from harness.prometheus import TAKES_WRITES, Started, started
from harness.remote_write import Writer

STAGE = "rules"
SCRAPES = (15.0, 60.0)

# Idle servers are told by the last 15 minutes, of those that were there 15 minutes ago.
_BEFORE, _AFTER = 35 * 60.0, 10 * 60.0
# The rules as shipped, but for how often: the first cycle comes within so many seconds.
_EVERY = "10s"
_NEVER = "0001-01-02"
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The first cycle of the rules in a Prometheus; later ones would read what it recorded."""

    prometheus: Started
    group: dict[str, Any]

    @property
    def took(self) -> float:
        """The seconds of it, those for making the recorded series among them."""
        return float(self.group["evaluationTime"])

    @property
    def slowest(self) -> str:
        """The rule that takes the most of it."""
        rule = max(self.group["rules"], key=lambda each: float(each["evaluationTime"]))
        return f"{rule['name']}: {rule['evaluationTime']:.2g} s"

    def asked(self) -> tuple[int, int]:
        """Return how many samples the rules read in it, and how many they record."""
        at = datetime.fromisoformat(self.group["lastEvaluation"]).timestamp()
        read = recorded = 0
        for rule in (*recording.by_user(), *recording.by_group()):
            found = self.prometheus.get("query", query=rule.expr, time=f"{at:.3f}", stats="all")
            read += found["stats"]["samples"]["totalQueryableSamples"]
            recorded += len(found["result"])
        return read, recorded


def wanted(users: int) -> bool:
    """Return whether a hub of that size is made: larger ones are reckoned from these."""
    return users <= max(kinds.RULES_CYCLE[SCRAPES[0]].goals)


def measure(users: int, plan: Plan, scrapes: Sequence[float] = SCRAPES) -> Iterator[Figure]:
    """Yield what a hub of that size costs a Prometheus, and what the rules do on top."""
    for number, each in enumerate(scrapes):
        what = f"rules: {users:,} users, scraped each {each:g} s"
        plan.say(what)
        folder = plan.folder / f"rules-{users}-{each:g}"
        with started(folder, folder / "data", TAKES_WRITES, "--web.enable-lifecycle") as prometheus:
            now = time.time()
            times = np.arange(now - _BEFORE, now + _AFTER, each)
            writer = Writer(prometheus.client, prometheus.url)
            clusters.write(clusters.series(users, clusters.noon_at(now)), times, writer)
            plan.say(f"{what}: a cycle")
            cycle = _evaluated(folder, prometheus)
            memory = prometheus.own("process_resident_memory_bytes") / 2**20
            read, recorded = cycle.asked()
            yield kinds.RULES_CYCLE[each].of(users, cycle.took, f"slowest {cycle.slowest}")
            yield kinds.RULES_READ[each].of(users, read)
            if not number:
                yield from _series(users, prometheus, recorded)
                daily = recorded * DAY / EACH
                yield kinds.RULES_DAILY.of(users, daily, f"each {EACH:g} s")
                series = prometheus.own("prometheus_tsdb_head_series")
                yield kinds.PROMETHEUS_MEMORY.of(users, memory, f"{series:,.0f} series in its head")


def _evaluated(folder: Path, prometheus: Started) -> _Cycle:
    """Load the rules and return their first cycle."""
    text, every = recording.text(), f"interval: {RECORDED_EACH}"
    if every not in text:
        raise BenchError(f"The rules have no {every!r}.")
    (folder / "rules.yml").write_text(text.replace(every, f"interval: {_EVERY}"), "utf-8")
    prometheus.post("-/reload")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        time.sleep(0.1)
        for group in prometheus.get("rules")["groups"]:
            if group["lastEvaluation"] > _NEVER:
                for rule in group["rules"]:
                    if rule["health"] != "ok":
                        raise BenchError(f"The rule {rule['name']} failed: {rule.get('lastError')}")
                return _Cycle(prometheus, group)
    raise BenchError(f"The rules were not evaluated within {_PATIENCE:g} s.")


def _series(users: int, prometheus: Started, recorded: int) -> Iterator[Figure]:
    """Yield how many series there are of a user, by who tells them."""
    jobs = prometheus.api.instant('count by (job) ({job!=""})', None)
    for one in sorted(jobs, key=lambda one: one.labels["job"]):
        yield kinds.scraped(one.labels["job"]).of(users, one.values[-1])
    yield kinds.RULES_SERIES.of(users, recorded)
