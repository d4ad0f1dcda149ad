"""What is asked of the app over HTTP, and what it answers, as values."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from app.backend.instances import Instance
from app.backend.wire.pluginv2_pb2 import CallResourceRequest

_MAY_SEE_NAMES = {"Editor", "Admin"}
_VIEWER = "Viewer"
# Grafana names headers as their senders did.
_HEADERS = ("accept", "accept-encoding")


@dataclass(frozen=True, slots=True)
class ResourceRequest:
    """A request; ``role`` is that of who asks, empty if nobody does.

    The names of ``headers`` are in small letters.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    role: str = ""

    @classmethod
    def of(cls, request: CallResourceRequest) -> "ResourceRequest":
        """Return what Grafana passes on, of which neither body nor cookies are looked at."""
        query = urlsplit(request.url).query
        found = {name.lower(): ", ".join(it.values) for name, it in request.headers.items()}
        return cls(
            request.method or "GET",
            request.path.strip("/"),
            dict(parse_qsl(query, keep_blank_values=True)),
            {name: found[name] for name in _HEADERS if name in found},
            request.pluginContext.user.role,
        )

    def sees_names(self, instance: Instance) -> bool:
        """Whether who asks may be told usernames: Viewers only if the settings say so."""
        if self.role in _MAY_SEE_NAMES:
            return True
        settings = instance.settings
        return self.role == _VIEWER and settings is not None and settings.names_for_viewers


@dataclass(frozen=True, slots=True)
class ResourceResponse:
    """An answer; the parts of the body are made one by one as they are sent."""

    status: HTTPStatus
    headers: Mapping[str, str]
    parts: Iterable[bytes]


class ResourceError(Exception):
    """A call that gets no answer but a status and a sentence with what to do."""

    def __init__(
        self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}

    @property
    def response(self) -> ResourceResponse:
        """``{"error": "There is no group …"}``."""
        body = json_bytes({"error": str(self)})
        return ResourceResponse(self.status, {**JSON, **self.headers}, (body,))


_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
JSON = {"Content-Type": "application/json", **_PRIVATE}
CSV = {"Content-Type": "text/csv; charset=utf-8", **_PRIVATE}
HTML = {
    "Content-Type": "text/html; charset=utf-8",
    # It is shown under Grafana's own address: nothing in it may run or fetch.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    **_PRIVATE,
}


def json_bytes(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
