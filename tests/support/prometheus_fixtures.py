"""A real Prometheus on the simulated cluster's history, which ends on a fixed day."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules import recording
from demo import history, recorded
from demo.world import World, make_world
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.paths import ROOT

NOW = datetime(2026, 3, 20, 15, 0, tzinfo=UTC).timestamp()
"""A Friday, so that the workshop's two days are well within the history."""

DAYS = 14


@dataclass(frozen=True)
class Simulated:
    """The world, and a Prometheus that has scraped it for DAYS days."""

    world: World
    prometheus: Prometheus
    url: str


def _version():
    """Return a name for all that the blocks are made of: code, names and the fixed day."""
    places = ("demo/**/*.py", "exporter/**/*.py", "dashboards/metrics/*.py")
    files = sorted(file for place in places for file in ROOT.glob(place))
    digest = hashlib.sha256(f"{NOW} {DAYS} {recording.text()}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def blocks(request):
    """Return a directory with the history's blocks; kept from run to run while nothing changed."""
    cache = request.config.cache.mkdir("simulated-history")
    kept = cache / _version()
    if not kept.exists():
        for old in cache.iterdir():
            shutil.rmtree(old)
        fresh = cache / "unfinished"
        world = make_world(NOW, DAYS)
        history.write(world, fresh)
        recorded.write(world, fresh)
        fresh.rename(kept)
    return kept


@pytest.fixture(scope="session")
def simulated(blocks, tmp_path_factory):
    """Start a Prometheus on a copy of the history, for the session."""
    folder = tmp_path_factory.mktemp("prometheus")
    data = folder / "data"
    shutil.copytree(blocks, data)
    config = folder / "prometheus.yml"
    config.write_text("global: {}\n")
    with Processes(folder) as processes, httpx.Client(timeout=120, trust_env=False) as client:
        url = start_prometheus(processes, config, data, free_port(0))
        yield Simulated(make_world(NOW, DAYS), Prometheus(client, url), url)
