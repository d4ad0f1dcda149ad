"""The HTTP server: uvicorn within its own limits, and a deadline for each answer."""

import asyncio
import errno
import logging
import os
import resource
import socket
from contextlib import suppress
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.config.files import Incident
from exporter.config.settings import SettingsError
from exporter.core.messages import Message
from exporter.web.tls import Listener

_log = logging.getLogger(__name__)

# Seconds: until an answer has been read, until a kept connection is closed that sends no other
# request, and for the answers under way when the process is to end.
ANSWER_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 10
GRACE_SECONDS = 5
# Of a request without its body: a token and what proxies add take some kilobytes.
MOST_HEAD_BYTES = 16 * 2**10
_OUT_OF_RESOURCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


def listen(host: str, port: int) -> socket.socket:
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
    return listener


def allow_open_files() -> None:
    """Allow the process as many open files as it may have, of which each connection is one.

    Go programs do so, too. The usual 1,024 can be used up by anybody who opens connections and
    sends nothing, and then neither Prometheus gets in nor the exporter out to the hub.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says "without limit", and then refuses it.
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def answer(app: ASGIApp, listener: socket.socket, secured: Listener | None) -> None:
    """Answer requests until SIGTERM or SIGINT, then end within ``GRACE_SECONDS``."""
    asyncio.get_running_loop().set_exception_handler(partial(_on_fault, Incident(_log)))
    await uvicorn.Server(config(app, secured)).serve(sockets=[listener])


def config(app: ASGIApp, secured: Listener | None = None) -> uvicorn.Config:
    """Return how uvicorn is to serve."""
    made = uvicorn.Config(
        partial(_answer_in_time, app),
        # Not "auto": httptools, where it is installed, takes heads of any size.
        http="h11",
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # As many attempts to accept follow each other when there is nothing to accept with.
        backlog=128,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    made.load()
    # By `ssl_certfile` uvicorn would read the certificate itself, and only once.
    made.ssl = secured.context if secured else None
    return made


async def _answer_in_time(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Give an answer up that is not read: it keeps a page in memory that may be an old one."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS) as deadline:
            await app(scope, receive, send)
    except TimeoutError:
        if not deadline.expired():
            raise
        _log.warning("An answer was not read within %g s: it is not sent on.", ANSWER_SECONDS)


def _on_fault(incident: Incident, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio can't raise anywhere; that there are no open files left only once."""
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in _OUT_OF_RESOURCE and "socket" in context:
        incident.open(
            f"No connection can be accepted ({os.strerror(error.errno)}): see what holds files "
            "open, or allow the process more of them (ulimit -n)."
        )
    else:
        loop.default_exception_handler(context)
