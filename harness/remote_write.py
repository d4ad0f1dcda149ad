"""Hand a Prometheus samples as its scrapes and rules would have stored them: remote write.

A few million samples a second, and what ends is ended by a stale marker, which OpenMetrics,
promtool's way in, does not have.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

STALE: float = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The one NaN that ends a series: numpy keeps its bits."""

_ENOUGH = 1 << 20
_HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}


@dataclass
class Writer:
    """Writes to the Prometheus at that URL, many series a request; counts the samples."""

    client: httpx.Client
    url: str
    samples: int = 0
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def write(self, labels: Mapping[str, str], packed: bytes) -> None:
        """Write a series: its labels with ``__name__``, its samples as ``pack`` returns them."""
        one = _field(1, _labels(labels) + packed)
        self._parts.append(one)
        self._size += len(one)
        self.samples += len(packed) // _SAMPLE
        if self._size > _ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Send what is not sent yet. Raises httpx.HTTPError."""
        body, self._parts, self._size = _snappy(b"".join(self._parts)), [], 0
        url = f"{self.url}/api/v1/write"
        self.client.post(url, content=body, headers=_HEADERS).raise_for_status()


_SAMPLE = 18


def pack(times: npt.NDArray[Any], values: npt.NDArray[Any]) -> bytes:
    """Return Samples of prometheus/prompb/types.proto: the times of our century need six bytes."""
    stamps = np.rint(times * 1000).astype(np.int64)
    found = np.zeros((len(stamps), _SAMPLE), np.uint8)
    found[:, :3] = 0x12, _SAMPLE - 2, 0x09
    found[:, 3:11] = np.asarray(values, "<f8").view(np.uint8).reshape(-1, 8)
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
