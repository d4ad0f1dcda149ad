"""Reads the hub again and again, and keeps what there is to serve."""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from exporter.core.backoff import RefreshSchedule
from exporter.core.errors import HubError, Reason
from exporter.core.exposition import CachedExposition, MembershipWriter, make_exposition
from exporter.core.groups import GroupPolicy
from exporter.core.memberships import DEFAULT_WINDOWS, EVERY_GROUP, Snapshot, Window
from exporter.core.messages import Message
from exporter.core.namespaces import UserNamespaceTemplate
from exporter.core.status import EMPTY, Status
from exporter.snapshot.file import SnapshotFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """One reference holds all, so that no scrape sees one without the other.

    ``page`` is None if there are no memberships to serve: none yet, or too old ones; then so is
    ``text``, what the page is made of, which only a refresher keeps that is told to. ``problem``
    is why the last refresh failed, None if it did not.
    """

    status: Status
    page: CachedExposition | None = None
    text: MembershipWriter | None = None
    problem: HubError | None = None


class Refresher:
    """The last good answer of the hub as a page, and how the refreshing goes.

    ``fetch`` takes the Unix time and returns a snapshot or raises ``HubError``; any other
    exception is a fault of the program and is left to end it. ``clock`` gives Unix time and
    ``monotonic`` durations, both in seconds, as are ``max_age`` and the pauses of ``schedule``.
    ``keep_text`` is for who asks for more than the page; it costs the memory of all users.
    ``restore_done`` is set once ``run`` has looked for a state file,
    ``first_attempt_done`` once the first refresh has ended, well or not.
    """

    def __init__(
        self,
        fetch: Callable[[float], Awaitable[Snapshot]],
        *,
        namespace: str,
        windows: Sequence[Window] = DEFAULT_WINDOWS,
        policy: GroupPolicy = EVERY_GROUP,
        template: UserNamespaceTemplate | None = None,
        schedule: RefreshSchedule | None = None,
        max_age: float = 3600.0,
        snapshot_file: SnapshotFile | None = None,
        keep_text: bool = False,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._namespace = namespace
        self._windows = windows
        self._policy = policy
        self._template = template
        self._namespace_problems: tuple[str, ...] = ()
        self._schedule = schedule or RefreshSchedule(60.0)
        self._max_age = max_age
        self._snapshot_file = snapshot_file
        self._keep_text = keep_text
        self._clock = clock
        self._monotonic = monotonic
        self._served = Served(Status(refresh_interval=self._schedule.interval, max_age=max_age))
        # By the clock that nobody sets: an hour's step of the other must end nothing.
        self._expires = 0.0
        self._failures = 0
        self.restore_done, self.first_attempt_done = asyncio.Event(), asyncio.Event()
        self._pause: asyncio.Future[None] | None = None

    @property
    def served(self) -> Served:
        """What a scrape gets now: without memberships once they are older than ``max_age``."""
        if self._served.page is None or self._monotonic() < self._expires:
            return self._served
        status = replace(self._served.status, sizes=EMPTY)
        return Served(status, problem=self._served.problem)

    @property
    def problem(self) -> str | None:
        """Why there are no fresh data, in a line without names; None if there are."""
        if self.served.page:
            return None
        if not self._served.status.last_success:
            return "no data yet"
        age = self._clock() - self._served.status.last_success
        return f"the last successful refresh was {age:.0f} s ago"

    def refresh_now(self) -> None:
        """End the pause of ``run``, which refreshes at once.

        ``first_attempt_done`` is cleared, and set again after that refresh.
        """
        self.first_attempt_done.clear()
        if self._pause:
            self._pause.cancel()

    async def restore(self) -> None:
        """Serve what the state file holds, if it is not too old."""
        if self._snapshot_file is None:
            return
        # In a thread: it is read before anything else is answered, and may be large.
        snapshot = await asyncio.to_thread(self._snapshot_file.load)
        if snapshot is None:
            return
        # A clock that was set back makes no data younger than new.
        age = max(0.0, self._clock() - snapshot.taken_at)
        if age >= self._max_age:
            _log.info("The state file is %.0f s old, which is too old to serve.", age)
            return
        status = replace(self._served.status, last_success=snapshot.taken_at)
        await self._serve(snapshot, status, self._monotonic() - age)
        _log.info("Serving the data of %s from the state file.", _time(snapshot.taken_at))

    async def refresh(self) -> float:
        """Read the hub once and return how many seconds to leave it alone.

        A ``HubError`` is counted and logged, and the last data stay.
        """
        started, now = self._monotonic(), self._clock()
        try:
            snapshot = await self._in_time(now)
            status = replace(self._served.status, last_success=now, hub_reachable=True)
            await self._serve(snapshot, status, started)
        except HubError as error:
            return self._failed(error, self._monotonic() - started)
        took = self._monotonic() - started
        status = replace(self._served.status, last_duration=took)
        self._served = replace(self._served, status=status)
        self._log_success(status)
        await self._save(snapshot)
        return self._schedule.after_success(took)

    async def run(self) -> NoReturn:
        """Serve what the state file holds; then refresh at once, and again after each pause."""
        await self.restore()
        self.restore_done.set()
        while True:
            pause = await self.refresh()
            self.first_attempt_done.set()
            # Now that no snapshot is alive there is little to look at.
            gc.collect()
            self._pause = asyncio.ensure_future(asyncio.sleep(pause))
            try:
                # A pause that was cut short is over, too.
                await asyncio.wait([self._pause])
            finally:
                self._pause.cancel()

    async def _in_time(self, now: float) -> Snapshot:
        try:
            # Older data would not be served.
            async with asyncio.timeout(self._max_age):
                return await self._fetch(now)
        except TimeoutError:
            raise HubError(
                Reason.TIMEOUT,
                Message(
                    "The hub did not answer all requests of one refresh within {seconds:g} s. It "
                    "may be busy: look at its log, or allow more with {max_age}.",
                    seconds=self._max_age,
                ),
            ) from None

    async def _serve(self, snapshot: Snapshot, status: Status, taken: float) -> None:
        """Make a page of the snapshot while scrapes get the last one, then put it in its place.

        ``taken`` is when the hub was asked, by the clock that nobody sets.
        """
        text = MembershipWriter(
            snapshot, self._namespace, self._windows, self._policy, self._template
        )
        page = await make_exposition(text)
        self._warn_of_namespaces(text)
        self._expires = taken + self._max_age
        status = replace(status, sizes=replace(text.sizes, page=page.size))
        self._served = Served(status, page, text if self._keep_text else None)

    def _warn_of_namespaces(self, text: MembershipWriter) -> None:
        """Say what is odd about the users' namespaces, again only when it changes."""
        problems = text.namespaces.problems if text.namespaces else ()
        for problem in problems:
            if problem not in self._namespace_problems:
                _log.warning(
                    "%s",
                    Message(
                        "{problem} The template is {user_namespace_template}.", problem=problem
                    ),
                )
        self._namespace_problems = problems

    async def _save(self, snapshot: Snapshot) -> None:
        if self._snapshot_file is None:
            return
        try:
            await self._snapshot_file.save(snapshot)
        except OSError as error:
            failures = self._served.status.state_write_failures + 1
            status = replace(self._served.status, state_write_failures=failures)
            self._served = replace(self._served, status=status)
            _log.warning("The state file could not be written: %s.", error)

    def _failed(self, error: HubError, took: float) -> float:
        self._failures += 1
        last = self._served.status
        status = replace(
            last,
            last_duration=took,
            hub_reachable=error.reached if error.asked else last.hub_reachable,
            failures={**last.failures, error.reason: last.failures[error.reason] + 1},
        )
        self._served = replace(self._served, status=status, problem=error)
        pause = self._schedule.after_failure(self._failures, error.retry_after)
        if self.served.page:
            kept = f"Still serving the data of {_time(status.last_success)}."
        elif status.last_success:
            kept = f"The data of {_time(status.last_success)} are too old to serve."
        else:
            kept = "There are no data to serve yet."
        _log.warning(
            *("Refresh failed (%s). %s %s Next try in %.0f s.", error.reason, error, kept, pause),
            extra={"reason": error.reason, "duration": took, "failures": self._failures},
        )
        return pause

    def _log_success(self, status: Status) -> None:
        before = f" Before, it failed {self._failures} times." if self._failures else ""
        self._failures = 0
        sizes = status.sizes
        counted = {
            "users": sizes.users,
            "groups": sizes.groups,
            "memberships": sizes.memberships,
        }
        _log.info(
            "Refreshed in %.2f s: %d users, %d groups, %d memberships.%s",
            *(status.last_duration, *counted.values(), before),
            extra={"duration": status.last_duration, **counted},
        )


def tune_gc() -> None:
    """Have no full garbage collection in the midst of a refresh, from the process' start on.

    It looks at every user: with 100,000, scrapes would stand still for 80 ms. Users form no
    cycles, and the refresher collects when it has put them away. What is imported stays anyway.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 2**31 - 1)


def _time(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(" ", "seconds")
