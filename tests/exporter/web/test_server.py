"""The listener bears visitors that are many, idle, slow or broken, and ends in time."""

import asyncio
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporter.config.files import Incident
from exporter.config.settings import SettingsError
from exporter.web import server
from exporter.web.auth import Open
from exporter.web.routes import create_app
from harness.hub import PATIENCE_SECONDS, wait_for
from harness.processes import surroundings
from tests.support.hub.certificates import signed_pair
from tests.support.hub.exporting import Exporter
from tests.support.hub.misbehaving import LEAST, Answer, misbehaving_hub, page

pytestmark = pytest.mark.slow

ANN = {"name": "ann", "groups": ["staff"], "last_activity": None}
# More than the kernel's buffers hold: 4.7 MB plain.
CROWD = page(*({**ANN, "name": f"user-{n}"} for n in range(20_000)), total=20_000)
HALF = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: "
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
UNREAD = "An answer was not read within 1 s"


@pytest.fixture(scope="module")
def hub_url():
    with misbehaving_hub(users=page(ANN)) as (url, _):
        yield url


@pytest.fixture(scope="module")
def crowded_url():
    with misbehaving_hub(users=CROWD) as (url, _):
        yield url


@contextmanager
def exporter(url, *flags, open_files=None, **limits):
    """Start the exporter with other limits than its own; it has read the hub."""
    code = (
        "import exporter.cli, exporter.web.server as server\n"
        f"vars(server).update({limits!r})\n"
        "exporter.cli.main()\n"
    )
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, before[1]))
    try:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", code, "--hub-url", url, "--namespace", "a", "--port", "0"),
                *flags,
            ],
            env=surroundings(GROUPSCOPE_HUB_TOKEN="s3cret"),
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    running = Exporter(process)
    try:
        running.wait_for_log("Refreshed in")
        yield running
    finally:
        running.close()


class Visitors:
    """Connections to the exporter that send what they are told to, and read nothing else."""

    def __init__(self, running):
        self._address = ("127.0.0.1", int(running.url.rsplit(":", 1)[1]))
        self.sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in self.sockets:
            each.close()

    def come(self, sends=b""):
        visitor = socket.socket()
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        visitor.settimeout(PATIENCE_SECONDS)
        visitor.connect(self._address)
        visitor.sendall(sends)
        self.sockets.append(visitor)
        return visitor

    def stay(self):
        """Return who is still connected, without waiting."""
        return [each for each in self.sockets if not is_ended(each)]


def get(running, path):
    """Return the answer, on a connection of its own: one that is kept is an idle one."""
    return httpx.get(f"{running.url}{path}", trust_env=False, verify=False)


def is_ended(connection):
    connection.setblocking(False)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        connection.settimeout(PATIENCE_SECONDS)


def trickle(connection, part, pause=0.0):
    for _ in range(200):
        connection.sendall(part)
        time.sleep(pause)


def rest(connection):
    """Return all that comes until the end; fail if there is none."""
    found = bytearray()
    try:
        while part := connection.recv(2**20):
            found += part
    except ConnectionError:
        pass
    return bytes(found)


