"""What a JupyterHub 6.1 answers, as seen by a service with the exporter's scopes."""

import hashlib
import json
import time
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from benchmarks.people import Person

TOKEN = "benchmark"  # noqa: S105 - there is nothing to protect
VERSION = "6.1.1"
_PAGED = "application/jupyterhub-pagination+json"
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200
_WHO = {
    "admin": False,
    "kind": "service",
    "name": "full",
    "token_id": "a1",
    "session_id": None,
    "scopes": [
        *("list:groups", "list:users", "read:groups:name"),
        *("read:users:activity", "read:users:groups", "read:users:name"),
    ],
}


class Hub:
    """The answers. ``answer`` takes a request's head and returns the whole response."""

    def __init__(self, everybody: list[Person], groups: list[str], base_url: str) -> None:
        now = time.time()
        self._lists = {
            "users": [json.dumps(_user(person, now)) for person in everybody],
            "groups": [json.dumps({"kind": "group", "name": name}) for name in groups],
        }
        self._api = f"{base_url}hub/api"
        # The requests of one refresh come again in the next: only the first costs the rendering.
        self._made: dict[tuple[str, str, bool], bytes] = {}

    def answer(self, head: bytes) -> bytes:
        """Return status line, headers and body."""
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        target = first.split(" ")[1]
        authorized = headers.get("authorization") in {f"Bearer {TOKEN}", f"token {TOKEN}"}
        name = urlsplit(target).path.removeprefix(self._api).strip("/")
        if name and not authorized:
            return _error(403, None if name == "user" else "Missing or invalid credentials.")
        key = (headers.get("host", ""), target, headers.get("accept") == _PAGED)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, host: str, target: str, paged: bool) -> bytes:
        parts = urlsplit(target)
        name = parts.path.removeprefix(self._api).strip("/")
        if not parts.path.startswith(self._api) or name not in {"", "user", *self._lists}:
            return _error(404, None)
        if name not in self._lists:
            return ok(json.dumps(_WHO if name else {"version": VERSION}))
        query = dict(parse_qsl(parts.query))
        try:
            offset = int(query.get("offset", 0))
            default = _DEFAULT_LIMIT if paged else _MAX_LIMIT
            limit = min(max(int(query.get("limit", default)), 1), _MAX_LIMIT)
        except ValueError:
            return _error(400, "Invalid argument type, offset and limit must be integers")
        everything = self._lists[name]
        items = f"[{', '.join(everything[offset : offset + limit])}]"
        if not paged:
            return ok(items)
        following = None
        if offset + limit < len(everything):
            more = query | {"offset": str(offset + limit), "limit": str(limit)}
            url = f"http://{host}{parts.path}?{urlencode(more)}"
            following = {"offset": offset + limit, "limit": limit, "url": url}
        about = {"offset": offset, "limit": limit, "total": len(everything), "next": following}
        return ok(f'{{"items": {items}, "_pagination": {json.dumps(about)}}}')


def _user(person: Person, now: float) -> dict[str, object]:
    active = None if person.idle is None else datetime.fromtimestamp(now - person.idle, UTC)
    return {
        "admin": False,
        "kind": "user",
        "name": person.name,
        "last_activity": active and active.isoformat(timespec="microseconds")[:-6] + "Z",
        "groups": list(person.groups),
        "user_info": None,
    }


def ok(body: str) -> bytes:
    """Return a response of status 200 with that JSON."""
    digest = hashlib.sha1(body.encode(), usedforsecurity=False).hexdigest()
    return _response(200, body, f'Etag: "{digest}"\r\n')


def _error(status: int, message: str | None) -> bytes:
    return _response(status, json.dumps({"status": status, "message": message}))


def _response(status: int, body: str, more: str = "") -> bytes:
    content = body.encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Server: TornadoServer/6.6.1\r\nContent-Type: application/json\r\n"
        f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT\r\n"
        f"X-JupyterHub-Version: {VERSION}\r\n"
        "Access-Control-Allow-Headers: accept, content-type, authorization\r\n"
        "Content-Security-Policy: frame-ancestors 'none'; "
        "report-uri /hub/security/csp-report; default-src 'none'\r\n"
        f"{more}Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content
