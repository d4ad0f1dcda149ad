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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from unittest.mock import Mock

import httpx
import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from exporter.config.settings import SettingsError
from exporter.web import connections as door_module
from exporter.web.auth import Open
from exporter.web.connections import Caller, Door, Limits
from exporter.web.routes import create_app
from exporter.web.server import config, listen
from harness.hub import PATIENCE_SECONDS, wait_for
from harness.processes import surroundings
from tests.support.hub.certificates import signed_pair
from tests.support.hub.exporting import Exporter
from tests.support.hub.misbehaving import LEAST, Answer, misbehaving_hub, page

pytestmark = pytest.mark.slow

ANN = {"name": "ann", "groups": ["staff"], "last_activity": None}
# More than the kernel's buffers hold: 4.7 MB plain.
CROWD = page(*({**ANN, "name": f"user-{n}"} for n in range(20_000)), total=20_000)
LONG = 600.0
HALF = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: "
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
FULL = "connections are open, the most there may be"
UNREAD = "Answers are not read"


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
        "from functools import partial; import exporter.cli, exporter.serve as serve\n"
        "from exporter.web.connections import Limits\n"
        f"serve.listen = partial(serve.listen, limits=Limits(**{limits!r}))\n"
        "exporter.cli.main()\n"
    )
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", code, "--hub-url", url, "--namespace", "a", "--port", "0"),
            *flags,
        ],
        env=surroundings(GROUPSCOPE_HUB_TOKEN="s3cret"),
        stderr=subprocess.PIPE,
        text=True,
    )
    if open_files:
        # The hard limit stays, as it does for `ulimit -S -n`.
        hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (open_files, hard))
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


def test_idle_connections_make_room_for_scrapes(hub_url):
    """Fifteen times what may be open: each scrape gets through, and the log has one line of it."""
    with exporter(hub_url, connections=20, head=LONG) as running, Visitors(running) as idle:
        for _ in range(15):
            for _ in range(20):
                idle.come(HALF)
            for path in ("/metrics", "/healthz", "/readyz"):
                assert get(running, path).status_code == 200
        wait_for(lambda: len(idle.stay()) <= 20, "the others' end")
        # Who has done nothing for longest went first.
        assert 0 < len(idle.stay()) <= 20
        assert idle.stay() == idle.sockets[-len(idle.stay()) :]
        assert count(running, f"20 {FULL}") == 1
        assert count(running, "WARNING") == 1
        assert running.end() == 0
    assert "Traceback" not in running.log


def test_idle_handshakes_make_room_too(hub_url, tmp_path):
    """Before HTTP begins nobody but the listening socket knows of them."""
    pair = signed_pair(tmp_path)
    tls = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"])
    with exporter(hub_url, *tls, connections=5, head=LONG) as running, Visitors(running) as idle:
        for _ in range(4):
            for _ in range(5):
                idle.come()
            assert get(running, "/metrics").status_code == 200
        wait_for(lambda: len(idle.stay()) <= 5, "the others' end")
        assert running.end() == 0
    assert count(running, FULL) == 1
    assert "Traceback" not in running.log


@contextmanager
def small_door():
    """Yield a door for two, and what has somebody come in and returns their connection."""
    with ExitStack() as opened:
        door = Door(socket.create_server(("127.0.0.1", 0)), Limits(connections=2))
        opened.enter_context(door)
        door.setblocking(False)

        def come():
            opened.enter_context(socket.create_connection(door.getsockname()))
            return opened.enter_context(door.accept()[0])

        yield door, come


def test_one_goes_for_each_that_comes():
    """Those that were ended count no more; and when nobody comes, nobody goes."""
    with small_door() as (door, come):
        accepted = [come() for _ in range(4)]
        with pytest.raises(BlockingIOError):
            door.accept()
        assert [is_ended(each) for each in accepted] == [True, True, False, False]
        for each in accepted[:2]:
            each.close()
        with pytest.raises(BlockingIOError):
            door.accept()
        assert [is_ended(each) for each in accepted[2:]] == [False, False]
        accepted[2].close()
        accepted.append(come())
        assert [is_ended(each) for each in accepted[3:]] == [False, False]


def test_those_that_are_being_ended_take_no_end_of_files():
    """Until the event loop has closed them, newcomers wait in the kernel."""
    with small_door() as (_, come):
        accepted = [come() for _ in range(4)]
        with pytest.raises(BlockingIOError):
            come()
        accepted[0].close()
        accepted.append(come())
        assert [is_ended(each) for each in accepted[1:]] == [True, True, False, False]