def is_whole(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    return len(body) == int(re.search(rb"content-length: (\d+)", head.lower())[1])


def count(running, text):
    return running.log.count(text)


def most_memory(running):
    """Return the most that the process has had in memory, in bytes."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize("sends", [b"", HALF])
@pytest.mark.parametrize("secure", [False, True])
def test_idle_connections_are_not_in_the_way(hub_url, tmp_path, sends, secure):
    """Scrapes are answered and the hub is read beside a hundred who send no whole request.

    They are more than the files that the process was given to open, and fewer than it may have.
    """
    pair = signed_pair(tmp_path)
    tls = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"]) if secure else ()
    flags = (*tls, "--interval", "1")
    with exporter(hub_url, *flags, open_files=64) as running, Visitors(running) as idle:
        for _ in range(100):
            idle.come(sends)
        for path in ("/metrics", "/healthz", "/readyz"):
            assert get(running, path).status_code == 200
        before = count(running, "Refreshed in")
        wait_for(lambda: count(running, "Refreshed in") > before + 1, "two refreshes")
        assert running.end() == 0
    assert "Refresh failed" not in running.log
    assert "WARNING" not in running.log
    assert "Traceback" not in running.log


def test_no_open_file_at_all_is_told_once(hub_url):
    with exporter(hub_url) as running, Visitors(running) as visitors:
        pid = running.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = max(int(each.name) for each in Path(f"/proc/{pid}/fd").iterdir()) + 1
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used, limits[1]))
        waiting = [visitors.come(REQUEST) for _ in range(5)]
        running.wait_for_log("No connection can be accepted (Too many open files)")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
        # asyncio tries again after a second.
        assert waiting[-1].recv(15) == b"HTTP/1.1 200 OK"
        assert running.end() == 0
    assert count(running, "No connection can be accepted") == 1
    assert "Traceback" not in running.log


@pytest.mark.parametrize("extra", [b"", b"Connection: close\r\n"])
@pytest.mark.parametrize("secure", [False, True])
def test_answers_have_a_deadline(crowded_url, tmp_path, extra, secure):
    flags = ()
    if secure:
        pair = signed_pair(tmp_path)
        flags = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"])
    request = REQUEST.replace(b"\r\n\r\n", b"\r\n" + extra + b"\r\n")
    with (
        exporter(crowded_url, *flags, ANSWER_SECONDS=1.0) as running,
        Visitors(running) as visitors,
    ):
        visitor = visitors.come(b"" if secure else request)
        if secure:
            trusting = ssl.create_default_context(cafile=pair["ca"])
            visitor = trusting.wrap_socket(visitor, server_hostname="127.0.0.1")
            visitors.sockets[:] = [visitor]
            visitor.sendall(request)
        running.wait_for_log(UNREAD)
        with suppress(ssl.SSLEOFError):
            assert not is_whole(rest(visitor))
        assert running.get("/metrics").status_code == 200
        assert running.end() == 0
    assert count(running, UNREAD) == 1
    assert "Traceback" not in running.log


def test_slow_readers_pin_few_pages(crowded_url):
    """Each refresh makes a page of 5 MB, and each of them has a reader that does not read it."""
    flags = ("--interval", "1")
    with exporter(crowded_url, *flags, ANSWER_SECONDS=1.0) as running:
        with Visitors(running) as visitors:
            wait_for(lambda: count(running, "Refreshed in") == 3, "three refreshes")
            before = most_memory(running)
            for number in range(4, 10):
                visitors.come(REQUEST)
                wait_for(lambda n=number: count(running, "Refreshed in") >= n, "a refresh")
            assert most_memory(running) - before < 18_000_000
        assert running.end() == 0


def test_sigterm_ends_the_process_in_time(crowded_url):
    """Whoever sends half a request, or does not read an answer, is not waited for."""
    with exporter(crowded_url, GRACE_SECONDS=1) as running, Visitors(running) as visitors:
        visitors.come(HALF)
        for _ in range(3):
            assert visitors.come(REQUEST).recv(15) == b"HTTP/1.1 200 OK"
        assert running.end() == 0
    # uvicorn's words.
    assert count(running, "Cancel 3 running task(s), timeout graceful shutdown exceeded") == 1
    assert count(running, "ERROR") == 1
    assert "WARNING" not in running.log
    assert "Traceback" not in running.log


def test_sigterm_amid_a_check_of_a_token():
    """The hub hangs as a token is checked, so that there is no answer yet to cut off."""
    slow = [Answer(LEAST), Answer(LEAST, delay=8)]
    with misbehaving_hub(users=page(ANN), user=slow) as (url, seen):
        with (
            exporter(url, "--auth", "hub", GRACE_SECONDS=1) as running,
            Visitors(running) as visitors,
        ):
            before = len(seen)
            visitors.come(REQUEST.replace(b"X", b"x").replace(b"\r\n\r\n", b"\r\n" + TOKEN))
            wait_for(lambda: len(seen) > before, "the question")
            assert running.end() == 0
        assert count(running, "ERROR") == 1
        assert "Traceback" not in running.log


TOKEN = b"Authorization: Bearer " + b"t" * 32 + b"\r\n\r\n"


def test_broken_visitors_leave_no_line(crowded_url):
    """No HTTP, a body that breaks off after its answer, and an end amid an answer."""
    chunked = b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with exporter(crowded_url) as running, Visitors(running) as visitors:
        before = running.log
        assert rest(visitors.come(b"\x00\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        broken = visitors.come(chunked)
        assert broken.recv(17) == b"HTTP/1.1 405 Meth"
        broken.sendall(b"no number\r\n")
        rest(broken)
        for number in range(30):
            leaving = visitors.come(REQUEST)
            leaving.recv(100_000)
            if number >= 20:
                # Then the exporter has sent all that it can, and waits.
                assert running.get("/healthz").status_code == 200
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            leaving.close()
        visitors.sockets.clear()
        assert running.get("/healthz").status_code == 200
        assert running.log == before
        assert running.end(signal.SIGINT) == 0


def test_a_head_without_end_is_not_kept(hub_url):
    """httptools, which uvicorn would take where it is installed, keeps heads of any size."""
    with exporter(hub_url) as running, Visitors(running) as visitors:
        before = most_memory(running)
        visitor = visitors.come(HALF)
        with pytest.raises(ConnectionError):
            trickle(visitor, b"x" * 2**20)
        assert most_memory(running) - before < 10_000_000


def test_the_servers_parser_headers_and_proxies():
    made = server.config(create_app(None, Open()))
    assert made.http_protocol_class is H11Protocol
    assert made.encoded_headers == []
    assert not made.proxy_headers
    assert made.ssl is None
    with server.listen("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_of_ipv6_and_one_that_is_nobodys():
    with server.listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
    with pytest.raises(SettingsError, match=r"^Can't listen on 192\.0\.2\.1 port 0 \("):
        server.listen("192.0.2.1", 0)


def test_another_fault_of_the_loop_is_logged_as_ever(caplog):
    class Loop:
        def default_exception_handler(self, context):
            self.context = context

    loop, context = Loop(), {"message": "a fault", "exception": ZeroDivisionError()}
    server._on_fault(Incident(server._log), loop, context)
    assert loop.context is context
    assert caplog.messages == []


def test_a_timeout_of_the_app_itself_is_a_fault_of_it():
    async def app(scope, receive, send):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        asyncio.run(server._answer_in_time(app, {}, None, None))


def test_a_head_and_a_broken_body_in_one_packet_are_not_logged(hub_url):
    """Two answers can't be given: the connection ends, and nobody can fill the log with it."""
    chunked = b"\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    broken = REQUEST.replace(b"/metrics", b"/healthz").replace(b"\r\n\r\n", chunked)
    with exporter(hub_url) as running, Visitors(running) as visitors:
        for _ in range(20):
            # Their answer is awaited: the log is written before the connection ends.
            with suppress(ConnectionResetError):
                rest(visitors.come(broken))
        assert running.get("/metrics").status_code == 200
        assert running.end() == 0
    assert "Traceback" not in running.log
    assert len(running.log.splitlines()) < 20
