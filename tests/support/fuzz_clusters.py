"""Small clusters as plain data, and their samples as scrapes would have found them.

All minutes are counted from the cluster's first scrape.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from tests.support.fuzz_prometheus import STALE, Series

BEGIN = datetime(2026, 3, 10, 6, tzinfo=UTC).timestamp()
"""Minute 0: hours before the day's end, so that there is one day to count people on."""

GIB = 2**30
NONE = "none"
PATTERN = 37
"""Minutes for which a pod uses the same, before it goes on to the next of its ``cores``."""

AFTER = 30
"""Minutes after the last scrape until which all of it is forgotten."""

EXPORTER, KSM, CADVISOR, DCGM, DIRSIZE = "exporter", "ksm", "cadvisor", "dcgm", "dirsize"
JOBS = (EXPORTER, KSM, CADVISOR, DCGM, DIRSIZE)


@dataclass(frozen=True)
class Pod:
    """A pod, listed and running from a minute up to, not including, another."""

    owner: str
    """Empty where the annotation is missing: the pod is nobody's."""
    name: str
    uid: str
    listed: tuple[int, int]
    runs: tuple[int, int]
    """Empty (the second not after the first) for a pod that never ran."""
    node: str = "node-1"
    cores: tuple[float, ...] = (1.0,)
    gib: tuple[float, ...] = (1.0,)
    restarts: tuple[tuple[int, bool], ...] = ()
    """Minutes after the start at which the container begins anew; whether under another id."""
    cpu_request: float = 1.0
    gib_request: float = 1.0
    gpus: int = 0
    busy: tuple[int, ...] = ()
    """Percent, one for each device that dcgm-exporter tells of."""
    dask: bool = False


@dataclass(frozen=True)
class User:
    name: str
    memberships: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    """From a minute on: groups and their weights, of which one at least is over 0."""
    pods: tuple[Pod, ...] = ()
    home: tuple[str, int] | None = None
    """How the directory is named ("safe", "escaped" or "raw"), and its bytes."""


@dataclass(frozen=True)
class Hub:
    name: str
    groups: tuple[str, ...]
    users: tuple[User, ...]
    nobodys: tuple[Pod, ...] = ()
    exported_labels: bool = True
    """Whether the pod labels of dcgm-exporter arrive as ``exported_pod``."""


@dataclass(frozen=True)
class Gap:
    """Minutes without scrapes; of a ``job`` or, when Prometheus itself was down, of all."""

    first: int
    end: int
    job: str = ""
    instance: str = ""
    """The replica that was gone; all of the job's if empty."""


@dataclass(frozen=True)
class Cluster:
    minutes: int
    hubs: tuple[Hub, ...]
    replicas: tuple[tuple[str, int], ...] = ()
    """How many of a job there are, if not one."""
    offsets: tuple[int, ...] = (0, 0, 0, 0, 0)
    """Seconds after the full minute at which each of JOBS is scraped."""
    gaps: tuple[Gap, ...] = ()
    lag: int = 0
    """Seconds by which a second kube-state-metrics is scraped after the first.

    Not the exporter's: while one replica tells a change and the other not yet, both its old and
    its new groups count for the user, and the shares add up to more than 1.
    """
    rules: int = 42
    """Seconds after each five minutes at which rules are evaluated.

    At a scrape's second a window has a sample at either end, one more than it has minutes; at 0 a
    step of the board has an evaluation at either end, too.
    """


@dataclass(frozen=True)
class View:
    """What is asked on the board: seconds after BEGIN, hubs and groups; no groups are all."""

    start: int
    end: int
    hubs: tuple[str, ...]
    groups: tuple[str, ...] = ()


