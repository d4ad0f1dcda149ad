"""The refresher keeps the last good page, counts what fails, and never half-changes."""

import asyncio
import itertools
import logging
from dataclasses import replace
from functools import partial

import pytest

from exporter import refresh
from exporter.core.backoff import RefreshSchedule
from exporter.core.errors import HubError, Reason
from exporter.core.memberships import Snapshot, User
from exporter.core.namespaces import UserNamespaceTemplate
from exporter.core.status import EMPTY, Sizes, Status
from exporter.refresh import Refresher
from exporter.snapshot.file import SnapshotFile
from tests.support.exporter_values import group_policy, text

SNAPSHOT = Snapshot(users=(User("ann", ("staff",)),), groups=("staff",), taken_at=1000.0)
TEXT = text(SNAPSHOT).encode()
ONE = Sizes(users=1, groups=1, memberships=1, page=len(TEXT))
DOWN = HubError(Reason.CONNECT, "No connection.")
REFUSED = HubError(Reason.AUTH, "The hub refuses the token.")
STEADY = RefreshSchedule(60.0, chance=lambda: 0.5)
status = partial(Status, refresh_interval=60.0, max_age=3600.0)


class Clock:
    """A clock that moves when told to."""

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

    return Refresher(
        fetch,
        **{"namespace": "hub", "schedule": STEADY, "clock": clock, "monotonic": clock, **kwargs},
    )


def failures(**counts):
    return dict.fromkeys(Reason, 0) | {Reason(reason): n for reason, n in counts.items()}


def body(subject):
    """Return the memberships that a scrape gets now, None if there are none."""
    page = subject.served.page
    return page and b"".join(page.identity(b""))


def refreshed(subject, times=1):
    """Refresh so often; return the pauses."""

    async def often():
        return [await subject.refresh() for _ in range(times)]

    return asyncio.run(often())


def test_namespaces_of_users_are_served_and_their_problems_told_once(caplog):
    caplog.set_level(logging.WARNING)
    template = UserNamespaceTemplate("{unescaped_username:.2}")
    users = tuple(User(name, ("staff",)) for name in ("ann", "anna", "Bob"))
    odd = replace(SNAPSHOT, users=users)
    subject = refresher(odd, odd, SNAPSHOT, odd, template=template)
    refreshed(subject)
    assert body(subject) == text(odd, template=template).encode()
    shared = (
        "Namespaces shared by several users, so that a namespace alone does not identify its "
        "user: 1. The template is user_namespace_template."
    )
    invalid = (
        "Users whose name makes no valid namespace, so that their servers cannot start: 1. The "
        "template is user_namespace_template."
    )
    assert caplog.messages == [invalid, shared]
    refreshed(subject)
    assert caplog.messages == [invalid, shared]
    refreshed(subject, 2)
    assert caplog.messages == [invalid, shared] * 2


def test_before_the_first_refresh_there_are_no_memberships():
    fresh = refresher()
    assert fresh.served.status == status()
    assert body(fresh) is None
    assert fresh.problem == "no data yet"


def test_failures_are_counted_by_reason_and_the_last_good_page_stays(caplog):
    caplog.set_level(logging.INFO)
    subject = refresher(SNAPSHOT, REFUSED, DOWN, REFUSED, SNAPSHOT)
    seen = []

    async def refresh_often():
        for _ in range(5):
            await subject.refresh()
            assert body(subject) == TEXT
            seen.append(subject.served.status)

    asyncio.run(refresh_often())
    assert seen == [
        status(1000.0, 0.5, True, ONE, failures()),
        status(1000.0, 0.5, True, ONE, failures(auth=1)),
        status(1000.0, 0.5, False, ONE, failures(auth=1, connect=1)),
        status(1000.0, 0.5, True, ONE, failures(auth=2, connect=1)),
        status(1002.0, 0.5, True, ONE, failures(auth=2, connect=1)),
    ]
    kept = "Still serving the data of 1970-01-01 00:16:40+00:00."
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Refreshed in 0.50 s: 1 users, 1 groups, 1 memberships."),
        (
            "WARNING",
            f"Refresh failed (auth). The hub refuses the token. {kept} Next try in 60 s.",
        ),
        ("WARNING", f"Refresh failed (connect). No connection. {kept} Next try in 120 s."),
        (
            "WARNING",
            f"Refresh failed (auth). The hub refuses the token. {kept} Next try in 240 s.",
        ),
        (
            "INFO",
            "Refreshed in 0.50 s: 1 users, 1 groups, 1 memberships. Before, it failed 3 times.",
        ),
    ]
    assert caplog.records[1].reason == "auth"
    assert (caplog.records[4].users, caplog.records[4].duration) == (1, 0.5)


