"""The exporter as a process: its settings, its end, its log. The hub here is a stand-in."""

import json
import signal
import socket
import subprocess
import sys

import pytest

from tests.hub.exporting import OWN, environment, exporter
from tests.hub.misbehaving import Answer, misbehaving_hub, page

TOKEN = "s3cret-0123456789"
ANN = {"name": "ann", "groups": ["staff"], "last_activity": None}


@pytest.fixture(scope="module")
def hub_url():
    with misbehaving_hub(users=page(ANN)) as (url, _):
        yield url


def members(running, group="staff"):
    found = running.samples()["jupyterhub_group_members"]
    return next(number for labels, number in found if labels["usergroup"] == group)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_by_flags_and_a_clean_end(hub_url, number):
    flags = ("--hub-url", hub_url, "--hub-token", TOKEN, "--namespace", "a", "--port", "0")
    with exporter(*flags) as running:
        running.wait_for_log("Refreshed in")
        assert members(running) == 1
        assert running.end(number) == 0
    assert "Traceback" not in running.log
    assert TOKEN not in running.log
    assert "ann" not in running.log
    assert "WARNING" not in running.log


def test_by_environment_on_every_address_warns_once(hub_url):
    env = {"HUB_URL": hub_url, "HUB_TOKEN": TOKEN, "NAMESPACE": "a", "PORT": "0", "HOST": "0.0.0.0"}
    with exporter(**{f"GROUPSCOPE_{name}": text for name, text in env.items()}) as running:
        running.wait_for_log("Refreshed in")
        assert running.log.count("The page holds usernames") == 1
        assert members(running) == 1


def test_by_file(hub_url, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    file = tmp_path / "exporter.toml"
    file.write_text(
        f"hub_url = {json.dumps(hub_url)}\nhub_token_file = {json.dumps(str(tmp_path / 'token'))}\n"
        'namespace = "a"\nport = 0\nlog_level = "debug"\n'
    )
    with exporter("--config", str(file)) as running:
        running.wait_for_log("Refreshed in")
        assert members(running) == 1
        assert TOKEN not in running.log


def test_a_bad_token_at_the_start_does_not_end_it():
    refusal = Answer({"message": "Missing or invalid credentials."}, 403)
    with (
        misbehaving_hub(user=refusal) as (url, _),
        exporter(
            "--hub-url", url, "--namespace", "a", "--port", "0", GROUPSCOPE_HUB_TOKEN=TOKEN
        ) as running,
    ):
        running.wait_for_log("Refresh failed (auth). The hub refuses the token (403)")
        found = running.samples()
        assert ({"reason": "auth"}, 1.0) in found[f"{OWN}refresh_failures_total"]
        assert found[f"{OWN}hub_reachable"] == [({}, 1.0)]
        assert "jupyterhub_user_group_info" not in found
        assert running.process.poll() is None
        assert TOKEN not in running.log


def test_a_fault_of_the_program_ends_it_with_its_traceback(hub_url):
    """A refresher that dies must not leave a server that looks alive."""
    broken = (
        "import exporter.hub as h, exporter.cli as c\n"
        "async def snapshot(self, now): raise ZeroDivisionError('a fault')\n"
        "h.Hub.snapshot = snapshot\n"
        "c.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, "--hub-url", hub_url, "--namespace", "a", "--port", "0"],
        env=environment(GROUPSCOPE_HUB_TOKEN=TOKEN),
        capture_output=True,
        check=False,
        text=True,
        timeout=15,
    )
    assert done.returncode == 1
    assert "ZeroDivisionError: a fault" in done.stderr
    assert TOKEN not in done.stderr


def test_a_taken_port_is_told_in_one_sentence(hub_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "exporter", "--hub-url", hub_url, "--namespace", "a"],
            env=environment(GROUPSCOPE_HUB_TOKEN=TOKEN, GROUPSCOPE_PORT=str(port)),
            capture_output=True,
            check=False,
            text=True,
            timeout=15,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: Can't listen on 127.0.0.1 port {port} (Address already in use): "
        "choose others with --host and --port.\n"
    )
