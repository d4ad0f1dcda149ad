"""Tenants, tokens and passwords on the way to a real Prometheus, which are in no message."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from click.testing import CliRunner

from dashboards.commands.report import command
from tests.support.report_prometheus import openmetrics, serving

pytestmark = pytest.mark.prometheus

RANGE = ("--from", "2026-03-17T08:10", "--to", "2026-03-17T10:00")
TOKEN = "eyJ-of-a-test.0123456789"
PASSWORD = "open sesame"
# Of that password, by bcrypt.
HASH = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy"
TENANT = ("--header", "X-Scope-OrgID: lab")

# What Mimir and Loki answer without a tenant (pkg dskit, user.ErrNoOrgID), oauth2-proxy without a
# login, nginx with a wrong one.
NO_TENANT = (401, "text/plain; charset=utf-8", "no org id\n", {})
NO_TOKEN = (401, "text/plain", "Unauthorized\n", {"WWW-Authenticate": 'Bearer realm="x"'})
FORBIDDEN = (403, "application/json", json.dumps({"message": "no right to read"}), {})


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    history = openmetrics([("up", {"job": "hub"}, 1.0)])
    with serving(tmp_path_factory.mktemp("login"), history) as address:
        yield address


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """Yield the address of a Prometheus with a login of its own."""
    history = openmetrics([("up", {"job": "hub"}, 1.0)])
    web = f"basic_auth_users:\n  ann: {HASH}\n"
    with serving(tmp_path_factory.mktemp("locked"), history, web) as address:
        yield address


@contextmanager
def gate(upstream, allow):
    """Pass requests on to Prometheus, but those for which ``allow`` has an answer of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            refused = allow(self.headers)
            if refused:
                status, kind, text, more = refused
                content = text.encode()
            else:
                kept = {"Content-Type": self.headers.get("Content-Type", "")}
                answer = httpx.request(
                    self.command, upstream + self.path, content=body, headers=kept
                )
                status, kind, content = answer.status_code, "application/json", answer.content
                more = {}
            self.send_response(status)
            for name, value in {"Content-Type": kind, **more}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - the name that http.server asks for

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def by_tenant(headers):
    return None if headers.get("X-Scope-OrgID") == "lab" else NO_TENANT


def by_token(headers):
    if headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return NO_TOKEN if "bad" not in headers.get("Authorization", "") else FORBIDDEN


def report(url, folder, *arguments, **environment):
    board = {
        "title": "T",
        "panels": [
            {"type": "stat", "title": "Up", "targets": [{"expr": "sum(up)", "instant": True}]}
        ],
        "templating": {"list": [{"name": "j", "type": "query", "query": "label_values(up, job)"}]},
    }
    (folder / "t.json").write_text(json.dumps(board), "utf-8")
    result = CliRunner(env=environment).invoke(
        command,
        [str(folder / "t.json"), "--prometheus", url, *RANGE, "--output", str(folder / "t.html"),
         *map(str, arguments)],
    )  # fmt: skip
    for secret in (TOKEN, PASSWORD, "open%20sesame"):
        assert secret not in result.output
    return result


def made(result, folder):
    assert (result.exit_code, result.stderr) == (0, "")
    page = (folder / "t.html").read_text("utf-8")
    return 'class="number">1<' in page and "<dd>hub</dd>" in page and TOKEN not in page


def test_a_tenant_is_sent_with_every_request(upstream, tmp_path):
    with gate(upstream, by_tenant) as url:
        assert made(report(url, tmp_path, *TENANT), tmp_path)
        lines = "X-Scope-OrgID: lab\nX-Other: a: b\n"
        assert made(report(url, tmp_path, PROMETHEUS_HEADERS=lines), tmp_path)


def test_without_a_tenant_it_says_which_header_to_send(upstream, tmp_path):
    with gate(upstream, by_tenant) as url:
        result = report(url, tmp_path)
        assert result.exit_code == 1
        assert result.stderr == (
            f"Error: {url} keeps the data of several tenants, and the request names none "
            "(“no org id”). Name yours with --header 'X-Scope-OrgID: NAME', or in "
            "PROMETHEUS_HEADERS.\n"
        )
        # Something between them may drop it.
        later = report(url, tmp_path, "--header", "X-Scope-OrgID: other")
        assert "although X-Scope-OrgID was sent" in later.stderr