def test_a_failure_at_the_start_says_that_there_is_nothing_yet(caplog):
    subject = refresher(DOWN)
    refreshed(subject)
    assert subject.served.status == status(0.0, 0.5, False, EMPTY, failures(connect=1))
    assert subject.problem == "no data yet"
    assert caplog.messages == [
        "Refresh failed (connect). No connection. There are no data to serve yet. Next try in 60 s."
    ]


def test_old_data_end_rather_than_lie(caplog):
    clock = Clock()
    fresh = replace(SNAPSHOT, taken_at=1100.5)
    subject = refresher(SNAPSHOT, DOWN, fresh, clock=clock, max_age=100.0)
    refreshed(subject)
    clock.now = 1099.9
    assert body(subject) == TEXT
    assert subject.problem is None
    clock.now = 1100.0
    assert body(subject) is None
    assert subject.problem == "the last successful refresh was 100 s ago"
    # What is said of the data that are served is about none; when they were good, stays.
    assert subject.served.status.sizes == EMPTY
    assert subject.served.status.last_success == 1000.0
    refreshed(subject)
    assert "The data of 1970-01-01 00:16:40+00:00 are too old to serve." in caplog.text
    refreshed(subject)
    assert subject.problem is None


def test_a_step_of_the_clock_ends_nothing():
    wall, steady = Clock(), Clock(5.0)

    async def fetch(_):
        return SNAPSHOT

    subject = Refresher(fetch, namespace="hub", clock=wall, monotonic=steady, max_age=100.0)
    refreshed(subject)
    wall.now += 10_000
    assert body(subject) == TEXT
    steady.now += 100
    assert body(subject) is None


def test_a_step_of_the_clock_while_the_hub_is_read_ends_nothing():
    wall, steady = Clock(), Clock(5.0)

    async def fetch(now):
        wall.now += 10_000
        return replace(SNAPSHOT, taken_at=now)

    subject = Refresher(fetch, namespace="hub", clock=wall, monotonic=steady, max_age=100.0)
    refreshed(subject)
    assert body(subject) == TEXT


def test_what_was_not_asked_says_nothing_of_the_hub():
    unasked = HubError(Reason.AUTH, "The token file can't be read.", asked=False)
    subject = refresher(DOWN, unasked, SNAPSHOT, unasked)
    seen = []

    async def often():
        for _ in range(4):
            await subject.refresh()
            seen.append(subject.served.status.hub_reachable)

    asyncio.run(often())
    assert seen == [False, False, True, True]


def test_a_page_that_is_too_large_is_a_failed_refresh(monkeypatch):
    subject = refresher(SNAPSHOT, SNAPSHOT)
    refreshed(subject)
    monkeypatch.setattr("exporter.core.exposition.MOST_BYTES", 100)
    refreshed(subject)
    assert body(subject) == TEXT
    assert subject.served.status.failures == failures(shape=1)


def test_a_refresh_that_never_ends_is_given_up():
    async def fetch(_):
        await asyncio.sleep(60)

    subject = Refresher(fetch, namespace="hub", max_age=0.05)
    refreshed(subject)
    assert subject.served.status.failures == failures(timeout=1)


def test_the_pauses_between_refreshes():
    asked = HubError(Reason.HTTP, "Busy.", retry_after=1000.0)
    outcomes = [SNAPSHOT, DOWN, DOWN, DOWN, DOWN, asked, SNAPSHOT, DOWN]
    assert refreshed(refresher(*outcomes), 8) == pytest.approx(
        [59.5, 60, 120, 240, 300, 1015, 59.5, 60]
    )


