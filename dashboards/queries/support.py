"""What the boards rest on: NFS, Prometheus, the groups exporter, every scrape.

Of the whole cluster: these serve all hubs, and nodes and jobs have no namespace.
"""

from collections.abc import Iterable

from dashboards.kit import requirements
from dashboards.kit.scope import Scope
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

_OWN = "jupyterhub_groups_exporter"


def nfs_requests_by_node(scope: Scope) -> str:
    """Return requests a second that each node makes of NFS servers: ``{node}``."""
    return scope.aggregate("sum", NODE, _nfs_requests(scope))


def nfs_requests_by_operation(scope: Scope) -> str:
    """Return requests a second of each operation: ``{method}``."""
    return scope.aggregate("sum", ("method",), f"{_nfs_requests(scope)} > 0")


def _nfs_requests(scope: Scope) -> str:
    # max folds the jobs that scrape one node-exporter.
    requests = scope.everywhere("node_nfs_requests_total")
    return scope.aggregate("max", (*NODE, "proto", "method"), f"rate({requests}[{RATE}])")


def cores(scope: Scope, containers: str) -> str:
    """Return the cores that containers of such names use."""
    used = _of(scope, "container_cpu_usage_seconds_total", containers, NAMED)
    return scope.aggregate("sum", (), each_rate(scope, used, RATE))


def memory(scope: Scope, containers: str) -> str:
    """Return the bytes that containers of such names use."""
    used = _of(scope, "container_memory_working_set_bytes", containers, NAMED)
    return scope.aggregate("sum", (), by_pod(scope, used))


def reserved(scope: Scope, containers: str, resource: str) -> str:
    """Return what is reserved for them of a resource, ``cpu`` or ``memory``."""
    return _per_container(scope, "requests", containers, resource)


def allowed(scope: Scope, containers: str, resource: str) -> str:
    """Return their limit."""
    return _per_container(scope, "limits", containers, resource)


def _per_container(scope: Scope, what: str, containers: str, resource: str) -> str:
    told = _of(scope, f"kube_pod_container_resource_{what}", containers, f'resource="{resource}"')
    return scope.aggregate("sum", (), scope.aggregate("max", CONTAINER, told))


def _of(scope: Scope, metric: str, containers: str, *matchers: str) -> str:
    return scope.all_hubs().selector(metric, f'container=~"{containers}"', *matchers)


def capacity(scope: Scope, containers: str, resource: str) -> str:
    """Return what their nodes have."""
    requests = _of(scope, "kube_pod_container_resource_requests", containers)
    nodes = scope.aggregate("group", NODE, requests)
    total = scope.everywhere("kube_node_status_capacity", f'resource="{resource}"')
    has = scope.aggregate("max", NODE, total)
    return scope.aggregate("sum", (), f"{has}\nand {scope.on(NODE)}\n{nodes}")


def network(scope: Scope, containers: str, direction: str) -> str:
    """Return bytes a second that their pods ``receive`` or ``transmit``.

    The network is the whole pod's, and is told without a container's name.
    """
    moved = scope.all_hubs().selector(f"container_network_{direction}_bytes_total")
    pods = scope.aggregate("group", POD, _of(scope, "kube_pod_container_info", containers))
    each = network_by_pod(scope, moved, RATE)
    return scope.aggregate("sum", (), f"{each}\nand {scope.on(POD)}\n{pods}")


def disk(scope: Scope, claims: str, what: str) -> str:
    """Return bytes ``used`` on volumes of such claims, or their ``capacity``."""
    told = scope.all_hubs().selector(
        f"kubelet_volume_stats_{what}_bytes", f'persistentvolumeclaim=~"{claims}"'
    )
    each = scope.aggregate("max", VOLUME, told)
    return scope.aggregate("sum", (), each)


def shown_if(variable: str, expression: str) -> str:
    """Return an expression that is there while a switch of the board is on: 1, off is 0."""
    return f"{expression}\nand on ()\nvector(${variable}) == 1"


def series_held(scope: Scope) -> str:
    """Return how many series Prometheus has had samples of within the last hours."""
    return scope.aggregate("sum", (), scope.everywhere("prometheus_tsdb_head_series"))


