"""A real Prometheus that is handed samples as its scrapes would have stored them.

By remote write, not as promtool's blocks: OpenMetrics has no stale markers, and without them
all that ends is found for five minutes more, a group's share beside the one that follows it.
"""

import re
import struct
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import numpy as np

from dashboards.report.prometheus import Prometheus
from demo.processes import LOOPBACK, Processes, answers, free_port

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The one NaN that ends a series: numpy keeps its bits."""


@dataclass(frozen=True)
class Series:
    """A series as Prometheus has it: a stale marker is a NaN."""

    metric: str
    labels: dict[str, str]
    times: np.ndarray
    values: np.ndarray


@contextmanager
def started(folder):
    """Yield the URL of a Prometheus that takes remote writes; it stops in the end."""
    config, port = folder / "prometheus.yml", free_port(0)
    config.write_text("global: {}\n")
    url = f"http://{LOOPBACK}:{port}"
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address={LOOPBACK}:{port}", "--web.enable-remote-write-receiver"]
    # One block of days: series may be written one after the other, each from its beginning.
    command += [f"--storage.tsdb.{end}-block-duration=2d" for end in ("min", "max")]
    with Processes(folder) as processes:
        processes.start("prometheus", [*command, "--storage.tsdb.retention.time=100y"])
        processes.wait("prometheus", lambda: answers(f"{url}/-/ready"))
        yield url


def write(client, url, series):
    """Send series (metric, labels, times in seconds, values) to a Prometheus."""
    body = b"".join(_field(1, _series(one)) for one in series)
    headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
    answer = client.post(f"{url}/api/v1/write", content=_snappy(body), headers=headers)
    answer.raise_for_status()


def record(client, url, layers, hubs, times):
    """Record what rules of layers say of some hubs, one layer after the other; return it.

    ``times`` are those of the evaluations, 300 seconds apart or, with Prometheus being down
    between, more. The evaluation that finds a series no more marks its end, but for one that is
    the first since Prometheus started.
    """
    found = []
    for layer in layers:
        recorded = [one for rule in layer for one in _evaluated(client, url, rule, hubs, times)]
        if recorded:
            write(client, url, recorded)
        found += recorded
    return found


def _evaluated(client, url, rule, hubs, times):
    # Not of other clusters' hubs.
    matcher = f'namespace=~"{"|".join(hubs)}"'
    expr = rule.expr.replace('namespace=~".+"', matcher)
    expr = re.sub(r"\bnamespace\w*:[\w:]+", rf"\g<0>{{{matcher}}}", expr)
    for one in Prometheus(client, url).range(expr, times[0], times[-1], 300):
        values = np.full(len(times), np.nan)
        there = np.isin(times, one.times)
        values[there] = np.array(one.values)[np.isin(one.times, times)]
        ended = np.append(False, there[:-1] & ~there[1:] & (np.diff(times) == 300))
        kept = there | ended
        values[ended] = STALE
        yield Series(rule.record, one.labels, times[kept], values[kept])


def _series(one):
    """Return a TimeSeries of prometheus/prompb/types.proto."""
    labels = sorted({"__name__": one.metric, **one.labels}.items())
    pairs = (_field(1, k.encode()) + _field(2, v.encode()) for k, v in labels if v)
    return b"".join(_field(1, pair) for pair in pairs) + _samples(one.times, one.values)


def _samples(times, values):
    """Return Samples, each of 18 bytes: the times of our century need six bytes."""
    stamps = np.rint(np.asarray(times) * 1000).astype(np.int64)
    found = np.zeros((len(stamps), 18), np.uint8)
    found[:, :3] = 0x12, 16, 0x09
    found[:, 3:11] = np.asarray(values, "<f8").view(np.uint8).reshape(-1, 8)
    found[:, 11] = 0x10
    for byte in range(6):
        found[:, 12 + byte] = (stamps >> (7 * byte)) & 0x7F | (0x80 if byte < 5 else 0)
    return found.tobytes()


def _field(number, content):
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number):
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _snappy(content):
    """Return snappy's block format without compression: literals of up to 64 KiB."""
    pieces = [content[low : low + 65536] for low in range(0, len(content), 65536)]
    literals = (b"\xf4" + struct.pack("<H", len(piece) - 1) + piece for piece in pieces)
    return _varint(len(content)) + b"".join(literals)


def client():
    """Return an HTTP client for the tests' Prometheus."""
    return httpx.Client(timeout=60, trust_env=False)
