"""Deploying all boards to the Grafana at GRAFANA_URL: copies, with uids and a folder apart."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from dashboards import catalog
from dashboards.deploy import folder_uid
from dashboards.deploy.provenance import KEY, Ownership, content, ownership
from dashboards.grafana import ConnectionOptions, Grafana, split_url
from tests.support.grafana_proxy import Holding, proxying
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.grafana,
    pytest.mark.skipif("GRAFANA_URL" not in os.environ, reason="no GRAFANA_URL"),
]


# All boards of the catalog under other uids, so that a Grafana in use keeps its own.
COPIES = """
import sys
from dashboards import catalog
load = catalog.load
def copy(name, *given, **more):
    board = load(name, *given, **more)
    return {{**board, "uid": "{mark}-" + name}}
catalog.load = copy
from dashboards.cli import main
main()
"""


@dataclass(frozen=True)
class Live:
    address: str
    mark: str
    grafana: Grafana

    @property
    def folder(self) -> str:
        return f"groupscope test {self.mark}"

    def start(self, url: str, *options: str) -> subprocess.Popen[str]:
        code = COPIES.format(mark=self.mark)
        return subprocess.Popen(
            [sys.executable, "-c", code, "deploy", "--raw", "--folder", self.folder, *options],
            cwd=ROOT,
            env={**os.environ, "GRAFANA_URL": url, "NO_PROXY": "*"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def resource(self, version: str, uid: str) -> dict[str, Any]:
        """Return a dashboard as a resource of that version."""
        client = self.grafana._session._client
        path = f"apis/dashboard.grafana.app/{version}/namespaces/default/dashboards/{uid}"
        answer = client.s.get(f"{self.address}{path}", auth=client.auth)
        found: dict[str, Any] = answer.json()
        return found

    def deploy(self, url: str, *options: str) -> tuple[int, str]:
        process = self.start(url, *options)
        out, _ = process.communicate(timeout=300)
        return process.returncode, out


@pytest.fixture
def live() -> Iterator[Live]:
    address, login = split_url(os.environ["GRAFANA_URL"])
    user, password = os.environ.get("GRAFANA_USER"), os.environ.get("GRAFANA_PASSWORD")
    login = login or (user, password) if user and password else login
    credentials = os.environ.get("GRAFANA_TOKEN") or login or pytest.fail("no login")
    found = Live(address, uuid4().hex[:8], Grafana(ConnectionOptions(address, credentials)))
    yield found
    delete = f"/folders/{folder_uid(found.folder)}"
    if found.grafana.folder(folder_uid(found.folder)):
        found.grafana._session.request("delete the folder", "DELETE", delete)


def test_the_second_deploy_makes_no_write(live: Live) -> None:
    number = len(catalog.names())
    with proxying(live.address) as proxy:
        first = live.deploy(proxy.url)
        writes = [method for method, _ in proxy.seen if method != "GET"]
        second = live.deploy(proxy.url)
    assert first[0] == 0, first[1]
    assert writes == ["POST"] * (number + 1)
    assert second[1].splitlines()[-1].endswith(f": 0 new, 0 changed, {number} same")
    assert len([method for method, _ in proxy.seen if method != "GET"]) == number + 1


def test_what_grafana_keeps_is_what_was_sent(live: Live) -> None:
    live.deploy(live.address)
    for name in catalog.names():
        uid = f"{live.mark}-{name}"
        existing = live.grafana.dashboard(uid)
        assert existing is not None
        assert ownership(existing.content) is Ownership.AS_DEPLOYED
        assert content(existing.content) == {**catalog.load(name), "uid": uid}


@pytest.mark.parametrize("kills", [1, 2])
def test_killed_again_and_again_it_is_completed(live: Live, kills: int) -> None:
    number = len(catalog.names())
    for round_ in range(kills):
        holding = Holding()
        reads = [None] * (2 + number + (round_ > 0))
        with proxying(live.address, *reads, *[None] * (1 + round_), holding) as proxy:
            process = live.start(proxy.url)
            deadline = time.monotonic() + 60
            while process.poll() is None and not holding.reached.wait(0.1):
                assert time.monotonic() < deadline
            process.kill()
            process.wait()
            holding.go_on.set()
    code, out = live.deploy(live.address)
    assert code == 0, out
    found = live.grafana.dashboards(folder_uid=folder_uid(live.folder))
    uids = sorted(f"{live.mark}-{name}" for name in catalog.names())
    assert sorted(one.uid for one in found) == uids
    assert live.deploy(live.address)[1].splitlines()[-1].endswith(f", {number} same")


def test_grafana_12_takes_the_boards_over_as_they_are(live: Live) -> None:
    """Grafana 12 keeps dashboards as resources, converted when they are read.

    In ``v1beta1`` it is the classic model, brought to its newest schema: for ours that changes the
    schema's number, and fills in what is default.
    """
    live.deploy(live.address)
    for name in catalog.names():
        uid = f"{live.mark}-{name}"
        ours = {**catalog.load(name), "uid": uid}
        converted = live.resource("v1beta1", uid)["spec"]
        assert _bare(converted) == _bare(ours)
        assert live.resource("v2beta1", uid)["status"]["conversion"]["failed"] is False


def _bare(board: Any) -> Any:
    """Return a dashboard without what is default, or belongs to its place."""
    if isinstance(board, list):
        return [_bare(one) for one in board]
    if not isinstance(board, dict):
        return board
    places = {"uid", "schemaVersion", "fiscalYearStartMonth", "weekStart", "annotations", KEY}
    kept = {key: _bare(value) for key, value in board.items() if key not in places}
    return {key: value for key, value in kept.items() if value not in ([], {}, "")}
