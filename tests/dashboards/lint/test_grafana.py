"""Lint of a running Grafana: one dashboard that cannot be read does not hide the others."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.grafana_proxy import Passing, Proxy, proxying
from tests.support.grafana_recorder import Recorder
from tests.support.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.cassette]


@pytest.fixture
def recorder(monkeypatch):
    """Return what replays the answers that another test of lint recorded: three dashboards."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    found = Recorder("lint_looks_at_what_is_in_grafana")
    found.clear()
    found.has({**found.board, "panels": [{**found.board["panels"][0], "type": "stat"}]})
    yield found
    found.clear()


def not_acceptable(passing: Passing) -> bool:
    """Answer as a Grafana does that keeps a dashboard in a schema that its old API cannot give."""
    passing.asked()
    body = b'{"message": "dashboard api version not supported, use /apis/dashboard.grafana.app"}'
    passing.answer(406, "application/json", body)
    return True


def invalid(passing: Passing) -> bool:
    """Answer something that is no dashboard, for one dashboard."""
    passing.asked()
    passing.answer(200, "application/json", b"[]")
    return True


def lint(proxy: Proxy, token: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dashboards", "lint", "--grafana", "--format=json"]
    kept = {k: v for k, v in os.environ.items() if "GRAFANA" not in k}
    env = {**kept, "GRAFANA_URL": proxy.url, "GRAFANA_TOKEN": token}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("fault", [not_acceptable, invalid])
def test_one_that_cannot_be_read_is_named_and_the_others_are_linted(recorder, fault):
    token = recorder.login("Viewer")
    with recorder.playing(), proxying(recorder.base, None, None, fault) as proxy:
        result = lint(proxy, token)
    assert result.returncode == 1, result.stderr
    findings = json.loads(result.stdout)
    (unread,) = [each for each in findings if each["rule"] == "unread"]
    assert unread["source"].endswith("/d/groupscope-user-groups")
    others = {each["source"] for each in findings} - {unread["source"]}
    assert [each.rpartition("/")[2] for each in others] == [recorder.board["uid"]]


def test_if_nothing_can_be_read_it_exits_2(recorder):
    token = recorder.login("Viewer")
    faults = [not_acceptable] * 3
    with recorder.playing(), proxying(recorder.base, None, *faults) as proxy:
        result = lint(proxy, token)
    assert result.returncode == 2
    assert result.stderr.count("export it there, and name the file") == 3
