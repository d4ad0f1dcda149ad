"""The listening socket: how many connections it bears, and for how long."""

import asyncio
import errno
import logging
import os
import resource
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from exporter.config.files import Incident

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
# Whoever comes and goes around a limit must not fill the log.
_QUIET_SECONDS = 60.0
_OUT_OF_RESOURCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def _share_of_open_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 256 if soft == resource.RLIM_INFINITY else max(1, min(256, soft // 4))


@dataclass(frozen=True)
class Limits:
    """What visitors may take: connections, answers they are slow to read, and seconds.

    ``head`` is for the TLS handshake and all of a request's head, ``answer`` from there until
    the answer is read, ``grace`` for the answers under way when the process is to end. For a
    moment connections take twice as many files: those that were ended are still being closed.
    """

    connections: int = field(default_factory=_share_of_open_files)
    unread: int = 32
    head: float = 10.0
    answer: float = 60.0
    grace: float = 5.0


class Caller:
    """A connection from its start on: when it last got on, and when it is ended."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self.connection = connection
        self.transport: asyncio.Transport | None = None
        self.ended = False
        self.give(seconds)

    def give(self, seconds: float) -> None:
        """Note that it got on, and how long it now has."""
        self.got_on()
        self.until = self.since + seconds

    def got_on(self) -> None:
        """Note that it got on, in the time it has."""
        self.since = time.monotonic()

    def end(self) -> None:
        """Close it now, whatever is still to be sent."""
        self.ended = True
        if self.transport:
            self.transport.abort()
        # Amid a TLS handshake there is no transport but asyncio's own, which closes as it finds
        # the end of input; and one that was closed, but waits for a reader, can't be aborted.
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class _Alarm:
    """One line when something goes wrong, one when it has not for a minute."""

    def __init__(self, over: str) -> None:
        self._incident = Incident(_log, logging.WARNING)
        self._over = over
        self._last = 0.0

    def ring(self, message: str) -> None:
        self._last = time.monotonic()
        self._incident.open(message)

    def look(self) -> None:
        if time.monotonic() - self._last > _QUIET_SECONDS:
            self._incident.resolve(self._over)


class Door(socket.socket):
    """A listening socket that keeps to the limits, before TLS and HTTP have their say.

    When it is full, a newcomer takes the place of who has got on least lately: a scrape sends
    its request at once, so connections that do nothing can't shut it out.
    """

    def __init__(self, listening: socket.socket, limits: Limits) -> None:
        super().__init__(fileno=listening.detach())
        self.limits = limits
        self._callers: dict[int, Caller] = {}
        self._unread: dict[Caller, None] = {}
        self._full = _Alarm("Connections no longer have to be ended for new ones.")
        self._slow = _Alarm("Answers are read in time again.")
        self._refused = _Alarm("Connections are accepted again.")

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept as ever, in the place of another when full."""
        most = 2 * self.limits.connections
        if len(self._callers) >= most and len(self._open()) >= most:
            # The event loop has yet to close those that were ended. It takes this for "nobody
            # there" and comes back.
            raise BlockingIOError
        connection, address = super().accept()
        self._callers[connection.fileno()] = Caller(connection, self.limits.head)
        if len(self._callers) > self.limits.connections:
            self._make_room()
        return connection, address

    def caller(self, transport: asyncio.Transport) -> Caller:
        """Return whom a transport that is ready for HTTP belongs to."""
        caller = self._callers[transport.get_extra_info("socket").fileno()]
        caller.transport = transport
        return caller

    def waits_for(self, caller: Caller) -> None:
        """Note that a caller is slow to read; beyond the limit, end who has been for longest."""
        self._unread[caller] = None
        if len(self._unread) > self.limits.unread:
            longest = next(iter(self._unread))
            self.waits_no_more_for(longest)
            self._end_reader(longest)

    def waits_no_more_for(self, caller: Caller) -> None:
        """Note that a caller read on, or is gone."""
        self._unread.pop(caller, None)

    async def watch(self) -> NoReturn:
        """End who is late, again and again."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = time.monotonic()
            for caller in self._open():
                if caller in self._unread and caller.until < now:
                    self._end_reader(caller)
                elif caller.until < now:
                    caller.end()
            for alarm in (self._full, self._slow, self._refused):
                alarm.look()

    def end_all(self) -> int:
        """End every connection and return how many there were."""
        callers = self._open()
        for caller in callers:
            caller.end()
        return len(callers)

    def failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what asyncio can't tell anybody, but a lack of open files only once."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_RESOURCE and "socket" in context:
            self._refused.ring(
                f"No connection can be accepted ({os.strerror(error.errno)}): see what holds "
                "files open, or allow the process more of them (ulimit -n)."
            )
        else:
            loop.default_exception_handler(context)

    def _open(self) -> list[Caller]:
        # asyncio tells nobody of a failed handshake, but it closes the socket.
        self._callers = {n: c for n, c in self._callers.items() if c.connection.fileno() != -1}
        return list(self._callers.values())

    def _make_room(self) -> None:
        staying = [caller for caller in self._open() if not caller.ended]
        if len(staying) <= self.limits.connections:
            return
        min(staying, key=lambda caller: caller.since).end()
        self._full.ring(
            f"{self.limits.connections} connections are open, the most there may be: each new "
            "one ends the one that has done nothing for longest. See who opens so many."
        )

    def _end_reader(self, caller: Caller) -> None:
        caller.end()
        self._slow.ring(
            f"Answers are not read: connections are ended after {self.limits.answer:g} s, and "
            f"of more than {self.limits.unread} such at once those that read least."
        )