def test_a_token_from_a_file_or_the_environment(upstream, tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", "utf-8")
    with gate(upstream, by_token) as url:
        assert made(report(url, tmp_path, "--bearer-token-file", file), tmp_path)
        assert made(report(url, tmp_path, PROMETHEUS_BEARER_TOKEN_FILE=str(file)), tmp_path)
        assert made(report(url, tmp_path, PROMETHEUS_BEARER_TOKEN=TOKEN), tmp_path)
        authorization = f"Authorization: Bearer {TOKEN}"
        assert made(report(url, tmp_path, PROMETHEUS_HEADERS=authorization), tmp_path)


def test_no_token_a_wrong_one_and_one_without_the_right(upstream, tmp_path):
    with gate(upstream, by_token) as url:
        nobody = report(url, tmp_path)
        assert nobody.stderr == (
            f"Error: {url} asks for a login (HTTP 401). Give a token in a file, "
            "--bearer-token-file (PROMETHEUS_BEARER_TOKEN_FILE); or query Prometheus directly.\n"
        )
        wrong = report(url, tmp_path, PROMETHEUS_BEARER_TOKEN="other")
        assert "refuses the token (HTTP 401)." in wrong.stderr
        # The server's own words, without what was sent.
        denied = report(url, tmp_path, PROMETHEUS_BEARER_TOKEN="bad")
        assert "knows the login, but does not let it query (HTTP 403)." in denied.stderr
        assert denied.stderr.endswith("It says: no right to read\n")
        assert [it.exit_code for it in (nobody, wrong, denied)] == [1, 1, 1]
    echo = (403, "text/plain", f"not for {TOKEN}", {})
    with gate(upstream, lambda _: echo) as url:
        said = report(url, tmp_path, PROMETHEUS_BEARER_TOKEN=TOKEN)
        assert "It says: not for …" in said.stderr


def test_a_password_of_prometheus_own(locked, tmp_path):
    address = locked.replace("http://", "http://ann:open%20sesame@")
    assert made(report(address, tmp_path), tmp_path)
    wrong = report(locked.replace("http://", "http://ann:x@"), tmp_path)
    assert wrong.stderr == f"Error: {locked} refuses the user or the password (HTTP 401).\n"
    nobody = report(locked, tmp_path)
    assert nobody.stderr == (
        f"Error: {locked} asks for a login (HTTP 401). Give a user and a password in the address, "
        "PROMETHEUS_URL=https://user:password@host; or query Prometheus directly.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--header", "X-Scope-OrgID"], {}, "write it as NAME: VALUE"),
        (["--header", "X Y: z"], {}, "write it as NAME: VALUE"),
        (["--header", "X-Secret: "], {}, "the value of X-Secret is empty"),
        ([], {"PROMETHEUS_HEADERS": f"X-Secret: {TOKEN}\x07"}, "the value of X-Secret is empty"),
        (["--bearer-token-file", "none"], {}, "none: No such file or directory."),
        ([], {"PROMETHEUS_BEARER_TOKEN": f"{TOKEN} x"}, "holds characters that no token has"),
        ([], {"PROMETHEUS_BEARER_TOKEN": f"{TOKEN}é"}, "holds characters that no token has"),
        (
            ["--header", "authorization: Basic eA=="],
            {"PROMETHEUS_BEARER_TOKEN": TOKEN},
            "A bearer token and a login in --header: leave one out.",
        ),
        (
            ["--prometheus", "http://a:b@127.0.0.1:9"],
            {"PROMETHEUS_BEARER_TOKEN": TOKEN},
            "A bearer token and a login in the address: leave one out.",
        ),
        (["--ca-file", "none.pem"], {}, "none.pem: No such file or directory."),
    ],
)
def test_what_is_wrong_before_anything_is_sent(tmp_path, arguments, environment, said):
    result = report("http://127.0.0.1:9", tmp_path, *arguments, **environment)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_empty_token_file_is_an_error(tmp_path):
    (tmp_path / "token").write_text("\n", "utf-8")
    result = report("http://127.0.0.1:9", tmp_path, "--bearer-token-file", tmp_path / "token")
    assert (result.exit_code, "is empty: it must hold a token" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success"},
        {"status": "success", "data": None},
        {"status": "success", "data": {"resultType": "vector"}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": 1}]}},
        {"status": "success", "data": {"resultType": "vector", "result": 3}},
    ],
)
def test_an_answer_that_is_none_of_prometheus(upstream, tmp_path, body):
    answer = (200, "application/json", json.dumps(body), {})
    with gate(upstream, lambda _: answer) as url:
        result = report(url, tmp_path)
    assert result.exit_code == 1
    assert f"{url} answers, but not as Prometheus does" in result.stderr
