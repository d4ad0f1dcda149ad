"""The app in each organization of Grafana: its settings, and the hub that they name."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.backend import settings as app_settings
from app.backend.hub_session import Reading
from app.backend.settings import AppSettings, Given, Server
from app.backend.snapshots import State
from exporter.config.settings import SettingsError

_log = logging.getLogger(__name__)

# No organization: what grafana.ini says, before anybody asked.
SERVER = 0


@dataclass(frozen=True, slots=True)
class Instance:
    """The app in an organization; without settings ``broken`` says what is wrong with them."""

    settings: AppSettings | None
    reading: Reading | None
    wrong: str | None = None

    @property
    def broken(self) -> str | None:
        """Why there can be no data, in a sentence with what to do; None if there can."""
        return self.wrong or (self.reading.broken if self.reading else None)


@dataclass(frozen=True, slots=True)
class _Known:
    given: Given
    updated: int
    instance: Instance


class Instances:
    """The organizations' instances, each renewed when its settings change.

    Those with the same settings share one reading of the hub. ``fault`` is called with what ended
    a reading that nothing should end.
    """

    def __init__(
        self, server: Server, state: State, fault: Callable[[BaseException], None]
    ) -> None:
        self._server = server
        self._state = state
        self._fault = fault
        self._known: dict[int, _Known] = {}
        self._tasks: dict[Reading, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Read the hub that grafana.ini names, if it does: nobody has to ask first."""
        if "hub_url" in self._server.texts:
            self.of(SERVER, Given(), 0)

    def of(self, org_id: int, given: Given, updated: int) -> Instance:
        """Return the instance of an organization whose settings were these at a moment.

        A moment before that of the last settings is that of a call which took long: it gets the
        last ones.
        """
        known = self._known.get(org_id)
        if known and (known.given == given or updated < known.updated):
            return known.instance
        instance = self._make(org_id, given, changed=known is not None)
        self._known[org_id] = _Known(given, updated, instance)
        if known:
            _log.info("The settings of organization %d changed.", org_id)
            self._leave(known.instance.reading)
        return instance

    def first(self) -> Instance | None:
        """Return that of the lowest organization that is set up, for who is in none."""
        able = {org_id: it for org_id, it in self._known.items() if not it.instance.broken}
        return able[min(able)].instance if able else None

    async def close(self) -> None:
        """End all reading, and wait until what is being written is written."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _make(self, org_id: int, given: Given, *, changed: bool) -> Instance:
        try:
            settings = app_settings.load(given, self._server)
        except SettingsError as error:
            _log.warning("Organization %d: %s", org_id, error)
            return Instance(None, None, str(error))
        for each in self._known.values():
            other = each.instance
            if other.settings and other.settings.same_hub(settings) and not other.broken:
                return Instance(settings, other.reading)
        reading = Reading(settings.exporter, settings.authorities)
        url = settings.exporter.hub_url
        # Data that were read with other settings are not for these.
        state = self._state.file(org_id, url, forget=changed)
        task = asyncio.create_task(reading.run(state))
        task.add_done_callback(self._ended)
        self._tasks[reading] = task
        return Instance(settings, reading)

    def _leave(self, reading: Reading | None) -> None:
        """End the reading of a hub that no organization has any more."""
        if reading and all(known.instance.reading is not reading for known in self._known.values()):
            self._tasks.pop(reading).cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fault(error)
