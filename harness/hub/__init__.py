"""A real JupyterHub with its proxy, in a folder of its own."""

from harness.hub.running import FULL, LEAST, RunningHub, free_ports, running_hub
from harness.waiting import PATIENCE_SECONDS, wait_for

__all__ = [
    "FULL",
    "LEAST",
    "PATIENCE_SECONDS",
    "RunningHub",
    "free_ports",
    "running_hub",
    "wait_for",
]
