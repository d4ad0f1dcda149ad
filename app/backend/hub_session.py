"""A hub that is being read, and how old what was read is."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from app.backend.settings import setting_name
from exporter.config.files import FileError, Incident
from exporter.config.settings import Settings
from exporter.core.status import Status
from exporter.hub.client import Hub
from exporter.refresh import Refresher, Served
from exporter.snapshot.file import SnapshotFile
from exporter.wiring import make_refresher, open_hub

_log = logging.getLogger(__name__)

# Until a file that is wrong is looked at again.
_AGAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what is served is: Unix time and seconds, None if there is nothing.

    ``stale`` if the last refresh failed or is overdue, or there was none since the start;
    ``problem`` is why the last one failed, in a sentence, None if it did not.
    """

    refreshed: float | None
    age: float | None
    stale: bool
    problem: str | None


class HubSession:
    """One hub, read again and again by ``run``; ``hub`` is there while that runs.

    ``authorities`` are certificates in PEM, to trust in place of the settings' file.
    """

    def __init__(self, settings: Settings, authorities: str | None) -> None:
        self.settings = settings
        self._authorities = authorities
        self.hub: Hub | None = None
        self._refresher: Refresher | None = None
        self._opened = asyncio.Event()
        self.broken: str | None = None
        """Why the hub can't be asked at all, in a sentence: a file of the settings is wrong."""

    @property
    def served(self) -> Served:
        """What there is to serve now."""
        if self._refresher:
            return self._refresher.served
        return Served(
            Status(refresh_interval=self.settings.interval, max_age=self.settings.max_age)
        )

    def freshness(self, now: float) -> Freshness:
        """Return how old the data are at a moment, in Unix time."""
        served = self.served
        problem = served.problem.message.worded(setting_name) if served.problem else self.broken
        if served.page is None or self._refresher is None:
            return Freshness(None, None, stale=True, problem=problem)
        refreshed = served.status.last_success
        # A clock that was set back makes no data younger than new.
        age = max(0.0, now - refreshed)
        overdue = age > 2 * self.settings.interval + served.status.last_duration
        stale = problem is not None or overdue or not self._refresher.first_attempt_done.is_set()
        return Freshness(refreshed, age, stale, problem)

    async def ready(self, seconds: float) -> None:
        """Wait until there is something to serve, or it is known why not; at most so long."""
        await self._wait(seconds, first_try=False)

    async def first_attempt_done(self, seconds: float) -> None:
        """Wait until the first refresh has ended, well or not; at most so long."""
        await self._wait(seconds, first_try=True)

    async def refresh_now(self, seconds: float) -> None:
        """Have the hub read now, and wait until that has ended, well or not; at most so long."""
        if self._refresher and self._refresher.first_attempt_done.is_set():
            self._refresher.refresh_now()
            await self.first_attempt_done(seconds)

    async def run(self, snapshot_file: SnapshotFile | None) -> NoReturn:
        """Read the hub until cancelled; try again while a file of the settings is wrong."""
        incident = Incident(_log, logging.WARNING)
        while True:
            try:
                async with open_hub(self.settings, self._authorities) as hub:
                    refresher = make_refresher(self.settings, hub, snapshot_file, keep_text=True)
                    self.broken = None
                    incident.resolve("The files that the settings name are right again.")
                    self.hub, self._refresher = hub, refresher
                    self._opened.set()
                    await refresher.run()
            except FileError as error:
                self.broken = error.message.worded(setting_name)
                incident.open(self.broken)
                self._opened.set()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _wait(self, seconds: float, *, first_try: bool) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._opened.wait()
                refresher = self._refresher
                if refresher and (first_try or not await self._restored(refresher)):
                    await refresher.first_attempt_done.wait()

    @staticmethod
    async def _restored(refresher: Refresher) -> bool:
        await refresher.restore_done.wait()
        return refresher.served.page is not None
