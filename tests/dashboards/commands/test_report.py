"""``python -m dashboards report`` without a Prometheus: what it says, and how it exits."""

import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from click.testing import CliRunner

from dashboards.commands.report import command
from dashboards.evaluate.errors import QueryError
from dashboards.evaluate.prometheus import Prometheus

pytestmark = pytest.mark.slow


def run(*arguments, **environment):
    return CliRunner(env=environment).invoke(command, [str(a) for a in arguments])


@pytest.fixture
def closed_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        # Bound but not listening: nobody else gets it, and connections are refused.
        yield listening.getsockname()[1]


@pytest.fixture
def stranger():
    """Yield a function that starts a web server which always answers the same, by its address."""
    servers = []

    def start(status, kind, body):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Location", "/login")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_no_server(closed_port, tmp_path):
    address = f"http://me:secret@127.0.0.1:{closed_port}"
    result = run("user-groups", "--prometheus", address, "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: No Prometheus answers at http://127.0.0.1:{closed_port} "
        "(connection refused). Start it, or name another with --prometheus or PROMETHEUS_URL.\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_host_that_there_is_not(tmp_path):
    result = run("--prometheus", "http://grafana.invalid", "--output", tmp_path)
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: No host is called grafana.invalid. Check --prometheus or PROMETHEUS_URL.\n"
    )


def test_a_server_without_a_certificate(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer():
            connection, _ = plain.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        address = f"https://127.0.0.1:{plain.getsockname()[1]}"
        result = run("--prometheus", address, "--output", tmp_path)
    assert result.exit_code == 1
    assert f"Error: {address} does not speak TLS (WRONG_VERSION_NUMBER)." in result.stderr


def test_a_server_that_does_not_answer(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        result = run("--prometheus", address, "--timeout", 0.2, "--output", tmp_path)
        assert result.exit_code == 1
        assert result.stderr == (
            f"Error: {address} takes the question but does not answer in time. "
            "Is it Prometheus? If it is only slow, give it a longer --timeout.\n"
        )
        with httpx.Client(timeout=0.2) as client, pytest.raises(QueryError, match="took too long"):
            Prometheus(client, address).instant("up", None)


def test_the_address_may_come_from_the_environment(closed_port):
    result = run(PROMETHEUS_URL=f"http://127.0.0.1:{closed_port}")
    assert f"No Prometheus answers at http://127.0.0.1:{closed_port}" in result.stderr


@pytest.mark.parametrize(
    ("status", "kind", "body", "words"),
    [
        (
            200,
            "text/html",
            b"<html>hub</html>",
            "answers, but not as Prometheus does (HTTP 200, text/html)",
        ),
        (
            200,
            "application/json",
            b'{"users": []}',
            "not as Prometheus does (HTTP 200, application/json)",
        ),
        (404, "text/plain", b"404", "not as Prometheus does (HTTP 404, text/plain)"),
        (302, "text/html", b"", "not as Prometheus does (HTTP 302, text/html)"),
        (401, "text/html", b"", "asks for a login (HTTP 401)"),
        (502, "text/html", b"bad gateway", "The proxy before Prometheus says HTTP 502"),
    ],
)
def test_a_server_that_is_not_prometheus(stranger, status, kind, body, words):
    result = run("--prometheus", stranger(status, kind, body))
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["no-such-board"], "No board 'no-such-board'. There are: home, user-groups"),
        (["--prometheus", "localhost:9090"], "is no address"),
        (["--prometheus", "http://[::1"], "is no address"),
    ],
)
def test_what_is_wrong_before_anything_is_asked(arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "address",
    [
        "me:pw-secret@127.0.0.1:9090",
        "http://me:pw-secret@:9090",
        "http://me:pw-secret@host:port",
        "http//me:pw-secret@h",
        "http://me:12@pw-secret@h:port",
        # What ends an address' authority too early: host me, port 12.
        "http://me:12/pw-secret@127.0.0.1:9090",
        "http://me:12#pw-secret@127.0.0.1:9090",
        "http://me:12?pw-secret@127.0.0.1:9090",
    ],
)
def test_a_malformed_address_keeps_its_password(address):
    result = run("--prometheus", address)
    assert result.exit_code == 2
    assert "me:" not in result.stderr
    assert "pw-secret" not in result.stderr
    assert "percent-encode @ : / # ? (%40 %3A %2F %23 %3F)" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "yesterday"], "'yesterday' is no time."),
        (["--from", "now", "--to", "now-1d"], "before it begins"),
        (["--var", "group"], "'group' is not NAME=VALUE"),
    ],
)
def test_ranges_and_variables_that_cannot_be_read(stranger, arguments, words):
    body = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
    result = run("user-groups", "--prometheus", stranger(200, "application/json", body), *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_ctrl_c_ends_it_with_a_sentence(tmp_path):
    # Where a shell starts a job in the background, Python ignores SIGINT unless it is set.
    script = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from dashboards.cli import main\n"
        "main()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-c", script, "report", "--prometheus", address, "--output", tmp_path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "Interrupted.\n"


def test_help_does_not_wait_for_matplotlib():
    script = (
        "import sys\n"
        "from dashboards.cli import cli\n"
        "try: cli(['report', '--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "assert 'matplotlib' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert "--prometheus" in finished.stdout


@pytest.mark.parametrize("module", ["matplotlib", "numpy"])
def test_without_its_extra_it_says_what_to_install(module):
    # A real Python that has everything but this module: its finder is taken out.
    script = (
        "import sys, importlib.abc\n"
        "class Without(importlib.abc.MetaPathFinder):\n"
        "    def __init__(self, other): self.other = other\n"
        "    def __getattr__(self, name): return getattr(self.other, name)\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name.partition('.')[0] == '{module}': return None\n"
        "        return self.other.find_spec(name, *rest)\n"
        "sys.meta_path[:] = [Without(f) for f in sys.meta_path if hasattr(f, 'find_spec')]\n"
        "from dashboards.cli import cli\n"
        "cli(['report', '--prometheus', 'http://127.0.0.1:9'])\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert finished.returncode == 2
    assert finished.stderr == (
        f"Error: This needs the extra report of groupscope ({module} is not installed): "
        "pip install 'groupscope[report]', or pip install '.[report]' in a clone.\n"
    )
