"""When it is time to look and when to act: once for the boards' colors and for the alerts.

The alerts of ``dashboards.rules.alerts`` fire at these numbers, the boards turn orange or red
at them, and docs/reference/exporter-alerts.md says them; a test holds the three together.
"""

from dashboards.kit.thresholds import Thresholds

PENDING_MINUTES = 15
"""Minutes after which a pod that does not run is stuck: a new node needs less."""

FAILED_STARTS = 3
"""Servers that do not start within SPAWN_WINDOW, from which on it is not just one user's doing."""
SPAWN_WINDOW = "30m"

FAILED_STARTS_IN_RANGE = Thresholds(warn=1, bad=10)
STUCK_PODS = Thresholds(warn=1, bad=5)
OOM_KILLS = Thresholds(warn=1, bad=10)
ROOM_FOR_SERVERS = Thresholds(warn=10, bad=1, low_is_bad=True)
"""What the tiles of several boards count, where no alert does: one is worth a look."""

SHARED_VOLUME_LEFT = Thresholds(warn=0.15, bad=0.05, low_is_bad=True)
"""Part of a shared volume that is left."""

DATABASE_LEFT = Thresholds(warn=0.25, bad=0.1, low_is_bad=True)
"""Part of the volume of the hub's database that is left: SQLite needs room to write at all."""

COMMITMENT = Thresholds(warn=0.8, bad=0.95)
"""Part of a node or a pool that is requested. A pool that is full starts no more servers."""

NODE_USE = Thresholds(warn=0.8, bad=0.95)
"""Part of a node's CPU or memory that is used."""

MEMORY_OF_LIMIT = Thresholds(warn=0.8, bad=0.95)
"""Part of its memory limit that a server uses: at the limit it is killed."""

CPU_HEAVY = 0.5
"""Cores from which on a user is listed."""

LONG_HOURS = 8
"""Hours from which on a server is listed as old."""

MEMORY_KILLS = 3
"""Containers of one hub that end for want of memory within MEMORY_KILLS_WINDOW: a size too small
for a class, rather than somebody's one big table."""
MEMORY_KILLS_WINDOW = "1h"

IDLE_LARGE_GIB = 16
IDLE_LARGE_HOURS = 4
"""A server that reserves that much memory and does nearly nothing for so long is in the way."""

START_SECONDS = Thresholds(warn=60, bad=240)
"""Seconds within which 95 in 100 servers start. Zero to JupyterHub gives up after 300."""

ANSWER_SECONDS = Thresholds(warn=1, bad=5)
"""Seconds within which 95 in 100 requests are answered."""

OLD_DATA_SECONDS = Thresholds(warn=600, bad=3600)
"""Seconds since the groups exporter last read the hub: its alerts begin at the first, and unless
told otherwise its memberships end at the second."""
