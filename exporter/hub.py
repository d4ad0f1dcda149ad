"""The hub's REST API, read-only: ``user``, and ``users`` and ``groups`` page by page."""

import asyncio
import re
import ssl

import httpx

from exporter.errors import HubError, Reason
from exporter.memberships import Snapshot
from exporter.pages import parse_group_names, parse_page, parse_scopes, parse_users

# Exactly so: with a parameter such as ;q=1 the hub answers a plain list, cut off at 200.
_PAGED = "application/jupyterhub-pagination+json"
_NEEDED = re.compile(r"requires any of \[([a-z:, ]+)\]")


def open_client(api_url: str, token: str) -> httpx.AsyncClient:
    """Return a client that sends ``token`` to ``api_url`` and nowhere else.

    No redirects, and nothing from the surroundings: a proxy variable or a ~/.netrc would send
    the token elsewhere or replace it. For ``https`` the system's certificates are trusted, and
    those that the variables SSL_CERT_FILE and SSL_CERT_DIR name.
    """
    return httpx.AsyncClient(
        base_url=api_url,
        headers={"Authorization": f"Bearer {token}", "Accept": _PAGED},
        follow_redirects=False,
        trust_env=False,
        verify=ssl.create_default_context(),
        timeout=httpx.Timeout(
            None
        ),  # `Hub` limits each request as a whole, however slowly it drips.
    )


class Hub:
    """A JupyterHub as seen by one client; ``timeout`` is in seconds, for each request."""

    def __init__(self, client: httpx.AsyncClient, *, page_size: int, timeout: float) -> None:
        self._client = client
        self._page_size = page_size
        self._timeout = timeout

    async def snapshot(self, taken_at: float) -> Snapshot:
        """Read all users and groups; raise ``HubError`` if any part fails: never half a hub.

        Needs the scopes list:users and read:users:groups. Without list:groups only groups with
        members are known; without read:users:activity ``activity_known`` is False.
        """
        # Asked rather than tried: the hub logs three warnings for each list that it refuses.
        scopes = parse_scopes(await self._get("user"))
        users, activity_known = parse_users(await self._list("users"))
        may_list_groups = any(scope.split("!")[0] == "list:groups" for scope in scopes)
        groups = parse_group_names(await self._list("groups")) if may_list_groups else ()
        return Snapshot(users, groups, taken_at, activity_known)

    async def _list(self, path: str) -> list[dict[str, object]]:
        items: list[dict[str, object]] = []
        offset: int | None = 0
        while offset is not None:
            part = {"offset": offset, "limit": self._page_size}
            page = parse_page(await self._get(path, part), offset)
            items += page.items
            offset = page.next_offset
        return items

    async def _get(self, path: str, params: dict[str, int] | None = None) -> object:
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._client.get(path, params=params)
        except TimeoutError:
            raise HubError(
                Reason.TIMEOUT,
                f"The hub did not answer within {self._timeout:g} s. It may be busy: "
                "look at its log, or allow more with --timeout.",
            ) from None
        except httpx.DecodingError:
            raise _not_json() from None
        except httpx.RequestError as error:
            raise self._no_answer(error) from None
        if answer.status_code != httpx.codes.OK:
            raise self._bad_status(answer)
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise _not_json() from None

    def _no_answer(self, error: httpx.RequestError) -> HubError:
        where = f"{self._client.base_url.host}:{self._client.base_url.port or 'default port'}"
        failed_tls = _tls_failure(error)
        if failed_tls:
            return HubError(
                Reason.TLS,
                f"No secure connection to {where}: {failed_tls}. If the hub's certificate is from "
                "your own authority, name its file in the variable SSL_CERT_FILE.",
            )
        return HubError(
            Reason.CONNECT,
            f"No connection to the hub at {where} ({str(error) or type(error).__name__}). "
            "Check that it runs and that --hub-url names it.",
        )

    def _bad_status(self, answer: httpx.Response) -> HubError:
        status = answer.status_code
        needed = _NEEDED.search(answer.text) if status == 403 else None
        if needed:
            return HubError(
                Reason.SCOPE,
                f"The hub knows the token, but it lacks the scope {needed[1]} ({status}). "
                "Give its service the scopes list:users and read:users:groups.",
            )
        if status in {401, 403}:
            return HubError(
                Reason.AUTH,
                f"The hub refuses the token ({status}): it is wrong, or was revoked or expired. "
                "Give the exporter the api_token of its service in the hub's configuration.",
            )
        if status == 404 or answer.is_redirect:
            return HubError(
                Reason.HTTP,
                f"There is no hub API at {self._client.base_url} ({status}). If the hub has a base "
                "URL such as /jh/, --hub-url ends in /jh/hub/api.",
            )
        return HubError(
            Reason.HTTP,
            f"The hub, or a proxy before it, answered {status} {answer.reason_phrase}. "
            "Look at its log.",
        )


def _not_json() -> HubError:
    return HubError(
        Reason.NOT_JSON,
        "The answer is not JSON: something other than the hub's API answers at --hub-url, "
        "such as a log-in page or another service.",
    )


def _tls_failure(error: BaseException) -> ssl.SSLError | None:
    link: BaseException | None = error
    while link is not None and not isinstance(link, ssl.SSLError):
        link = link.__cause__ or link.__context__
    return link
