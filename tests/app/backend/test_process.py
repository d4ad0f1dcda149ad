"""The Grafana app's backend as a process: how it starts, and how it ends."""

import os
import re
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from harness.backend import GRAFANAS_OWN
from harness.hub import PATIENCE_SECONDS, running_hub, wait_for
from tests.support.hub import people
from tests.support.hub.certificates import signed_pair
from tests.support.hub.misbehaving import LEAST, Answer, misbehaving_hub, page
from tests.support.plugin_backend import PROGRAM, environment, form, lines, running_backend

pytestmark = pytest.mark.slow


def run(*args, **env):
    return subprocess.run(
        [*PROGRAM, *args],
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_by_hand_it_says_what_it_is():
    ended = run()
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        "Error: This is the backend of groupscope's Grafana app: Grafana starts it by itself, once "
        "the app's folder lies in its plugin folder. To serve Prometheus without Grafana, use "
        "groupscope-exporter.\n"
    )
    assert run("--help").stdout.startswith("Usage: gpx_groupscope")
    assert re.fullmatch(r"groupscope, version \S+\n", run("--version").stdout)


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"PLUGIN_PROTOCOL_VERSIONS": "3,4"}, "speaks version 3,4 of the plugin protocol"),
        ({"PLUGIN_CLIENT_CERT": "-----BEGIN"}, "asks for mutual TLS"),
        ({"GF_PLUGIN_LOG_LEVEL": "loud"}, "log_level in [plugin.groupscope-jupyterhub-app]"),
        ({"GF_PLUGIN_NAMES_FOR_VIEWERS": "2"}, "'2' is neither true nor false."),
    ],
)
def test_what_it_can_not_start_with(env, words):
    ended = run(**{**GRAFANAS_OWN, **env})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr


def test_the_health_that_go_plugin_asks_for(tmp_path):
    with running_backend(tmp_path) as backend:
        stub = health_pb2_grpc.HealthStub(backend.channel)
        answer = stub.Check(
            health_pb2.HealthCheckRequest(service="plugin"), timeout=PATIENCE_SECONDS
        )
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as caught:
            backend.channel.unary_unary("/pluginv2.Data/QueryData")(b"", timeout=PATIENCE_SECONDS)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_only_its_own_user_reaches_it(tmp_path):
    with running_backend(tmp_path) as backend:
        folder = Path(backend.address.removeprefix("unix:")).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_it_ends_when_asked_and_leaves_nothing(tmp_path):
    with running_backend(tmp_path) as backend:
        folder = Path(backend.address.removeprefix("unix:")).parent
        backend.channel.unary_unary("/plugin.GRPCController/Shutdown")(
            b"", timeout=PATIENCE_SECONDS
        )
        assert backend.process.wait(10) == 0
        assert not folder.exists()
        assert backend.process.stdout.read() == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, None)])
def test_signals(tmp_path, number, code):
    with running_backend(tmp_path) as backend:
        backend.process.send_signal(number)
        if code is None:
            # Ctrl-C is for Grafana, which then asks the backend to end.
            assert backend.health()[0] == "ERROR"
        else:
            assert backend.process.wait(10) == code


_GRAFANA = """
import subprocess, sys, time
backend = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
print(backend.pid, backend.stdout.readline().decode(), flush=True)
time.sleep(600)
"""


