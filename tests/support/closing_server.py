"""A real HTTP server that closes a kept connection when the next request arrives on it.

So does a server, proxy or ingress whose idle time-out ends at that moment.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[str], bytes]
"""Returns the JSON at a path."""

ENDS = ("closed", "reset", "amid the answer")


@dataclass
class Closing:
    """``seen`` has (number of the connection, method) of each request.

    The first connection gets as many answers as the first of ``answers`` says, and so on, those
    beyond as many as the last; the next request on it is read, then the connection ends in the
    way ``end``, one of ``ENDS``.
    """

    port: int
    answer: Answer
    answers: tuple[int, ...] = (1,)
    end: str = "closed"
    seen: list[tuple[int, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as stream:
            left = self.answers[min(number, len(self.answers) - 1)]
            while head := _head(stream):
                method, target = head[0].split()[:2]
                self.seen.append((number, method))
                if not left:
                    self._end(connection)
                    return
                left -= 1
                body = self.answer(target)
                connection.sendall(_head_of(body) + (b"" if method == "HEAD" else body))

    def _end(self, connection: socket.socket) -> None:
        if self.end == "reset":
            # With a linger time of 0 a connection ends with RST.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.end == "amid the answer":
            connection.sendall(_head_of(b" " * 100) + b"half")


def _head_of(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )


def _head(stream) -> list[str]:
    """Read a request, the body too; return its head's lines, none at the end."""
    lines = []
    while (line := stream.readline().decode().strip()) or not lines:
        if not line:
            return []
        lines.append(line)
    lengths = [each.split(":")[1] for each in lines if each.lower().startswith("content-length:")]
    stream.read(int(lengths[0]) if lengths else 0)
    return lines


@contextmanager
def closing_server(
    answer: Answer,
    *answers: int,
    end: str = "closed",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Closing]:
    """Serve on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.02)
        server = Closing(listener.getsockname()[1], answer, answers or (1,), end)
        ended = threading.Event()
        threads: list[threading.Thread] = []
        connections: list[socket.socket] = []

        def accept() -> None:
            while not ended.is_set():
                with suppress(TimeoutError, ssl.SSLError):
                    connection, _ = listener.accept()
                    connection.settimeout(10)
                    if tls:
                        connection = tls.wrap_socket(connection, server_side=True)
                    serving = threading.Thread(
                        target=server.serve, args=(connection, len(connections))
                    )
                    connections.append(connection)
                    threads.append(serving)
                    serving.start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield server
        finally:
            ended.set()
            accepting.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
