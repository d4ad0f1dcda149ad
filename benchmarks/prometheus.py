"""A Prometheus that is handed samples, and one that is only asked."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.processes import BenchError
from dashboards.evaluate.prometheus import Prometheus
from demo.processes import LOOPBACK, Processes, answers, free_port
from exporter.resending import Client

TAKES_WRITES = "--web.enable-remote-write-receiver"

_PATIENT = 600.0


@dataclass(frozen=True, slots=True)
class Started:
    """A running Prometheus; its files are in ``data``."""

    client: httpx.Client
    url: str
    data: Path

    @property
    def api(self) -> Prometheus:
        """Return the boards' way to ask it."""
        return Prometheus(self.client, self.url)

    def get(self, path: str, **fields: str) -> Any:  # noqa: ANN401 - JSON
        """Return the ``data`` of an answer. Raises httpx.HTTPError."""
        answer = self.client.get(f"{self.url}/api/v1/{path}", params=fields)
        return answer.raise_for_status().json()["data"]

    def post(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Have it do something and return the answer's ``data``, if any. Raises httpx.HTTPError."""
        answer = self.client.post(f"{self.url}/{path}").raise_for_status()
        return answer.json()["data"] if answer.content else None

    def own(self, name: str) -> float:
        """Return one of its own metrics, without labels."""
        page = self.client.get(f"{self.url}/metrics").raise_for_status().text
        return float(re.findall(rf"^{name} (\S+)$", page, re.MULTILINE)[0])


@contextmanager
def started(folder: Path, data: Path, *options: str) -> Iterator[Started]:
    """Start a Prometheus that scrapes nothing and loads the folder's ``rules*.yml``, if any.

    Raises BenchError, DemoError.
    """
    if shutil.which("prometheus") is None:
        raise BenchError("prometheus cannot be found. Install it: apt-get install prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    config, port = folder / "prometheus.yml", free_port(0)
    config.write_text('global: {}\nrule_files: ["rules*.yml"]\n', "utf-8")
    url = f"http://{LOOPBACK}:{port}"
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}"]
    command += [f"--web.listen-address={LOOPBACK}:{port}", "--storage.tsdb.retention.time=400d"]
    with Processes(folder) as processes, Client(timeout=_PATIENT, trust_env=False) as client:
        processes.start("prometheus", [*command, *options])
        processes.wait("prometheus", lambda: answers(f"{url}/-/ready"))
        yield Started(client, url, data)
