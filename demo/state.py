"""Which world a running demo shows: its ``now`` and days in a small file that all parts read."""

import json
from pathlib import Path

from demo.world import World, make_world


def write(path: Path, now: float, days: int) -> World:
    """Write the file and return its world."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"now": now, "days": days}), "utf-8")
    return make_world(now, days)


def read(path: Path) -> World:
    """Return the world of a file that ``write`` wrote."""
    fields = json.loads(path.read_text("utf-8"))
    return make_world(fields["now"], fields["days"])
