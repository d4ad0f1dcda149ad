"""The Grafana app's backend for tests: its settings, how it is started, and its log."""

import json
import sys
import time
from contextlib import contextmanager

from harness.backend import GRAFANAS_OWN, backend

PROGRAM = (sys.executable, "-m", "app.backend")


def form(hub, token="full", **more):
    """Return what the app's form saves for a hub: jsonData and the secrets."""
    return {"hubUrl": hub.api_url, "namespace": "jhub", **more}, {"hubToken": hub.tokens[token]}


def environment(folder, **ini):
    """Return what Grafana gives the backend, with these keys of its section of grafana.ini."""
    given = {"state_folder": str(folder / "state"), **ini}
    return {**GRAFANAS_OWN, **{f"GF_PLUGIN_{key.upper()}": value for key, value in given.items()}}


@contextmanager
def running_backend(folder, **ini):
    """Start the backend as Grafana does; it keeps its data in the folder. Kill it in the end."""
    log = folder / f"backend-{time.monotonic_ns()}.log"
    with backend(PROGRAM, log, **{"state_folder": str(folder / "state"), **ini}) as running:
        yield running


def lines(running):
    """Return what a backend has logged: each line is JSON."""
    return [json.loads(line) for line in running.log.read_text("utf-8").splitlines()]