def test_it_ends_when_grafana_is_killed(tmp_path):
    grafana = subprocess.Popen(
        [sys.executable, "-c", _GRAFANA, *PROGRAM],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    with grafana:
        pid = int(grafana.stdout.readline().split()[0])
        os.kill(pid, 0)
        grafana.kill()
        wait_for(lambda: not _alive(pid), "the backend's end")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.hub
def test_killed_it_has_its_data_again_at_once_marked_as_stale(tmp_path):
    with running_hub(tmp_path, users=people.ALL, groups=people.GROUPS) as own:
        settings = form(own)
        with running_backend(tmp_path) as backend:
            first = backend.resource("groups", settings).json()
            assert first["stale"] is False
            wait_for(lambda: list((tmp_path / "state").iterdir()), "the file")
        own.stop()
        with running_backend(tmp_path) as backend:
            again = backend.resource("groups", settings, role="Viewer").json()
            assert again["groups"] == first["groups"]
            assert again["refreshed"] == first["refreshed"]
            assert again["stale"] is True
            wait_for(lambda: backend.resource("groups", settings).json()["error"], "a failure")
            told = backend.resource("groups", settings).json()
            assert told["error"].startswith("No connection to the hub")
            status, message, details = backend.health(settings)
            assert status == "ERROR"
            assert re.search(r"Still serving the data of \d+ s ago\.$", message)
            assert details["users"] == len(people.ALL)
            assert details["findings"][-1]["text"].startswith("Result: no fresh data (connect)")
            # Data that were read with other settings are not for new ones.
            other = settings[0], {"hubToken": "another"}
            assert backend.resource("groups", other, updated=2).status == 503


@pytest.mark.hub
def test_settings_of_grafana_ini(hub, tmp_path):
    token = tmp_path / "token"
    token.write_text(hub.tokens["full"])
    ini = {"hub_url": hub.api_url, "hub_token_file": str(token), "namespace": "jhub"}
    with running_backend(tmp_path, **ini, groups_deny="crowd") as backend:
        # Before anybody asks: Prometheus scrapes it without a context.
        wait_for(lambda: 'usergroup="staff"' in backend.metrics(), "the first refresh")
        assert 'usergroup="crowd"' not in backend.metrics()
        assert backend.resource("groups", None, org=1).json()["users"] == len(people.ALL)
        refreshes = [line for line in lines(backend) if "users" in line]
        assert len(refreshes) == 1  # One reading for all who have the same settings.
        # The form's hub never gets grafana.ini's token.
        status, message, _ = backend.health(({"hubUrl": "http://127.0.0.1:1/hub/api"}, {}), org=2)
        assert status == "ERROR"
        assert message.startswith("The hub's token is not set: give it in the same place")
        # What is not about the hub may come from both.
        found = backend.resource("groups", ({"groupsAllowed": ["staff"]}, {}), org=3).json()
        assert {group["name"] for group in found["groups"]} == {"staff", "none", "other"}


@pytest.mark.hub
def test_a_token_file_that_lacks_is_told_and_looked_at_again(hub, tmp_path):
    token = tmp_path / "token"
    ini = {"hub_url": hub.api_url, "hub_token_file": str(token), "namespace": "jhub"}
    with running_backend(tmp_path, **ini) as backend:
        got = backend.resource("groups")
        assert got.status == 503
        assert got.json()["error"].startswith(f"The file {token} can't be read")
        token.write_text(hub.tokens["full"])
        wait_for(lambda: backend.resource("groups").status == 200, "the file to be seen")


ANN = {"name": "ann", "groups": ["staff"]}


def test_a_slow_hub_keeps_nobody_waiting(tmp_path):
    with (
        misbehaving_hub(users=page(ANN, delay=5)) as (url, _),
        running_backend(tmp_path) as backend,
    ):
        settings = {"hubUrl": url, "namespace": "jhub"}, {"hubToken": "t"}
        got = backend.resource("groups", settings)
        assert got.status == 503
        assert got.headers["Retry-After"] == ["5"]
        assert got.json()["error"] == (
            "The hub is being read for the first time: ask again in a moment."
        )
        wait_for(lambda: backend.resource("groups", settings).status == 200, "the data")


def test_the_authority_of_the_form_is_trusted_and_no_other(tmp_path):
    files = signed_pair(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files["cert"], files["key"])
    (tmp_path / "other").mkdir()
    other = Path(signed_pair(tmp_path / "other")["ca"]).read_text()
    with misbehaving_hub(tls, users=page(ANN)) as (url, _), running_backend(tmp_path) as backend:

        def answer(authorities, org):
            secrets = {"hubToken": "t", "hubCa": authorities}
            return backend.resource(
                "groups", ({"hubUrl": url, "namespace": "jhub"}, secrets), org=org
            )

        assert answer(Path(files["ca"]).read_text(), 1).status == 200
        for org, authorities in enumerate(["", other], 2):
            got = answer(authorities, org)
            assert got.status == 503
            assert "No secure connection" in got.json()["error"]
        for org, authorities in enumerate(["no certificate", "keine Böse"], 4):
            got = answer(authorities, org)
            assert got.status == 503
            assert got.json()["error"].startswith("The certificate of the hub's authority")


def test_a_hub_that_is_back_is_green_at_once(tmp_path):
    answers = {"": Answer({"version": "6"}), "users": page(ANN)}
    answers["user"] = [Answer(b"", 503), Answer(b"", 503), Answer(LEAST)]
    with (
        misbehaving_hub(**answers) as (url, _),
        running_backend(tmp_path) as backend,
    ):
        settings = {"hubUrl": url, "namespace": "jhub"}, {"hubToken": "t"}
        assert backend.resource("groups", settings).status == 503
        status, message, _ = backend.health(settings)
        assert (status, "503" in message) == ("ERROR", True)
        # The next try by itself would be in half a minute or more.
        status, message, details = backend.health(settings)
        assert (status, details["users"]) == ("OK", 1), message
        assert backend.resource("groups", settings).json()["stale"] is False
