"""The exporter's metrics on itself, as prometheus-client encodes them."""

from collections.abc import Iterator

from prometheus_client import Metric, ProcessCollector
from prometheus_client.registry import Collector

from exporter.core.metrics import SELF_METRICS
from exporter.core.status import Status


class SelfMetrics(Collector):
    """``jupyterhub_groups_exporter_*`` of a status, and ``process_*``."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each of ``SELF_METRICS``, then those of the process."""
        for metric in SELF_METRICS:
            yield metric.family(metric.samples(self._status))
        yield from _PROCESS.collect()


# CPU time, memory and open files under the names that every client library gives them.
_PROCESS = ProcessCollector(registry=None)
