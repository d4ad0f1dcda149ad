"""One color for one thing, on every board: Grafana's names, which suit its light and dark themes.

Told apart without seeing red or green: well is blue, to be looked at orange, to be acted on red.
What is set aside or allowed is a dashed line, so that no meaning is in a color alone.
"""

from collections.abc import Mapping
from types import MappingProxyType

OK = "blue"
WARN = "orange"
BAD = "red"
NEUTRAL = "text"
"""What is not judged: the theme's color of text."""

CPU = "light-blue"
MEMORY = "purple"
GPU = "dark-yellow"
DISK = "dark-green"
NETWORK = "semi-dark-orange"

REQUESTED = "dark-orange"
LIMIT = "dark-red"
CAPACITY = NEUTRAL

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "CPU": CPU,
        "memory": MEMORY,
        "GPU": GPU,
        "disk": DISK,
        "network": NETWORK,
        "used": "dark-blue",
        "requested": REQUESTED,
        "limit": LIMIT,
        "capacity": CAPACITY,
        "running": OK,
        "succeeded": OK,
        "failed": BAD,
        "pending": WARN,
        "received": "light-green",
        "sent": "dark-green",
        "read": "light-green",
        "written": "dark-green",
        "1xx": "light-blue",
        "2xx": OK,
        "3xx": "purple",
        "4xx": WARN,
        "5xx": BAD,
    }
)
"""A line's legend → its color. Other names take Grafana's color of their own, always the same."""

DASHES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"requested": (8, 4), "limit": (2, 4), "capacity": (16, 6)}
)
"""A line's legend → pixels drawn and left out, for what is set aside, allowed, or there at all."""
