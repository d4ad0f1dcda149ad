"""Reads the hub again and again, and keeps what there is to serve."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NoReturn

from exporter import __version__
from exporter.errors import HubError
from exporter.memberships import DEFAULT_WINDOWS, Snapshot, Window
from exporter.metrics import (
    Status,
    membership_families,
    own_families,
    render,
    sizes,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Served:
    """One reference holds both, so that no scrape sees one without the other."""

    status: Status
    memberships: bytes


class Refresher:
    """The last good answer of the hub as bytes, and how the refreshing goes.

    ``fetch`` takes the Unix time and returns a snapshot or raises ``HubError``; any other
    exception is a fault of the program and is left to end it. ``clock`` gives Unix time and
    ``monotonic`` durations, both in seconds, as does ``interval``.
    """

    def __init__(
        self,
        fetch: Callable[[float], Awaitable[Snapshot]],
        *,
        namespace: str,
        windows: Sequence[Window] = DEFAULT_WINDOWS,
        interval: float = 60.0,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._namespace = namespace
        self._windows = windows
        self._interval = interval
        self._clock = clock
        self._monotonic = monotonic
        self._served = _Served(Status(), b"")
        self._healthy: bool | None = None

    @property
    def status(self) -> Status:
        """How the refreshing goes."""
        return self._served.status

    def exposition(self) -> bytes:
        """Return the page: memberships as rendered by the last good refresh, own series fresh."""
        served = self._served
        return served.memberships + render(own_families(served.status, __version__))

    async def refresh(self) -> None:
        """Read the hub once; a ``HubError`` is counted and logged, and the last data stay."""
        started, now = self._monotonic(), self._clock()
        try:
            snapshot = await self._fetch(now)
        except HubError as error:
            self._failed(error, self._monotonic() - started)
            return
        # In a thread: a scrape that comes meanwhile is answered with the last page.
        page = await asyncio.to_thread(self._render, snapshot)
        status = replace(
            self.status,
            last_success=now,
            last_duration=self._monotonic() - started,
            hub_reachable=True,
            sizes=sizes(snapshot),
        )
        self._served = _Served(status, page)
        self._log_success(status)

    async def run(self) -> NoReturn:
        """Refresh at once and then at every full interval since the start of the last one."""
        while True:
            started = self._monotonic()
            await self.refresh()
            elapsed = self._monotonic() - started
            # A refresh longer than the interval skips a turn rather than follow at once.
            await asyncio.sleep(self._interval - elapsed % self._interval)

    def _render(self, snapshot: Snapshot) -> bytes:
        return render(membership_families(snapshot, self._namespace, self._windows))

    def _failed(self, error: HubError, duration: float) -> None:
        failures = {**self.status.failures, error.reason: self.status.failures[error.reason] + 1}
        status = replace(
            self.status,
            last_duration=duration,
            hub_reachable=error.reached,
            failures=failures,
        )
        self._served = replace(self._served, status=status)
        self._healthy = False
        if status.last_success:
            since = datetime.fromtimestamp(status.last_success, UTC).isoformat(" ", "seconds")
            kept = f"Still serving the data of {since}."
        else:
            kept = "There are no data to serve yet."
        _log.warning("Refresh failed (%s). %s %s", error.reason, error, kept)

    def _log_success(self, status: Status) -> None:
        level = logging.DEBUG if self._healthy else logging.INFO
        self._healthy = True
        _log.log(
            level,
            "Refreshed in %.2f s: %d users, %d groups, %d memberships.",
            status.last_duration,
            status.sizes.users,
            status.sizes.groups,
            status.sizes.memberships,
        )
