"""Wait for what takes a second or so."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 120
"""A busy machine, with the whole test suite on it, takes its time."""


def wait_for(condition: Callable[[], Found], what: str) -> Found:
    """Return what the condition first returns that is true. Raises AssertionError."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")
