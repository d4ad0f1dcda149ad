"""What the boards rest on: NFS, Prometheus, the groups exporter, every scrape.

Of the whole cluster: these serve all hubs, and nodes and jobs have no namespace.
"""

from collections.abc import Iterable

from dashboards.kit import requirements
from dashboards.queries import counters
from dashboards.queries.containers import NAMED, by_pod, each_rate, network_by_pod
from dashboards.queries.pods import POD
from dashboards.queries.promql import (
    aggregate,
    everywhere,
    function,
    of_every_hub,
    selector,
)
from dashboards.queries.usage import RATE, STEP

PROMETHEUS = "prometheus|prometheus-server"
NFS = ".*nfs-server.*|.*ganesha.*"
"""What the containers are called, of the usual charts."""

PROMETHEUS_VOLUME = ".*prometheus.*"
NFS_VOLUME = ".*nfs.*"

_OWN = "jupyterhub_groups_exporter"


def nfs_requests_by_node() -> str:
    """Return requests a second that each node makes of NFS servers: ``{node}``."""
    return aggregate("sum", ("node",), _nfs_requests())


def nfs_requests_by_operation() -> str:
    """Return requests a second of each operation: ``{method}``."""
    return aggregate("sum", ("method",), f"{_nfs_requests()} > 0")


def _nfs_requests() -> str:
    # max folds the jobs that scrape one node-exporter.
    requests = everywhere("node_nfs_requests_total")
    return aggregate("max", ("node", "proto", "method"), f"rate({requests}[{RATE}])")


def cores(containers: str) -> str:
    """Return the cores that containers of such names use."""
    used = _of("container_cpu_usage_seconds_total", containers, NAMED)
    return aggregate("sum", (), each_rate(used, RATE))


def memory(containers: str) -> str:
    """Return the bytes that containers of such names use."""
    used = _of("container_memory_working_set_bytes", containers, NAMED)
    return aggregate("sum", (), by_pod(used))


def reserved(containers: str, resource: str) -> str:
    """Return what is reserved for them of a resource, ``cpu`` or ``memory``."""
    return _per_container("requests", containers, resource)


def allowed(containers: str, resource: str) -> str:
    """Return their limit."""
    return _per_container("limits", containers, resource)


def _per_container(what: str, containers: str, resource: str) -> str:
    told = _of(f"kube_pod_container_resource_{what}", containers, f'resource="{resource}"')
    return aggregate("sum", (), aggregate("max", (*POD, "container"), told))


def _of(metric: str, containers: str, *matchers: str) -> str:
    return of_every_hub(selector(metric, f'container=~"{containers}"', *matchers))


def capacity(containers: str, resource: str) -> str:
    """Return what their nodes have."""
    nodes = aggregate("group", ("node",), _of("kube_pod_container_resource_requests", containers))
    has = aggregate(
        "max", ("node",), everywhere("kube_node_status_capacity", f'resource="{resource}"')
    )
    return aggregate("sum", (), f"{has}\nand on (node)\n{nodes}")


def network(containers: str, direction: str) -> str:
    """Return bytes a second that their pods ``receive`` or ``transmit``.

    The network is the whole pod's, and is told without a container's name.
    """
    moved = of_every_hub(selector(f"container_network_{direction}_bytes_total"))
    pods = aggregate("group", POD, _of("kube_pod_container_info", containers))
    each = network_by_pod(moved, RATE)
    return aggregate("sum", (), f"{each}\nand on (namespace, pod)\n{pods}")


def disk(claims: str, what: str) -> str:
    """Return bytes ``used`` on volumes of such claims, or their ``capacity``."""
    told = selector(f"kubelet_volume_stats_{what}_bytes", f'persistentvolumeclaim=~"{claims}"')
    each = aggregate("max", ("namespace", "persistentvolumeclaim"), of_every_hub(told))
    return aggregate("sum", (), each)


