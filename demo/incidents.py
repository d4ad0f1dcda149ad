"""What goes wrong on the demo's hub and cluster, and when: each board has something to show.

Beside these, some servers run out of memory: ``Pod.out_of_memory``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from demo.people import DAY, HOUR, NAMESPACE
from demo.schedule import GIB, MEDIUM, SMALL, Size
from demo.usage import Array
from exporter.core import slugs

MINUTE = 60.0

START_TIMEOUT = 5 * MINUTE
"""How long JupyterHub waits for a server, as Zero to JupyterHub sets it."""


@dataclass(frozen=True, slots=True)
class FailedSpawn:
    """A server that did not start: when JupyterHub gave up, after so many seconds, and why.

    ``status`` and ``reason`` are those of jupyterhub_server_spawn_duration_seconds.
    """

    time: float
    seconds: float
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StuckPod:
    """A pod that waits and never runs, from ``start`` until it is deleted."""

    name: str
    container: str
    component: str
    start: float
    gone: float
    waiting: str
    """Why its container waits; "" for a pod that no node has room for."""
    username: str = ""
    size: Size = SMALL
    namespace: str = NAMESPACE

    @property
    def uid(self) -> str:
        """Return the pod's uid."""
        return f"57c00000-0000-0000-0000-{int(self.start):012d}"


@dataclass(frozen=True)
class Incidents:
    """All that goes wrong in a world, given when its workshop begins (00:00) and its ``now``."""

    workshop: float
    now: float

    @property
    def rush(self) -> tuple[float, float]:
        """Return the half hour in which the workshop begins and the hub answers slowly."""
        begin = self.workshop + 8.75 * HOUR
        return begin, begin + HOUR / 2

    @property
    def image_missing(self) -> tuple[float, ...]:
        """Return when servers were asked for whose image could not be pulled."""
        begin = self.workshop + DAY + 9 * HOUR
        return tuple(begin + minutes * MINUTE for minutes in (2, 9, 11, 20))

    def failed_spawns(self) -> tuple[FailedSpawn, ...]:
        """Return the servers that did not start, in the order of their times.

        On the workshop's first morning the hub takes no more at once; on its second an image
        cannot be pulled, so four time out; yesterday one exits at once, which the hub sees when it
        has waited for ten seconds.
        """
        begin, _ = self.rush
        throttled = (
            FailedSpawn(begin + minutes * MINUTE, 0.004, "failure", "throttled")
            for minutes in (4, 5, 5.5, 6, 12)
        )
        timed_out = (
            FailedSpawn(asked + START_TIMEOUT, START_TIMEOUT + 0.4, "error")
            for asked in self.image_missing
        )
        exited = FailedSpawn(self.now - DAY, 10.1, "error", "exited")
        return (*throttled, *timed_out, exited)

    @property
    def no_room(self) -> tuple[float, float]:
        """Return when two Dask workers wait for a node that the pool may not have."""
        begin = self.workshop + 15 * HOUR
        return begin, begin + 3 * HOUR

    @property
    def image_puller(self) -> float:
        """Return since when the image puller of one node cannot pull; it still waits now."""
        return self.now - 5 * HOUR

    def stuck_pods(self) -> Iterator[StuckPod]:
        """Yield the pods that wait and never run."""
        users = ("ws-04", "ws-07", "ws_guest", "ws-04")
        for number, (username, asked) in enumerate(zip(users, self.image_missing, strict=True)):
            # ws-04 tries again once the first pod is gone.
            yield StuckPod(
                f"jupyter-{slugs.safe(username)}--second"
                if number < 3
                else f"jupyter-{slugs.safe(username)}--third",
                "notebook",
                "singleuser-server",
                asked,
                asked + START_TIMEOUT,
                "ImagePullBackOff",
                username,
            )
        begin, end = self.no_room
        for number in range(2):
            yield StuckPod(
                f"dask-worker-57c0-{number}",
                "dask-worker",
                "dask-worker",
                begin + number,
                end,
                "",
                "Gunnar",
                MEDIUM,
            )
        yield StuckPod(
            "continuous-image-puller-7xk2p",
            "image-pull-singleuser",
            "continuous-image-puller",
            self.image_puller,
            self.now + 3 * DAY,
            "ImagePullBackOff",
        )

    @property
    def hub_restart(self) -> float:
        """Return when the hub ran out of memory and Kubernetes started it again."""
        return self.now - 2.5 * DAY

    @property
    def hub_back(self) -> float:
        """Return when the hub answered again."""
        return self.hub_restart + 2 * MINUTE

    def hub_memory(self, times: Array) -> Array:
        """Return bytes that the hub has in use: in a day they grow to all that it may have."""
        days_left = (self.hub_restart - times) / DAY
        leak = np.where((days_left >= 0) & (days_left < 1), 1 - days_left, 0.0)
        return (0.3 + 0.68 * leak) * GIB

    @property
    def volume_fills(self) -> tuple[float, float, float]:
        """Return when somebody's output starts to fill the shared volume, fills it, is deleted."""
        begin = self.now - 6 * DAY
        return begin, begin + 1.5 * DAY, begin + 2 * DAY

    @property
    def exporter_blind(self) -> tuple[float, float]:
        """Return when the groups exporter could not reach the hub: a network policy was wrong."""
        begin = self.now - 4 * DAY
        return begin, begin + 25 * MINUTE
