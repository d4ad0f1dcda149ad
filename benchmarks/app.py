"""The Grafana app's backend, frozen as it is shipped, against a fake hub."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from http import HTTPStatus
from pathlib import Path

from benchmarks import figures as kinds
from benchmarks.exporter_process import FakeHub, fake_hub
from benchmarks.fake_hub_api import TOKEN
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from benchmarks.people import group_names
from benchmarks.processes import BenchError, end_of, peak_memory
from harness.backend import Backend, Got, backend

STAGE = "app"
_FREEZE = Path(__file__).parent.parent / "scripts/freeze"
_STARTS = 5
_REFRESHES = 4
_SELDOM, _OFTEN = "1800", "1"
# The first group of the fake hub has as many members as any.
_URLS = ("groups", f"groups/{group_names(1)[0]}/members", "metrics")
_CALLS = 20
_AT_ONCE = 100
_PATIENCE = 120.0


def freeze(plan: Plan) -> Path:
    """Return the program, made for it."""
    plan.say("app: making the program")
    folder = plan.folder / "app"
    done = subprocess.run([_FREEZE, folder], capture_output=True, check=False, text=True)
    if done.returncode:
        raise BenchError(f"The backend could not be made a program:\n{done.stderr.strip()}")
    return next(folder.glob("gpx_groupscope_linux_*"))


def measure(users: int, plan: Plan, program: Path) -> Iterator[Figure]:
    """Yield the figures of the backend on a hub with that many users."""
    with fake_hub(users, plan.folder) as hub:
        plan.say(f"app: {users:,} users, calls")
        with _running(program, plan, hub, _SELDOM) as running:
            _answered(running)
            yield from _calls(users, running)
        plan.say(f"app: {users:,} users, starts")
        starts, firsts = zip(*(_start(program, plan, hub) for _ in range(_STARTS)), strict=True)
        note = f"median of {_STARTS}"
        yield kinds.APP_START.of(users, statistics.median(starts), note)
        yield kinds.APP_FIRST.of(users, statistics.median(firsts), f"{note}, after a kill")
        plan.say(f"app: {users:,} users, memory")
        with _running(program, plan, hub, _OFTEN) as running:
            _answered(running)
            _refreshed(running)
            for url in (*_URLS, "report"):
                running.resource(url)
            peak = peak_memory(running.process.pid)
            yield kinds.APP_MEMORY.of(users, peak, f"{_REFRESHES} refreshes, each resource")


def _running(
    program: Path, plan: Plan, hub: FakeHub, interval: str
) -> AbstractContextManager[Backend]:
    ini = {"hub_url": hub.url, "hub_token": TOKEN, "namespace": "jhub", "interval": interval}
    folder = str(plan.folder / "app-state")
    return backend([str(program)], plan.folder / "app.log", **ini, state_folder=folder)


def _start(program: Path, plan: Plan, hub: FakeHub) -> tuple[float, float]:
    """Return seconds to the handshake, and to the first answer with data of before a kill."""
    began = time.monotonic()
    with _running(program, plan, hub, _SELDOM) as running:
        shaken = time.monotonic() - began
        _answered(running)
        return shaken, time.monotonic() - began


def _calls(users: int, running: Backend) -> Iterator[Figure]:
    for url, kind in zip(_URLS, kinds.APP_CALLS.values(), strict=True):
        took = [_timed(running, url) for _ in range(_CALLS)]
        yield kind.of(users, statistics.median(took), f"median of {_CALLS}")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        took = list(pool.map(lambda url: _timed(running, url), ["groups"] * _AT_ONCE))
    yield kinds.APP_AT_ONCE.of(users, max(took), "the slowest")


def _timed(running: Backend, url: str) -> float:
    """Return the milliseconds that a resource takes to be whole."""
    began = time.perf_counter()
    _need(running.resource(url), running)
    return 1000 * (time.perf_counter() - began)


def _answered(running: Backend) -> None:
    """Wait until there are data."""
    end = time.monotonic() + _PATIENCE
    while (got := running.resource("groups")).status != HTTPStatus.OK:
        if time.monotonic() > end:
            _need(got, running)
        time.sleep(0.02)


def _refreshed(running: Backend) -> None:
    """Wait until some more refreshes are over."""
    end, seen = time.monotonic() + _PATIENCE, set[str]()
    while len(seen) <= _REFRESHES:
        seen.add(_need(running.resource("groups"), running).json()["refreshed"])
        if time.monotonic() > end:
            raise BenchError(f"The backend did not refresh:\n{end_of(running.log)}")
        time.sleep(0.2)


def _need(got: Got, running: Backend) -> Got:
    if got.status != HTTPStatus.OK:
        raise BenchError(f"The backend answered {got.text}\n{end_of(running.log)}")
    return got
