"""The exporter against a real JupyterHub, and what it costs the hub."""

import re
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx

from benchmarks import figures as kinds
from benchmarks.exporter_process import Exporter, exporter
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.people import group_names, people
from benchmarks.processes import BenchError, cpu_seconds
from benchmarks.query_load import scrape
from harness.hub import RunningHub, running_hub

STAGE = "real-hub"
_USERS, _GROUPS = 1000, 20
_INTERVAL = 5.0
_REFRESHES = 6
_IDLE_SECONDS = 10.0
# The histogram that the hub keeps of its own API's answers; nobody but the exporter asks here.
_ANSWERS = re.compile(
    r"^jupyterhub_request_duration_seconds_(count|sum)\{.*"
    r'handler="jupyterhub\.apihandlers\..* (\S+)$',
    re.MULTILINE,
)


def measure(plan: Plan, users: int = _USERS, groups: int = _GROUPS) -> Iterator[Figure]:
    """Yield the figures of a hub that is started for it."""
    plan.say(f"real hub: starting it with {users:,} users")
    token = secrets.token_hex(16)
    with _hub(plan, users, groups, token) as running:
        hub = _Hub(running.process.pid, running.api_url.removesuffix("/api"), token)
        plan.say("real hub: idle")
        before = hub.used()
        time.sleep(_IDLE_SECONDS)
        idle = (hub.used().cpu - before.cpu) / _IDLE_SECONDS
        plan.say("real hub: refreshes")
        folder = plan.folder
        with exporter(running.api_url, folder, _INTERVAL, running.tokens["full"]) as reading:
            before, began = hub.used(), time.monotonic()
            durations = list(_durations(reading, users))
            after, elapsed = hub.used(), time.monotonic() - began
            count = len(durations)
            duration = statistics.median(durations)
            hub_time = (after.seconds - before.seconds) / count
            cpu = (after.cpu - before.cpu - idle * elapsed) / count
            yield kinds.REAL_REFRESH.of(users, duration, f"median of {count}")
            yield kinds.REAL_HUB_TIME.of(users, hub_time, "by its own metrics")
            yield kinds.REAL_ABOVE.of(users, duration - hub_time)
            yield kinds.REAL_CPU.of(users, cpu, f"{idle:.1%} of a core when idle taken off")
            yield kinds.REAL_CPU_SHARE.of(users, 100 * cpu / 60)
            yield kinds.REAL_REQUESTS.of(users, (after.requests - before.requests) / count)
            plan.say("real hub: scrapes")
            load = scrape(reading.url, "gzip", plan.seconds)
            yield kinds.REAL_SCRAPE.of(users, *load.as_asked(load.median))


def _durations(reading: Exporter, users: int) -> Iterator[float]:
    """Yield how long the next refreshes take, each as it has ended."""
    last = reading.own()["last_success_timestamp_seconds"]
    for _ in range(_REFRESHES):
        # Not to be asking while it refreshes.
        time.sleep(0.7 * _INTERVAL)
        own = reading.refreshed_since(last)
        if own["users"] != users:
            raise BenchError(f"The exporter reports {own['users']:.0f} users, not {users}.")
        last = own["last_success_timestamp_seconds"]
        yield own["last_refresh_duration_seconds"]


@dataclass(frozen=True, slots=True)
class _Used:
    """What the hub's process has used so far: seconds of CPU, seconds of answering, requests."""

    cpu: float
    seconds: float
    requests: float


@dataclass(frozen=True, slots=True)
class _Hub:
    pid: int
    url: str
    token: str

    def used(self) -> _Used:
        """Return it; asking is in none of the counts but some milliseconds of the CPU's."""
        page = httpx.get(
            f"{self.url}/metrics",
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
            timeout=30,
        )
        found = {"count": 0.0, "sum": 0.0}
        for name, value in _ANSWERS.findall(page.raise_for_status().text):
            found[name] += float(value)
        return _Used(cpu_seconds(self.pid), found["sum"], found["count"])


def _hub(plan: Plan, users: int, groups: int, token: str) -> AbstractContextManager[RunningHub]:
    """Return a hub with the benchmark's people and a service that reads its metrics."""
    folder = plan.folder / "hub"
    folder.mkdir()
    everybody = people(users, groups)
    return running_hub(
        folder,
        users=[person.name for person in everybody],
        groups={
            name: [person.name for person in everybody if name in person.groups]
            for name in group_names(groups)
        },
        services=[{"name": "metrics", "api_token": token}],
        service_scopes={"metrics": ["read:metrics"]},
    )
