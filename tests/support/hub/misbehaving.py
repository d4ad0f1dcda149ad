"""A small real HTTP server that answers wrongly, as a fault between exporter and hub would."""

import json
import socket
import ssl
import struct
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LEAST = {"kind": "service", "name": "exporter", "scopes": ["list:users", "read:users:groups"]}


class Answer:
    """A status, a body (bytes, or a value to send as JSON), and headers."""

    def __init__(self, body, status=200, delay=0.0, **headers):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.delay = delay
        self.headers = {name.replace("_", "-"): text for name, text in headers.items()}


def page(*items, next_offset=None, total=None, **answer):
    """Return a page as the hub gives it; ``total`` is what it says of the whole list."""
    following = None if next_offset is None else {"offset": next_offset, "url": "http://evil.test/"}
    total = len(items) if total is None else total
    pagination = {"offset": 0, "total": total, "next": following}
    return Answer({"items": list(items), "_pagination": pagination}, **answer)


@contextmanager
def misbehaving_hub(tls=None, /, **answers):
    """Serve ``answers`` by the last part of the path; yield the API URL and the requests seen.

    A list of answers is given out in turn, the last one again and again. ``user`` is right
    unless given. ``tls`` is an SSL context to serve with.
    """
    seen = []
    turns = {"user": [Answer(LEAST)]} | {
        path: list(answer) if isinstance(answer, list) else [answer]
        for path, answer in answers.items()
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            turn = turns[self.path.split("?")[0].rsplit("/", 1)[-1]]
            answer = turn.pop(0) if len(turn) > 1 else turn[0]
            time.sleep(answer.delay)
            self.send_response_only(answer.status)
            for name, text in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/hub/api", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# Among the parts of a `SwitchableHub`'s answer: leave the connection open for the next request,
# cut it off as a crash does, wait until the other side has enough, or send the request back.
KEEP, RESET, SILENCE, ECHO = object(), object(), object(), object()


class SwitchableHub:
    """A server on one port whose way to answer can be changed while it runs.

    A way's ``answer(path, offset)`` gives the parts of an answer, byte by byte as they are sent:
    bytes, one of the marks above, or a function that gives more parts. ``path`` is its last part.
    ``way.tls`` is "none", "silent" (which never shakes hands) or the name of one of ``pairs``;
    without ``way.listens`` nobody does.
    """

    def __init__(self, way, pairs=None):
        self._way = self._next = way
        self._pairs = pairs
        self._lock = threading.Lock()
        self._connections = {}
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.asked = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._accepting.join()
        self._hang_up()

    @property
    def url(self):
        return f"{'http' if self._way.tls == 'none' else 'https'}://127.0.0.1:{self.port}/hub/api"

    def show(self, way):
        """Change the way with the next request for ``user``, with which each refresh begins.

        What differs before there is a request does so at once.
        """
        with self._lock:
            self._next = way
            at_once = (way.tls, way.listens) != (self._way.tls, self._way.listens)
            if at_once:
                self._way = way
        if at_once:
            self._hang_up()

    def _hang_up(self):
        with self._lock:
            threads = list(self._connections)
            for connection in self._connections.values():
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()

    def _accept(self):
        while not self._ended.is_set():
            if not self._way.listens:
                self._listener.close()
                time.sleep(0.02)
                continue
            if self._listener.fileno() < 0:
                self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listener.settimeout(0.02)
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                with self._lock:
                    # A second handle: TLS takes the first one over.
                    self._connections[thread] = connection.dup()
                thread.start()
        self._listener.close()

    def _serve(self, connection):
        try:
            # Whoever hangs up amid an answer, or refuses a certificate, is no fault here.
            with suppress(OSError), connection:
                connection.settimeout(None)
                if self._way.tls == "silent":
                    self.asked.append("handshake")
                    _wait_for_end(connection)
                    return
                with _with_tls(connection, self._way.tls, self._pairs) as stream:
                    while (head := _head(stream)) and self._answered(stream, head):
                        pass
        finally:
            with self._lock:
                self._connections.pop(threading.current_thread()).close()

    def _answered(self, stream, head):
        """Answer one request; return whether another may follow."""
        path, offset = _target(head)
        self.asked.append(path)
        with self._lock:
            if path == "user":
                self._way = self._next
            parts = [iter(self._way.answer(path, offset))]
        while parts:
            part = next(parts[-1], None)
            if part is None:
                parts.pop()
            elif callable(part):
                parts.append(iter(part()))
            elif part is KEEP:
                return True
            elif part is RESET:
                # With a linger time of 0 a connection ends with RST.
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif part is SILENCE:
                _wait_for_end(stream)
            else:
                stream.sendall(head if part is ECHO else part)
        return False


def _with_tls(connection, name, pairs):
    if name == "none":
        return connection
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pairs[name]["cert"], pairs[name]["key"])
    return context.wrap_socket(connection, server_side=True)


def _wait_for_end(stream):
    while stream.recv(1 << 16):
        pass


def _head(stream):
    """Return a request's head, or the first bytes of a TLS handshake; b"" at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n") and not head.startswith(b"\x16"):
        part = stream.recv(1 << 16)
        if not part:
            return b""
        head += part
    return head


def _target(head):
    """Return ``("users", 200)`` of ``GET /hub/api/users?offset=200&limit=100 HTTP/1.1``."""
    if head.startswith(b"\x16"):
        return "handshake", 0
    target = urlsplit(head.split()[1].decode())
    offset = parse_qs(target.query).get("offset", ["0"])[0]
    return target.path.rsplit("/", 1)[-1], int(offset) if offset.isdecimal() else 0
