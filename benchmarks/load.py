"""``python -m benchmarks.load URL``: ask for a page again and again, and tell how long it took.

A process of its own that does as little as it can, as it shares the cores with what it
measures: a body is counted up to its Content-Length, not kept, not uncompressed.
"""

import asyncio
import json
import time
from urllib.parse import urlsplit

import click

# What Prometheus 2.42 sends, as seen.
_HEADERS = (
    "User-Agent: Prometheus/2.42.0\r\n"
    "Accept: application/openmetrics-text;version=1.0.0,"
    "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
    "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n"
)
_AT_LEAST = 5


class _Asker(asyncio.BufferedProtocol):
    """One kept-alive connection; ``ask`` returns when the last byte of the answer is there."""

    def __init__(self, request: bytes, buffer: memoryview) -> None:
        self._request = request
        self._buffer = buffer
        self._transport: asyncio.WriteTransport
        self._answered: asyncio.Future[None]
        self._head = b""
        self._left = 0
        self.encoding = ""
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for mypy
        self._transport = transport

    async def ask(self) -> None:
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(self._request)
        await self._answered

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._left:
            self._left -= nbytes
        else:
            self._head += self._buffer[:nbytes]
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = b""
            self._read(head.decode("latin-1"))
            self._left = self.size - len(body)
        if not self._left and not self._answered.done():
            self._answered.set_result(None)

    def _read(self, head: str) -> None:
        first, *lines = head.split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        if " 200 " not in f"{first} " or "content-length" not in headers:
            self._fail(f"answered {first!r}")
        self.size = int(headers.get("content-length", 0))
        self.encoding = headers.get("content-encoding", "identity")

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"closed the connection ({exc})")

    def _fail(self, reason: str) -> None:
        if hasattr(self, "_answered") and not self._answered.done():
            self._answered.set_exception(click.ClickException(f"The exporter {reason}."))


async def _run(
    url: str, askers: int, seconds: float, encoding: str, pause: float
) -> dict[str, object]:
    parts = urlsplit(url)
    request = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Accept-Encoding: {encoding}\r\n{_HEADERS}\r\n"
    ).encode()
    # One for all: what is read is not looked at after the call.
    buffer = memoryview(bytearray(1 << 18))
    loop = asyncio.get_running_loop()
    took: list[float] = []
    gaps: list[float] = []

    async def keep_asking() -> _Asker:
        _, asker = await loop.create_connection(
            lambda: _Asker(request, buffer), parts.hostname or "", parts.port or 80
        )
        await asker.ask()  # The first pays for the connection.
        last = time.monotonic()
        end, done = last + seconds, 0
        while last < end or done < _AT_LEAST:
            if pause:
                await asyncio.sleep(pause)
            began = time.monotonic()
            await asker.ask()
            now = time.monotonic()
            took.append(now - began)
            gaps.append(now - last)
            last, done = now, done + 1
        return asker

    asked = await asyncio.gather(*(keep_asking() for _ in range(askers)))
    one = asked[0]
    return {"took": took, "gap": max(gaps), "size": one.size, "encoding": one.encoding}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url")
@click.option("--askers", type=click.IntRange(1), default=1, help="Connections asking at once.")
@click.option("--seconds", type=click.FloatRange(0), default=5.0, help="How long.")
@click.option("--encoding", type=click.Choice(["gzip", "identity"]), default="gzip")
@click.option("--pause", type=click.FloatRange(0), default=0.0, help="Seconds between two.")
def command(url: str, askers: int, seconds: float, encoding: str, pause: float) -> None:
    """Print the seconds of each answer, the longest time from answer to answer, and the size."""
    found = asyncio.run(_run(url, askers, seconds, encoding, pause))
    print(json.dumps(found))


if __name__ == "__main__":
    command()
