"""The app in each organization of Grafana: its settings, and the hub that they name."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from app.backend import settings as app_settings
from app.backend.hub_session import HubSession
from app.backend.settings import AppSettings, GrafanaIni, InstanceSettings, setting_name
from app.backend.snapshots import SnapshotDirectory
from exporter.config.settings import SettingsError

_log = logging.getLogger(__name__)

# No organization: what grafana.ini says, before anybody asked.
SERVER = 0


@dataclass(frozen=True, slots=True)
class Instance:
    """The app in an organization; without settings ``broken`` says what is wrong with them."""

    settings: AppSettings | None
    session: HubSession | None
    wrong: str | None = None

    @property
    def broken(self) -> str | None:
        """Why there can be no data, in a sentence with what to do; None if there can."""
        return self.wrong or (self.session.broken if self.session else None)


@dataclass(frozen=True, slots=True)
class _Known:
    stored: InstanceSettings
    updated: int
    instance: Instance


class Instances:
    """The organizations' instances, each renewed when its settings change.

    Those with the same settings share one reading of the hub. ``fault`` is called with what ended
    a reading that nothing should end.
    """

    def __init__(
        self, ini: GrafanaIni, snapshots: SnapshotDirectory, fault: Callable[[BaseException], None]
    ) -> None:
        self._ini = ini
        self._snapshots = snapshots
        self._fault = fault
        self._known: dict[int, _Known] = {}
        self._tasks: dict[HubSession, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Read the hub that grafana.ini names, if it does: nobody has to ask first."""
        if "hub_url" in self._ini.texts:
            self.of(SERVER, InstanceSettings(), 0)

    def of(self, org_id: int, stored: InstanceSettings, updated: int) -> Instance:
        """Return the instance of an organization whose settings were these at a moment.

        A moment before that of the last settings is that of a call which took long: it gets the
        last ones.
        """
        known = self._known.get(org_id)
        if known and (known.stored == stored or updated < known.updated):
            return known.instance
        instance = self._make(org_id, stored, changed=known is not None)
        self._known[org_id] = _Known(stored, updated, instance)
        if known:
            _log.info("The settings of organization %d changed.", org_id)
            self._leave(known.instance.session)
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

    def _make(self, org_id: int, stored: InstanceSettings, *, changed: bool) -> Instance:
        try:
            settings = app_settings.load(stored, self._ini)
        except SettingsError as error:
            _log.warning("Organization %d: %s", org_id, error)
            return Instance(None, None, error.message.worded(setting_name))
        for each in self._known.values():
            other = each.instance
            if other.settings and other.settings.same_hub(settings) and not other.broken:
                return Instance(settings, other.session)
        session = HubSession(settings.exporter, settings.authorities)
        url = settings.exporter.hub_url
        # Data that were read with other settings are not for these.
        snapshot_file = self._snapshots.file(org_id, url, forget=changed)
        task = asyncio.create_task(session.run(snapshot_file))
        task.add_done_callback(self._ended)
        self._tasks[session] = task
        return Instance(settings, session)

    def _leave(self, session: HubSession | None) -> None:
        """End the reading of a hub that no organization has any more."""
        if session and all(known.instance.session is not session for known in self._known.values()):
            self._tasks.pop(session).cancel()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._fault(error)
