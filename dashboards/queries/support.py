"""What the boards rest on: NFS, Prometheus, the groups exporter, every scrape.

Of the whole cluster: these serve all hubs, and nodes and jobs have no namespace.
"""

from collections.abc import Iterable

from dashboards.kit import requirements
from dashboards.kit.scope import Scope
from dashboards.metrics.cadvisor import (
    CONTAINER_CPU_USAGE_SECONDS_TOTAL,
    CONTAINER_MEMORY_WORKING_SET_BYTES,
    CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL,
    CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL,
)
from dashboards.metrics.groups_exporter import (
    JUPYTERHUB_GROUPS_EXPORTER_GROUPS,
    JUPYTERHUB_GROUPS_EXPORTER_LAST_REFRESH_DURATION_SECONDS,
    JUPYTERHUB_GROUPS_EXPORTER_LAST_SUCCESS_TIMESTAMP_SECONDS,
    JUPYTERHUB_GROUPS_EXPORTER_MEMBERSHIPS,
    JUPYTERHUB_GROUPS_EXPORTER_REFRESH_FAILURES_TOTAL,
    JUPYTERHUB_GROUPS_EXPORTER_USERS,
    JUPYTERHUB_USER_GROUP_INFO,
    PROCESS_START_TIME_SECONDS,
)
from dashboards.metrics.kube_state_metrics import (
    KUBE_NODE_STATUS_CAPACITY,
    KUBE_POD_CONTAINER_INFO,
    KUBE_POD_CONTAINER_RESOURCE_LIMITS,
    KUBE_POD_CONTAINER_RESOURCE_REQUESTS,
    KUBE_POD_INFO,
)
from dashboards.metrics.kubelet import (
    KUBELET_VOLUME_STATS_CAPACITY_BYTES,
    KUBELET_VOLUME_STATS_USED_BYTES,
)
from dashboards.metrics.metric import Metric
from dashboards.metrics.node_exporter import NODE_NFS_REQUESTS_TOTAL
from dashboards.metrics.prometheus import (
    PROMETHEUS_TSDB_HEAD_SAMPLES_APPENDED_TOTAL,
    PROMETHEUS_TSDB_HEAD_SERIES,
    SCRAPE_DURATION_SECONDS,
    SCRAPE_SAMPLES_POST_METRIC_RELABELING,
    UP,
)
from dashboards.queries import counters
from dashboards.queries.containers import NAMED, by_pod, each_rate, network_by_pod
from dashboards.queries.nodes import NODE
from dashboards.queries.pod_health import VOLUME
from dashboards.queries.pods import CONTAINER, POD
from dashboards.queries.promql import function
from dashboards.queries.usage import RATE, STEP

PROMETHEUS = "prometheus|prometheus-server"
NFS = ".*nfs-server.*|.*ganesha.*"
"""What the containers are called, of the usual charts."""

PROMETHEUS_VOLUME = ".*prometheus.*"
NFS_VOLUME = ".*nfs.*"


def nfs_requests_by_node(scope: Scope) -> str:
    """Return requests a second that each node makes of NFS servers: ``{node}``."""
    return scope.aggregate("sum", NODE, _nfs_requests(scope))


def nfs_requests_by_operation(scope: Scope) -> str:
    """Return requests a second of each operation: ``{method}``."""
    return scope.aggregate("sum", ("method",), f"{_nfs_requests(scope)} > 0")


def _nfs_requests(scope: Scope) -> str:
    # max folds the jobs that scrape one node-exporter.
    requests = scope.everywhere(NODE_NFS_REQUESTS_TOTAL)
    return scope.aggregate("max", (*NODE, "proto", "method"), f"rate({requests}[{RATE}])")


def cores(scope: Scope, containers: str) -> str:
    """Return the cores that containers of such names use."""
    used = _of(scope, CONTAINER_CPU_USAGE_SECONDS_TOTAL, containers, NAMED)
    return scope.aggregate("sum", (), each_rate(scope, used, RATE))


