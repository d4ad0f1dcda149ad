"""The exporter and the fake hub, each as a process, and the exporter's refreshes."""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.fake_hub_api import TOKEN
from benchmarks.processes import BenchError, end_of, find_in_log, running
from exporter.resending import Client

# The longest that the default --max-age allows: longer than any measurement.
SELDOM = 1800.0
_OWN = b"\njupyterhub_groups_exporter_"
_OWN_SAMPLE = re.compile(_OWN + rb"(\w+)(?:\{[^}\n]*\})? (\S+)")
_PATIENCE = 300.0
# Between two pages the exporter may be busy for a while; between two refreshes it rests longer.
_SETTLED = 0.3


@dataclass(frozen=True, slots=True)
class Stats:
    """What the fake hub has answered so far; ``idle`` is the time since its last answer."""

    seconds: float
    requests: int
    connections: int
    idle: float


@dataclass(frozen=True, slots=True)
class FakeHub:
    """A running fake hub; ``url`` is that of its API."""

    users: int
    url: str
    _client: httpx.Client

    def stats(self) -> Stats:
        """Ask it, which it does not count."""
        return Stats(**self._client.get(httpx.URL(self.url).join("/stats")).json())


@dataclass(frozen=True, slots=True)
class Exporter:
    """A running exporter; ``url`` is that of its page."""

    pid: int
    url: str
    _log: Path
    _client: httpx.Client

    def own(self) -> dict[str, float]:
        """Return its own series, short names, added up over their labels: ``{"users": 10.0}``."""
        page = self._client.get(self.url).raise_for_status().content
        found: defaultdict[str, float] = defaultdict(float)
        for name, value in _OWN_SAMPLE.findall(page[max(page.find(_OWN), 0) :]):
            found[name.decode()] += float(value)
        if found["refresh_failures_total"]:
            raise BenchError(f"The exporter's refreshes fail:\n{end_of(self._log)}")
        return found

    def refreshed_since(self, last_success: float) -> dict[str, float]:
        """Wait for a refresh to end, with data later than those; return its own series."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            own = self.own()
            if own["last_success_timestamp_seconds"] > last_success:
                return own
            time.sleep(0.25)
        raise BenchError(f"The exporter did not refresh in {_PATIENCE:g} s:\n{end_of(self._log)}")


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh: seconds that it took, seconds that the hub took for it, its requests."""

    duration: float
    hub_seconds: float
    requests: int


@contextmanager
def fake_hub(users: int, folder: Path) -> Iterator[FakeHub]:
    """Start a fake hub with that many users."""
    log = folder / "fake-hub.log"
    with (
        running(log, "benchmarks.fake_hub", "--users", f"{users}") as pid,
        Client(trust_env=False) as client,
    ):
        yield FakeHub(users, find_in_log(log, r"Serving (http://\S+)", pid), client)


@contextmanager
def exporter(
    hub_url: str, folder: Path, interval: float = SELDOM, token: str = TOKEN
) -> Iterator[Exporter]:
    """Start the exporter and wait for its first refresh to end."""
    log = folder / "exporter.log"
    args = ("--hub-url", hub_url, "--namespace", "jhub", "--port", "0", "--interval", f"{interval}")
    with (
        running(log, "exporter", *args, env={"GROUPSCOPE_HUB_TOKEN": token}) as pid,
        Client(trust_env=False, timeout=60) as client,
    ):
        url = find_in_log(log, r"Serving (http://\S+/metrics);", pid)
        started = Exporter(pid, url, log, client)
        started.refreshed_since(0)
        yield started


def refreshes(hub: FakeHub, exporter: Exporter, count: int) -> Iterator[Refresh]:
    """Yield the next refreshes of an exporter that rests between them and is not disturbed.

    Not the first: it renders the fake hub's pages, and has nothing to replace.
    """
    own, before = exporter.own(), hub.stats()
    for _ in range(count):
        end = time.monotonic() + _PATIENCE
        while (now := hub.stats()).requests == before.requests or now.idle < _SETTLED:
            if time.monotonic() > end:
                raise BenchError(f"The exporter asked the hub nothing for {_PATIENCE:g} s.")
            time.sleep(0.1)
        own = exporter.refreshed_since(own["last_success_timestamp_seconds"])
        if own["users"] != hub.users:
            raise BenchError(f"The exporter reports {own['users']:.0f} users, not {hub.users}.")
        after = hub.stats()
        yield Refresh(
            own["last_refresh_duration_seconds"],
            after.seconds - before.seconds,
            after.requests - before.requests,
        )
        before = after