@pytest.mark.slow
def test_run_refreshes_at_once_and_waits_for_each_pause(monkeypatch):
    clock, slept = Clock(), []

    async def sleep(seconds):
        slept.append(seconds)
        clock.now += seconds
        if len([pause for pause in slept if pause]) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(refresh.asyncio, "sleep", sleep)
    subject = refresher(SNAPSHOT, DOWN, SNAPSHOT, clock=clock)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(subject.run())
    assert [pause for pause in slept if pause] == [59.5, 60, 59.5]


def test_a_fault_of_the_program_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        asyncio.run(refresher(ZeroDivisionError()).run())


def test_the_last_page_is_served_whole_while_the_next_is_made():
    """Other work has its turn between the parts of a page, and sees the one before."""
    crowd = tuple(User(f"user-{n}", ("staff",)) for n in range(3000))
    later = Snapshot(crowd, (), taken_at=1001.0)
    seen = []

    async def look(subject):
        for _ in itertools.takewhile(lambda _: body(subject) == TEXT, itertools.count()):
            seen.append(subject.served.status.sizes.users)
            await asyncio.sleep(0)

    async def scenario():
        subject = refresher(SNAPSHOT, later)
        await subject.refresh()
        await asyncio.gather(subject.refresh(), look(subject))
        assert body(subject) == text(later).encode()
        assert subject.served.status.sizes.users == 3000

    asyncio.run(scenario())
    assert len(seen) > 10
    assert set(seen) == {1}


def test_what_is_not_exported_is_in_no_page():
    subject = refresher(SNAPSHOT, policy=group_policy(deny=["staff"]))
    refreshed(subject)
    assert b"staff" not in body(subject)
    assert b'usergroup="other",username="ann"' in body(subject)


class Disk:
    """A state file in ``folder``, and refreshers that use it."""

    def __init__(self, folder):
        self.file = folder / "state"
        self.snapshot_file = SnapshotFile(self.file, "http://hub/hub/api")

    def refresher(self, *outcomes, **kwargs):
        return refresher(*outcomes, snapshot_file=self.snapshot_file, **kwargs)


def test_the_last_good_data_survive_a_restart(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    disk, clock = Disk(tmp_path), Clock()
    refreshed(disk.refresher(SNAPSHOT, clock=clock))

    clock.now = 1500.0
    again = disk.refresher(DOWN, clock=clock)
    asyncio.run(again.restore())
    assert body(again) == TEXT
    assert again.served.status == status(1000.0, 0.0, False, ONE)
    assert "Serving the data of 1970-01-01 00:16:40+00:00 from the state file." in caplog.text
    assert "ann" not in caplog.text
    refreshed(again)
    assert body(again) == TEXT
    # They are as old as they are: the restart makes them no younger.
    clock.now = 1000.0 + 3600
    assert body(again) is None


def test_a_clock_that_was_set_back_makes_no_state_younger_than_new(tmp_path):
    disk = Disk(tmp_path)
    refreshed(disk.refresher(SNAPSHOT))
    wall, steady = Clock(800.0), Clock(0.0)
    subject = disk.refresher(clock=wall, monotonic=steady)
    asyncio.run(subject.restore())
    assert body(subject) == TEXT
    steady.now = 3600.0
    assert body(subject) is None


def test_a_state_that_is_too_old_is_not_served(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    disk = Disk(tmp_path)
    refreshed(disk.refresher(SNAPSHOT))
    late = disk.refresher(clock=Clock(4600.0))
    asyncio.run(late.restore())
    assert (body(late), late.problem) == (None, "no data yet")
    assert "The state file is 3600 s old, which is too old to serve." in caplog.text


def test_a_state_that_cannot_be_written_is_counted_and_the_rest_goes_on(tmp_path, caplog):
    disk = Disk(tmp_path)
    disk.file.mkdir()
    subject = disk.refresher(SNAPSHOT)
    refreshed(subject)
    assert body(subject) == TEXT
    assert subject.served.status.state_write_failures == 1
    assert "The state file could not be written: " in caplog.text
