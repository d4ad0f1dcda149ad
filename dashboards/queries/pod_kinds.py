"""Memory by kind of pod: notebook servers, Dask workers, Dask schedulers, whatever holds GPUs.

By user, as ``usage`` has it. The first three add up to ``usage.MEMORY``; a pod with a GPU is one
of them, too. They are recorded by user only: no board shows them by group.
"""

from dataclasses import replace
from functools import partial

from dashboards.kit.scope import Scope
from dashboards.metrics import recorded_usage
from dashboards.queries.pods import (
    DASK_SCHEDULER,
    DASK_WORKER,
    POD,
    of_dask,
    without_dask,
)
from dashboards.queries.promql import binary
from dashboards.queries.usage import (
    GPUS,
    MEMORY_KNOWN,
    Usage,
    memory_by_pod,
    memory_owners,
    of_user,
    requests_by_pod,
)


def of_servers(scope: Scope, window: str = "") -> str:
    """Return bytes in use by each user's notebook servers."""
    return of_user(
        scope,
        without_dask(scope, memory_by_pod(scope, window), window),
        memory_owners(scope, window),
    )


def of_dask_pods(scope: Scope, window: str = "", *, which: tuple[str, ...]) -> str:
    """Return bytes in use by each user's Dask workers, or schedulers."""
    return of_user(
        scope,
        of_dask(scope, memory_by_pod(scope, window), window, which),
        memory_owners(scope, window),
    )


def of_gpu_pods(scope: Scope, window: str = "") -> str:
    """Return bytes of main memory in use by each user's pods that hold GPUs."""
    holders = f"{requests_by_pod(scope, GPUS, window)} > 0"
    by_pod = binary(memory_by_pod(scope, window), f"and {scope.on(POD)}", holders)
    return of_user(scope, by_pod, memory_owners(scope, window))


SERVERS = Usage(of_servers, recorded_usage.MEMORY_OF_SERVERS, MEMORY_KNOWN)
DASK_WORKERS = Usage(
    partial(of_dask_pods, which=DASK_WORKER),
    recorded_usage.MEMORY_OF_DASK_WORKERS,
    MEMORY_KNOWN,
)
DASK_SCHEDULERS = Usage(
    partial(of_dask_pods, which=DASK_SCHEDULER),
    recorded_usage.MEMORY_OF_DASK_SCHEDULERS,
    MEMORY_KNOWN,
)
GPU_PODS = Usage(of_gpu_pods, recorded_usage.MEMORY_OF_GPU_PODS, MEMORY_KNOWN)

KINDS = (SERVERS, DASK_WORKERS, DASK_SCHEDULERS, GPU_PODS)
"""All that are recorded by user."""


def in_gib(memory: Usage) -> Usage:
    """Return memory in GiB, of which hours are summed."""
    return replace(memory, divisor="2^30")
