"""``python -m benchmarks.fake_hub``: answers as JupyterHub 6.1 does, at next to no cost.

It knows what the exporter asks: ``/hub/api/``, ``user``, ``users`` and ``groups``, page by page,
as seen by a service with the scopes list:users, read:users:groups, list:groups and
read:users:activity. A test holds the answers against a real hub's. ``/stats`` tells what
the answering cost: ``{"seconds": 0.01, "requests": 53, "connections": 4, "idle": 1.2}``.
"""

import asyncio
import json
import signal
import sys
import time

import click

from benchmarks.fake_hub_api import Hub, ok
from benchmarks.people import default_groups, group_names, people


class Server:
    """The hub's connections, and what they cost."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.seconds = 0.0
        self.requests = 0
        self.connections = 0
        self.last = time.monotonic()

    def stats(self) -> bytes:
        """Return the page ``/stats``; who asks for it is not counted."""
        told = {"seconds": self.seconds, "requests": self.requests}
        told |= {"connections": self.connections, "idle": time.monotonic() - self.last}
        return ok(json.dumps(told))


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests have no body."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = b""
        self._seen = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        began, server = time.perf_counter(), self._server
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            if head.startswith(b"GET /stats "):
                self._transport.write(server.stats())
                continue
            self._transport.write(server.hub.answer(head))
            server.connections += not self._seen
            self._seen = True
            server.requests += 1
            server.last = time.monotonic()
            server.seconds += time.perf_counter() - began
            began = time.perf_counter()


async def _serve(hub: Hub, port: int, base_url: str) -> None:
    server = Server(hub)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", port)
    taken = listening.sockets[0].getsockname()[1]
    print(f"Serving http://127.0.0.1:{taken}{base_url}hub/api", flush=True)
    await listening.serve_forever()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--users", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--groups", type=click.IntRange(2), help="[default: a group for 50 users, 8 or more]")
@click.option("--port", default=0, help="Port on 127.0.0.1; 0 takes a free one.", show_default=True)
@click.option("--base-url", default="/", show_default=True)
def command(users: int, groups: int | None, port: int, base_url: str) -> None:
    """Answer as a JupyterHub with that many users does, to the token "benchmark"."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    count = groups or default_groups(users)
    hub = Hub(people(users, count), group_names(count), base_url)
    asyncio.run(_serve(hub, port, base_url))


if __name__ == "__main__":
    command()
