"""One request to the hub's API: bounded in time and size, JSON or a ``HubError``."""

import asyncio
import json
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from exporter.config.parsers import Secret
from exporter.core.errors import HubError, Reason
from exporter.core.messages import Message
from exporter.hub.failures import connection_error, status_error
from exporter.resending import AsyncClient

# Exactly so: with a parameter such as ;q=1 the hub answers a plain list, cut off at 200.
_PAGED = "application/jupyterhub-pagination+json"

# 1,000 users with all that a hub can tell of them are about 2 MiB.
MAX_ANSWER_BYTES = 16 * 2**20
_MAX_ERROR_BYTES = 64 * 2**10
# JSON's smallest values take thirty times their bytes in memory. 1,000 users have some 50,000.
MAX_VALUES = 500_000


def open_client(api_url: str, tls: ssl.SSLContext) -> httpx.AsyncClient:
    """Return a client that speaks to ``api_url`` and to nobody else.

    No redirects, no cookies, and nothing from the surroundings: a proxy variable or a ~/.netrc
    would send the token elsewhere or replace it. Answers are asked for uncompressed, so that a
    small one can't become a large one. A request that a kept connection lost is sent once more.
    """
    return AsyncClient(
        base_url=api_url,
        headers={"Accept": _PAGED, "Accept-Encoding": "identity"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        verify=tls,
        limits=httpx.Limits(max_connections=4),
        # `Api` limits each request as a whole, however slowly it drips.
        timeout=httpx.Timeout(None),
    )


class Api:
    """Requests through one client; ``timeout`` is in seconds, for each as a whole."""

    def __init__(self, client: httpx.AsyncClient, timeout: float) -> None:
        self._client = client
        self._timeout = timeout

    async def get(
        self, path: str, token: Secret | None, params: dict[str, int] | None = None
    ) -> object:
        """Return the JSON at a path of the API; raise ``HubError`` for anything else."""
        headers = {"Authorization": f"Bearer {token.value}"} if token else {}
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream("GET", path, params=params, headers=headers) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    body = await _body(answer, _MAX_ERROR_BYTES)
                    raise status_error(answer, body, self._client.base_url)
                body = await _body(answer, MAX_ANSWER_BYTES + 1)
        except TimeoutError:
            raise HubError(
                Reason.TIMEOUT,
                Message(
                    "The hub did not answer within {seconds:g} s. It may be busy: look at its log, "
                    "or allow more with {timeout}.",
                    seconds=self._timeout,
                ),
            ) from None
        # After the handshake httpx passes an SSLError on as it is.
        except (httpx.RequestError, ssl.SSLError) as error:
            raise connection_error(error, self._client.base_url) from None
        # httpx reads where a redirect leads even if it is not to go there.
        except (httpx.InvalidURL, ValueError):
            raise HubError(
                Reason.HTTP,
                Message(
                    "There is no hub API at {url}: what answers there redirects to an address that "
                    "is none. Check that {hub_url} names the hub.",
                    url=self._client.base_url,
                ),
            ) from None
        if len(body) > MAX_ANSWER_BYTES:
            raise HubError(
                Reason.SHAPE,
                Message(
                    "The hub answered with more than {most} MiB at once. Ask for less with "
                    "{page_size}.",
                    most=MAX_ANSWER_BYTES // 2**20,
                ),
            )
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            raise HubError(
                Reason.NOT_JSON,
                "The answer is compressed, though the exporter asked for it as it is: something "
                "between it and the hub changes requests or answers.",
            )
        if sum(map(body.count, (b",", b"[", b"{"))) > MAX_VALUES:
            raise HubError(
                Reason.SHAPE,
                Message(
                    "The hub answered with more than {most} values at once. Ask for less with "
                    "{page_size}.",
                    most=MAX_VALUES,
                ),
            )
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise HubError(
                Reason.NOT_JSON,
                Message(
                    "The answer is not JSON: something other than the hub's API answers at "
                    "{hub_url}, such as a log-in page or another service."
                ),
            ) from None


async def _body(answer: httpx.Response, most: int) -> bytes:
    """Return the answer's first bytes, no fewer than ``most`` if it has as many."""
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) >= most:
            break
    return bytes(body)
