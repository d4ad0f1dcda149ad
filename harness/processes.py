"""Start programs that belong together, wait until each answers, stop them all in the end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

LOOPBACK = "127.0.0.1"


class HarnessError(RuntimeError):
    """A program cannot go on; the message is a sentence with the next step."""


@dataclass
class Processes:
    """Programs that belong together: leaving the ``with`` block stops those that still run."""

    folder: Path
    _running: list[tuple[str, subprocess.Popen[bytes]]] = field(default_factory=list)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_: object) -> None:
        for _name, process in reversed(self._running):
            stop(process)

    def start(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start a program; what it says goes to ``<name>.log`` in the folder."""
        with self._log(name).open("wb") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C is ours to handle: each program is told in its turn.
                start_new_session=True,
            )
        self._running.append((name, process))

    def wait(self, name: str, ready: Callable[[], bool], seconds: float = 60) -> None:
        """Return when ``ready`` says so. Raises HarnessError if it does not, or a program ended."""
        end = time.monotonic() + seconds
        while not self._ready(ready):
            self.check()
            if time.monotonic() > end:
                raise HarnessError(
                    f"{name} is not ready after {seconds:.0f} s.{self._last_words(name)}"
                )
            time.sleep(0.2)

    def check(self) -> None:
        """Raise HarnessError if a program has ended by itself."""
        for name, process in self._running:
            if process.poll() is not None:
                raise HarnessError(
                    f"{name} ended with exit code {process.returncode}.{self._last_words(name)}"
                )

    def _ready(self, ready: Callable[[], bool]) -> bool:
        try:
            return ready()
        except httpx.TransportError:
            return False

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _last_words(self, name: str) -> str:
        log = self._log(name)
        if not log.exists():
            return ""
        lines = log.read_text("utf-8", "replace").splitlines()[-8:]
        return "\n".join(["", f"The end of {log}:", *(f"  {line}" for line in lines)])


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment without anything that would set an exporter, and with ``more``."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("GROUPSCOPE_", "JUPYTERHUB_"))}
    return {**kept, **more}


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program that has a session of its own, and all that it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # A hub that was killed leaves its proxy and services behind, in the same session.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def free_port(preferred: int) -> int:
    """Return the preferred port if nobody listens on it, else one that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise HarnessError("No free port on 127.0.0.1.")


def answers(url: str) -> bool:
    """Return whether a GET of the URL succeeds."""
    return httpx.get(url, timeout=5, trust_env=False).is_success
