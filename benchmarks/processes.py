"""Start the programs that are measured, stop them all in the end, and read what they used."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.processes import HarnessError, stop, surroundings

_TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(HarnessError):
    """The benchmark cannot go on; the message is a sentence."""


@contextmanager
def running(log: Path, *args: str, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run ``python -m <args>`` and yield its process id; what it says goes to ``log``.

    Variables that would set the exporter are kept from it.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *args],
            env=surroundings(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is ours to handle, and whatever it starts ends with it.
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        stop(process)


def find_in_log(log: Path, pattern: str, pid: int, seconds: float = 60) -> str:
    """Return the first group of the pattern as soon as the log matches."""
    end = time.monotonic() + seconds
    while True:
        text = log.read_text("utf-8", "replace")
        found = re.search(pattern, text)
        if found:
            return found[1]
        if time.monotonic() > end or not alive(pid):
            raise BenchError(f"{log.stem} did not start:\n{end_of(log)}")
        time.sleep(0.05)


def end_of(log: Path) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])


def alive(pid: int) -> bool:
    """Return whether the process runs (one that has ended is a zombie until waited for)."""
    return _stat(pid)[0] not in "ZX"


def cpu_seconds(pid: int) -> float:
    """Return the processor time of the process itself, user and system, to 0.01 s."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_memory(pid: int) -> float:
    """Return in MiB the most that was resident, summed over the process and what it started."""
    found = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if int(_stat(int(folder.name))[3]) == pid:
                    status = (folder / "status").read_text()
                    found += int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0])
            except (FileNotFoundError, ProcessLookupError, IndexError):
                continue  # Ended meanwhile.
    return found / 1024


def _stat(pid: int) -> list[str]:
    """Return the fields of proc(5)'s stat from the third, ``state``, on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
