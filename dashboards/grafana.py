"""Grafana's API, as far as deploying needs it: values in and out.

The one module that talks through grafana-client. Whatever fails becomes a ``GrafanaError``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

import niquests.exceptions
from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException, GrafanaTimeoutError

from dashboards.grafana_errors import (
    RefusedError,
    StatusError,
    UnusableError,
    bad_authorities,
    by_status,
    from_files,
    no_connection,
    not_grafana,
    redirected,
    timed_out,
)
from dashboards.render import Json

TIMEOUT = 20.0
"""Seconds without an answer after which a request is given up."""

Credentials = str | tuple[str, str]
"""A service account's token, or a user and a password."""

# grafana-client says py.typed and has no types for these.
_api = cast("Callable[..., Any]", GrafanaApi)

_A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of Grafana's; ``exists`` is False for one that has yet to be created."""

    uid: str
    title: str
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Existing:
    """A dashboard as Grafana has it.

    ``folder_uid`` is "" at the top level. ``provisioned_from`` is the name of the file that the
    dashboard comes from, "" if Grafana does not say which; None for one saved through the API.
    """

    content: Json
    folder_uid: str
    folder_title: str
    version: int
    provisioned_from: str | None
    updated_by: str = ""
    updated: str = ""
    """When it was saved last: ``2026-03-20T12:00:00Z``."""


