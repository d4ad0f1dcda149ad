"""Fixtures around the Grafana app's backend."""

import os
import subprocess

import pytest

from tests.support.paths import ROOT


@pytest.fixture(scope="session")
def frozen(tmp_path_factory):
    """Return the backend as a program that needs no Python."""
    folder = tmp_path_factory.mktemp("frozen")
    # As after `make PYTHON=…`, which hands on a Python that has no PyInstaller.
    environment = {**os.environ, "PYTHON": "/bin/false"}
    subprocess.run(
        [ROOT / "scripts/freeze", folder], check=True, capture_output=True, env=environment
    )
    (program,) = folder.glob("gpx_groupscope_linux_*")
    return program
