"""Fixtures of the tests that replay a Grafana."""

from collections.abc import Iterator

import pytest

from tests.grafana_recorder import ORIGIN, Recorder


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
