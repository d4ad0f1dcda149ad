"""Hand a Prometheus samples as its scrapes and rules would have stored them: remote write.

A few million samples a second, and what ends is ended by a stale marker, which OpenMetrics,
promtool's way in, does not have.
"""

import struct
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

STALE: float = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The one NaN that ends a series: numpy keeps its bits."""

_ENOUGH = 1 << 20
_AT_ONCE = 2
"""Requests: Prometheus reads each on one core."""
_HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}


@dataclass
class Writer:
    """Writes to the Prometheus at that URL, many series a request; counts the samples.

    While it sends, the next series may be written: what is sent is there after ``flush``.
    """

    client: httpx.Client
    url: str
    samples: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _named: set[bytes] = field(default_factory=set)
    _size: int = 0
    _begun: bool = False
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_AT_ONCE))
    _sending: deque[tuple[Future[None], set[bytes]]] = field(default_factory=deque)
    """Requests under way, each with the labels of its series."""

    def write(self, labels: Mapping[str, str], packed: bytes) -> None:
        """Write a series: its labels with ``__name__``, its samples as ``pack`` returns them.

        One that was written before goes on with later samples, as a hub's counters do when it is
        started again. Raises httpx.HTTPError, also for what was written before.
        """
        named = _labels(labels)
        # Of two requests at once either may be first, and Prometheus refuses what is out of order.
        while any(named in under_way for _, under_way in self._sending):
            self._arrived()
        one = _field(1, named + packed)
        self._parts.append(one)
        self._named.add(named)
        self._size += len(one)
        self.samples += len(packed) // _SAMPLE
        if self._size > _ENOUGH:
            self._send()

    def flush(self) -> None:
        """Return when all is sent. Raises httpx.HTTPError."""
        self._send()
        while self._sending:
            self._arrived()

    def _arrived(self) -> None:
        """Return when the oldest request under way has been answered."""
        self._sending.popleft()[0].result()

    def _send(self) -> None:
        if not self._parts:
            return
        body, named = b"".join(self._parts), self._named
        self._parts, self._named, self._size = [], set(), 0
        if len(self._sending) > _AT_ONCE:
            self._arrived()
        self._sending.append((self._pool.submit(self._post, body), named))
        if not self._begun:
            # Two at once that are the first, Prometheus refuses: its head's times are not set yet.
            self._arrived()
            self._begun = True

    def _post(self, body: bytes) -> None:
        answer = self.client.post(
            f"{self.url}/api/v1/write", content=_snappy(body), headers=_HEADERS
        )
        answer.raise_for_status()


_SAMPLE = 18


def pack(times: npt.NDArray[Any], values: npt.NDArray[Any]) -> bytes:
    """Return Samples of prometheus/prompb/types.proto: the times of our century need six bytes."""
    stamps = np.rint(times * 1000).astype(np.int64)
    found = np.zeros((len(stamps), _SAMPLE), np.uint8)
    found[:, :3] = 0x12, _SAMPLE - 2, 0x09
    found[:, 3:11] = np.ascontiguousarray(values, "<f8").view(np.uint8).reshape(-1, 8)
    found[:, 11] = 0x10
    for byte in range(6):
        found[:, 12 + byte] = (stamps >> (7 * byte)) & 0x7F | (0x80 if byte < 5 else 0)
    return found.tobytes()


def _labels(labels: Mapping[str, str]) -> bytes:
    pairs = (_field(1, k.encode()) + _field(2, v.encode()) for k, v in sorted(labels.items()) if v)
    return b"".join(_field(1, pair) for pair in pairs)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _snappy(content: bytes) -> bytes:
    """Return snappy's block format without compression: literals of up to 64 KiB."""
    pieces: Iterable[bytes] = (content[low : low + 65536] for low in range(0, len(content), 65536))
    literals = (b"\xf4" + struct.pack("<H", len(piece) - 1) + piece for piece in pieces)
    return _varint(len(content)) + b"".join(literals)
