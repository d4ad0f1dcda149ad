"""Deploying: the plan as values, then real answers of a Grafana, recorded and played again.

A cassette test runs the same lines in both cases. scripts/record-cassettes sets RECORD_* and the
tests talk to the real Grafana, which
``Recorder`` clears before and after; without them they
replay tests/cassettes/ and a request that was not recorded is an error.
"""

import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from uuid import uuid4

import click
import pytest
import vcr
from click.testing import CliRunner, Result
from grafana_client.api import GrafanaApi
from hypothesis import given
from hypothesis import strategies as st
from vcr.cassette import Cassette

from dashboards import catalog
from dashboards.cli import cli
from dashboards.commands.deploy import command
from dashboards.deploy import (
    FOLDER,
    Action,
    Change,
    choose_folder,
    deploy_all,
    folder_uid,
    plan,
)
from dashboards.grafana import Existing, Folder, Grafana, split_url
from dashboards.grafana_errors import RefusedError, UnusableError
from dashboards.marker import KEY, marked

CASSETTES = Path(__file__).parent / "cassettes"
HERE = "http://localhost:3000/"
"""The address that cassettes are made to hold, whatever Grafana they were recorded from."""

MESSAGE = "groupscope 1.2.3"
WRONG_TOKEN = "glsa_wrong"

