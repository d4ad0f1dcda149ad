"""What the project declares, and what hubs pin."""

import tomllib

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
# The hub's environment has these, and what stands on them: no other copy may lie over theirs.
REPLACES_OTHERS = {"niquests", "urllib3-future"}

# What the hub's image of Zero to JupyterHub pins of what the core needs, by the chart's releases
# (images/hub/requirements.txt of each): the oldest that is supported, those where a pin changed.
PINNED = {
    "4.1.0": {
        "certifi": "2024.12.14",
        "idna": "3.10",
        "prometheus-client": "0.21.1",
        "python-json-logger": "3.2.1",
        "typing-extensions": "4.12.2",
    },
    "4.2.0": {
        "certifi": "2025.1.31",
        "idna": "3.10",
        "prometheus-client": "0.21.1",
        "python-json-logger": "3.3.0",
        "typing-extensions": "4.13.2",
    },
    "4.3.0": {
        "certifi": "2025.10.5",
        "idna": "3.10",
        "prometheus-client": "0.23.1",
        "python-json-logger": "4.0.0",
        "typing-extensions": "4.15.0",
    },
    "4.4.0": {
        "certifi": "2026.5.20",
        "idna": "3.18",
        "prometheus-client": "0.25.0",
        "python-json-logger": "4.1.0",
        "typing-extensions": "4.15.0",
    },
}