class _Scrapes:
    """What each target tells each minute: NaN where a series is not there."""

    def __init__(self, cluster):
        self._cluster = cluster
        self._told = {}

    def tell(self, job, metric, labels, value, life=None):
        """Add a series, or a stretch of one, as all replicas of the job tell it."""
        first, end = life or (0, self._cluster.minutes + 1)
        end = min(end, self._cluster.minutes + 1)
        for replica in range(1, dict(self._cluster.replicas).get(job, 1) + 1):
            # cAdvisor's and the others' instance is no matter; empty labels are none.
            key = (job, str(replica), metric, tuple(sorted((k, v) for k, v in labels.items() if v)))
            empty = np.full(self._cluster.minutes + 1, np.nan)
            self._told.setdefault(key, empty)[first:end] = value

    def series(self):
        """Return the series as stored: a stale marker at the scrape that finds one no more."""
        stored = [self._stored(*key, told) for key, told in self._told.items()]
        return [one for one in stored if len(one.times)]

    def _stored(self, job, instance, metric, labels, told):
        told, scraped = told.copy(), np.full(len(told), True)
        for gap in self._cluster.gaps:
            if gap.job in ("", job) and gap.instance in ("", instance):
                told[gap.first : gap.end] = np.nan
            if not gap.job:
                # Prometheus was down: nothing marks what ended meanwhile.
                scraped[gap.first : gap.end + 1] = False
        there = ~np.isnan(told)
        ended = np.append(False, there[:-1] & ~there[1:]) & scraped
        kept = there | ended
        offset = self._cluster.offsets[JOBS.index(job)]
        if (job, instance) == (KSM, "2"):
            offset += self._cluster.lag
        times = BEGIN + 60.0 * np.flatnonzero(kept) + offset
        on = {**dict(labels), "instance": instance, "job": job}
        return Series(metric, on, times, np.where(there, told, STALE)[kept])


def evaluations(cluster):
    """Return when rules are evaluated: never while Prometheus is down, also after the end."""
    each, last = 300, BEGIN + 60 * (cluster.minutes + AFTER)
    times = np.arange(BEGIN + cluster.rules, last + 1, each)
    for gap in cluster.gaps:
        if not gap.job:
            times = times[(times < BEGIN + 60 * gap.first) | (times >= BEGIN + 60 * gap.end)]
    return times


def series(cluster, prefix=""):
    """Return a cluster's series; ``prefix`` begins the namespaces' names."""
    scrapes = _Scrapes(cluster)
    for hub in cluster.hubs:
        namespace = prefix + hub.name
        whole = (0, cluster.minutes + 1)
        own = Pod("", "hub", "hub-uid", whole, whole, cores=(0.1,), gib=(0.3,))
        for pod in (own, *hub.nobodys, *(pod for user in hub.users for pod in user.pods)):
            _tell_pod(scrapes, namespace, pod, hub.exported_labels)
        _tell_people(scrapes, namespace, hub, cluster.minutes)
    return scrapes.series()


def _tell_pod(scrapes, namespace, pod, exported_labels):
    who = {"namespace": namespace, "pod": pod.name}
    one = {**who, "uid": pod.uid}

    def state(metric, labels, value, life=pod.listed):
        scrapes.tell(KSM, metric, {**one, **labels}, value, life)

    # As Zero to JupyterHub labels the hub's own, by which its namespace is told from a user's.
    kind = "dask-worker" if pod.dask else "hub" if pod.name == "hub" else "singleuser-server"
    state("kube_pod_annotations", {"annotation_hub_jupyter_org_username": pod.owner}, 1)
    state("kube_pod_labels", {"label_app_kubernetes_io_component": kind}, 1)
    first, end = pod.runs if pod.runs[0] < pod.runs[1] else (pod.listed[1],) * 2
    spans = {"Pending": (pod.listed[0], first), "Running": (first, end)}
    spans["Succeeded"] = (end, pod.listed[1])
    for phase in spans:
        state("kube_pod_status_phase", {"phase": phase}, 0)
        for other, span in spans.items():
            state("kube_pod_status_phase", {"phase": phase}, float(other == phase), span)
    requests = {"cpu": pod.cpu_request, "memory": pod.gib_request * GIB, "nvidia_com_gpu": pod.gpus}
    for resource, amount in requests.items():
        if amount:
            on = {"container": "notebook", "resource": resource}
            # A pod that waits has no node yet.
            waits, placed = (pod.listed[0], first), (first, pod.listed[1])
            state("kube_pod_container_resource_requests", on, amount, waits)
            state("kube_pod_container_resource_requests", {**on, "node": pod.node}, amount, placed)
    if first < end:
        _tell_containers(scrapes, who, pod, first, end)
        _tell_gpus(scrapes, namespace, pod, exported_labels)