def samples_a_second(scope: Scope) -> str:
    """Return how many samples Prometheus takes a second."""
    appended = scope.everywhere("prometheus_tsdb_head_samples_appended_total")
    return scope.aggregate("sum", (), f"rate({appended}[{RATE}])")


def data_age(scope: Scope) -> str:
    """Return the seconds since each groups exporter last read its hub: ``{job, instance}``."""
    success = scope.everywhere(f"{_OWN}_last_success_timestamp_seconds")
    return scope.aggregate("max", ("job", "instance"), f"time() - ({success} > 0)")


def oldest_data(scope: Scope) -> str:
    """Return the age of the oldest exporter's data, in seconds."""
    return scope.aggregate("max", (), data_age(scope))


def refresh_seconds(scope: Scope) -> str:
    """Return how long each exporter's last reading of its hub took."""
    took = scope.everywhere(f"{_OWN}_last_refresh_duration_seconds")
    return scope.aggregate("max", ("job", "instance"), took)


def refresh_failures(scope: Scope, window: str = STEP) -> str:
    """Return how many readings failed within the window: ``{reason}``.

    Those before an exporter's first scrape are known of the ones that are there at its end.
    """
    failed = counters.count(
        scope,
        scope.everywhere(f"{_OWN}_refresh_failures_total"),
        window,
        born=scope.everywhere("process_start_time_seconds"),
        of_process=True,
    )
    # max folds the jobs that scrape one exporter.
    once = scope.aggregate("max", ("instance", "reason"), failed)
    return scope.aggregate("sum", ("reason",), once)


def total_refresh_failures(scope: Scope, window: str = counters.RANGE) -> str:
    """Return how many readings failed within the window, for whatever reason."""
    return scope.aggregate("sum", (), refresh_failures(scope, window))


def exporter_size(scope: Scope, what: str) -> str:
    """Return how many ``users``, ``groups``, ``memberships`` or ``exposition_bytes`` it serves."""
    return scope.aggregate("sum", (), scope.everywhere(f"{_OWN}_{what}"))


def targets_up(scope: Scope) -> str:
    """Return the part of each job's targets that answer: ``{job}``."""
    return scope.aggregate("avg", ("job",), scope.everywhere("up"))


def targets_down(scope: Scope) -> str:
    """Return how many targets do not answer."""
    return scope.aggregate("sum", (), f"1 - {scope.everywhere('up')}")


def targets(scope: Scope) -> str:
    """Return how many targets each job has."""
    return scope.aggregate("count", ("job",), scope.everywhere("up"))


def scrape_seconds(scope: Scope) -> str:
    """Return how long the slowest scrape of each job took."""
    return scope.aggregate("max", ("job",), scope.everywhere("scrape_duration_seconds"))


def scrape_samples(scope: Scope) -> str:
    """Return how many samples each job brings, after those that it drops."""
    return scope.aggregate(
        "sum", ("job",), scope.everywhere("scrape_samples_post_metric_relabeling")
    )


def sources(scope: Scope) -> str:
    """Return how many series there are of what each source tells, 0 where it lacks: ``{source}``.

    One metric stands for a source, as ``dashboards.kit.requirements`` has it.
    """
    return "\nor\n".join(_counted(scope, name, probe) for name, probe in _probes())


def _probes() -> Iterable[tuple[str, str]]:
    yield "kube-state-metrics", "kube_pod_info"
    yield "cAdvisor", "container_cpu_usage_seconds_total"
    yield "groups exporter", "jupyterhub_user_group_info"
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


def _counted(scope: Scope, name: str, probe: str) -> str:
    namespaced = probe.startswith(_NAMESPACED)
    there = scope.all_hubs().selector(probe) if namespaced else scope.everywhere(probe)
    count = f"count({there}) or vector(0)"
    return function("label_replace", count, f'"source", "{name}"', '"", ""')


_NAMESPACED = ("kube_pod_", "container_", "jupyterhub_", "kubelet_volume_", "dirsize_")
