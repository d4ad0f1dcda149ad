"""The refresher keeps the last good page, counts what fails, and never half-changes."""

import asyncio
import logging
import threading

import pytest

from exporter import refresh
from exporter.errors import HubError, Reason
from exporter.memberships import Snapshot, User
from exporter.metrics import Sizes, Status, membership_families, render
from exporter.refresh import Refresher

SNAPSHOT = Snapshot(users=(User("ann", ("staff",)),), groups=("staff",), taken_at=1000.0)
PAGE = render(membership_families(SNAPSHOT, "hub"))
DOWN = HubError(Reason.CONNECT, "No connection.")
REFUSED = HubError(Reason.AUTH, "The hub refuses the token.")


class Clock:
    """A clock that moves when told to, and a sleep that moves it."""

    def __init__(self, start=1000.0):
        self.now = start

    def __call__(self):
        return self.now


def refresher(*outcomes, clock=None, took=0.5, **kwargs):
    """Return a refresher whose fetches give these outcomes in turn, each in so many seconds."""
    clock = clock or Clock()
    turns = iter(outcomes)

    async def fetch(now):
        assert now == clock.now
        clock.now += took
        outcome = next(turns)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return Refresher(fetch, namespace="hub", clock=clock, monotonic=clock, **kwargs)


def failures(**counts):
    return dict.fromkeys(Reason, 0) | {Reason(reason): n for reason, n in counts.items()}


def test_before_the_first_refresh_only_its_own_series_are_there():
    fresh = refresher()
    assert fresh.status == Status()
    names = {
        line.split()[2] for line in fresh.exposition().decode().splitlines() if line[:6] == "# TYPE"
    }
    assert names
    assert all(name.startswith("jupyterhub_groups_exporter_") for name in names)


def test_failures_are_counted_by_reason_and_the_last_good_page_stays(caplog):
    caplog.set_level(logging.INFO)
    subject = refresher(SNAPSHOT, REFUSED, DOWN, REFUSED, SNAPSHOT)
    seen = []

    async def refresh_often():
        for _ in range(5):
            await subject.refresh()
            assert subject.exposition().startswith(PAGE)
            seen.append(subject.status)

    asyncio.run(refresh_often())
    one = Sizes(users=1, groups=1, memberships=1)
    assert seen == [
        Status(1000.0, 0.5, True, one, failures()),
        Status(1000.0, 0.5, True, one, failures(auth=1)),
        Status(1000.0, 0.5, False, one, failures(auth=1, connect=1)),
        Status(1000.0, 0.5, True, one, failures(auth=2, connect=1)),
        Status(1002.0, 0.5, True, one, failures(auth=2, connect=1)),
    ]
    kept = "Still serving the data of 1970-01-01 00:16:40+00:00."
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Refreshed in 0.50 s: 1 users, 1 groups, 1 memberships."),
        ("WARNING", f"Refresh failed (auth). The hub refuses the token. {kept}"),
        ("WARNING", f"Refresh failed (connect). No connection. {kept}"),
        ("WARNING", f"Refresh failed (auth). The hub refuses the token. {kept}"),
        ("INFO", "Refreshed in 0.50 s: 1 users, 1 groups, 1 memberships."),
    ]


def test_a_failure_at_the_start_says_that_there_is_nothing_yet(caplog):
    subject = refresher(DOWN)
    asyncio.run(subject.refresh())
    assert subject.status == Status(0.0, 0.5, False, Sizes(), failures(connect=1))
    assert caplog.messages == [
        "Refresh failed (connect). No connection. There are no data to serve yet."
    ]


@pytest.mark.parametrize(
    ("took", "starts"),
    [
        (4.0, [1000.0, 1010.0, 1020.0]),
        # One that takes longer than the interval skips a turn.
        (14.0, [1000.0, 1020.0, 1040.0]),
    ],
)
def test_the_interval_is_from_start_to_start(took, starts, monkeypatch):
    clock = Clock()
    begun = []

    async def sleep(seconds):
        clock.now += seconds

    async def fetch(now):
        if len(begun) == 3:
            raise KeyboardInterrupt
        begun.append(now)
        clock.now += took
        return SNAPSHOT

    monkeypatch.setattr(refresh.asyncio, "sleep", sleep)
    subject = Refresher(fetch, namespace="hub", interval=10.0, clock=clock, monotonic=clock)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(subject.run())
    assert begun == starts


def test_a_fault_of_the_program_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        asyncio.run(refresher(ZeroDivisionError()).run())


def test_a_page_is_served_while_the_next_is_fetched_and_rendered(monkeypatch):
    """Whatever a refresh is doing, a scrape gets the whole last page at once."""
    fetching, rendering = asyncio.Event(), threading.Event()
    release_fetch, release_render = asyncio.Event(), threading.Event()
    later = Snapshot(users=(User("bob", ()),), groups=(), taken_at=2000.0)
    snapshots = iter([SNAPSHOT, later])

    async def fetch(_):
        fetching.set()
        await release_fetch.wait()
        return next(snapshots)

    def slow_families(snapshot, *args):
        rendering.set()
        assert release_render.wait(5)
        return membership_families(snapshot, *args)

    async def scenario():
        subject = Refresher(fetch, namespace="hub")
        release_fetch.set()
        await subject.refresh()
        release_fetch.clear()
        fetching.clear()
        monkeypatch.setattr(refresh, "membership_families", slow_families)
        running = asyncio.create_task(subject.refresh())
        await fetching.wait()
        assert subject.exposition().startswith(PAGE)
        release_fetch.set()
        assert await asyncio.to_thread(rendering.wait, 5)
        assert subject.exposition().startswith(PAGE)
        release_render.set()
        await running
        assert subject.exposition().startswith(render(membership_families(later, "hub")))

    asyncio.run(scenario())
