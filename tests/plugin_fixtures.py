"""Fixtures around the Grafana app's backend."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def frozen(tmp_path_factory):
    """Return the backend as a program that needs no Python."""
    folder = tmp_path_factory.mktemp("frozen")
    subprocess.run([ROOT / "scripts/freeze", folder], check=True, capture_output=True)
    (program,) = folder.glob("gpx_groupscope_linux_*")
    return program
