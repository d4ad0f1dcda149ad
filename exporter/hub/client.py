"""The hub's REST API, read-only: ``user``, and ``users`` and ``groups`` page by page."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import httpx

from exporter.config.parsers import Secret
from exporter.core.errors import HubError, Reason
from exporter.core.memberships import Snapshot
from exporter.hub.api import Api
from exporter.hub.parse import GroupNames, Item, Users, parse_page, parse_scopes, parse_version
from exporter.hub.scopes import covers, filters

_log = logging.getLogger(__name__)

# How often a list is read that changes meanwhile. Users come and go in seconds at most hubs.
_READS = 3


class _List(Protocol):
    """What takes the pages of a list; its length is that of the list without repeats."""

    def add(self, items: Sequence[Item]) -> None: ...
    def __len__(self) -> int: ...


_L = TypeVar("_L", bound=_List)


class Hub:
    """A JupyterHub as seen by one client, one request after the other.

    ``token`` gives the exporter's own token, again for each refresh, and raises ``HubError`` if
    there is none. ``timeout`` is in seconds, for each request.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        token: Callable[[], Secret],
        *,
        page_size: int,
        timeout: float,
        max_memberships: int,
    ) -> None:
        self._api = Api(client, timeout)
        self._token = token
        self._page_size = page_size
        self._max_memberships = max_memberships
        self._parts: tuple[str, ...] = ()

    async def snapshot(self, taken_at: float) -> Snapshot:
        """Read all users and groups; raise ``HubError`` if any part fails: never half a hub.

        Needs the scopes list:users and read:users:groups. Without list:groups only groups with
        members are known; without read:users:activity ``activity_known`` is False.
        """
        token = self._token()
        # Asked rather than tried: the hub logs three warnings for each list that it refuses.
        held = parse_scopes(await self._api.get("user", token))
        self._warn_of_filters(held)
        users = await self._read_whole("users", token, held, lambda: Users(self._max_memberships))
        groups: tuple[str, ...] = ()
        if covers(held, "list:groups") or filters(held, "list:groups"):
            names = await self._read_whole(
                "groups", token, held, lambda: GroupNames(self._max_memberships)
            )
            groups = names.all()
        return Snapshot(users.all(), groups, taken_at, users.activity_known)

    async def version(self) -> str:
        """Return the hub's version, which it tells anybody."""
        return parse_version(await self._api.get("", None))

    async def scopes(self, token: Secret | None = None) -> tuple[str, ...]:
        """Return the scopes, expanded, of a token: the exporter's own unless another is given."""
        return parse_scopes(await self._api.get("user", token or self._token()))

    def _warn_of_filters(self, held: Sequence[str]) -> None:
        """Say once that only a part of the users is seen: their number looks like all."""
        parts = filters(held, "list:users")
        if parts and parts != self._parts:
            _log.warning(
                "The token lists a part of the users only, as its list:users has a filter: the "
                "numbers are about these users alone."
            )
        self._parts = parts

    async def _read_whole(
        self, path: str, token: Secret, held: Sequence[str], new: Callable[[], _L]
    ) -> _L:
        """Read a list until nobody came or went meanwhile, and all are there.

        Pages are cut by number: if somebody goes, those behind move up, and one is on no page.
        (If somebody else comes between the same two pages, the number is right again; the next
        refresh sees them.) Of a list that a filter cuts, the hub tells a wrong length.
        """
        complete = covers(held, f"list:{path}")
        for reading in range(1, _READS + 1):
            read = new()
            totals = await self._read(path, token, read)
            unmoved = len(set(totals)) == 1
            whole = len(read) == totals[-1] or not complete
            # At a hub where somebody new comes every few seconds: if it only grew and nobody
            # lacks at the end, it is whole.
            only_grew = totals == sorted(totals) and len(read) == totals[-1]
            if (unmoved and whole) or (reading == _READS and only_grew):
                return read
        raise HubError(
            Reason.PARTIAL,
            f"The hub's list of {path} changed during each of {_READS} attempts to read it, or "
            "was shorter than the hub says, so that some may be missing. It is tried again.",
        )

    async def _read(self, path: str, token: Secret, into: _List) -> list[int]:
        """Read all pages; return what each said of how long the whole list is."""
        offset: int | None = 0
        totals = []
        while offset is not None:
            part = {"offset": offset, "limit": self._page_size}
            page = parse_page(await self._api.get(path, token, part), offset)
            into.add(page.items)
            totals.append(page.total)
            offset = page.next_offset
        return totals