def shown_if(variable: str, expression: str) -> str:
    """Return an expression that is there while a switch of the board is on: 1, off is 0."""
    return f"{expression}\nand on ()\nvector(${variable}) == 1"


def series_held() -> str:
    """Return how many series Prometheus has had samples of within the last hours."""
    return aggregate("sum", (), everywhere("prometheus_tsdb_head_series"))


def samples_a_second() -> str:
    """Return how many samples Prometheus takes a second."""
    appended = everywhere("prometheus_tsdb_head_samples_appended_total")
    return aggregate("sum", (), f"rate({appended}[{RATE}])")


def data_age() -> str:
    """Return the seconds since each groups exporter last read its hub: ``{job, instance}``."""
    success = everywhere(f"{_OWN}_last_success_timestamp_seconds")
    return aggregate("max", ("job", "instance"), f"time() - ({success} > 0)")


def oldest_data() -> str:
    """Return the age of the oldest exporter's data, in seconds."""
    return aggregate("max", (), data_age())


def refresh_seconds() -> str:
    """Return how long each exporter's last reading of its hub took."""
    took = everywhere(f"{_OWN}_last_refresh_duration_seconds")
    return aggregate("max", ("job", "instance"), took)


def refresh_failures(window: str = STEP) -> str:
    """Return how many readings failed within the window: ``{reason}``.

    Those before an exporter's first scrape are known of the ones that are there at its end.
    """
    failed = counters.count(
        everywhere(f"{_OWN}_refresh_failures_total"),
        window,
        born=everywhere("process_start_time_seconds"),
        of_process=True,
    )
    # max folds the jobs that scrape one exporter.
    once = aggregate("max", ("instance", "reason"), failed)
    return aggregate("sum", ("reason",), once)


def exporter_size(what: str) -> str:
    """Return how many ``users``, ``groups``, ``memberships`` or ``exposition_bytes`` it serves."""
    return aggregate("sum", (), everywhere(f"{_OWN}_{what}"))


def targets_up() -> str:
    """Return the part of each job's targets that answer: ``{job}``."""
    return aggregate("avg", ("job",), everywhere("up"))


def targets_down() -> str:
    """Return how many targets do not answer."""
    return aggregate("sum", (), f"1 - {everywhere('up')}")


def targets() -> str:
    """Return how many targets each job has."""
    return aggregate("count", ("job",), everywhere("up"))


def scrape_seconds() -> str:
    """Return how long the slowest scrape of each job took."""
    return aggregate("max", ("job",), everywhere("scrape_duration_seconds"))


def scrape_samples() -> str:
    """Return how many samples each job brings, after those that it drops."""
    return aggregate("sum", ("job",), everywhere("scrape_samples_post_metric_relabeling"))


def sources() -> str:
    """Return how many series there are of what each source tells, 0 where it lacks: ``{source}``.

    One metric stands for a source, as ``dashboards.kit.requirements`` has it.
    """
    return "\nor\n".join(_counted(name, probe) for name, probe in _probes())


def _probes() -> Iterable[tuple[str, str]]:
    yield "kube-state-metrics", "kube_pod_info"
    yield "cAdvisor", "container_cpu_usage_seconds_total"
    yield "groups exporter", "jupyterhub_user_group_info"
    yield "labels of nodes", requirements.NODE_POOLS.probe
    for need in (
        requirements.HUB,
        requirements.VOLUMES,
        requirements.NODE_EXPORTER,
        requirements.NFS_CLIENT,
        requirements.DIRSIZE,
        requirements.GPU,
        requirements.OPENCOST,
    ):
        yield need.name, need.probe


def _counted(name: str, probe: str) -> str:
    there = selector(probe) if probe.startswith(_NAMESPACED) else everywhere(probe)
    count = f"count({of_every_hub(there)}) or vector(0)"
    return function("label_replace", count, f'"source", "{name}"', '"", ""')


_NAMESPACED = ("kube_pod_", "container_", "jupyterhub_", "kubelet_volume_", "dirsize_")
