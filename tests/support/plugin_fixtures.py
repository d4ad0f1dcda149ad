"""Fixtures around the Grafana app's backend."""

import os
import subprocess

import pytest

from tests.support.paths import ROOT
from tests.support.shared import made_once, session_folder


@pytest.fixture(scope="session")
def frozen(tmp_path_factory):
    """Return the backend as a program that needs no Python."""
    # As after `make PYTHON=…`, which hands on a Python that has no PyInstaller.
    environment = {**os.environ, "PYTHON": "/bin/false"}

    def freeze(folder):
        command = [ROOT / "scripts/freeze", folder]
        subprocess.run(command, check=True, capture_output=True, env=environment)

    folder = made_once(session_folder(tmp_path_factory) / "frozen", freeze)
    (program,) = folder.glob("gpx_groupscope_linux_*")
    return program
