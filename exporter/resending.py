"""HTTP clients that send a request once more if a kept connection lost it.

A server, proxy or ingress may close an idle connection at the very moment at which the next
request goes out on it. The request then fails though nothing is wrong, and again and again where
the server's idle time-out is near the client's interval. RFC 9112, section 9.3.1, lets a client
send such a request again unless it could do something twice.

A request is sent once more, on a new connection, if all of this holds:

- its method is GET or HEAD, or it is marked with ``extensions=IDEMPOTENT``;
- it went out on a connection that had been used before;
- the connection was closed or reset before the head of an answer was complete.

Whatever then happens is the outcome. A failure on a new connection is not tried again.
"""

import logging
import threading
from types import TracebackType
from typing import Any

import httpx

_log = logging.getLogger(__name__)

IDEMPOTENT = {"idempotent": True}
"""Extensions of a POST that may arrive twice, such as a query: the second changes nothing."""

_SAFE = frozenset({"GET", "HEAD"})
# httpcore raises it, with this text, when nothing but the end comes.
_NO_ANSWER = "Server disconnected without sending a response."


class Client(httpx.Client):
    """``httpx.Client`` with its own keyword arguments, except ``transport`` and ``mounts``."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - httpx has no names for the types
        super().__init__(**options)
        self._options = options
        self._lock = threading.Lock()
        self._once: httpx.Client | None = None

    def send(self, request: httpx.Request, **how: Any) -> httpx.Response:  # noqa: ANN401
        """Send a request, once more if a kept connection lost it."""
        course = _Course()
        request.extensions = {**request.extensions, "trace": course.note}
        try:
            return super().send(request, **how)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if not course.lost(request, error):
                raise
        _log_again(request)
        return self._without_kept_connections().send(request, **how)

    def close(self) -> None:
        """Close all connections."""
        super().close()
        if self._once:
            self._once.close()

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close all connections."""
        super().__exit__(kind, error, traceback)
        if self._once:
            self._once.close()

    def _without_kept_connections(self) -> httpx.Client:
        with self._lock:
            if self._once is None:
                self._once = httpx.Client(**_keeping_none(self._options))
            return self._once


class AsyncClient(httpx.AsyncClient):
    """``httpx.AsyncClient`` with its own keyword arguments, as ``Client``."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - httpx has no names for the types
        super().__init__(**options)
        self._options = options
        self._once: httpx.AsyncClient | None = None

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:  # noqa: ANN401
        """Send a request, once more if a kept connection lost it."""
        course = _Course()
        request.extensions = {**request.extensions, "trace": course.note_async}
        try:
            return await super().send(request, **how)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            if not course.lost(request, error):
                raise
        _log_again(request)
        if self._once is None:
            self._once = httpx.AsyncClient(**_keeping_none(self._options))
        return await self._once.send(request, **how)

    async def aclose(self) -> None:
        """Close all connections."""
        await super().aclose()
        if self._once:
            await self._once.aclose()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close all connections."""
        await super().__aexit__(kind, error, traceback)
        if self._once:
            await self._once.aclose()


class _Course:
    """What became of a request, as httpcore's trace extension reports it.

    The events are ``connection.connect_tcp.started``, ``http11.receive_response_headers.complete``
    and others: https://www.encode.io/httpcore/extensions/#trace
    """

    def __init__(self) -> None:
        self._connected = self._answered = False

    def note(self, event: str, _: object) -> None:
        step = event.partition(".")[2]
        self._connected |= step.startswith("connect_")
        self._answered |= step == "receive_response_headers.complete"

    async def note_async(self, event: str, info: object) -> None:
        self.note(event, info)

    def lost(self, request: httpx.Request, error: httpx.TransportError) -> bool:
        """Return whether a kept connection lost the request, and it may be sent again."""
        safe = request.method in _SAFE or request.extensions.get("idempotent") is True
        ended = isinstance(error, httpx.ReadError) or str(error) == _NO_ANSWER
        return safe and ended and not self._connected and not self._answered


def _keeping_none(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "limits": httpx.Limits(max_keepalive_connections=0)}


def _log_again(request: httpx.Request) -> None:
    _log.debug("%s closed a kept connection: the request is sent again.", request.url.host)
