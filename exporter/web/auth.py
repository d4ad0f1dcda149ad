"""Who may read /metrics: everybody, or those with a token of a file; what refusals look like."""

import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from exporter.config.files import FileError, Incident, WatchedFile, tokens
from exporter.core.messages import Message

_log = logging.getLogger(__name__)

_RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a visitor who may not read: ``message`` is one line with the next step."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Access(Protocol):
    """Decides about a visitor by the text of the Authorization header."""

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None if the visitor may read."""


class Open:
    """Lets everybody in."""

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None."""
        return None


class BearerTokens:
    """Lets in who sends a token of the file, which is read again when it changed.

    While it can't be read nobody gets in (503); at the start that raises ``FileError``.
    """

    def __init__(self, path: Path) -> None:
        self._file = WatchedFile(path, _digests)
        self._incident = Incident(_log)
        self._file.read()

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None for a token of the file, else 401."""
        try:
            digests = self._file.read()
        except FileError as error:
            self._incident.open(Message("Nobody can read the metrics. {error}", error=error))
            return try_again("The exporter can't read its token file: its log says why.")
        self._incident.resolve("The token file can be read again.")
        token = sent_token(authorization)
        if token is None:
            return no_token("a token of the exporter's token file")
        theirs = digest_of(token)
        # All of them always: the time tells neither which one matched nor how much of it.
        if not sum(hmac.compare_digest(theirs, digest) for digest in digests):
            return invalid_token(
                "This token is not in the exporter's token file: send one of those."
            )
        return None


def sent_token(authorization: str | None) -> str | None:
    """``Bearer abc`` or ``token abc`` (JupyterHub's own) → ``abc``."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return (token.strip() or None) if scheme.lower() in {"bearer", "token"} else None


def digest_of(token: str) -> bytes:
    """Return what may be kept of a token."""
    # "replace": a header can hold what is no Unicode, and the error would quote it.
    return sha256(token.encode(errors="replace")).digest()


def no_token(which: str) -> Refusal:
    """Return a 401 that asks for ``which``, such as "a token of …"."""
    return _challenge(401, f"Send {which}, in the header Authorization: Bearer TOKEN.")


def invalid_token(message: str) -> Refusal:
    """Return a 401 for a token that will not do, ever."""
    return _challenge(401, message, ', error="invalid_token"')


def lacks_scope(scope: str) -> Refusal:
    """Return a 403 for a token that the hub knows, but that has not this scope."""
    message = f"This token lacks the scope {scope}: add it to a role of its owner."
    return _challenge(403, message, f', error="insufficient_scope", scope="{scope}"')


def try_again(message: str, seconds: int = _RETRY_SECONDS) -> Refusal:
    """Return a 503: it can't be decided now."""
    return Refusal(503, f"{message} Try again later.", {"Retry-After": str(seconds)})


def _challenge(status: int, message: str, error: str = "") -> Refusal:
    return Refusal(status, message, {"WWW-Authenticate": f'Bearer realm="groupscope"{error}'})


def _digests(content: bytes) -> tuple[bytes, ...]:
    return tuple(digest_of(token.value) for token in tokens(content))
