"""Servers that are not Grafana, and no server: each a sentence that says what to do next."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from dashboards.grafana import ConnectionOptions, Grafana, RetryPolicy, split_url
from dashboards.grafana.errors import GrafanaUnusableError
from tests.support.grafana_recorder import run as run_command

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


def run(*arguments: str):
    """Run deploy without asking again: these servers do not get better."""
    return run_command(*arguments, "--retries", "0")


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
        "large": (413, "text/html", "<html>Request Entity Too Large</html>"),
        "busy": (429, "text/html", "<html>Too Many Requests</html>"),
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
        ("page", "does not answer like Grafana: no settings"),
        ("missing", "does not answer like Grafana: status 404"),
        ("prometheus", "does not answer like Grafana: no settings"),
        ("json404", "does not answer like Grafana: status 404"),
        ("list", "does not answer like Grafana: no settings"),
        ("notjson", "does not answer like Grafana: no JSON"),
        ("proxy", "answers 502, and not in Grafana's way. Check that Grafana is up"),
        ("large", "takes no request as large as that to read Grafana's settings (413)"),
        ("busy", "answers 429: too many requests. Wait a while"),
        ("basic", "Something in front of Grafana at"),
        ("ill", "answers 500, database is locked. Look into Grafana's log"),
        ("login", "redirects to https://login.test/sign-in. Set GRAFANA_URL"),
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
        url, patience = f"http://127.0.0.1:{port}/slow/", RetryPolicy(timeout=0.2, attempts=1)
        grafana = Grafana(ConnectionOptions(url, "t", retry_policy=patience))
        with pytest.raises(GrafanaUnusableError, match=r"did not answer within 0\.2 s"):
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
        trusted = run(
            f"--url=https://127.0.0.1:{port}/page", "--token=t", f"--ca-file={tmp_path}/server.pem"
        )
    assert "does not answer like Grafana" in trusted.output
    assert result.exit_code == 1
    assert "is not trusted. Set --ca-file (or REQUESTS_CA_BUNDLE)" in result.output


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
        "Error: The proxy on the way to http://grafana.invalid/ does not answer. Check --proxy, or "
        "HTTP_PROXY and HTTPS_PROXY, or name Grafana's host in NO_PROXY.\n",
    )


def test_a_server_that_stops_in_the_middle() -> None:
    """What was done is still said, and what was not."""
    with serving() as port:
        url = f"http://127.0.0.1:{port}/stops"
        result = run("user-groups", "--raw", "--url", url, "--token", "t")
    assert result.exit_code == 1
    folder, board, counted, error = result.output.splitlines()
    assert folder.startswith("+ new      folder groupscope  ")
    assert board.startswith("+ new      User groups  ")
    assert counted.endswith(": 0 new, 0 changed, 0 same, 1 left to do")
    assert error.startswith("Error: The connection to ")


def _self_signed(directory: Path) -> Path:
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    loopback = x509.IPAddress(ip_address("127.0.0.1"))
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
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
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