def memory(scope: Scope, containers: str) -> str:
    """Return the bytes that containers of such names use."""
    used = _of(scope, CONTAINER_MEMORY_WORKING_SET_BYTES, containers, NAMED)
    return scope.aggregate("sum", (), by_pod(scope, used))


def reserved(scope: Scope, containers: str, resource: str) -> str:
    """Return what is reserved for them of a resource, ``cpu`` or ``memory``."""
    return _per_container(scope, KUBE_POD_CONTAINER_RESOURCE_REQUESTS, containers, resource)


def allowed(scope: Scope, containers: str, resource: str) -> str:
    """Return their limit."""
    return _per_container(scope, KUBE_POD_CONTAINER_RESOURCE_LIMITS, containers, resource)


def _per_container(scope: Scope, metric: Metric, containers: str, resource: str) -> str:
    reported = _of(scope, metric, containers, f'resource="{resource}"')
    return scope.aggregate("sum", (), scope.aggregate("max", CONTAINER, reported))


def _of(scope: Scope, metric: Metric, containers: str, *matchers: str) -> str:
    return scope.all_hubs().selector(metric, f'container=~"{containers}"', *matchers)


def capacity(scope: Scope, containers: str, resource: str) -> str:
    """Return what their nodes have."""
    requests = _of(scope, KUBE_POD_CONTAINER_RESOURCE_REQUESTS, containers)
    nodes = scope.aggregate("group", NODE, requests)
    total = scope.everywhere(KUBE_NODE_STATUS_CAPACITY, f'resource="{resource}"')
    has = scope.aggregate("max", NODE, total)
    return scope.aggregate("sum", (), f"{has}\nand {scope.on(NODE)}\n{nodes}")


def received(scope: Scope, containers: str) -> str:
    """Return bytes a second that their pods receive."""
    return _network(scope, CONTAINER_NETWORK_RECEIVE_BYTES_TOTAL, containers)


def sent(scope: Scope, containers: str) -> str:
    """Return bytes a second that their pods send."""
    return _network(scope, CONTAINER_NETWORK_TRANSMIT_BYTES_TOTAL, containers)


def _network(scope: Scope, metric: Metric, containers: str) -> str:
    # The network is the whole pod's, and is exported without a container's name.
    moved = scope.all_hubs().selector(metric)
    pods = scope.aggregate("group", POD, _of(scope, KUBE_POD_CONTAINER_INFO, containers))
    each = network_by_pod(scope, moved, RATE)
    return scope.aggregate("sum", (), f"{each}\nand {scope.on(POD)}\n{pods}")


def disk_used(scope: Scope, claims: str) -> str:
    """Return the bytes on volumes of such claims."""
    return _disk(scope, KUBELET_VOLUME_STATS_USED_BYTES, claims)


def disk_capacity(scope: Scope, claims: str) -> str:
    """Return the bytes that volumes of such claims can hold."""
    return _disk(scope, KUBELET_VOLUME_STATS_CAPACITY_BYTES, claims)


def _disk(scope: Scope, metric: Metric, claims: str) -> str:
    reported = scope.all_hubs().selector(metric, f'persistentvolumeclaim=~"{claims}"')
    each = scope.aggregate("max", VOLUME, reported)
    return scope.aggregate("sum", (), each)


def shown_if(variable: str, expression: str) -> str:
    """Return an expression that is there while a switch of the board is on: 1, off is 0."""
    return f"{expression}\nand on ()\nvector(${variable}) == 1"


def series_held(scope: Scope) -> str:
    """Return how many series Prometheus has had samples of within the last hours."""
    return scope.aggregate("sum", (), scope.everywhere(PROMETHEUS_TSDB_HEAD_SERIES))


def samples_a_second(scope: Scope) -> str:
    """Return how many samples Prometheus takes a second."""
    appended = scope.everywhere(PROMETHEUS_TSDB_HEAD_SAMPLES_APPENDED_TOTAL)
    return scope.aggregate("sum", (), f"rate({appended}[{RATE}])")


def data_age(scope: Scope) -> str:
    """Return the seconds since each groups exporter last read its hub: ``{job, instance}``."""
    success = scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_LAST_SUCCESS_TIMESTAMP_SECONDS)
    return scope.aggregate("max", ("job", "instance"), f"time() - ({success} > 0)")