def split_url(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return the address without user and password, ending in ``/``, and those two apart.

    ``"http://me:secret@host/grafana"`` gives ``("http://host/grafana/", ("me", "secret"))``.
    Raises ValueError, with a sentence that does not hold the URL, when it is not one.
    """
    form = "http://host:3000 or https://host/grafana/"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError(f"The URL of Grafana is not a URL: write it like {form}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The URL of Grafana must be like {form}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}/"
    if parts.username and parts.password:
        return address, (unquote(parts.username), unquote(parts.password))
    return address, None


class Grafana:
    """One Grafana and who talks to it. Methods raise GrafanaError and nothing else of the wire.

    A RefusedError concerns the one request, an UnusableError all of them.
    """

    def __init__(self, url: str, credentials: Credentials, *, timeout: float = TIMEOUT) -> None:
        """Take the address as ``split_url`` returns it; connect when first asked something."""
        self.url = url
        self._timeout = timeout
        self._with_token = isinstance(credentials, str)
        parts = urlsplit(url)
        self._client: Any = _api(
            # As bytes: text would be sent as Latin-1, which not every password is.
            credentials
            if isinstance(credentials, str)
            else (credentials[0].encode(), credentials[1].encode()),
            protocol=parts.scheme,
            host=parts.netloc,
            url_path_prefix=parts.path.lstrip("/"),
            timeout=timeout,
        )
        # A redirected POST becomes a GET, and the token would go where nobody meant it to go.
        self._client.client.s.max_redirects = 0

    def dashboard_url(self, uid: str) -> str:
        """Return the dashboard's address in a browser; Grafana adds the title to it."""
        return f"{self.url}d/{quote(uid, safe='')}"

    def folder_url(self, uid: str) -> str:
        """Return the folder's address in a browser."""
        return f"{self.url}dashboards/f/{quote(uid, safe='')}"

    def folders(self) -> tuple[Folder, ...]:
        """Return the folders at the top level that one may see."""
        return tuple(self._folders())

    def _folders(self) -> Iterator[Folder]:
        page = 0
        while True:
            page += 1
            try:
                answer = self._ask("list the folders", partial(self._page_of_folders, page))
            except StatusError as error:
                # Every Grafana has this list: a 404 in Grafana's manner is another program's.
                if error.status == 404:
                    raise not_grafana(self.url, "status 404") from error
                raise
            if not isinstance(answer, list):
                raise not_grafana(self.url, "no list of folders")
            yield from map(self._folder, answer)
            if len(answer) < _A_PAGE:
                return

    def _page_of_folders(self, page: int) -> object:
        # grafana-client's own method knows no pages.
        params = {"limit": _A_PAGE, "page": page}
        return self._client.client.GET("/folders", params=params)

    def dashboard_uids(self) -> tuple[str, ...]:
        """Return the uids of all dashboards that one may see."""
        found: list[str] = []
        while True:
            params = {"type": "dash-db", "limit": _A_PAGE, "page": len(found) // _A_PAGE + 1}
            request = partial(self._client.client.GET, "/search", params=params)
            answer = self._ask("list the dashboards", request)
            if not isinstance(answer, list):
                raise not_grafana(self.url, "no list of dashboards")
            found += [str(_mapping(each).get("uid") or "") for each in answer]
            if len(answer) < _A_PAGE:
                return tuple(filter(None, found))

    def folder(self, uid: str) -> Folder | None:
        """Return the folder of that uid, wherever it is; None if there is none that one may see."""
        try:
            answer = self._ask(
                f"read the folder {uid}",
                lambda: self._client.folder.get_folder(quote(uid, safe="")),
            )
        except StatusError as error:
            # A service account gets 403 for a folder that does not exist.
            if error.status in (403, 404):
                return None
            raise
        return self._folder(answer)

    def create_folder(self, folder: Folder) -> Folder:
        """Create the folder at the top level and return it."""
        try:
            answer = self._ask(
                f"create the folder “{folder.title}”",
                lambda: self._client.folder.create_folder(folder.title, uid=folder.uid),
            )
        except StatusError as error:
            if error.status in (409, 412):
                raise RefusedError(
                    f"Grafana has a folder with the uid {folder.uid} that this login does not see. "
                    "If it was created just now, wait a minute and run deploy again; else give "
                    "this login Edit on it, or name another folder with --folder."
                ) from error
            raise
        return self._folder(answer)

    def dashboard(self, uid: str) -> Existing | None:
        """Return the dashboard of that uid, or None."""
        try:
            answer = self._ask(
                f"read the dashboard {uid}",
                lambda: self._client.dashboard.get_dashboard(quote(uid, safe="")),
            )
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        meta, content = _mapping(answer).get("meta"), _mapping(answer).get("dashboard")
        if not isinstance(meta, dict) or not isinstance(content, dict):
            raise not_grafana(self.url, "no dashboard")
        provisioned = meta.get("provisioned") is True
        return Existing(
            content=content,
            folder_uid=str(meta.get("folderUid") or ""),
            folder_title=str(meta.get("folderTitle") or ""),
            version=int(meta.get("version") or content.get("version") or 0),
            provisioned_from=str(meta.get("provisionedExternalId") or "") if provisioned else None,
            updated_by=str(meta.get("updatedBy") or ""),
            updated=str(meta.get("updated") or ""),
        )

    def save(self, board: Json, *, folder_uid: str, version: int | None, message: str) -> None:
        """Save the dashboard into the folder, in place of that version; None: it must be new."""
        title = board["title"]
        payload = {
            "dashboard": board if version is None else {**board, "version": version},
            "folderUid": folder_uid,
            "message": message,
            "overwrite": False,
        }
        try:
            answer = self._ask(
                f"save “{title}”", lambda: self._client.dashboard.update_dashboard(payload)
            )
        except StatusError as error:
            if error.status == 412:
                raise RefusedError(
                    f"Someone else saved “{title}” in Grafana at the same moment, and deploy left "
                    "that as it is. Look at its version history, then run deploy again."
                ) from error
            if "provisioned" in error.said:
                raise RefusedError(from_files(title, "")) from error
            raise
        if not _mapping(answer).get("uid"):
            raise not_grafana(self.url, "no receipt for a dashboard")

    def _folder(self, answer: object) -> Folder:
        uid, title = _mapping(answer).get("uid"), _mapping(answer).get("title")
        if not isinstance(uid, str) or not isinstance(title, str):
            raise not_grafana(self.url, "no folder")
        return Folder(uid, title)

    def _ask(self, what: str, request: Callable[[], object]) -> object:
        """Return the request's answer; turn what can go wrong on the way into a GrafanaError."""
        try:
            return request()
        except (GrafanaTimeoutError, niquests.exceptions.ConnectTimeout) as error:
            raise timed_out(self.url, self._timeout) from error
        except GrafanaException as error:
            raise by_status(self.url, what, error, with_token=self._with_token) from error
        except niquests.exceptions.TooManyRedirects as error:
            raise _redirected(self.url, error) from error
        except niquests.exceptions.JSONDecodeError as error:
            raise not_grafana(self.url, "no JSON") from error
        except niquests.exceptions.RequestException as error:
            raise no_connection(self.url, error) from error
        except OSError as error:
            # What is left of them is niquests', when it reads the authorities' file.
            raise bad_authorities(error) from error


def _redirected(url: str, error: niquests.exceptions.TooManyRedirects) -> UnusableError:
    target = error.response.headers.get("Location") if error.response is not None else None
    return redirected(url, str(target or ""))


def _mapping(answer: object) -> Mapping[str, Any]:
    return answer if isinstance(answer, dict) else {}
