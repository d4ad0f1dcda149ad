"""Who may read /metrics: everybody, those with a token of a file, or those the hub vouches for."""

import asyncio
import hmac
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from exporter.errors import HubError
from exporter.files import LONGEST_TOKEN, FileError, Trouble, Watched, tokens

_log = logging.getLogger(__name__)

# RFC 6750, section 3: what may stand between the quotes of scope="…".
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
# What JupyterHub's tokens are made of, and more: printable ASCII without spaces.
_PLAIN = re.compile(rf"[!-~]{{1,{LONGEST_TOKEN}}}")

MOST_KEPT = 256
MOST_QUESTIONS = 2
MOST_WAITING = 32
_REFUSED_SECONDS = 5.0
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
        self._file = Watched(path, _digests)
        self._trouble = Trouble(_log)
        self._file.read()

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None for a token of the file, else 401."""
        try:
            digests = self._file.read()
        except FileError as error:
            self._trouble.is_(f"Nobody can read the metrics. {error}")
            return _try_again("The exporter can't read its token file: its log says why.")
        self._trouble.is_over("The token file can be read again.")
        token = _token(authorization)
        if token is None:
            return _no_token("a token of the exporter's token file")
        theirs = _digest(token)
        # All of them always: the time tells neither which one matched nor how much of it.
        if not sum(hmac.compare_digest(theirs, digest) for digest in digests):
            return _invalid("This token is not in the exporter's token file: send one of those.")
        return None


class HubTokens:
    """Lets in whose own JupyterHub token has a scope, as the hub says.

    ``ask`` returns a token's expanded scopes, None for a token that the hub refuses; it raises
    ``HubError`` if the hub can't be asked, and must end by itself. A yes is kept for
    ``lifetime`` seconds from the question on, a no for at most 5, a failure not at all. For
    ``access:services!service=groupscope`` the scope without its filter will do, too.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Sequence[str] | None]],
        scope: str,
        *,
        lifetime: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _SCOPE.fullmatch(scope):
            raise ValueError("is not a scope: it is empty, or holds a space, quote or backslash")
        self._ask, self._scope, self._lifetime = ask, scope, lifetime
        self._enough, self._monotonic = {scope, scope.partition("!")[0]}, monotonic
        # Apart, so that a flood of wrong tokens does not push out the right ones. The keys are
        # digests: a token is kept nowhere.
        self._granted: dict[bytes, tuple[float, Refusal | None]] = {}
        self._refused: dict[bytes, tuple[float, Refusal | None]] = {}
        self._questions: dict[bytes, asyncio.Task[Refusal | None]] = {}
        self._turns = asyncio.Semaphore(MOST_QUESTIONS)
        self._trouble = Trouble(_log, logging.WARNING)

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None for a token with the scope, else 401 or 403; 503 if the hub can't be asked.

        One question for each token, however often it is sent: 2 at once, 32 waiting, else 503.
        """
        token = _token(authorization)
        if token is None:
            return _no_token(f"a JupyterHub token that has the scope {self._scope}")
        if not _PLAIN.fullmatch(token):
            return _invalid("This is no JupyterHub token: it is too long, or holds odd characters.")
        key, now = _digest(token), self._monotonic()
        for kept in (self._granted, self._refused):
            until, refusal = kept.get(key, (-math.inf, None))
            if now < until:
                return refusal
        question = self._questions.get(key)
        if question is None:
            if len(self._questions) >= MOST_QUESTIONS + MOST_WAITING:
                return _try_again("Too many tokens are being checked.")
            question = self._questions[key] = asyncio.create_task(self._question(key, token))
        # A visitor who leaves does not take the answer from the others who wait for it.
        return await asyncio.shield(question)

    async def _question(self, key: bytes, token: str) -> Refusal | None:
        try:
            async with self._turns:
                asked = self._monotonic()
                scopes = await self._ask(token)
        except HubError as error:
            self._trouble.is_(f"The tokens of visitors can't be checked. {error}")
            wait = math.ceil(max(_RETRY_SECONDS, min(error.retry_after, 300)))
            return _try_again("JupyterHub can't be asked about this token.", wait)
        finally:
            del self._questions[key]
        self._trouble.is_over("The tokens of visitors can be checked again.")
        refusal = self._judge(scopes)
        kept = self._refused if refusal else self._granted
        seconds = min(self._lifetime, _REFUSED_SECONDS) if refusal else self._lifetime
        # A token is in one of them only: it may have lost the scope, or got it.
        self._granted.pop(key, None)
        self._refused.pop(key, None)
        if len(kept) >= MOST_KEPT:
            del kept[next(iter(kept))]
        kept[key] = asked + seconds, refusal
        return refusal

    def _judge(self, scopes: Sequence[str] | None) -> Refusal | None:
        if scopes is None:
            return _invalid(
                "JupyterHub refuses it: it is wrong, revoked or expired. Make a new one."
            )
        if not self._enough.isdisjoint(scopes):
            return None
        message = f"This token lacks the scope {self._scope}: add it to a role of its owner."
        return _refusal(403, message, f', error="insufficient_scope", scope="{self._scope}"')


def _token(authorization: str | None) -> str | None:
    """``Bearer abc`` or ``token abc`` (JupyterHub's own) → ``abc``."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    return (token.strip() or None) if scheme.lower() in {"bearer", "token"} else None


def _digest(token: str) -> bytes:
    # "replace": a header can hold what is no Unicode, and the error would quote it.
    return sha256(token.encode(errors="replace")).digest()


def _digests(content: bytes) -> tuple[bytes, ...]:
    return tuple(_digest(token.value) for token in tokens(content))


def _refusal(status: int, message: str, error: str = "") -> Refusal:
    return Refusal(status, message, {"WWW-Authenticate": f'Bearer realm="groupscope"{error}'})


def _no_token(which: str) -> Refusal:
    return _refusal(401, f"Send {which}, in the header Authorization: Bearer TOKEN.")


def _invalid(message: str) -> Refusal:
    return _refusal(401, message, ', error="invalid_token"')


def _try_again(message: str, seconds: int = _RETRY_SECONDS) -> Refusal:
    return Refusal(503, f"{message} Try again later.", {"Retry-After": str(seconds)})
