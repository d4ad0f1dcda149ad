"""Folders and dashboards of one Grafana, through its HTTP API."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from dashboards.grafana.connection import ConnectionOptions
from dashboards.grafana.errors import RefusedError, StatusError, from_files, not_grafana
from dashboards.grafana.queries import QUERIES, instant_query, read_samples
from dashboards.grafana.refusals import unsaved
from dashboards.grafana.values import (
    DataSource,
    Existing,
    Folder,
    Manager,
    Sample,
    SearchHit,
    Version,
)
from dashboards.schema.values import Json, mapping

_PAGE_SIZE = 1000

_SETTINGS = ("datasources", "namespace")
"""What is read of what Grafana sends to its own pages; older ones have no namespace."""

_RESOURCES = "/apis/dashboard.grafana.app/v1beta1"
"""The dashboards' resource API: it has fields that the older API leaves out."""


class Grafana:
    """One Grafana and a login. Methods raise GrafanaError and no other error of the network.

    A RefusedError is about one request; after a GrafanaUnusableError all others would fail, too.
    """

    def __init__(self, options: ConnectionOptions) -> None:
        """Take the options; the first request connects."""
        self.url = options.url
        self._session = options.open()
        self._settings: Mapping[str, Any] | None = None

    def dashboard_url(self, uid: str) -> str:
        """Return the dashboard's address in a browser; Grafana adds the title to it."""
        return f"{self.url}d/{quote(uid, safe='')}"

    def folder_url(self, uid: str) -> str:
        """Return the folder's address in a browser."""
        return f"{self.url}dashboards/f/{quote(uid, safe='')}"

    def folders(self, parent_uid: str = "") -> tuple[Folder, ...]:
        """Return the folders in a folder, or at the top level, that this login sees."""
        params = {"parentUid": parent_uid} if parent_uid else {}
        try:
            folders = list(self._pages("list the folders", "/folders", params))
        except StatusError as error:
            # Every Grafana has this list, so this 404 is another program's.
            if error.status == 404 and not parent_uid:
                raise not_grafana(self.url, "status 404") from error
            raise
        return tuple(self._folder(folder) for folder in folders)

    def folder(self, uid: str) -> Folder | None:
        """Return the folder of that uid, wherever it is; None if this login sees none."""
        try:
            answer = self._session.request(
                f"read the folder {uid}", "GET", f"/folders/{quote(uid, safe='')}"
            )
        except StatusError as error:
            # A service account gets 403 for a folder that does not exist.
            if error.status in (403, 404):
                return None
            raise
        return self._folder(answer)

    def create_folder(self, folder: Folder) -> Folder:
        """Create the folder in its parent; return it as Grafana has it."""
        body = {"uid": folder.uid, "title": folder.title}
        if folder.parent_uid:
            body["parentUid"] = folder.parent_uid
        try:
            answer = self._session.request(
                f"create the folder “{folder.title}”", "POST", "/folders", body=body
            )
        except StatusError as error:
            if error.status not in (409, 412):
                raise
            # It may be ours, created by a request whose response was lost.
            existing = self.folder(folder.uid)
            if existing == folder:
                return existing
            raise RefusedError(
                f"Grafana has a folder with the uid {folder.uid} that this login does not see. "
                "If it was created just now, wait a minute and run deploy again; else give "
                "this login Edit on it, or name another folder with --folder."
            ) from error
        return self._folder(answer)

    def dashboards(self, *, folder_uid: str = "") -> tuple[SearchHit, ...]:
        """Return all dashboards that this login sees, or those in a folder."""
        params = {"type": "dash-db"} | ({"folderUIDs": folder_uid} if folder_uid else {})
        hits = map(mapping, self._pages("list the dashboards", "/search", params))
        return tuple(
            SearchHit(str(hit["uid"]), str(hit.get("title") or ""), str(hit.get("folderUid") or ""))
            for hit in hits
            if hit.get("uid")
        )

    def dashboard(self, uid: str) -> Existing | None:
        """Return the dashboard of that uid, or None."""
        try:
            answer = self._session.request(
                f"read the dashboard {uid}", "GET", f"/dashboards/uid/{quote(uid, safe='')}"
            )
        except StatusError as error:
            if error.status == 404:
                return None
            raise
        meta, content = mapping(answer).get("meta"), mapping(answer).get("dashboard")
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

    def manager(self, uid: str) -> Manager | None:
        """Return the tool that manages a dashboard; None if only people do, or if it is not known.

        Only the resource API has it. Grafana 11 and older have no such resource: they answer 404,
        and say on the save itself whether a plugin owns the dashboard.
        """
        try:
            namespace = quote(self._own_namespace(), safe="")
            path = f"{_RESOURCES}/namespaces/{namespace}/dashboards/{quote(uid, safe='')}"
            answer = self._session.request(f"read who manages {uid}", "GET", path)
        except StatusError as error:
            if error.status in (403, 404, 406):
                return None
            raise
        annotations = mapping(mapping(mapping(answer).get("metadata")).get("annotations"))
        kind = str(annotations.get("grafana.app/managedBy") or "")
        identity = str(annotations.get("grafana.app/managerId") or "")
        return Manager(kind, identity) if kind else None

    def _own_namespace(self) -> str:
        """Return the resource API's name of the login's organization: ``default``, ``org-2``."""
        return str(self._read_settings().get("namespace") or "default")

    def _read_settings(self) -> Mapping[str, Any]:
        """Return what Grafana sends to its own pages; read once, it may be read by any login."""
        if self._settings is None:
            try:
                answer = self._session.request(
                    "read Grafana's settings", "GET", "/frontend/settings"
                )
            except StatusError as error:
                # Every Grafana has these, so this 404 is another program's.
                if error.status == 404:
                    raise not_grafana(self.url, "status 404") from error
                raise
            if not isinstance(answer, dict) or answer.keys().isdisjoint(_SETTINGS):
                raise not_grafana(self.url, "no settings")
            self._settings = answer
        return self._settings

    def prometheus_data_sources(self) -> tuple[DataSource, ...]:
        """Return the data sources of the type Prometheus by name, as the boards' variable does."""
        named = mapping(self._read_settings().get("datasources"))
        return tuple(
            DataSource(str(source["uid"]), name, source.get("isDefault") is True)
            for name, source in sorted(named.items())
            if mapping(source).get("type") == "prometheus" and source.get("uid")
        )

    def query(self, data_source: DataSource, expression: str) -> tuple[Sample, ...]:
        """Return the present value of each series of a PromQL expression. Tries once only."""
        answer = self._session.request(
            f"query the data source “{data_source.name}”",
            "POST",
            QUERIES,
            body=instant_query(data_source, expression),
            attempts=1,
        )
        try:
            return tuple(read_samples(answer))
        except (LookupError, TypeError, ValueError) as error:
            raise not_grafana(self.url, "no data frames") from error

    def versions(self, uid: str, *, limit: int) -> tuple[Version, ...]:
        """Return the newest versions of a dashboard, newest first, ``limit`` at most."""
        path = f"/dashboards/uid/{quote(uid, safe='')}/versions"
        answer = self._session.request(
            f"read the versions of {uid}", "GET", path, params={"limit": limit}
        )
        # Older Grafanas answer the list itself.
        versions = answer if isinstance(answer, list) else mapping(answer).get("versions")
        if not isinstance(versions, list):
            raise not_grafana(self.url, "no list of versions")
        return tuple(map(_version, versions))

    def version(self, uid: str, number: int) -> Version:
        """Return one version of a dashboard, with its content."""
        path = f"/dashboards/uid/{quote(uid, safe='')}/versions/{number}"
        answer = self._session.request(f"read version {number} of {uid}", "GET", path)
        return _version(answer)

    def save(
        self,
        board: Json,
        *,
        folder_uid: str,
        version: int | None,
        message: str,
        take_over: bool = False,
    ) -> None:
        """Save the dashboard into the folder, in place of that version; None: it must be new.

        ``take_over``: even if a plugin owns it, which ends that.
        """
        title = board["title"]
        payload = {
            "dashboard": board if version is None else {**board, "version": version},
            "folderUid": folder_uid,
            "message": message,
            "overwrite": False,
        }
        try:
            answer = self._save(title, payload)
        except StatusError as error:
            of_plugin = error.reason == "plugin-dashboard"
            if error.status == 412 and not of_plugin and self._is_saved(board, folder_uid):
                return
            if error.is_transient:
                raise
            if not (of_plugin and take_over):
                raise RefusedError(unsaved(error, board["uid"], title)) from error
            # Grafana checks the version before the owner: it still is the one that was read.
            answer = self._save(title, {**payload, "overwrite": True})
        if not mapping(answer).get("uid"):
            raise not_grafana(self.url, "no receipt for a dashboard")

    def _save(self, title: str, payload: Json) -> object:
        return self._session.request(f"save “{title}”", "POST", "/dashboards/db", body=payload)

    def _is_saved(self, board: Json, folder_uid: str) -> bool:
        """Tell whether exactly this is saved, by a request whose response was lost."""
        existing = self.dashboard(board["uid"])
        if existing is None or existing.folder_uid != folder_uid:
            return False
        set_by_grafana = ("id", "version")
        return _without(existing.content, set_by_grafana) == _without(board, set_by_grafana)

    def delete(self, uid: str, title: str) -> None:
        """Delete the dashboard of that uid; it is no error if it is gone."""
        try:
            self._session.request(
                f"delete “{title}”", "DELETE", f"/dashboards/uid/{quote(uid, safe='')}"
            )
        except StatusError as error:
            if "provisioned" in error.message:
                raise RefusedError(from_files(title, "")) from error
            if error.status != 404:
                raise

    def _pages(
        self, purpose: str, path: str, params: Mapping[str, str]
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the entries of a list, page by page."""
        page = 0
        while True:
            page += 1
            of_page: dict[str, str | int] = {**params, "limit": _PAGE_SIZE, "page": page}
            answer = self._session.request(purpose, "GET", path, params=of_page)
            if not isinstance(answer, list):
                raise not_grafana(
                    self.url, f"no {purpose.removeprefix('list ').replace('the', 'list of')}"
                )
            yield from answer
            if len(answer) < _PAGE_SIZE:
                return

    def _folder(self, answer: object) -> Folder:
        uid, title = mapping(answer).get("uid"), mapping(answer).get("title")
        if not isinstance(uid, str) or not isinstance(title, str):
            raise not_grafana(self.url, "no folder")
        return Folder(uid, title, str(mapping(answer).get("parentUid") or ""))


def _version(answer: object) -> Version:
    version = mapping(answer)
    content = version.get("data")
    return Version(
        int(version.get("version") or 0),
        str(version.get("message") or ""),
        content if isinstance(content, dict) else {},
    )


def _without(board: Json, keys: tuple[str, ...]) -> Json:
    return {key: value for key, value in board.items() if key not in keys}
