"""The exporter as a process: its settings, its end, its log. The hub here is a stand-in."""

import json
import signal
import socket
import ssl
import subprocess
import sys
from datetime import datetime

import httpx
import pytest

from harness.hub import PATIENCE_SECONDS, wait_for
from harness.processes import surroundings
from tests.support.hub.certificates import signed_pair
from tests.support.hub.exporting import OWN, exporter
from tests.support.hub.misbehaving import Answer, misbehaving_hub, page

pytestmark = pytest.mark.slow

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


def test_by_environment_on_every_address_with_a_token(hub_url, tmp_path):
    """Somebody at another address sees no name without the token, with it all of them."""
    readers = tmp_path / "readers"
    readers.write_text("reader-1\n")
    env = {"HUB_URL": hub_url, "HUB_TOKEN": TOKEN, "NAMESPACE": "a", "PORT": "0", "HOST": "0.0.0.0"}
    env["AUTH_TOKEN_FILE"] = str(readers)
    with exporter(**{f"GROUPSCOPE_{name}": text for name, text in env.items()}) as running:
        running.wait_for_log("Refreshed in")
        port = running.url.rsplit(":", 1)[1]
        for host in {"127.0.0.1", own_address()}:
            with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False) as client:
                for path in ("/metrics", "/", "/healthz", "/readyz", "/metrics/", "/debug"):
                    for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
                        answer = client.get(path, headers=headers)
                        assert "ann" not in answer.text
                        assert (answer.status_code == 401) == (path == "/metrics")
                right = {"Authorization": "Bearer reader-1"}
                assert 'username="ann"' in client.get("/metrics", headers=right).text
                readers.write_text("reader-2\nreader-1\n")
                second = {"Authorization": "Bearer reader-2"}
                assert 'username="ann"' in client.get("/metrics", headers=second).text
                readers.write_text("reader-1\n")
        assert "reader-1" not in running.log


