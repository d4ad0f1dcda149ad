"""Fixtures of the tests that replay a Grafana, or talk to a real one."""

import os
from collections.abc import Iterator

import httpx
import pytest

from tests.support.grafana_recorder import ORIGIN, Recorder


@pytest.fixture
def recorder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Return what replays this test's cassette."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    # What is saved holds the release: it must not be this checkout's.
    monkeypatch.setattr("dashboards.commands.deployment.release", lambda: ORIGIN.release)
    found = Recorder(request.node.name.removeprefix("test_"))
    found.clear()
    yield found
    found.clear()


@pytest.fixture(scope="session")
def grafana() -> Iterator[httpx.Client]:
    """Return a client for the real Grafana at GRAFANA_URL, logged in as an admin."""
    login = (os.environ.get("GRAFANA_USER", "admin"), os.environ["GRAFANA_PASSWORD"])
    with httpx.Client(
        base_url=os.environ["GRAFANA_URL"], auth=login, timeout=120, trust_env=False
    ) as client:
        yield client
