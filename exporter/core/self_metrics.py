"""The exporter on itself, as values and as Prometheus metric families."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import Metric, ProcessCollector
from prometheus_client.registry import Collector

from exporter import __version__
from exporter.core.errors import Reason
from exporter.core.exposition import NOTHING, Sizes
from exporter.core.metrics import (
    BUILD_INFO,
    EXPOSITION_BYTES,
    FAILURES,
    GROUPS,
    HUB_REACHABLE,
    LAST_DURATION,
    LAST_SUCCESS,
    MAX_AGE,
    MEMBERSHIPS,
    REFRESH_INTERVAL,
    STATE_WRITE_FAILURES,
    USERS,
)


@dataclass(frozen=True, slots=True)
class Status:
    """The exporter on itself: Unix time, seconds, and failures so far for every reason."""

    last_success: float = 0.0
    last_duration: float = 0.0
    hub_reachable: bool = False
    sizes: Sizes = NOTHING
    failures: Mapping[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
    state_write_failures: int = 0


class Own(Collector):
    """``jupyterhub_groups_exporter_*``, every reason included if only as 0, and the process."""

    def __init__(self, status: Status, *, interval: float, max_age: float) -> None:
        self._status = status
        self._interval = interval
        self._max_age = max_age

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each of ``OWN_SERIES``, then ``process_*``."""
        status, sizes = self._status, self._status.sizes
        failures = status.failures
        yield LAST_SUCCESS.family([((), status.last_success)])
        yield LAST_DURATION.family([((), status.last_duration)])
        yield FAILURES.family(((reason,), failures[reason]) for reason in Reason)
        yield HUB_REACHABLE.family([((), status.hub_reachable)])
        yield USERS.family([((), sizes.users)])
        yield GROUPS.family([((), sizes.groups)])
        yield MEMBERSHIPS.family([((), sizes.memberships)])
        yield EXPOSITION_BYTES.family([((), sizes.page)])
        yield STATE_WRITE_FAILURES.family([((), status.state_write_failures)])
        yield REFRESH_INTERVAL.family([((), self._interval)])
        yield MAX_AGE.family([((), self._max_age)])
        yield BUILD_INFO.family([((__version__,), 1)])
        yield from _PROCESS.collect()


# CPU time, memory and open files under the names that every client library gives them.
_PROCESS = ProcessCollector(registry=None)