# A board of its own: what our boards look like must not decide whether a cassette still fits.
BOARD = {
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

# --- recording and replaying ---------------------------------------------------------------------

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def _filtered_request(base: str) -> Callable[[Any], Any]:
    def filtered(request: Any) -> Any:
        request.uri = request.uri.replace(base, HERE)
        request.headers = {
            key: value for key, value in request.headers.items() if key.lower() == "content-type"
        }
        return request

    return filtered


def _filtered_response(response: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in response["headers"].items() if k.lower() == "content-type"}
    body = response["body"]
    answer = json.loads(body["string"])
    meta = answer.get("meta", {}) if isinstance(answer, dict) else {}
    for key in {"createdBy", "updatedBy"} & meta.keys():
        meta[key] = "somebody"
        body = {"string": json.dumps(answer).encode()}
    if meta.get("provisioned"):
        # One of our own boards, from its file: it is long, and deploy does not look into it.
        answer["dashboard"] = {"uid": answer["dashboard"]["uid"]}
        body = {"string": json.dumps(answer).encode()}
    return {**response, "headers": kept, "body": body}


class Recorder:
    """Replays the cassette of one test, or records it when scripts/record-cassettes runs it.

    Each test has a folder, a dashboard and logins of its own: Grafana remembers who may see what
    (for a minute), and would answer one test with what was so in the one before.
    """

    def __init__(self, name: str) -> None:
        self.recording = "RECORD_GRAFANA_URL" in os.environ
        self.base = os.environ.get("RECORD_GRAFANA_URL", HERE)
        self.title = f"Cassette {name}"
        self.folder_uid = folder_uid(self.title)
        self.by_hand = f"by-hand-{name}"[:40]
        self.board = {**BOARD, "uid": name[:40]}
        self.changed = {**self.board, "description": "Now with a description."}
        self.board_url = f"{HERE}d/{self.board['uid']}"
        self.folder_url = f"{HERE}dashboards/f/{self.folder_uid}"
        self._path = CASSETTES / f"{name}.yaml"
        self._accounts: list[int] = []
        self._prepared: str | None = None

    def login(self, role: str) -> str:
        """Return the token of a new ``Editor`` or ``Viewer``; a placeholder when replaying."""
        if not self.recording:
            return role
        accounts = _admin().serviceaccount
        name = f"{self._path.stem}-{role}-{uuid4().hex[:8]}"
        account = accounts.create({"name": name, "role": role})["id"]
        self._accounts.append(account)
        if self._prepared:
            # What the role is given by a new folder shows after a minute, what the account is given
            # at once.
            rights = {"userId": account, "permission": {"Viewer": 1, "Editor": 2}[role]}
            _admin().folder.update_folder_permissions(self._prepared, [rights])
        return str(accounts.create_token(account, {"name": name})["key"])

    def grafana(self, role: str = "Editor") -> Grafana:
        return Grafana(self.base, self.login(role))

    def has(
        self, *boards: dict[str, Any], title: str | None = None, uid: str | None = None
    ) -> None:
        """Bring the real Grafana into the state that the test begins with; nothing on replay.

        A folder (the test's own unless told otherwise), and the boards in it one after another.
        """
        if not self.recording:
            return
        uid = uid or self.folder_uid
        _admin().folder.create_folder(title or self.title, uid=uid)
        for version, board in enumerate(boards):
            saved = board if board.get(KEY, marked) is None else {**marked(board), **board}
            dashboard = {**saved, "version": version} if version else saved
            _admin().dashboard.update_dashboard({"dashboard": dashboard, "folderUid": uid})
        self._prepared = uid

    def clear(self) -> None:
        """Take away from the real Grafana what the test made, and nothing else."""
        if not self.recording:
            return
        for folder in _admin().folder.get_all_folders():
            if folder["uid"] in {self.folder_uid, self.by_hand}:
                _admin().folder.delete_folder(folder["uid"])
        while self._accounts:
            _admin().serviceaccount.delete(self._accounts.pop())

    @contextmanager
    def playing(self) -> Iterator[Cassette]:
        if self.recording:
            self._path.unlink(missing_ok=True)
        with vcr.use_cassette(
            str(self._path),
            record_mode="all" if self.recording else "none",
            match_on=("method", "path", "query"),
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
        dry_run: bool = False,
        overwrite: bool = False,
    ) -> tuple[list[tuple[str, str, str, str]], list[Any]]:
        """Return (mark, title, url, note) of each outcome, and the bodies of the writes."""
        grafana = self.grafana(role)
        with self.playing() as cassette:
            outcomes = list(
                deploy_all(
                    grafana,
                    boards,
                    self.title,
                    dry_run=dry_run,
                    message=MESSAGE,
                    overwrite=overwrite,
                )
            )
        lines = [
            (one.change.value, one.title, one.url.replace(self.base, HERE), one.note)
            for one in outcomes
        ]
        return lines, writes(cassette)


def _admin() -> Any:
    parts = urlsplit(os.environ["RECORD_GRAFANA_URL"])
    return GrafanaApi(
        (os.environ["RECORD_USER"], os.environ["RECORD_PASSWORD"]),
        protocol=parts.scheme,
        host=parts.netloc,
        url_path_prefix=parts.path.lstrip("/"),
    )


def writes(cassette: Cassette) -> list[Any]:
    """Return the bodies of the requests that change something."""
    return [json.loads(r.body) for r in cassette.requests if r.method in _WRITES]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    recorder = Recorder(request.node.name.removeprefix("test_"))
    recorder.clear()
    yield recorder
    recorder.clear()


def run(*arguments: str, name: str = "deploy", **environment: str) -> Result:
    """Run the command line without what the developer's own environment says of Grafana."""
    names = ("GRAFANA_URL", "GRAFANA_TOKEN", "GRAFANA_USER", "GRAFANA_PASSWORD")
    env = {**dict.fromkeys(names), **environment}
    result = CliRunner().invoke(cli, [name, *arguments], env=env)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


# --- the plan, as values --------------------------------------------------------------------------


def there(content: dict[str, Any] = BOARD, **changes: Any) -> Existing:
    """Return a dashboard as Grafana has it, as we deployed it unless the content has a mark."""
    values: dict[str, Any] = {
        "content": {**marked(content), **content, "id": 7, "version": 3},
        "folder_uid": "f",
        "folder_title": "F",
        "version": 3,
        "provisioned_from": None,
    }
    return Existing(**{**values, **changes})


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        (None, Action(Change.NEW, BOARD)),
        (there(), Action(Change.SAME, BOARD)),
        (there(CHANGED), Action(Change.CHANGED, BOARD, 3, words=("description gone",))),
        (
            there(folder_uid="g", folder_title="G"),
            Action(Change.CHANGED, BOARD, 3, "moved from “G”"),
        ),
        (there(folder_uid=""), Action(Change.CHANGED, BOARD, 3, "moved from the top level")),
    ],
    ids=["absent", "equal", "other content", "other folder", "top level"],
)
def test_plan(existing: Existing | None, expected: Action) -> None:
    assert plan(BOARD, existing, "f") == expected


