"""Who may read /metrics: those whom the hub vouches for. The hub is asked little, whoever asks."""

import asyncio
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Sequence

from cachetools import TLRUCache, TTLCache

from exporter.config.files import LONGEST_TOKEN, Incident
from exporter.core.errors import HubError
from exporter.core.messages import Message
from exporter.hub.scopes import covers
from exporter.web.auth import (
    Refusal,
    digest_of,
    invalid_token,
    lacks_scope,
    no_token,
    sent_token,
    try_again,
)

_log = logging.getLogger(__name__)

# RFC 6750, section 3: what may stand between the quotes of scope="…".
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
# What JupyterHub's tokens are made of, and more: printable ASCII without spaces.
_PLAIN = re.compile(rf"[!-~]{{1,{LONGEST_TOKEN}}}")

MOST_KEPT = 256
# With the refresher's own request these are the connections that the hub's client may open:
# nobody waits for one.
KNOWN_AT_ONCE = 2
NEW_AT_ONCE = 1
NEW_A_SECOND = 5
NEW_BURST = 10
# A grant is renewed in its last two thirds: who comes every 20 s or more often does so then, be
# it a little early or late, and never waits for the hub.
_RENEW_FROM = 1 / 3
_KNOWN_SECONDS = 3600.0
_REFUSED_SECONDS = 5.0
_LEAST_RETRY_SECONDS = 5
_MOST_RETRY_SECONDS = 300


class HubTokens:
    """Lets in whose own JupyterHub token has a scope, as the hub says.

    ``ask`` returns a token's expanded scopes, None for a token that the hub refuses; it raises
    ``HubError`` if the hub can't be asked. A yes is kept for ``lifetime`` seconds from the
    question on, a no for at most 5, a failure not at all. For
    ``access:services!service=groupscope`` the scope without its filter will do, too.

    Anybody can send wrong tokens, so about those that had no yes within the last hour few
    questions are asked: 5 a second, 10 after a pause. The others have a lane of their own.
    Nobody waits for longer than ``timeout`` seconds: Prometheus by default gives up after 10.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Sequence[str] | None]],
        scope: str,
        *,
        lifetime: float = 30.0,
        timeout: float = 3.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _SCOPE.fullmatch(scope):
            raise ValueError("is not a scope: it is empty, or holds a space, quote or backslash")
        self._ask, self._scope, self._lifetime = ask, scope, lifetime
        self._timeout, self._monotonic = timeout, monotonic
        # Apart, so that wrong tokens do not push out the right ones. The keys are digests: a
        # token is kept nowhere.
        self._granted = TTLCache[bytes, float](MOST_KEPT, _KNOWN_SECONDS, monotonic)
        self._refused = TLRUCache[bytes, tuple[float, Refusal]](
            MOST_KEPT, lambda _, kept, __: kept[0] + min(lifetime, _REFUSED_SECONDS), monotonic
        )
        self._questions: dict[bytes, asyncio.Task[Refusal | None]] = {}
        self._known_turns = asyncio.Semaphore(KNOWN_AT_ONCE)
        self._new_turns = asyncio.Semaphore(NEW_AT_ONCE)
        self._new = _Allowance(NEW_A_SECOND, NEW_BURST, monotonic)
        self._incident = Incident(_log, logging.WARNING)

    async def refusal(self, authorization: str | None) -> Refusal | None:
        """Return None for a token with the scope, else 401 or 403; 503 if the hub can't be asked.

        One question for each token, however often it is sent.
        """
        token = sent_token(authorization)
        if token is None:
            return no_token(f"a JupyterHub token that has the scope {self._scope}")
        if not _PLAIN.fullmatch(token):
            return invalid_token(
                "This is no JupyterHub token: it is too long, or holds odd characters."
            )
        key, now = digest_of(token), self._monotonic()
        granted = self._granted.get(key)
        if granted is not None and now < granted + self._lifetime:
            if now >= granted + self._lifetime * _RENEW_FROM and key not in self._questions:
                self._begin(key, token, self._known_turns)
            return None
        if kept := self._refused.get(key):
            return kept[1]
        question = self._questions.get(key)
        if question is None:
            known = granted is not None
            if not known and not self._new.take():
                return _too_many()
            question = self._begin(key, token, self._known_turns if known else self._new_turns)
        # A visitor who leaves does not take the answer from the others who wait for it.
        return await asyncio.shield(question)

    def _begin(
        self, key: bytes, token: str, turns: asyncio.Semaphore
    ) -> asyncio.Task[Refusal | None]:
        question = asyncio.create_task(self._question(key, token, turns))
        self._questions[key] = question
        # Not at the end of the question itself: one that is cancelled at once never begins.
        question.add_done_callback(lambda _: self._questions.pop(key))
        return question

    async def _question(self, key: bytes, token: str, turns: asyncio.Semaphore) -> Refusal | None:
        asked: float | None = None
        try:
            async with asyncio.timeout(self._timeout), turns:
                asked = self._monotonic()
                scopes = await self._ask(token)
                return self._answer(key, asked, scopes)
        except TimeoutError:
            # Who had no turn learnt nothing of the hub: those before took the time.
            if asked is None:
                return _too_many()
            return self._unanswered(
                f"The hub did not answer within {self._timeout:g} s. It may be busy: look at its "
                "log."
            )
        except HubError as error:
            return self._unanswered(error.message, error.retry_after)

    def _unanswered(self, why: Message | str, retry_after: float = 0.0) -> Refusal:
        self._incident.open(Message("The tokens of visitors can't be checked. {why}", why=why))
        wait = math.ceil(max(_LEAST_RETRY_SECONDS, min(retry_after, _MOST_RETRY_SECONDS)))
        return try_again("JupyterHub can't verify this token.", wait)

    def _answer(self, key: bytes, asked: float, scopes: Sequence[str] | None) -> Refusal | None:
        self._incident.resolve("The tokens of visitors can be checked again.")
        refusal = self._judge(scopes)
        # A token is in one of them only: it may have lost the scope, or got it.
        self._granted.pop(key, None)
        self._refused.pop(key, None)
        if refusal is None:
            self._granted[key] = asked
        else:
            self._refused[key] = asked, refusal
        return refusal

    def _judge(self, scopes: Sequence[str] | None) -> Refusal | None:
        if scopes is None:
            return invalid_token(
                "JupyterHub refuses it: it is wrong, revoked or expired. Make a new one."
            )
        return None if covers(scopes, self._scope) else lacks_scope(self._scope)


class _Allowance:
    """``a_second`` on average, and after a pause up to ``burst`` at once."""

    def __init__(self, a_second: float, burst: float, monotonic: Callable[[], float]) -> None:
        self._a_second, self._burst, self._monotonic = a_second, burst, monotonic
        self._left, self._at = burst, monotonic()

    def take(self) -> bool:
        """Return whether there is one left, which is then gone."""
        now = self._monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _too_many() -> Refusal:
    return try_again("Too many tokens are being checked.")
