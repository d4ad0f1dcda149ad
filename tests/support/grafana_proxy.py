"""A proxy in front of a Grafana, real or replayed, that makes happen what cannot be ordered there.

A command in a process of its own talks to it. What it passes on goes through the test's cassette,
so the answers are a real Grafana's; the faults are its own.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import niquests

Fault = Callable[["Passing"], bool]
"""Does something to a request, and tells whether that was all: else it is passed on."""


class Proxy(ThreadingHTTPServer):
    """Passes requests on to ``upstream``, each after the fault that is next in line, if one is.

    It takes Grafana to be ``below`` a path, or what a client asks a proxy for.
    """

    daemon_threads = True

    def __init__(self, upstream: str, faults: list[Fault | None]) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.upstream = upstream
        self.faults = faults
        self.seen: list[tuple[str, str]] = []
        self.one_at_a_time = threading.Lock()
        self.below = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that go away: that is what some tests are about."""


class Passing(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        with self.server.one_at_a_time:
            number = len(self.server.seen)
            self.server.seen.append((self.command, self.path))
        fault = self.server.faults[number] if number < len(self.server.faults) else None
        if fault is not None and fault(self):
            return
        self.answer(*self.asked())

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - http.server's names

    def asked(self) -> tuple[int, str, bytes]:
        """Return what the Grafana answers."""
        with self.server.one_at_a_time:
            answer = niquests.request(
                self.command,
                self.server.upstream + self.path.removeprefix(self.server.below).removeprefix("/"),
                data=self.body or None,
                headers={
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() in ("authorization", "content-type")
                },
                timeout=20,
            )
        return (
            int(answer.status_code or 0),
            str(answer.headers.get("Content-Type") or ""),
            answer.content or b"",
        )

    def answer(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxying(upstream: str, *faults: Fault | None) -> Iterator[Proxy]:
    """Run a proxy; the first fault is for the first request, and so on."""
    with Proxy(upstream, list(faults)) as proxy:
        threading.Thread(target=proxy.serve_forever, args=[0.02], daemon=True).start()
        yield proxy
        proxy.shutdown()


def busy(passing: Passing) -> bool:
    """Answer 429 as Grafana does, with a wait of no time."""
    body = b'{"message": "Too many requests"}'
    passing.answer(429, "application/json", body, Retry_After="0")
    return True


def bad_gateway(passing: Passing) -> bool:
    """Answer as a proxy does that cannot reach Grafana."""
    passing.answer(502, "text/html", b"<html>Bad Gateway</html>")
    return True


def locked(passing: Passing) -> bool:
    """Answer as a Grafana does whose database is busy."""
    passing.answer(500, "application/json", b'{"message": "database is locked"}')
    return True


def hang_up(passing: Passing) -> bool:
    """Close the connection without an answer."""
    passing.close_connection = True
    return True


def lose_the_answer(passing: Passing) -> bool:
    """Let Grafana do it, and close the connection."""
    passing.asked()
    passing.close_connection = True
    return True


def slow(passing: Passing) -> bool:
    """Do not answer; wait until the client has given up."""
    while passing.connection.recv(1 << 16):
        pass
    passing.close_connection = True
    return True


class Holding:
    """Let Grafana do it, and keep the answer until the test has done what it wants to do.

    Then it is lost, unless the client is to have it.
    """

    def __init__(self, *, answers: bool = False) -> None:
        self.answers = answers
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, passing: Passing) -> bool:
        answer = passing.asked()
        self.reached.set()
        self.go_on.wait(30)
        if self.answers:
            passing.answer(*answer)
        else:
            passing.close_connection = True
        return True