EDITED = {**marked(BOARD), "description": "Theirs."}
BY_HAND = {**CHANGED, KEY: None}
COPIED = {**CHANGED, KEY: marked(BOARD)[KEY]}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (EDITED, "was changed in Grafana by ada on 2026-03-20 12:00:00 UTC, after it was deployed"),
        (COPIED, "was changed in Grafana by ada on 2026-03-20 12:00:00 UTC, after it was deployed"),
        (BY_HAND, "saved by ada on 2026-03-20 12:00:00 UTC, but deploy did not put it there"),
    ],
)
def test_plan_leaves_alone_what_somebody_did_in_grafana(content: Any, says: str) -> None:
    existing = there(content, updated_by="ada", updated="2026-03-20T12:00:00Z")
    refused = plan(BOARD, existing, "f")
    assert refused.change is Change.FAILED
    assert says in refused.note
    assert "`pull`" in refused.note
    assert "--overwrite" in refused.note
    told = plan(BOARD, existing, "f", overwrite=True)
    assert (told.change, told.version) == (Change.CHANGED, 3)
    assert told.note == "overwrites what was in Grafana"


def test_plan_needs_no_overwriting_of_what_is_the_same_or_only_elsewhere() -> None:
    assert plan(BOARD, there({**BOARD, KEY: None}), "f").change is Change.SAME
    assert plan(BOARD, there({**BOARD, KEY: None}), "g").change is Change.CHANGED


def test_plan_ignores_the_id_and_version_of_both_sides() -> None:
    assert plan({**BOARD, "id": 1, "version": 99}, there(), "f").change is Change.SAME


def test_plan_of_a_provisioned_dashboard_fails_even_if_it_is_equal() -> None:
    action = plan(BOARD, there(provisioned_from="cassette.json"), "f")
    assert action.change is Change.FAILED
    assert "cassette.json" in action.note


@given(st.text(min_size=1, max_size=80))
def test_folder_uid_is_one_that_grafana_takes(title: str) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", folder_uid(title))


def test_folder_uid_is_stable() -> None:
    assert folder_uid("groupscope") == "groupscope"
    assert folder_uid("Ops team") == "groupscope-ops-team-d11d73ab"
    assert folder_uid("Ops-Team") != folder_uid("Ops team")


def test_choose_folder() -> None:
    ours, other = Folder(folder_uid("A"), "A"), Folder("x", "A")
    assert choose_folder("A", [Folder("y", "B")]) is None
    assert choose_folder("A", [other]) == other
    assert choose_folder("A", [other, ours]) == ours
    with pytest.raises(RefusedError, match="2 folders called “A”"):
        choose_folder("A", [other, Folder("y", "A")])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host", ("http://host/", None)),
        (" https://host:3000/grafana ", ("https://host:3000/grafana/", None)),
        ("http://[::1]:3000//", ("http://[::1]:3000/", None)),
        ("http://me:s%40crt@host/?x=1#y", ("http://host/", ("me", "s@crt"))),
    ],
)
def test_split_url(url: str, expected: object) -> None:
    assert split_url(url) == expected


@pytest.mark.parametrize("url", ["host:3000", "ftp://host", "http://", "http://me:secret@host:x"])
def test_split_url_refuses_what_is_none_and_does_not_repeat_it(url: str) -> None:
    with pytest.raises(ValueError, match="URL of Grafana") as caught:
        split_url(url)
    assert "secret" not in str(caught.value)


# --- answers of a real Grafana --------------------------------------------------------------------


@pytest.mark.cassette
def test_fresh_deploy_creates_folder_and_dashboard(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("+", "Cassette", recorder.board_url, ""),
    ]
    assert written == [
        {"title": recorder.title, "uid": recorder.folder_uid},
        {
            "dashboard": marked(recorder.board),
            "folderUid": recorder.folder_uid,
            "message": MESSAGE,
            "overwrite": False,
        },
    ]


