"""Loads on the exporter: ``benchmarks.load`` as a process, and what it found."""

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.processes import BenchError

MANY = 20
# Gentle enough to leave the exporter its time, and far below the 50 ms to be found.
_PROBE_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Load:
    """What a load found. Times in ms; ``gap`` is the longest from one answer to the next."""

    took: list[float]
    gap: float
    size: int
    encoding: str
    asked: str

    @property
    def median(self) -> float:
        """The time that half of the answers exceed."""
        return statistics.median(self.took)

    @property
    def p99(self) -> float:
        """The time that one answer in a hundred exceeds."""
        return statistics.quantiles(self.took, n=100, method="inclusive")[98]

    def as_asked(self, value: float) -> tuple[float | None, str]:
        """Return the value and a note; None if the page did not come in the encoding asked for."""
        if self.encoding != self.asked:
            return None, f"the page came as {self.encoding}"
        return value, f"of {len(self.took):,} scrapes"


def scrape(url: str, encoding: str, seconds: float, askers: int = 1) -> Load:
    """Scrape again and again, as Prometheus does, over each of that many connections."""
    return _load(url, encoding, "--seconds", f"{seconds}", "--askers", f"{askers}")


def probe(url: str, seconds: float) -> Load:
    """Ask the exporter of that page for ``/healthz`` every 2 ms.

    The event loop was never blocked for longer than the longest time between two answers: that
    holds the pause, the network and whatever else the cores did.
    """
    page = url.replace("/metrics", "/healthz")
    return _load(page, "identity", "--seconds", f"{seconds}", "--pause", f"{_PROBE_PAUSE}")


def _load(url: str, encoding: str, *options: str) -> Load:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", url, "--encoding", encoding, *options],
        capture_output=True,
        check=False,
        start_new_session=True,
        text=True,
    )
    if done.returncode:
        raise BenchError(done.stderr.strip().removeprefix("Error: "))
    found = json.loads(done.stdout)
    took = [1000 * seconds for seconds in found["took"]]
    return Load(took, 1000 * found["gap"], found["size"], found["encoding"], encoding)
