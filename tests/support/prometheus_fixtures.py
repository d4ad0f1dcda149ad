"""A real Prometheus on the simulated cluster's history, which ends on a fixed day."""

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules import recording
from demo import history, recorded
from demo.world import World, make_world
from harness.prometheus import started
from tests.support.paths import ROOT
from tests.support.shared import made_once

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
    rooms = ("demo", "exporter", "harness", "dashboards/metrics")
    files = sorted(file for room in rooms for file in (ROOT / room).glob("**/*.py"))
    digest = hashlib.sha256(f"{NOW} {DAYS} {recording.text()}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _make(folder):
    world = make_world(NOW, DAYS)
    history.write(world, folder)
    recorded.write(world, folder)


@pytest.fixture(scope="session")
def blocks(request):
    """Return a directory with the history's blocks; kept from run to run while nothing changed."""
    cache = request.config.cache.mkdir("simulated-history")
    version = _version()
    for old in cache.iterdir():
        if not old.name.startswith(version):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    return made_once(cache / version, _make)


@pytest.fixture(scope="session")
def simulated(blocks, tmp_path_factory):
    """Start a Prometheus on a copy of the history, for the session."""
    folder = tmp_path_factory.mktemp("prometheus")
    shutil.copytree(blocks, folder / "data")
    with started(folder, folder / "data") as running:
        yield Simulated(make_world(NOW, DAYS), running.api, running.url)