@pytest.mark.cassette
def test_second_deploy_writes_nothing(recorder: Recorder) -> None:
    grafana = recorder.grafana()
    with recorder.playing() as cassette:
        first, second = (
            list(
                deploy_all(
                    grafana, [recorder.board], recorder.title, dry_run=False, message=MESSAGE
                )
            )
            for _ in range(2)
        )
    assert [one.change for one in first] == [Change.NEW, Change.NEW]
    assert [one.change for one in second] == [Change.SAME]
    # The two of the first deploy; what was read after them is the second.
    assert [r.method for r in cassette.requests][-4:] == ["POST", "POST", "GET", "GET"]
    assert len(writes(cassette)) == 2


@pytest.mark.cassette
def test_changed_board_replaces_the_version_that_was_read(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    outcomes, written = recorder.deploy(recorder.changed)
    assert outcomes == [("~", "Cassette", recorder.board_url, "")]
    assert written == [
        {
            "dashboard": {**marked(recorder.changed), "version": 1},
            "folderUid": recorder.folder_uid,
            "message": MESSAGE,
            "overwrite": False,
        }
    ]


@pytest.mark.cassette
def test_what_was_changed_in_grafana_is_left_as_it_is(recorder: Recorder) -> None:
    edited = {**marked(recorder.board), "description": "Theirs."}
    recorder.has(recorder.board, edited)
    [(mark, _, _, note)], written = recorder.deploy(recorder.changed)
    assert mark == "!"
    assert re.match(
        r"“Cassette” was changed in Grafana by somebody on [\d-]+ [\d:]+ UTC, after it was "
        "deployed. See it with `pull`, replace it with --overwrite",
        note,
    )
    assert written == []


@pytest.mark.cassette
def test_what_was_changed_in_grafana_is_overwritten_if_told_so(recorder: Recorder) -> None:
    edited = {**marked(recorder.board), "description": "Theirs."}
    recorder.has(recorder.board, edited)
    outcomes, written = recorder.deploy(recorder.changed, overwrite=True)
    note = "overwrites what was in Grafana"
    assert outcomes == [("~", "Cassette", recorder.board_url, note)]
    assert [body["dashboard"]["version"] for body in written] == [2]
    assert [body["overwrite"] for body in written] == [False]


@pytest.mark.cassette
def test_a_dashboard_of_the_same_uid_that_is_not_ours_is_left_as_it_is(recorder: Recorder) -> None:
    recorder.has({**recorder.changed, KEY: None})
    [(mark, _, _, note)], written = recorder.deploy(recorder.board)
    assert mark == "!"
    assert "but deploy did not put it there" in note
    assert written == []


@pytest.mark.cassette
def test_diff_and_pull_show_what_was_changed_in_grafana(
    recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "names", lambda: ("cassette",))
    monkeypatch.setattr(catalog, "load", lambda *_, **__: recorder.board)
    edited = {**marked(recorder.board), "description": "Theirs."}
    recorder.has(recorder.board, edited)
    there = {"GRAFANA_URL": recorder.base, "GRAFANA_TOKEN": recorder.login("Editor")}
    file = tmp_path / "theirs.json"
    with recorder.playing() as cassette:
        differs = run("--words", name="diff", **there)
        shown = run("cassette", name="pull", **there)
        pulled = run("cassette", "--output", str(file), name="pull", **there)
    assert differs.exit_code == 1
    assert "description gone" in differs.output
    assert "changed in Grafana by" in differs.output
    assert "1 of 1 differ" in differs.output
    assert shown.exit_code == 0
    assert '+  "description": "Theirs.",' in shown.output
    assert pulled.exit_code == 0
    assert json.loads(file.read_text("utf-8")) == {**recorder.board, "description": "Theirs."}
    assert writes(cassette) == []


@pytest.mark.cassette
def test_lint_looks_at_what_is_in_grafana(recorder: Recorder) -> None:
    recorder.has({**recorder.board, "panels": [{**recorder.board["panels"][0], "type": "stat"}]})
    there = {"GRAFANA_URL": recorder.base, "GRAFANA_TOKEN": recorder.login("Viewer")}
    with recorder.playing():
        result = run("--grafana", "--format", "json", name="lint", **there)
    assert result.exit_code == 1
    findings = [one for one in json.loads(result.output) if recorder.board["uid"] in one["source"]]
    assert {one["rule"] for one in findings} >= {"empty-panel", "panel-description"}
    # What Grafana keeps in it is no leftover.
    assert "leftovers" not in {one["rule"] for one in findings}


@pytest.mark.cassette
def test_dashboard_in_another_folder_is_moved(recorder: Recorder) -> None:
    recorder.has(recorder.board, title="By hand", uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("~", "Cassette", recorder.board_url, "moved from “By hand”"),
    ]
    assert [body.get("folderUid") for body in written] == [None, recorder.folder_uid]


@pytest.mark.cassette
def test_folder_of_the_same_title_is_used(recorder: Recorder) -> None:
    recorder.has(uid=recorder.by_hand)
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [("+", "Cassette", recorder.board_url, "")]
    assert [body["folderUid"] for body in written] == [recorder.by_hand]


@pytest.mark.cassette
def test_folder_that_was_renamed_is_still_ours(recorder: Recorder) -> None:
    recorder.has(title="Renamed")
    outcomes, written = recorder.deploy(recorder.board)
    assert outcomes == [("+", "Cassette", recorder.board_url, "")]
    assert [body["folderUid"] for body in written] == [recorder.folder_uid]


@pytest.mark.cassette
def test_dry_run_writes_not_even_the_folder(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board, dry_run=True)
    assert outcomes == [
        ("+", recorder.title, recorder.folder_url, ""),
        ("+", "Cassette", recorder.board_url, ""),
    ]
    assert written == []


@pytest.mark.cassette
def test_dry_run_on_a_changed_board(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    outcomes, written = recorder.deploy(recorder.changed, dry_run=True)
    assert outcomes == [("~", "Cassette", recorder.board_url, "")]
    assert written == []


@pytest.mark.cassette
def test_viewer_may_not_create_the_folder(recorder: Recorder) -> None:
    outcomes, written = recorder.deploy(recorder.board, role="Viewer")
    assert outcomes == [
        (
            "!",
            recorder.title,
            recorder.folder_url,
            f"Grafana does not allow this login to create the folder “{recorder.title}” "
            "(permission needed: folders:create). Give the service account or user the role "
            "Editor, or Edit on the folder, then run deploy again.",
        ),
        ("!", "Cassette", recorder.board_url, "Not saved: it has no folder to go to."),
    ]
    assert len(written) == 1


@pytest.mark.cassette
def test_viewer_may_not_save(recorder: Recorder) -> None:
    recorder.has(recorder.board)
    [(mark, _, _, note)], written = recorder.deploy(recorder.changed, role="Viewer")
    assert mark == "!"
    assert "permission needed: any of dashboards:create, dashboards:write" in note
    assert len(written) == 1


@pytest.mark.cassette
def test_one_that_fails_does_not_hide_another(recorder: Recorder) -> None:
    bad = {**recorder.board, "uid": "no uid!", "title": "Bad"}
    outcomes, _ = recorder.deploy(bad, recorder.board)
    assert [(mark, title) for mark, title, _, _ in outcomes] == [
        ("+", recorder.title),
        ("!", "Bad"),
        ("+", "Cassette"),
    ]
    assert outcomes[1][3] == (
        "Grafana could not save “Bad”: it answers 400, uid contains illegal characters. Put that "
        "right, then run deploy again."
    )


@pytest.mark.cassette
def test_save_that_races_with_another_is_refused(recorder: Recorder) -> None:
    recorder.has(recorder.board, recorder.changed)
    grafana = recorder.grafana()
    with recorder.playing():
        for version in (1, None):
            with pytest.raises(RefusedError, match="Someone else saved “Cassette”"):
                grafana.save(
                    recorder.board,
                    folder_uid=recorder.folder_uid,
                    version=version,
                    message=MESSAGE,
                )


@pytest.mark.cassette
def test_folder_whose_uid_is_taken(recorder: Recorder) -> None:
    """So says Grafana of a folder that one may not see, and of one that was made a moment ago."""
    recorder.has(title="Hidden")
    grafana = recorder.grafana()
    with recorder.playing(), pytest.raises(RefusedError, match="has a folder with the uid"):
        grafana.create_folder(Folder(recorder.folder_uid, recorder.title))


@pytest.mark.cassette
def test_dashboard_provisioned_from_files(recorder: Recorder) -> None:
    # The Grafana that this is recorded from mounts provisioning/grafana.
    board = {**BOARD, "uid": "groupscope-user-groups", "title": "User groups"}
    recorder.base = os.environ.get("RECORD_PROVISIONED_URL", recorder.base)
    password = os.environ.get("RECORD_PASSWORD", "x")
    grafana = Grafana(recorder.base, (os.environ.get("RECORD_USER", "x"), password))
    with recorder.playing() as cassette:
        [outcome] = deploy_all(grafana, [board], FOLDER, dry_run=False, message=MESSAGE)
        existing = grafana.dashboard(board["uid"])
        assert existing is not None
        # Should files appear between the reading and the saving, the answer says the same.
        with pytest.raises(RefusedError, match="“User groups” comes from a file"):
            grafana.save(board, folder_uid=FOLDER, version=existing.version, message=MESSAGE)
    assert outcome.change is Change.FAILED
    assert outcome.note == (
        "“User groups” comes from a file in Grafana's provisioning directory (user-groups.json), "
        "and Grafana lets nobody save over it. Update that file instead (python -m dashboards "
        "build), or take it away there and run deploy again."
    )
    assert len(writes(cassette)) == 1


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.cassette
def test_wrong_token(recorder: Recorder) -> None:
    with recorder.playing():
        result = run("--url", recorder.base, "--token", WRONG_TOKEN)
    assert result.exit_code == 1
    assert result.output.replace(recorder.base, HERE) == (
        "Error: Grafana at http://localhost:3000/ does not accept the token (Invalid API key). "
        "Create a new token for a service account with the role Editor and set GRAFANA_TOKEN "
        "(--token).\n"
    )


@pytest.mark.cassette
def test_wrong_password(recorder: Recorder) -> None:
    with recorder.playing():
        result = run(GRAFANA_URL=recorder.base, GRAFANA_USER="nobody", GRAFANA_PASSWORD="pässw€rd")
    assert result.exit_code == 1
    assert "does not accept the user and password (Invalid username or password)" in result.output
    assert "pässw€rd" not in result.output


@pytest.mark.cassette
def test_command_on_a_board_of_the_catalog(recorder: Recorder) -> None:
    """A dry run on a Grafana without it: answers that do not depend on the board's content."""
    name = "user-groups"
    board = catalog.load(name)
    token = recorder.login("Editor")
    with recorder.playing():
        result = run(
            name,
            "--dry-run",
            f"--folder={recorder.title}",
            GRAFANA_URL=recorder.base,
            # A token from a file comes with a newline.
            GRAFANA_TOKEN=f"{token}\n",
        )
    assert result.output.replace(recorder.base, HERE).splitlines() == [
        f"+ new      folder {recorder.title}  {recorder.folder_url}",
        f"+ new      {board['title']}  {HERE}d/{board['uid']}",
        f"Dry run, nothing written: 1 dashboard for folder “{recorder.title}”: 1 new, 0 changed, "
        "0 same",
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Set GRAFANA_URL (--url)"),
        (["--url", "localhost:3000", "--token", "t"], "must be like http://host:3000"),
        (["--url", HERE], "Set GRAFANA_TOKEN (--token) to a service account's token"),
        (["--url", HERE, "--user", "me"], "go together: set both"),
        (["--url", HERE, "--token", "to ken"], "holds characters that no token has"),
        (["--url", HERE, "--token", "t", "nonesuch"], "No board 'nonesuch'"),
        (["--url", HERE, "--token", "t", "--folder", " "], "--folder needs a title"),
    ],
)
def test_what_is_missing_or_wrong_in_the_call(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "to ken" not in result.output


def test_the_documentation_names_each_option() -> None:
    text = (Path(__file__).parents[1] / "docs" / "deploy.md").read_text("utf-8")
    options = [option for option in command.params if isinstance(option, click.Option)]
    for option in options:
        assert f"`{option.opts[0]}`" in text
        assert option.envvar is None or f"`{option.envvar}`" in text
    documented = set(re.findall(r"`(--[a-z-]+)`", text)) - {"--words"}
    assert documented == {it for option in options for it in option.opts + option.secondary_opts}


# --- servers that are not Grafana, and no server --------------------------------------------------


class _Odd(BaseHTTPRequestHandler):
    """Answers by the first part of the path, as servers do that one meets instead of Grafana."""

    ANSWERS: ClassVar[dict[str, tuple[int, str, str]]] = {
        "page": (200, "text/html", "<html>hello</html>"),
        "missing": (404, "text/plain", "404 page not found"),
        "prometheus": (200, "application/json", '{"status": "success", "data": []}'),
        "json404": (404, "application/json", '{"status": 404, "message": "Not Found"}'),
        "list": (200, "application/json", '[{"name": "x"}]'),
        "notjson": (200, "application/json", "<html>"),
        "proxy": (502, "text/html", "<html>Bad Gateway</html>"),
        "basic": (401, "text/html", "<html>Authorization Required</html>"),
        "ill": (500, "application/json", '{"message": "database is locked"}'),
    }

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/folders"):
            self.close_connection = True
            return
        self._answer(200, "application/json", '{"uid": "groupscope", "title": "groupscope"}')

    def do_GET(self) -> None:
        _, kind, _, *rest = self.path.split("/")
        if kind == "stops":
            if rest == ["folders?limit=1000&page=1"]:
                self._answer(200, "application/json", "[]")
            else:
                self._answer(404, "application/json", '{"message": "Not found"}')
            return
        if kind == "slow":
            time.sleep(0.6)
            return
        if kind == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            return
        if kind == "login":
            self.send_response(302)
            self.send_header("Location", "https://login.test/sign-in?state=private")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._answer(*self.ANSWERS[kind])

    def _answer(self, status: int, content_type: str, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the odd server on a free port of 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Odd) as server:
        server.daemon_threads = True
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("page", "does not answer like Grafana: no list of folders"),
        ("missing", "does not answer like Grafana: status 404"),
        ("prometheus", "does not answer like Grafana: no list of folders"),
        ("json404", "does not answer like Grafana: status 404"),
        ("list", "does not answer like Grafana: no folder"),
        ("notjson", "does not answer like Grafana: no JSON"),
        ("proxy", "answers 502, and not in Grafana's way. Check that Grafana is up"),
        ("basic", "Something in front of Grafana at"),
        ("ill", "answers 500, database is locked. Look into Grafana's log"),
        ("login", "sends on to https://login.test/sign-in. Set GRAFANA_URL"),
        ("cut", "broke (IncompleteRead). Check that"),
    ],
)
def test_a_server_that_is_not_grafana(kind: str, sentence: str) -> None:
    with serving() as port:
        result = run("--url", f"http://127.0.0.1:{port}/{kind}", "--token", "t0ken")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert sentence in result.output
    assert result.output.count("\n") == 1
    assert "t0ken" not in result.output


