"""Fixtures around a real JupyterHub."""

import pytest

from harness.hub import running_hub
from tests.support.hub import people


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    """One hub under /jh/ for the session, with the users of ``hub.people``; left as found."""
    with running_hub(
        tmp_path_factory.mktemp("hub"),
        base_url="/jh/",
        users=people.ALL,
        groups=people.GROUPS,
    ) as running:
        yield running
