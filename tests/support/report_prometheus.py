"""A real Prometheus that holds series of a test's own, with or without a login."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

START = datetime(2026, 3, 17, 8, tzinfo=UTC)
"""When all series begin."""


def openmetrics(series: Iterable[tuple[str, Mapping[str, str], float]], hours: int = 4) -> str:
    """Return a text for promtool: each series has its value every minute from START on."""
    seconds = [START.timestamp() + 60 * minute for minute in range(hours * 60 + 1)]
    lines: dict[str, list[str]] = {}
    for name, labels, value in series:
        inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.setdefault(name, []).extend(
            f"{name}{{{inside}}} {value} {second}" for second in seconds
        )
    families = (f"# TYPE {name} unknown\n" + "\n".join(it) for name, it in lines.items())
    return "\n".join(families) + "\n# EOF\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@contextmanager
def serving(folder: Path, history: str, web_config: str = "") -> Iterator[str]:
    """Start a Prometheus on a history, and yield its address; it needs the login, if there is one.

    ``web_config`` is a file for ``--web.config.file``.
    """
    for program in ("prometheus", "promtool"):
        if shutil.which(program) is None:
            pytest.fail(f"This test needs {program}. On Debian: sudo apt-get install prometheus")
    (folder / "history.txt").write_text(history, "utf-8")
    (folder / "prometheus.yml").write_text("global: {}\n", "utf-8")
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", folder / "history.txt",
         folder / "data"],
        check=True, capture_output=True,
    )  # fmt: skip
    more = []
    if web_config:
        (folder / "web.yml").write_text(web_config, "utf-8")
        more = [f"--web.config.file={folder / 'web.yml'}"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'data'}", "--storage.tsdb.retention.time=100y",
             f"--web.listen-address={address}", "--query.timeout=5s", *more],
            stderr=log, stdout=log,
        )  # fmt: skip
        try:
            _wait(f"http://{address}/-/ready", process)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(150):
        assert process.poll() is None, "Prometheus ended"
        try:
            # With a login, 401 is as good as ready.
            if httpx.get(url).status_code in (200, 401):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("Prometheus is not ready after 15 seconds")