def test_no_answer_in_time() -> None:
    with serving() as port:
        grafana = Grafana(f"http://127.0.0.1:{port}/slow/", "t", timeout=0.2)
        with pytest.raises(UnusableError, match=r"did not answer within 0\.2 s"):
            grafana.folders()


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    result = run("--url", f"http://me:s3cret@127.0.0.1:{port}")
    assert result.exit_code == 1
    assert result.output == (
        f"Error: No server answers at http://127.0.0.1:{port}/ (connection refused). Start "
        "Grafana, or set GRAFANA_URL (--url) to where it runs.\n"
    )


def test_no_such_host() -> None:
    result = run("--url", "http://grafana.invalid", "--token", "t")
    assert result.exit_code == 1
    assert result.output == "Error: No host is called grafana.invalid. Check GRAFANA_URL (--url).\n"


def test_https_where_there_is_none() -> None:
    with serving() as port:
        result = run("--url", f"https://127.0.0.1:{port}", "--token", "t")
    assert result.exit_code == 1
    assert "does not speak TLS" in result.output


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    with serving(context) as port:
        result = run("--url", f"https://127.0.0.1:{port}/page", "--token", "t")
    assert result.exit_code == 1
    assert "is not trusted. Set REQUESTS_CA_BUNDLE" in result.output


