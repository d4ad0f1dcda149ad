"""What Prometheus' rules record of use, by user and by group: means over five minutes.

What groups use is there in both attributions: ``…_info`` and ``…_share``.
"""

from dataclasses import dataclass

from dashboards.metrics.metric import Attributed, Metric
from dashboards.metrics.recorded import GROUP, USER, gauge


@dataclass(frozen=True, slots=True)
class RecordedUsage:
    """The recorded metrics of one kind of use: by user, and by group if a board shows it so."""

    by_user: Metric
    by_group: Attributed | None = None

    def of_groups(self, attribution: str) -> str:
        """Return the name by group in an attribution: ``info``, ``share``, ``${attribution}``.

        Raises ValueError if it is recorded by user only.
        """
        if self.by_group is None:
            raise ValueError(f"{self.by_user.name} is recorded by user only.")
        return self.by_group.name(attribution)


def _by_group(every: str, split: str, chosen: str, help_: str, unit: str = "") -> Attributed:
    """Return what groups use: counted fully in each of a user's groups, or divided among them."""
    return Attributed(
        gauge(every, f"{help_}, fully in each of a user's groups.", GROUP, unit),
        gauge(split, f"{help_}, divided among a user's groups.", GROUP, unit),
        chosen,
    )


CPU = RecordedUsage(
    gauge(
        "namespace_username:container_cpu_usage_seconds:rate5m",
        "Cores that the user's pods use.",
        USER,
        "cores",
    ),
    _by_group(
        "namespace_usergroup:container_cpu_usage_seconds:rate5m_info",
        "namespace_usergroup:container_cpu_usage_seconds:rate5m_share",
        "namespace_usergroup:container_cpu_usage_seconds:rate5m_${attribution}",
        "Cores in use by members",
        "cores",
    ),
)
CPU_OF_DASK = RecordedUsage(
    gauge(
        "namespace_username:dask_cpu_usage_seconds:rate5m",
        "Cores that the user's Dask workers and schedulers use.",
        USER,
        "cores",
    ),
    _by_group(
        "namespace_usergroup:dask_cpu_usage_seconds:rate5m_info",
        "namespace_usergroup:dask_cpu_usage_seconds:rate5m_share",
        "namespace_usergroup:dask_cpu_usage_seconds:rate5m_${attribution}",
        "Cores in use by members' Dask workers and schedulers",
        "cores",
    ),
)
MEMORY = RecordedUsage(
    gauge(
        "namespace_username:container_memory_working_set_bytes:avg5m",
        "Memory that the user's pods use.",
        USER,
        "bytes",
    ),
    _by_group(
        "namespace_usergroup:container_memory_working_set_bytes:avg5m_info",
        "namespace_usergroup:container_memory_working_set_bytes:avg5m_share",
        "namespace_usergroup:container_memory_working_set_bytes:avg5m_${attribution}",
        "Memory in use by members",
        "bytes",
    ),
)
CPU_REQUESTS = RecordedUsage(
    gauge(
        "namespace_username:cpu_requests_cores:avg5m",
        "Cores that the user's pods have reserved.",
        USER,
        "cores",
    ),
    _by_group(
        "namespace_usergroup:cpu_requests_cores:avg5m_info",
        "namespace_usergroup:cpu_requests_cores:avg5m_share",
        "namespace_usergroup:cpu_requests_cores:avg5m_${attribution}",
        "Cores reserved by members",
        "cores",
    ),
)
MEMORY_REQUESTS = RecordedUsage(
    gauge(
        "namespace_username:memory_requests_bytes:avg5m",
        "Memory that the user's pods have reserved.",
        USER,
        "bytes",
    ),
    _by_group(
        "namespace_usergroup:memory_requests_bytes:avg5m_info",
        "namespace_usergroup:memory_requests_bytes:avg5m_share",
        "namespace_usergroup:memory_requests_bytes:avg5m_${attribution}",
        "Memory reserved by members",
        "bytes",
    ),
)
GPUS_HELD = RecordedUsage(
    gauge("namespace_username:gpu_requests:avg5m", "GPUs that the user's pods hold.", USER),
    _by_group(
        "namespace_usergroup:gpu_requests:avg5m_info",
        "namespace_usergroup:gpu_requests:avg5m_share",
        "namespace_usergroup:gpu_requests:avg5m_${attribution}",
        "GPUs held by members",
    ),
)
GPUS_BUSY = RecordedUsage(
    gauge(
        "namespace_username:gpu_busy:avg5m",
        "How many of the GPUs that the user's pods hold computed.",
        USER,
    ),
    _by_group(
        "namespace_usergroup:gpu_busy:avg5m_info",
        "namespace_usergroup:gpu_busy:avg5m_share",
        "namespace_usergroup:gpu_busy:avg5m_${attribution}",
        "How many of the GPUs held by members computed",
    ),
)
GPUS_MEASURED = RecordedUsage(
    gauge(
        "namespace_username:gpu_measured:avg5m",
        "GPUs held whose utilization is known: what the busy ones are a part of.",
        USER,
    ),
    _by_group(
        "namespace_usergroup:gpu_measured:avg5m_info",
        "namespace_usergroup:gpu_measured:avg5m_share",
        "namespace_usergroup:gpu_measured:avg5m_${attribution}",
        "GPUs held by members whose utilization is known",
    ),
)
SERVERS = RecordedUsage(
    gauge("namespace_username:servers:avg5m", "Notebook servers of the user.", USER),
    _by_group(
        "namespace_usergroup:servers:avg5m_info",
        "namespace_usergroup:servers:avg5m_share",
        "namespace_usergroup:servers:avg5m_${attribution}",
        "Notebook servers of members",
    ),
)
IDLE_SERVERS = RecordedUsage(
    gauge(
        "namespace_username:idle_servers:sum",
        "Notebook servers of the user that used nearly no CPU in the last 15 minutes.",
        USER,
    ),
    _by_group(
        "namespace_usergroup:idle_servers:sum_info",
        "namespace_usergroup:idle_servers:sum_share",
        "namespace_usergroup:idle_servers:sum_${attribution}",
        "Notebook servers of members that used nearly no CPU in the last 15 minutes",
    ),
)
HOME_SIZE = RecordedUsage(
    gauge(
        "namespace_username:dirsize_total_size_bytes:sum",
        "What the user's home directory holds.",
        USER,
        "bytes",
    ),
    _by_group(
        "namespace_usergroup:dirsize_total_size_bytes:sum_info",
        "namespace_usergroup:dirsize_total_size_bytes:sum_share",
        "namespace_usergroup:dirsize_total_size_bytes:sum_${attribution}",
        "What members' home directories hold",
        "bytes",
    ),
)
MEMORY_OF_SERVERS = RecordedUsage(
    gauge(
        "namespace_username:server_memory_working_set_bytes:avg5m",
        "Memory that the user's notebook servers use.",
        USER,
        "bytes",
    )
)
MEMORY_OF_DASK_WORKERS = RecordedUsage(
    gauge(
        "namespace_username:dask_worker_memory_working_set_bytes:avg5m",
        "Memory that the user's Dask workers use.",
        USER,
        "bytes",
    )
)
MEMORY_OF_DASK_SCHEDULERS = RecordedUsage(
    gauge(
        "namespace_username:dask_scheduler_memory_working_set_bytes:avg5m",
        "Memory that the user's Dask schedulers use.",
        USER,
        "bytes",
    )
)
MEMORY_OF_GPU_PODS = RecordedUsage(
    gauge(
        "namespace_username:gpu_pod_memory_working_set_bytes:avg5m",
        "Main memory that the user's pods with GPUs use.",
        USER,
        "bytes",
    )
)
