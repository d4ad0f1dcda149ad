"""Answers of a real Grafana, recorded once and played again.

A cassette test runs the same lines in both cases. scripts/record-cassettes sets RECORD_* and the
tests talk to the real Grafana, which ``Recorder`` clears before and after; without them they replay
tests/cassettes/ and a request that was not recorded is an error.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import vcr
from click.testing import CliRunner, Result
from grafana_client.api import GrafanaApi
from vcr.cassette import Cassette

from dashboards.cli import cli
from dashboards.deploy import (
    WRITES,
    DeployOptions,
    DesiredBoard,
    apply,
    folder_uid,
    make_plan,
)
from dashboards.deploy.provenance import KEY, Origin, Ownership, ownership, stamp
from dashboards.grafana import ConnectionOptions, Credentials, Grafana, RetryPolicy
from tests.support.paths import ROOT

CASSETTES = ROOT / "tests/cassettes"
HERE = "http://localhost:3000/"
"""The address that cassettes are made to hold, whatever Grafana they were recorded from."""

ORIGIN = Origin("1.2.3")
MESSAGE = "groupscope 1.2.3"

# A board of its own: what our boards look like must not decide whether a cassette still fits.
BOARD: dict[str, Any] = {
    "uid": "groupscope-cassette",
    "title": "Cassette",
    "tags": ["groupscope"],
    "schemaVersion": 39,
    "panels": [
        {
            "id": 1,
            "type": "text",
            "title": "Hello",
            "gridPos": {"h": 4, "w": 24, "x": 0, "y": 0},
            "options": {"mode": "markdown", "content": "Hello"},
        }
    ],
}
CHANGED = {**BOARD, "description": "Now with a description."}

_NOT_RECORDED = "X-Not-Recorded"
"""A header of requests that only bring the real Grafana into a state."""

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_PEOPLE = ("createdBy", "updatedBy", "login", "userLogin", "userEmail")


def _filtered_request(base: str) -> Callable[[Any], Any]:
    def filtered(request: Any) -> Any:
        if _NOT_RECORDED in request.headers:
            return None
        request.uri = request.uri.replace(base, HERE)
        request.headers = {
            key: value for key, value in request.headers.items() if key.lower() == "content-type"
        }
        return request

    return filtered


def _filtered_response(response: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type", "retry-after"}
    kept = {k: v for k, v in response["headers"].items() if k.lower() in headers}
    answer = json.loads(response["body"]["string"] or "null")
    if isinstance(answer, dict) and "buildInfo" in answer and "namespace" in answer:
        # What Grafana tells its own pages: long, and deploy reads little of it.
        sources = {
            name: {key: source.get(key) for key in ("uid", "type", "isDefault")}
            for name, source in answer["datasources"].items()
        }
        answer = {"namespace": answer["namespace"], "datasources": sources}
    meta = answer.get("meta", {}) if isinstance(answer, dict) else {}
    if meta.get("provisioned"):
        # One of our own boards, from its file: it is long, and deploy does not look into it.
        answer["dashboard"] = {"uid": answer["dashboard"]["uid"]}
    body = {"string": json.dumps(_without_people(answer)).encode()}
    return {**response, "headers": kept, "body": body}


def _without_people(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {
            key: "somebody"
            if key in _PEOPLE or key.endswith(("/createdBy", "/updatedBy"))
            else _without_people(value)
            for key, value in answer.items()
        }
    return [_without_people(one) for one in answer] if isinstance(answer, list) else answer


class Recorder:
    """Replays the cassette of one test, or records it when scripts/record-cassettes runs it.

    Each test has folders, dashboards and logins of its own: Grafana remembers who may see what
    (for a minute), and would answer one test with what was so in the one before.
    """

    def __init__(self, name: str, base: str | None = None) -> None:
        self.recording = "RECORD_GRAFANA_URL" in os.environ
        self.base = base or os.environ.get("RECORD_GRAFANA_URL", HERE)
        self.title = f"Cassette {name}"
        self.folder_uid = folder_uid(self.title)
        self.by_hand = f"by-hand-{name}"[:40]
        self.board = {**BOARD, "uid": name[:40]}
        self.changed = {**self.board, "description": "Now with a description."}
        self.other = {**self.board, "uid": f"other-{name}"[:40], "title": "Other"}
        self.board_url = f"{HERE}d/{self.board['uid']}"
        self.folder_url = f"{HERE}dashboards/f/{self.folder_uid}"
        self.provided_base = os.environ.get("RECORD_PROVISIONED_URL", HERE)
        self._path = CASSETTES / f"{name}.yaml"
        self._accounts: list[int] = []
        self._data_sources: list[str] = []
        self._prepared: str | None = None

    def login(self, role: str) -> str:
        """Return the token of a new account with a role; a placeholder when replaying.

        ``Editor``, ``Viewer``, or ``None``, which Grafana calls "No basic role". Of a folder that
        is there already, an Editor may edit it, and so may ``None``.
        """
        if not self.recording:
            return role
        accounts = self.admin().serviceaccount
        name = f"{self._path.stem}-{role}-{uuid4().hex[:8]}"
        account = accounts.create({"name": name, "role": role})["id"]
        self._accounts.append(account)
        if self._prepared:
            # What the role is given by a new folder shows after a minute, what the account is given
            # at once.
            level = {"Viewer": 1, "Editor": 2, "None": 2}[role]
            rights = {"userId": account, "permission": level}
            self.admin().folder.update_folder_permissions(self._prepared, [rights])
        return str(accounts.create_token(account, {"name": name})["key"])

    def connection(self, credentials: Credentials, **more: Any) -> ConnectionOptions:
        """Return who asks, not waiting long: what is waited for is not there when replaying."""
        patience = RetryPolicy(first_wait=0.01, longest_wait=0.02)
        return ConnectionOptions(self.base, credentials, retry_policy=patience, **more)

    def grafana(self, role: str = "Editor") -> Grafana:
        return Grafana(self.connection(self.login(role)))

    def environment(self, role: str = "Editor") -> dict[str, str]:
        return {"GRAFANA_URL": self.base, "GRAFANA_TOKEN": self.login(role)}

    def has(
        self,
        *boards: dict[str, Any],
        title: str | None = None,
        uid: str | None = None,
        parent: str | None = None,
    ) -> None:
        """Bring the real Grafana into the state that the test begins with; nothing on replay.

        A folder (the test's own unless told otherwise), and the boards in it one after another:
        the second of one uid is its next version. A board is saved as deployed, unless it has a
        mark of its own or ``KEY: None``.
        """
        if not self.recording:
            return
        uid = uid or self.folder_uid
        self.admin().folder.create_folder(title or self.title, uid=uid, parent_uid=parent)
        versions: dict[str, int] = {}
        for board in boards:
            saved = {k: v for k, v in {**stamp(board, ORIGIN), **board}.items() if v is not None}
            version = versions.get(board["uid"], 0)
            dashboard = {**saved, "version": version} if version else saved
            # As deploy says it, unless somebody changed the board after it was marked.
            theirs = ownership(saved) is not Ownership.AS_DEPLOYED
            message = "by hand" if theirs else MESSAGE
            self.admin().dashboard.update_dashboard(
                {"dashboard": dashboard, "folderUid": uid, "message": message}
            )
            versions[board["uid"]] = version + 1
        self._prepared = uid

    def manages(self, board: dict[str, Any], kind: str, identity: str) -> None:
        """Have a plugin or a tool manage a board in the real Grafana; nothing on replay.

        As Grafana itself does it when it imports what an app brings: two annotations.
        """
        if not self.recording:
            return
        version = "/apis/dashboard.grafana.app/v0alpha1"
        path = f"{version}/namespaces/default/dashboards/{board['uid']}"
        with self._past_the_cassette() as client:
            found = client.get(path).json()
            found["metadata"].setdefault("annotations", {}).update(
                {"grafana.app/managedBy": kind, "grafana.app/managerId": identity}
            )
            client.put(path, json=found).raise_for_status()

    def provides(self, board: dict[str, Any]) -> None:
        """Have the real Grafana read a board from a file, and wait for it; nothing on replay."""
        if self.recording:
            self._provided_file(board).write_text(json.dumps(board), "utf-8")
            self._waits(lambda: self._meta(board).get("provisioned") is True)

    def withdraws(self, board: dict[str, Any]) -> None:
        """Take that file away, and wait for Grafana to delete the board; nothing on replay."""
        if self.recording:
            self._provided_file(board).unlink(missing_ok=True)
            self._waits(lambda: not self._meta(board))

    def _provided_file(self, board: dict[str, Any]) -> Path:
        return Path(os.environ["RECORD_PROVISIONED_DIRECTORY"]) / f"{board['uid']}.json"

    def _meta(self, board: dict[str, Any]) -> dict[str, Any]:
        with self._past_the_cassette() as client:
            found = client.get(f"/api/dashboards/uid/{board['uid']}").json()
        return dict(found.get("meta") or {})

    def _past_the_cassette(self) -> httpx.Client:
        """Return an administrator's client for what is no part of what is recorded."""
        login = (os.environ["RECORD_USER"], os.environ["RECORD_PASSWORD"])
        headers = {_NOT_RECORDED: "1"}
        return httpx.Client(base_url=self.base, auth=login, headers=headers, trust_env=False)

    def _waits(self, until: Callable[[], bool]) -> None:
        for _ in range(90):
            if until():
                return
            sleep(1)
        raise TimeoutError("Grafana does not read the directory of RECORD_PROVISIONED_DIRECTORY.")

    def shares(self, panel: dict[str, Any], library: dict[str, str]) -> None:
        """Have somebody make a library panel in the real Grafana; nothing on replay."""
        if self.recording:
            body = {**library, "kind": 1, "model": panel}
            self.admin().client.POST("/library-elements", json=body)

    def unshares(self, library: dict[str, str]) -> None:
        """Have somebody delete a library panel in the real Grafana; nothing on replay."""
        if self.recording:
            self.admin().client.DELETE(f"/library-elements/{library['uid']}")

    def data_source_uid(self, name: str) -> str:
        """Return the uid of a data source: Grafana keeps for a while what a uid stood for."""
        return f"{name.lower()}-{self.board['uid']}"[:40]

    def adds_data_source(self, name: str, url: str, *, default: bool = False) -> None:
        """Have the real Grafana read a Prometheus; nothing on replay."""
        if not self.recording:
            return
        uid = self.data_source_uid(name)
        source = {"name": name, "uid": uid, "type": "prometheus", "access": "proxy", "url": url}
        self.admin().datasource.create_datasource({**source, "isDefault": default})
        self._data_sources.append(uid)

    def deletes_folder(self, uid: str) -> None:
        """Have somebody delete a folder in the real Grafana; nothing on replay."""
        if self.recording:
            self.admin().folder.delete_folder(uid)
            self._prepared = None

    def restores(self, board: dict[str, Any], version: int) -> None:
        """Have somebody go back to a version in the real Grafana; nothing on replay."""
        if self.recording:
            path = f"/dashboards/uid/{board['uid']}/restore"
            self.admin().client.POST(path, json={"version": version})

    def clear(self) -> None:
        """Take away from the real Grafana what the test made, and nothing else."""
        if not self.recording:
            return
        for folder in self.admin().folder.get_all_folders():
            if folder["uid"] in {self.folder_uid, self.by_hand}:
                self.admin().folder.delete_folder(folder["uid"])
        while self._data_sources:
            self.admin().client.DELETE(f"/datasources/uid/{self._data_sources.pop()}")
        while self._accounts:
            self.admin().serviceaccount.delete(self._accounts.pop())

    @contextmanager
    def playing(self) -> Iterator[Cassette]:
        if self.recording:
            self._path.unlink(missing_ok=True)
        with vcr.use_cassette(
            str(self._path),
            record_mode="all" if self.recording else "none",
            match_on=("method", "path", "query", "body"),
            before_record_request=_filtered_request(self.base),
            before_record_response=_filtered_response,
            decode_compressed_response=True,
        ) as cassette:
            yield cassette
        assert self.recording or cassette.all_played

    def deploy(
        self,
        *boards: dict[str, Any],
        role: str = "Editor",
        grafana: Grafana | None = None,
        dry_run: bool = False,
        **where: Any,
    ) -> tuple[list[tuple[str, str, str, str]], list[Any]]:
        """Return (mark, title, url, note) of each outcome, and the bodies of the writes."""
        grafana = grafana or self.grafana(role)
        with self.playing() as cassette:
            outcomes = self.outcomes(grafana, *boards, dry_run=dry_run, **where)
        return outcomes, writes(cassette)

    def outcomes(
        self, grafana: Grafana, *boards: dict[str, Any], dry_run: bool = False, **where: Any
    ) -> list[tuple[str, str, str, str]]:
        """Return (mark, title, url, note) of each outcome of a deploy."""
        options = DeployOptions(**{"folder": self.title, **where})
        plan = make_plan(grafana, [DesiredBoard(board) for board in boards], options)
        planned = plan.outcomes(grafana)
        if dry_run:
            done = [*planned]
        else:
            unchanged = [outcome for outcome in planned if outcome.change not in WRITES]
            done = [*apply(grafana, plan, ORIGIN.release), *unchanged]
        return [
            (one.change.value, one.title, one.url.replace(self.base, HERE), one.note)
            for one in done
        ]

    def admin(self) -> Any:
        parts = urlsplit(self.base)
        return GrafanaApi(
            (os.environ["RECORD_USER"], os.environ["RECORD_PASSWORD"]),
            protocol=parts.scheme,
            host=parts.netloc,
            url_path_prefix=parts.path.lstrip("/"),
        )


def deployed(board: dict[str, Any], collection: str = KEY) -> dict[str, Any]:
    """Return a board as deploy saves it."""
    return stamp(board, Origin(ORIGIN.release, collection))


def edited(board: dict[str, Any]) -> dict[str, Any]:
    """Return a board that was deployed and then changed by somebody."""
    return {**deployed(board), "description": "Theirs."}


def writes(cassette: Cassette) -> list[Any]:
    """Return the bodies of the requests that change something."""
    found = [r for r in cassette.requests if r.method in _WRITES]
    return [json.loads(r.body) if r.body else r.path for r in found]


def run(*arguments: str, name: str = "deploy", **environment: str) -> Result:
    """Run the command line without what the developer's own environment says of Grafana."""
    names = ("GRAFANA_URL", "GRAFANA_TOKEN", "GRAFANA_USER", "GRAFANA_PASSWORD")
    env = {**dict.fromkeys(names), **environment}
    result = CliRunner().invoke(cli, [name, *arguments], env=env)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