def oldest_data(scope: Scope) -> str:
    """Return the age of the oldest exporter's data, in seconds."""
    return scope.aggregate("max", (), data_age(scope))


def refresh_seconds(scope: Scope) -> str:
    """Return how long each exporter's last reading of its hub took."""
    took = scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_LAST_REFRESH_DURATION_SECONDS)
    return scope.aggregate("max", ("job", "instance"), took)


def refresh_failures(scope: Scope, window: str = STEP) -> str:
    """Return how many readings failed within the window: ``{reason}``.

    Those before an exporter's first scrape are known of the ones that are there at its end.
    """
    failed = counters.count(
        scope,
        scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_REFRESH_FAILURES_TOTAL),
        window,
        born=scope.everywhere(PROCESS_START_TIME_SECONDS),
        of_process=True,
    )
    # max folds the jobs that scrape one exporter.
    once = scope.aggregate("max", ("instance", "reason"), failed)
    return scope.aggregate("sum", ("reason",), once)


def total_refresh_failures(scope: Scope, window: str = counters.RANGE) -> str:
    """Return how many readings failed within the window, for whatever reason."""
    return scope.aggregate("sum", (), refresh_failures(scope, window))


def exported_users(scope: Scope) -> str:
    """Return how many users the groups exporters have in what they serve."""
    return scope.aggregate("sum", (), scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_USERS))


def exported_groups(scope: Scope) -> str:
    """Return how many groups the groups exporters have in what they serve."""
    return scope.aggregate("sum", (), scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_GROUPS))


def exported_memberships(scope: Scope) -> str:
    """Return how many memberships the groups exporters serve."""
    return scope.aggregate("sum", (), scope.everywhere(JUPYTERHUB_GROUPS_EXPORTER_MEMBERSHIPS))


def targets_up(scope: Scope) -> str:
    """Return the part of each job's targets that answer: ``{job}``."""
    return scope.aggregate("avg", ("job",), scope.everywhere(UP))


def targets_down(scope: Scope) -> str:
    """Return how many targets do not answer."""
    return scope.aggregate("sum", (), f"1 - {scope.everywhere(UP)}")


def targets(scope: Scope) -> str:
    """Return how many targets each job has."""
    return scope.aggregate("count", ("job",), scope.everywhere(UP))


def scrape_seconds(scope: Scope) -> str:
    """Return how long the slowest scrape of each job took."""
    return scope.aggregate("max", ("job",), scope.everywhere(SCRAPE_DURATION_SECONDS))


def scrape_samples(scope: Scope) -> str:
    """Return how many samples each job brings, after those that it drops."""
    return scope.aggregate("sum", ("job",), scope.everywhere(SCRAPE_SAMPLES_POST_METRIC_RELABELING))


def sources(scope: Scope) -> str:
    """Return how many series there are of what each source tells, 0 where it lacks: ``{source}``.

    One metric stands for a source, as ``dashboards.kit.requirements`` has it.
    """
    return "\nor\n".join(_counted(scope, name, probe) for name, probe in _probes())


def _probes() -> Iterable[tuple[str, Metric]]:
    yield "kube-state-metrics", KUBE_POD_INFO
    yield "cAdvisor", CONTAINER_CPU_USAGE_SECONDS_TOTAL
    yield "groups exporter", JUPYTERHUB_USER_GROUP_INFO
    yield "labels of nodes", requirements.NODE_POOLS.probe
    for requirement in (
        requirements.HUB,
        requirements.VOLUMES,
        requirements.NODE_EXPORTER,
        requirements.NFS_CLIENT,
        requirements.DIRSIZE,
        requirements.GPU,
        requirements.OPENCOST,
    ):
        yield requirement.name, requirement.probe


def _counted(scope: Scope, name: str, probe: Metric) -> str:
    there = scope.all_hubs().selector(probe) if probe.namespaced else scope.everywhere(probe)
    count = f"count({there}) or vector(0)"
    return function("label_replace", count, f'"source", "{name}"', '"", ""')
