"""A real Prometheus: on data that is there, handed samples, or with a configuration of its own."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dashboards.evaluate.prometheus import Prometheus
from exporter.resending import Client
from harness.processes import LOOPBACK, HarnessError, Processes, answers, free_port

TAKES_WRITES = "--web.enable-remote-write-receiver"
TAKES_SNAPSHOTS = "--web.enable-admin-api"
ONE_BLOCK = tuple(f"--storage.tsdb.{end}-block-duration=400d" for end in ("min", "max"))
"""Of all that it is handed. Series may be written one after the other, each from its beginning:
what is older than half of a block, it would refuse."""

RETENTION = "400d"
"""Prometheus' own default of 15 days would delete half of a month."""

_PATIENCE = 600.0


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

    def blocks(self) -> Path:
        """Return a directory with all that it knows, as blocks; it TAKES_SNAPSHOTS."""
        name = self.post("api/v1/admin/tsdb/snapshot")["name"]
        return self.data / "snapshots" / str(name)


def start_prometheus(processes: Processes, config: Path, data: Path, port: int, *flags: str) -> str:
    """Start a Prometheus on loopback and return its URL once it is ready. Raises HarnessError."""
    if shutil.which("prometheus") is None:
        raise HarnessError("prometheus cannot be found. Install it: apt-get install prometheus")
    url = f"http://{LOOPBACK}:{port}"
    command = [
        "prometheus",
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address={LOOPBACK}:{port}",
        *flags,
    ]
    processes.start("prometheus", command)
    processes.wait("prometheus", lambda: answers(f"{url}/-/ready"), 120)
    return url


@contextmanager
def started(folder: Path, data: Path, *flags: str) -> Iterator[Started]:
    """Start a Prometheus that scrapes nothing and loads the folder's ``rules*.yml``, if any.

    Raises HarnessError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text('global: {}\nrule_files: ["rules*.yml"]\n', "utf-8")
    with Processes(folder) as processes, Client(timeout=_PATIENCE, trust_env=False) as client:
        url = start_prometheus(processes, config, data, free_port(0), *flags)
        yield Started(client, url, data)