def test_an_ended_connection_waits_for_nobody():
    """Reading may be paused, and then the transport does not see that its socket is shut."""
    here, there = socket.socketpair()
    with here, there:
        caller = Caller(here, 1.0)
        caller.transport = Mock(asyncio.Transport)
        caller.end()
        caller.transport.abort.assert_called_once_with()
        assert is_ended(there)


def test_few_open_files_bound_the_connections(hub_url):
    """The refresher always has files left: it goes on amid a hundred connections."""
    with (
        exporter(hub_url, "--interval", "1", open_files=64, head=LONG) as running,
        Visitors(running) as idle,
    ):
        for _ in range(100):
            idle.come(HALF)
        assert running.get("/metrics").status_code == 200
        before = count(running, "Refreshed in")
        wait_for(lambda: count(running, "Refreshed in") > before + 1, "two refreshes")
        assert len(idle.stay()) <= 16
        assert count(running, FULL) == 1
        assert running.end() == 0
    assert "Traceback" not in running.log
    assert "Refresh failed" not in running.log
    assert "No connection can be accepted" not in running.log


def test_no_open_file_at_all_is_told_once(hub_url, monkeypatch):
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


def test_heads_have_a_deadline(hub_url):
    """Nothing, a head that trickles in, a second one that does not come, a body without an end."""
    bodied = b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with exporter(hub_url, head=1.0) as running, Visitors(running) as visitors:
        silent, trickling = visitors.come(), visitors.come(HALF)
        second = visitors.come(REQUEST + HALF)
        trickling_body = visitors.come(bodied)
        for visitor in (trickling, trickling_body):
            with pytest.raises(ConnectionError):
                trickle(visitor, b"x", pause=0.1)
        assert rest(silent) == b""
        assert is_whole(rest(second))
        assert running.get("/metrics").status_code == 200
        assert running.end() == 0
    assert "WARNING" not in running.log
    assert "Traceback" not in running.log