def own_address():
    """Return an address of this machine that is not loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            # Nothing is sent; it only chooses an address. 192.0.2.1 is nobody's.
            udp.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return udp.getsockname()[0]


def test_on_every_address_without_access_control_it_refuses_to_start(hub_url):
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "--hub-url", hub_url, "--namespace", "a"],
        env=surroundings(GROUPSCOPE_HUB_TOKEN=TOKEN, GROUPSCOPE_HOST="0.0.0.0"),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: 0.0.0.0 is not a loopback address, and the page holds")
    assert len(done.stderr.splitlines()) == 1


def test_by_file(hub_url, tmp_path):
    (tmp_path / "token").write_text(TOKEN)
    file = tmp_path / "exporter.toml"
    file.write_text(
        f"hub_url = {json.dumps(hub_url)}\nhub_token_file = {json.dumps(str(tmp_path / 'token'))}\n"
        'namespace = "a"\nport = 0\nlog_level = "debug"\nlog_format = "human"\n'
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
        "import exporter.hub.client as h, exporter.cli as c\n"
        "async def snapshot(self, now): raise ZeroDivisionError('a fault')\n"
        "h.Hub.snapshot = snapshot\n"
        "c.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken, "--hub-url", hub_url, "--namespace", "a", "--port", "0"],
        env=surroundings(GROUPSCOPE_HUB_TOKEN=TOKEN),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 1
    assert "ZeroDivisionError: a fault" in done.stderr
    assert TOKEN not in done.stderr


def test_a_taken_port_is_told_in_one_sentence(hub_url):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "exporter", "--hub-url", hub_url, "--namespace", "a"],
            env=surroundings(GROUPSCOPE_HUB_TOKEN=TOKEN, GROUPSCOPE_PORT=str(port)),
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: Can't listen on 127.0.0.1 port {port} (Address already in use): "
        "choose others with --host and --port.\n"
    )


def log_lines(running):
    return [json.loads(line) for line in running.log.splitlines()]


def test_without_a_terminal_the_log_is_json_one_line_a_refresh(hub_url):
    flags = ("--hub-url", hub_url, "--namespace", "a", "--port", "0", "--interval", "1")
    with exporter(*flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
        wait_for(lambda: running.log.count("Refreshed in") == 2, "two refreshes")
        lines = log_lines(running)
    assert [line["message"].split()[0] for line in lines[:3]] == [
        "Serving",
        "Refreshed",
        "Refreshed",
    ]
    assert lines[1] | {"timestamp": "", "duration": 0, "message": ""} == {
        "timestamp": "",
        "level": "INFO",
        "message": "",
        "duration": 0,
        "users": 1,
        "groups": 1,
        "memberships": 1,
    }
    assert datetime.fromisoformat(lines[1]["timestamp"]).tzinfo


def test_a_changed_token_file_is_read_without_a_restart(tmp_path):
    file = tmp_path / "token"
    file.write_text("first")
    with (
        misbehaving_hub(users=page(ANN)) as (url, seen),
        exporter(
            *("--hub-url", url, "--hub-token-file", str(file), "--namespace", "a"),
            *("--port", "0", "--interval", "1"),
        ) as running,
    ):
        running.wait_for_log("Refreshed in")
        file.unlink()
        running.wait_for_log("Refresh failed (auth)")
        file.write_text("second")
        wait_for(lambda: "Bearer second" in {h["Authorization"] for _, h in seen}, "the new token")
        running.wait_for_log("Before, it failed")
        assert "first" not in running.log
        assert "second" not in running.log


def test_a_restart_serves_the_state_while_the_hub_is_down(tmp_path):
    state = tmp_path / "state"
    flags = ("--namespace", "a", "--port", "0", "--state-file", str(state))
    with misbehaving_hub(users=page(ANN)) as (url, _):
        with exporter("--hub-url", url, *flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
            wait_for(state.exists, "the state file")
            assert running.end() == 0
        assert state.stat().st_mode & 0o777 == 0o600
    with exporter("--hub-url", url, *flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
        running.wait_for_log("Refresh failed (connect)")
        assert members(running) == 1
        assert running.get("/readyz").status_code == 200
        assert "from the state file" in running.log
    state.write_text("broken")
    with exporter("--hub-url", url, *flags, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
        running.wait_for_log("is ignored")
        running.wait_for_log("Refresh failed (connect)")
        assert running.get("/readyz").status_code == 503


def test_sigterm_ends_a_scrape_under_way_cleanly():
    """A scrape is being read slowly as the signal comes: it gets its whole page."""
    crowd = page(*({**ANN, "name": f"user-{n}"} for n in range(20_000)), total=20_000)
    with (
        misbehaving_hub(users=crowd) as (url, _),
        exporter(
            "--hub-url", url, "--namespace", "a", "--port", "0", GROUPSCOPE_HUB_TOKEN=TOKEN
        ) as running,
        httpx.Client(trust_env=False, headers={"Accept-Encoding": "identity"}) as client,
    ):
        running.wait_for_log("Refreshed in")
        with client.stream("GET", f"{running.url}/metrics") as answer:
            parts = answer.iter_raw(100_000)
            body = next(parts)
            running.process.send_signal(signal.SIGTERM)
            body += b"".join(parts)
        assert len(body) == int(answer.headers["Content-Length"]) > 4_000_000
        assert running.process.wait(PATIENCE_SECONDS) == 0


def test_https(hub_url, tmp_path):
    pair = signed_pair(tmp_path)
    flags = ("--hub-url", hub_url, "--namespace", "a", "--port", "0")
    tls = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"])
    with exporter(*flags, *tls, GROUPSCOPE_HUB_TOKEN=TOKEN) as running:
        running.wait_for_log("Refreshed in")
        assert running.url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=pair["ca"])
        with httpx.Client(verify=trusting, trust_env=False) as client:
            assert 'username="ann"' in client.get(f"{running.url}/metrics").text
            with pytest.raises(httpx.TransportError):
                client.get(f"{running.url}/metrics".replace("https", "http"))
        assert running.end() == 0
    assert "Traceback" not in running.log


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--hub-token-file", "/no/such"), "The file /no/such can't be read (No such file or"),
        (("--hub-ca-file", "/no/such"), "The file /no/such can't be read (No such file or"),
        (("--auth-token-file", "/no/such"), "The file /no/such can't be read (No such file or"),
        (
            ("--tls-cert-file", "/no/such", "--tls-key-file", "/no/such"),
            "The file /no/such can't be read (No such file or",
        ),
        (("--state-file", "/no/such/state"), "The state file /no/such/state can't be written"),
    ],
)
def test_files_that_cannot_be_used_are_told_at_the_start(hub_url, flags, message):
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "--hub-url", hub_url, "--namespace", "a", *flags],
        env=surroundings(
            **({} if "--hub-token-file" in flags else {"GROUPSCOPE_HUB_TOKEN": TOKEN})
        ),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {message}")
    assert len(done.stderr.splitlines()) == 1