def test_a_file_of_authorities_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent.pem")
    result = run("--url", "https://127.0.0.1:1", "--token", "t")
    assert result.exit_code == 1
    assert "The certificates to trust cannot be read" in result.output


def test_a_proxy_that_does_not_answer() -> None:
    """In a process of its own: niquests reads the environment's proxies once."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    clean = {k: v for k, v in os.environ.items() if k.lower() != "no_proxy" and "GRAFANA" not in k}
    result = subprocess.run(
        [sys.executable, "-m", "dashboards", "deploy", "--url", "http://grafana.invalid"],
        env={**clean, "http_proxy": f"http://127.0.0.1:{port}", "GRAFANA_TOKEN": "t"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert (result.returncode, result.stdout, result.stderr) == (
        1,
        "",
        "Error: The proxy on the way to http://grafana.invalid/ does not answer. Check HTTP_PROXY "
        "and HTTPS_PROXY, or name Grafana's host in NO_PROXY.\n",
    )


def test_a_server_that_stops_in_the_middle() -> None:
    """What was done is still said, and what was not."""
    with serving() as port:
        result = run("user-groups", "--url", f"http://127.0.0.1:{port}/stops", "--token", "t")
    assert result.exit_code == 1
    made, counted, error = result.output.splitlines()
    assert made.startswith("+ new      folder groupscope  ")
    assert counted.endswith(": 0 new, 0 changed, 0 same, 1 not tried")
    assert error.startswith("Error: The connection to ")


def _self_signed(directory: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


# --- the cassettes themselves ---------------------------------------------------------------------


def test_every_cassette_belongs_to_a_test() -> None:
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in CASSETTES.glob("*.yaml")} <= tests


@pytest.mark.parametrize("path", sorted(CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_cassettes_hold_no_secret_and_no_host(path: Path) -> None:
    text = path.read_text("utf-8")
    found = re.findall(
        r"(?i)authorization|cookie|bearer|basic |glsa_\w+|passw(?:or)?d\W*:|x-grafana|user-agent",
        text,
    )
    assert found == []
    assert set(re.findall(r"https?://[^\s\"'/\\]+", text)) == {"http://localhost:3000"}


# --- a real Grafana, now --------------------------------------------------------------------------


@pytest.mark.grafana
def test_the_catalog_deployed_twice_to_a_real_grafana(tmp_path: Path) -> None:
    """Copies under uids of their own: a Grafana in use keeps its boards."""
    if not os.environ.get("GRAFANA_URL"):
        pytest.skip("no GRAFANA_URL")
    address, login = split_url(os.environ["GRAFANA_URL"])
    user, password = os.environ.get("GRAFANA_USER"), os.environ.get("GRAFANA_PASSWORD")
    login = login or (user, password) if user and password else login
    grafana = Grafana(address, os.environ.get("GRAFANA_TOKEN") or login or pytest.fail("no login"))
    mark = uuid4().hex[:8]
    title = f"groupscope test {mark}"
    boards = [
        {**catalog.load(name), "uid": f"test-{mark}-{number}"}
        for number, name in enumerate(catalog.names())
    ]
    seen = []
    try:
        for number in (1, 2):
            # A cassette as a counter of requests.
            with vcr.use_cassette(str(tmp_path / f"{number}.yaml"), record_mode="all") as cassette:
                outcomes = list(deploy_all(grafana, boards, title, dry_run=False, message=MESSAGE))
            seen.append((outcomes, writes(cassette)))
    finally:
        grafana._client.folder.delete_folder(folder_uid(title))
    (first, first_writes), (second, second_writes) = seen
    assert {one.change for one in first} == {Change.NEW}
    assert len(first_writes) == len(boards) + 1
    assert {one.change for one in second} == {Change.SAME}
    assert second_writes == []