def _tell_containers(scrapes, who, pod, first, end):
    minutes = np.arange(end - first)
    cores, gib = (np.array(p)[minutes // PATTERN % len(p)] for p in (pod.cores, pod.gib))
    # It began half a minute before it was first seen.
    seconds = np.cumsum(60 * cores) - 30 * cores[0]
    cgroup = {**who, "id": f"/pods/{pod.uid}", "name": ""}
    pause = {**who, "id": f"/pods/{pod.uid}/pause", "name": f"{pod.uid}-pause"}
    for labels, used, held in ((cgroup, seconds, gib * GIB), (pause, 0.03, 2**20)):
        scrapes.tell(CADVISOR, "container_cpu_usage_seconds_total", labels, used, (first, end))
        scrapes.tell(CADVISOR, "container_memory_working_set_bytes", labels, held, (first, end))
    number, starts = 0, [(0, False), *pod.restarts, (end - first, False)]
    for (low, anew), (high, _) in pairwise(starts):
        if low >= high:
            continue
        number += anew
        before = seconds[low - 1] if low else 0.0
        name = f"{pod.uid}-notebook-{number}"
        labels = {**who, "id": f"/pods/{pod.uid}/{name}", "name": name, "container": "notebook"}
        life, it = (first + low, first + high), slice(low, high)
        scrapes.tell(
            CADVISOR, "container_cpu_usage_seconds_total", labels, seconds[it] - before, life
        )
        scrapes.tell(CADVISOR, "container_memory_working_set_bytes", labels, gib[it] * GIB, life)


def _tell_gpus(scrapes, namespace, pod, exported_labels):
    if exported_labels:
        who = {"namespace": "gpu-operator", "pod": "dcgm", "exported_namespace": namespace}
        who |= {"exported_pod": pod.name}
    else:
        who = {"namespace": namespace, "pod": pod.name}
    for device, percent in enumerate(pod.busy):
        scrapes.tell(DCGM, "DCGM_FI_DEV_GPU_UTIL", {**who, "gpu": str(device)}, percent, pod.runs)


def _tell_people(scrapes, namespace, hub, minutes):
    sizes = {group: np.zeros(minutes + 1) for group in (*hub.groups, NONE)}
    for user in hub.users:
        who = {"namespace": namespace, "username": user.name}
        slugs = {f"username_{way}": f"{way}-{user.name}" for way in ("safe", "escaped")}
        ends = [*(begin for begin, _ in user.memberships[1:]), minutes + 1]
        for (begin, weights), end in zip(user.memberships, ends, strict=True):
            groups = dict(weights) or {NONE: 1}
            for group, weight in groups.items():
                of, life = {**who, "usergroup": group}, (begin, end)
                scrapes.tell(EXPORTER, "jupyterhub_user_group_info", {**of, **slugs}, 1, life)
                if weight:
                    share = weight / sum(groups.values())
                    scrapes.tell(EXPORTER, "jupyterhub_user_group_share", of, share, life)
                sizes[group][begin:end] += 1
        if user.home:
            way, size = user.home
            directory = user.name if way == "raw" else slugs[f"username_{way}"]
            at = {"namespace": namespace, "directory": directory}
            scrapes.tell(DIRSIZE, "dirsize_total_size_bytes", at, size)
    for group, size in sizes.items():
        of = {"namespace": namespace, "usergroup": group}
        scrapes.tell(EXPORTER, "jupyterhub_group_members", of, size)
