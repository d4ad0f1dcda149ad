"""The HTTP server: uvicorn, with the deadlines and the end that it lacks."""

import asyncio
import logging
import os
import socket
from typing import ClassVar

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporter.config.settings import SettingsError
from exporter.core.messages import Message
from exporter.web.connections import Door, Limits
from exporter.web.tls import Listener

_log = logging.getLogger(__name__)


def listen(host: str, port: int, limits: Limits | None = None) -> Door:
    """Return a socket that listens; raise ``SettingsError`` if the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
        # Connections inherit it. asyncio sets it only for sockets made with the protocol's
        # number, and without it each answer waits 40 ms for the client's acknowledgment.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        # Only a failed look-up of the host's name has a negative number and its own text.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise SettingsError(
            Message(
                "Can't listen on {address} port {number} ({reason}): choose others with {host} and "
                "{port}.",
                address=host,
                number=port,
                reason=reason,
            )
        ) from None
    return Door(listener, limits or Limits())


async def answer(app: Starlette, door: Door, secured: Listener | None) -> None:
    """Answer requests until SIGTERM or SIGINT; ``door.watch()`` is to run meanwhile."""
    asyncio.get_running_loop().set_exception_handler(door.failed)
    await Server(config(app, door, secured), door).serve(sockets=[door])


def config(app: Starlette, door: Door, secured: Listener | None) -> uvicorn.Config:
    """Return how uvicorn is to serve."""
    return uvicorn.Config(
        app,
        # Not "auto": httptools, where it is installed, takes heads of any size.
        http=type("Answering", (Connection,), {"door": door}),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # As many attempts to accept follow each other when there is nothing to accept with.
        backlog=128,
        ssl_context_factory=(lambda *_: secured.context) if secured else None,
    )


class Connection(H11Protocol):
    """HTTP on one connection, which tells the door how it gets on."""

    door: ClassVar[Door]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, with TLS after its handshake; the time for the first request is running."""
        super().connection_made(transport)
        self._caller = self.door.caller(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Be at the end, whoever ended it."""
        self.door.waits_no_more_for(self._caller)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until more of the answer is read."""
        self.door.waits_for(self._caller)
        super().pause_writing()

    def resume_writing(self) -> None:
        """Go on, as more of the answer was read."""
        self._caller.got_on()
        self.door.waits_no_more_for(self._caller)
        super().resume_writing()

    def handle_events(self) -> None:
        """Answer the requests that are complete, each with its own time."""
        last = self.cycle
        try:
            super().handle_events()
        except h11.LocalProtocolError:
            # A broken body after its answer: uvicorn tries to answer again.
            self.transport.abort()
        if self.cycle is not last:
            self._caller.give(self.door.limits.answer)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; amid an answer just end, as two can't be given."""
        if self.cycle and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.transport.abort()
        else:
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._caller.give(self.door.limits.head)
        super().on_response_complete()


class Server(uvicorn.Server):
    """uvicorn, which ends in time and without a word on what it cuts off."""

    def __init__(self, config: uvicorn.Config, door: Door) -> None:
        super().__init__(config)
        self._door = door

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let answers under way end, but only for so long."""
        grace = self._door.limits.grace
        try:
            async with asyncio.timeout(grace):
                await super().shutdown(sockets)
        except TimeoutError:
            _log.warning(
                "Ended %d connections that were still busy %g s after the signal to end.",
                *(self._door.end_all(), grace),
            )