def test_handshakes_have_a_deadline(hub_url, tmp_path):
    pair = signed_pair(tmp_path)
    tls = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"])
    with exporter(hub_url, *tls, head=1.0) as running, Visitors(running) as visitors:
        assert rest(visitors.come()) == b""
        # The beginning of a ClientHello of 512 bytes.
        assert rest(visitors.come(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")) == b""
        assert running.get("/metrics").status_code == 200
        assert running.end() == 0
    assert "WARNING" not in running.log
    assert "Traceback" not in running.log


@pytest.mark.parametrize("extra", [b"", b"Connection: close\r\n"])
@pytest.mark.parametrize("secure", [False, True])
def test_answers_have_a_deadline(crowded_url, tmp_path, extra, secure):
    flags = ()
    if secure:
        pair = signed_pair(tmp_path)
        flags = ("--tls-cert-file", pair["cert"], "--tls-key-file", pair["key"])
    request = REQUEST.replace(b"\r\n\r\n", b"\r\n" + extra + b"\r\n")
    with exporter(crowded_url, *flags, answer=1.0) as running, Visitors(running) as visitors:
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


def test_slow_readers_make_room_for_scrapes(crowded_url):
    """Whoever has not read on for longest is cut off, and no scrape is."""
    limits = {"unread": 4, "answer": LONG}
    with exporter(crowded_url, **limits) as running, Visitors(running) as visitors:
        for _ in range(10):
            visitors.come(REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            for path in ("/metrics", "/healthz", "/readyz"):
                assert get(running, path).status_code == 200
        running.wait_for_log(UNREAD)
        whole = []
        for visitor in visitors.sockets:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
            whole.append(is_whole(rest(visitor)))
        # The last scrape itself may count as slow, and take the place of one.
        assert whole in ([False] * 6 + [True] * 4, [False] * 7 + [True] * 3)
        assert running.end() == 0
    assert count(running, UNREAD) == 1
    assert "Traceback" not in running.log


def test_readers_who_read_are_not_slow(crowded_url):
    """Each of them has to be waited for amid its answer, and keeps its connection after it."""
    plain = {"Accept-Encoding": "identity"}
    with exporter(crowded_url, unread=2) as running, ExitStack() as clients:
        for _ in range(6):
            client = clients.enter_context(httpx.Client(trust_env=False, headers=plain))
            assert client.get(f"{running.url}/metrics").status_code == 200
        assert running.end() == 0
    assert "WARNING" not in running.log


def test_an_answer_has_more_time_than_a_head(crowded_url):
    with exporter(crowded_url, head=0.5) as running, Visitors(running) as visitors:
        reader = visitors.come(REQUEST)
        for _ in range(2):
            assert rest(visitors.come()) == b""
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
        assert is_whole(rest(reader))


def test_who_reads_slowly_but_steadily_is_not_in_the_way():
    """Reading on counts as getting on, but does not put the end off."""
    here, there = socket.socketpair()
    with listen("127.0.0.1", 0) as door, here, there:
        made = config(create_app(None, Open()), door, None)
        made.load()
        connection = made.http_protocol_class(made, ServerState(), {}, Mock())
        transport = Mock(asyncio.Transport, get_extra_info=lambda name: here)
        caller = door._callers[here.fileno()] = Caller(here, 1.0)
        connection.connection_made(transport)
        caller.since, until = 0.0, caller.until
        connection.pause_writing()
        assert (caller.since, caller.until) == (0.0, until)
        connection.resume_writing()
        assert caller.since > 0
        assert caller.until == until


def test_slow_readers_pin_few_pages(crowded_url):
    """Each refresh makes a page of 5 MB, and each of them has a reader that does not read it."""
    flags = ("--interval", "1")
    with exporter(crowded_url, *flags, unread=2, answer=LONG) as running:
        with Visitors(running) as visitors:
            wait_for(lambda: count(running, "Refreshed in") == 3, "three refreshes")
            before = most_memory(running)
            for number in range(4, 12):
                visitors.come(REQUEST)
                wait_for(lambda n=number: count(running, "Refreshed in") >= n, "a refresh")
            assert most_memory(running) - before < 25_000_000
        assert running.end() == 0


def test_sigterm_cuts_slow_readers_off_without_an_error(crowded_url):
    with exporter(crowded_url, grace=1.0) as running, Visitors(running) as visitors:
        visitors.come(HALF)
        for _ in range(3):
            assert visitors.come(REQUEST).recv(15) == b"HTTP/1.1 200 OK"
        assert running.end() == 0
    assert count(running, "Ended 3 connections that were still busy 1 s after the signal") == 1
    assert count(running, "WARNING") == 1
    assert "ERROR" not in running.log
    assert "Traceback" not in running.log


def test_sigterm_amid_a_check_of_a_token_is_no_error():
    """The hub hangs as a token is checked, so that there is no answer yet to cut off."""
    slow = [Answer(LEAST), Answer(LEAST, delay=8)]
    with misbehaving_hub(users=page(ANN), user=slow) as (url, seen):
        with exporter(url, "--auth", "hub", grace=0.5) as running, Visitors(running) as visitors:
            before = len(seen)
            visitors.come(REQUEST.replace(b"X", b"x").replace(b"\r\n\r\n", b"\r\n" + TOKEN))
            wait_for(lambda: len(seen) > before, "the question")
            assert running.end() == 0
        assert count(running, "WARNING") == 1
        assert "ERROR" not in running.log
        assert "Traceback" not in running.log


TOKEN = b"Authorization: Bearer " + b"t" * 32 + b"\r\n\r\n"


def test_broken_visitors_leave_no_line(crowded_url):
    """No HTTP, a body that breaks off after its answer, and an end amid an answer."""
    chunked = b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with exporter(crowded_url, unread=3) as running, Visitors(running) as visitors:
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
    with listen("127.0.0.1", 0) as door:
        made = config(create_app(None, Open()), door, None)
        made.load()
        assert issubclass(made.http_protocol_class, H11Protocol)
        assert made.http_protocol_class.door is door
        assert made.encoded_headers == []
        assert not made.proxy_headers
        assert made.ssl is None
        assert door.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_of_ipv6_and_one_that_is_nobodys():
    with listen("::1", 0) as door:
        assert door.family == socket.AF_INET6
    with pytest.raises(SettingsError, match=r"^Can't listen on 192\.0\.2\.1 port 0 \("):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("soft", "connections"), [(1024, 256), (64, 16), (3, 1), (resource.RLIM_INFINITY, 256)]
)
def test_connections_are_a_share_of_the_open_files(monkeypatch, soft, connections):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
    assert Limits() == Limits(connections, unread=32, head=10.0, answer=60.0, grace=5.0)


def test_the_end_of_trouble_is_told_after_a_quiet_minute(monkeypatch, caplog):
    caplog.set_level("INFO")
    now = 1000.0
    monkeypatch.setattr(door_module.time, "monotonic", lambda: now)
    alarm = door_module._Alarm("It is over.")
    for _ in range(3):
        alarm.ring("Trouble.")
        now += 59
        alarm.look()
    assert caplog.messages == ["Trouble."]
    now += 2
    alarm.look()
    alarm.look()
    assert caplog.messages == ["Trouble.", "It is over."]


def test_another_fault_of_the_loop_is_logged_as_ever():
    class Loop:
        def default_exception_handler(self, context):
            self.context = context

    with Door(socket.create_server(("127.0.0.1", 0)), Limits()) as door:
        loop, context = Loop(), {"message": "a fault", "exception": ZeroDivisionError()}
        door.failed(loop, context)
    assert loop.context is context


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
