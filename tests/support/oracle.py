"""What the board's panels should say at a moment, computed from the samples: no PromQL, no queries.

It is known exactly: a series is worth its last sample, unless that is over five minutes old or
marked as stale; what is recorded is the mean of the samples of five minutes. ``oracle_spans`` has
what is summed over time.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MINUTE = 60.0
LOOKBACK = 5 * MINUTE
EACH = 5 * MINUTE
"""How often rules record, and what they record means over."""

BRIDGE = 15 * MINUTE
NOW = (0.0,)
BRIDGED = (0.0, 5 * MINUTE, 10 * MINUTE, BRIDGE)
"""How far back rules look for a hub's memberships: docs/explanation/attribution.md."""


@dataclass(frozen=True)
class Known:
    """A number, and how far off it may be said to be."""

    value: float
    slack: float = 0.0

    @property
    def low(self):
        return max(0.0, self.value - self.slack)

    @property
    def high(self):
        return self.value + self.slack

    def allows(self, said):
        # Prometheus sums in another order: float precision, of sums of 1e12 and less.
        return self.low * (1 - 1e-9) - 1e-9 <= said <= self.high * (1 + 1e-9) + 1e-9

    def over(self, whole):
        """Return what a part of a whole may be, neither of which is known better."""
        low, high = self.low / whole.high, self.high / whole.low if whole.low else np.inf
        return Known((low + high) / 2, (high - low) / 2)


class Samples:
    """The series of some hubs by metric."""

    def __init__(self, series, namespaces):
        self.namespaces = namespaces
        self._by_metric = defaultdict(list)
        for one in series:
            # dcgm-exporter's own namespace is not the hub's.
            where = one.labels.get("exported_namespace") or one.labels["namespace"]
            if where in namespaces:
                self._by_metric[one.metric].append(one)

    @cached_property
    def dask(self):
        """The pods, by (namespace, pod), that are Dask workers: no other has such a name."""
        label = "label_app_kubernetes_io_component"
        workers = self.of("kube_pod_labels", **{label: "dask-worker"})
        return {(one.labels["namespace"], one.labels["pod"]) for one in workers}

    def of(self, metric, **labels):
        """Return the series of a metric with these labels."""
        return [
            one
            for one in self._by_metric[metric]
            if all(one.labels.get(name, "") == value for name, value in labels.items())
        ]


def worth(one, times, back=LOOKBACK):
    """Return what a series is worth at each time, NaN where it is not there."""
    index = np.searchsorted(one.times, times, "right") - 1
    found = index >= 0
    index = np.maximum(index, 0)
    found &= (times - one.times[index] <= back) & ~np.isnan(one.values[index])
    # The marker is a signaling NaN, which makes a NaN of all that it meets.
    return np.where(found, one.values[index], np.nan)


def lately(one, times, window):
    """Return what a series was last worth within the window before each time, ended or not."""
    real = ~np.isnan(one.values)
    when, values = one.times[real], one.values[real]
    index = np.searchsorted(when, times, "right")
    found = times - np.append(-np.inf, when)[index] <= window
    return np.where(found, np.append(np.nan, values)[index], np.nan)


class Moments:
    """What was there at each of some times.

    ``back`` is how old a sample of use may be: under a minute where minutes are added up, so that
    each sample counts for one. Memberships are as they were last told either way, ``looks`` back.
    """

    def __init__(self, samples, times, back=LOOKBACK, looks=NOW):
        self.samples, self.times, self.back, self.looks = samples, times, back, looks
        self.nothing = np.zeros(len(times))

    def _worth(self, one):
        return worth(one, self.times, self.back)

    def _by(self, series, labels, combine=np.fmax):
        """Return values by these labels, combined where several series have the same."""
        found = {}
        for one in series:
            key, it = tuple(one.labels.get(name, "") for name in labels), self._worth(one)
            found[key] = combine(found[key], it) if key in found else it
        return found

    @cached_property
    def annotated(self):
        """By namespace, where it is told of any pod, whose it is or that it is nobody's."""
        told = self._by(self.samples.of("kube_pod_annotations"), ("namespace",))
        return {namespace: ~np.isnan(it) for (namespace,), it in told.items()}

    def known(self, metric):
        """Return where a metric is there beside the annotations of its hub, in any hub."""
        found = self.nothing > 0
        for (namespace,), it in self._by(self.samples.of(metric), ("namespace",)).items():
            found |= ~np.isnan(it) & self.annotated.get(namespace, found & False)
        return found

    def owned(self):
        """Yield (namespace, pod), its user and where it is known to be the user's."""
        label = "annotation_hub_jupyter_org_username"
        for (namespace, pod, user), it in self._by(
            self.samples.of("kube_pod_annotations"), ("namespace", "pod", label)
        ).items():
            if user:
                yield (namespace, pod), user, ~np.isnan(it)

    def owned_within(self, window):
        """Yield as ``owned`` does, where a pod was the user's at some time of the window before."""
        label = "annotation_hub_jupyter_org_username"
        found = {}
        for one in self.samples.of("kube_pod_annotations"):
            if one.labels.get(label):
                key = (one.labels["namespace"], one.labels["pod"]), one.labels[label]
                its = ~np.isnan(lately(one, self.times, window))
                found[key] = found.get(key, self.nothing > 0) | its
        for (pod, user), where in found.items():
            yield pod, user, where

    @cached_property
    def running(self):
        """By (namespace, pod, uid), where it runs."""
        phases = self.samples.of("kube_pod_status_phase", phase="Running")
        return {key: it == 1 for key, it in self._by(phases, ("namespace", "pod", "uid")).items()}

    @cached_property
    def running_names(self):
        """By (namespace, pod), where a pod of that name runs."""
        found = {}
        for (namespace, pod, _), it in self.running.items():
            found[namespace, pod] = found.get((namespace, pod), self.nothing > 0) | it
        return found

    def _requested(self, resource):
        labels = ("namespace", "pod", "uid", "container")
        series = self.samples.of("kube_pod_container_resource_requests", resource=resource)
        found = {}
        for (*pod, uid, _), it in self._by(series, labels).items():
            amount = np.nan_to_num(it) * self.running.get((*pod, uid), self.nothing)
            found[tuple(pod)] = found.get(tuple(pod), 0) + amount
        return found

    def _named_containers(self):
        """Return the working sets of containers; those without a name are of control groups."""
        series = self.samples.of("container_memory_working_set_bytes")
        return [one for one in series if one.labels.get("name")]

    def _held(self):
        """Return the working sets of pods that run, in bytes."""
        containers = self._by(self._named_containers(), ("namespace", "pod", "container"))
        held = defaultdict(lambda: self.nothing)
        for (*pod, _), it in containers.items():
            held[tuple(pod)] = held[tuple(pod)] + np.nan_to_num(it)
        return {pod: it * self.running_names.get(pod, self.nothing) for pod, it in held.items()}

    def _servers(self):
        dask = self._by(
            self.samples.of("kube_pod_labels", label_app_kubernetes_io_component="dask-worker"),
            ("namespace", "pod"),
        )
        workers = {pod: ~np.isnan(it) for pod, it in dask.items()}
        nowhere = self.nothing > 0
        return {
            pod: (it & ~workers.get(pod, nowhere)).astype(float)
            for pod, it in self.running_names.items()
        }

    def _busy(self):
        """Return the GPUs held, times the mean utilization of the pod's devices."""
        return self._of_devices(
            lambda devices: (
                np.nansum(devices, axis=0) / np.maximum((~np.isnan(devices)).sum(axis=0), 1) / 100
            )
        )

    def _measured(self):
        """Return the GPUs held of whose devices any is known."""
        return self._of_devices(lambda devices: (~np.isnan(devices)).any(axis=0))

    def _of_devices(self, part):
        held, devices = self.by_pod("gpus"), defaultdict(dict)
        for one in self.samples.of("DCGM_FI_DEV_GPU_UTIL"):
            prefix = "exported_" if "exported_pod" in one.labels else ""
            pod = tuple(one.labels[f"{prefix}{name}"] for name in ("namespace", "pod"))
            # Of several jobs that scrape one exporter, the greatest.
            gpu, percent = one.labels["gpu"], self._percent(one)
            devices[pod][gpu] = np.fmax(devices[pod].get(gpu, np.nan), percent)
        return {
            pod: part(np.array(list(of_pod.values()))) * held.get(pod, self.nothing)
            for pod, of_pod in devices.items()
        }

    def _percent(self, one):
        return self._worth(one)

    def by_pod(self, kind):
        """Return one kind of use by (namespace, pod), 0 where there is none."""
        if kind in ("cpu", "memory", "nvidia_com_gpu"):
            return self._requested(kind)
        make = {
            "gpus": lambda: self._requested("nvidia_com_gpu"),
            "held": self._held,
            "servers": self._servers,
            "busy": self._busy,
            "measured": self._measured,
        }
        return make[kind]()

    def of_users(self, kind):
        """Yield the use of each pod that has an owner: (namespace, user), values."""
        by_pod = self.by_pod(kind)
        for (namespace, pod), user, where in self.owned():
            it = by_pod.get((namespace, pod))
            if it is not None:
                yield (namespace, user), it * where

    @cached_property
    def _told(self):
        """By namespace: the moment whose memberships count, and where there is one.

        It is the first at which any were told, of now and of some looks back: memberships are
        those of one moment, and nobody is in the groups of two.
        """
        found = {}
        for namespace in self.samples.namespaces:
            tellers = self.samples.of("jupyterhub_group_members", namespace=namespace)
            when, told = self.times.copy(), self.nothing > 0
            for look in self.looks:
                then = self.times - look
                tells = [~np.isnan(worth(one, then)) for one in tellers]
                first = np.any([told & False, *tells], axis=0) & ~told
                when[first], told = then[first], told | first
            found[namespace] = when, told
        return found

    @cached_property
    def told(self):
        """By namespace, where the memberships of a hub are known."""
        return {namespace: told for namespace, (_, told) in self._told.items()}

    def divided(self):
        """By namespace, where it is known of all users how their use is divided, and it is once.

        Nothing marks the end of memberships that ended while Prometheus was down: for up to five
        minutes they are there beside those that followed.
        """
        found = dict(self.told)
        for (namespace, _), groups in self.parts("jupyterhub_user_group_share").items():
            found[namespace] = found[namespace] & (abs(sum(groups.values()) - 1) < 1e-9)
        return found

    def untold(self):
        """Return how many hubs with pods have no memberships that are known."""
        return sum(
            (self.annotated.get(namespace, self.nothing > 0) & ~told).astype(float)
            for namespace, told in self.told.items()
        )

    def parts(self, metric):
        """Return by (namespace, user) and group the part of the user's use that it counts."""
        found = defaultdict(dict)
        for one in self.samples.of(metric):
            namespace, group = one.labels["namespace"], one.labels["usergroup"]
            when, told = self._told[namespace]
            it = np.nan_to_num(worth(one, when)) * told
            groups = found[namespace, one.labels["username"]]
            groups[group] = np.fmax(groups.get(group, 0.0), it)
        return found

    def sizes(self):
        """Return by group the members of all hubs, NaN where nobody tells."""
        members = self.samples.of("jupyterhub_group_members")
        found = {}
        for (_, group), it in self._by(members, ("namespace", "usergroup")).items():
            before = found.get(group, np.full(len(it), np.nan))
            both = np.nan_to_num(before) + np.nan_to_num(it)
            found[group] = np.where(np.isnan(before) & np.isnan(it), np.nan, both)
        return found

    def homes(self):
        """Return the bytes of each user's home directory, by (namespace, user)."""
        sizes = self._by(self.samples.of("dirsize_total_size_bytes"), ("namespace", "directory"))
        found = defaultdict(dict)
        for one in self.samples.of("jupyterhub_user_group_info"):
            namespace = one.labels["namespace"]
            for way in ("username_safe", "username_escaped", "username"):
                it = sizes.get((namespace, one.labels[way]))
                if it is not None:
                    found[namespace, one.labels["username"]][way] = np.nan_to_num(it)
        return {user: sum(ways.values()) for user, ways in found.items()}


def evaluated(evaluations, times):
    """Return the evaluation whose results each time finds; 0, long ago, where there is none."""
    index = np.searchsorted(evaluations, times, "right")
    last = np.append(-np.inf, evaluations)[index]
    return np.where(times - last <= LOOKBACK, last, 0.0)


class Means(Moments):
    """What rules record at some times: of use, the mean over EACH before, both ends included.

    It is the sum of the window's samples, divided by their number where nothing was missed: where
    scrapes are missing, the mean is of the rest. A pod is its last owner's of the window, and what
    is known is so if it was in the window. Memberships and sizes are as at the time itself, and
    gaps of the exporter are bridged.
    """

    def __init__(self, samples, times):
        super().__init__(samples, times, looks=BRIDGED)

    @cached_property
    def annotated(self):
        return self._lately_by_hub("kube_pod_annotations")

    def known(self, metric):
        found = self._lately_by_hub(metric)
        both = [it & self.annotated[hub] for hub, it in found.items() if hub in self.annotated]
        return np.any([self.nothing > 0, *both], axis=0)

    def _lately_by_hub(self, metric):
        found = defaultdict(lambda: self.nothing > 0)
        for one in self.samples.of(metric):
            hub = one.labels["namespace"]
            found[hub] = found[hub] | ~np.isnan(lately(one, self.times, EACH))
        return found

    def owned(self):
        return self.owned_within(EACH)

    def _sums(self, series):
        """Return the sum of each series' samples, and the most samples that any has."""
        sums, counts = self._sums_and_counts(series)
        return sums, np.maximum(np.max([self.nothing, *counts], axis=0), 1)

    def _sums_and_counts(self, series):
        sums, counts = [], []
        for one in series:
            real = ~np.isnan(one.values)
            total = np.append(0.0, np.cumsum(one.values[real]))
            first = np.searchsorted(one.times[real], self.times - EACH, "left")
            end = np.searchsorted(one.times[real], self.times, "right")
            sums.append(total[end] - total[first])
            counts.append(end - first)
        return sums, counts

    @cached_property
    def _ran(self):
        """By (namespace, pod, uid), the part of the window in which it ran."""
        phases = self.samples.of("kube_pod_status_phase", phase="Running")
        sums, most = self._sums(phases)
        found = {}
        for one, total in zip(phases, sums, strict=True):
            pod = tuple(one.labels[name] for name in ("namespace", "pod", "uid"))
            found[pod] = np.fmax(found.get(pod, 0.0), total / most)
        return found

    def _requested(self, resource):
        amounts = defaultdict(lambda: self.nothing)
        labels = ("namespace", "pod", "uid", "container")
        for one in self.samples.of("kube_pod_container_resource_requests", resource=resource):
            key = tuple(one.labels[name] for name in labels)
            amount = np.nan_to_num(lately(one, self.times, EACH))
            amounts[key] = np.maximum(amounts[key], amount)
        found = defaultdict(lambda: self.nothing)
        for (*pod, uid, _), amount in amounts.items():
            found[tuple(pod)] = found[tuple(pod)] + amount * self._ran.get((*pod, uid), 0.0)
        return found

    def _held(self):
        series = self._named_containers()
        sums, counts = self._sums_and_counts(series)
        most = np.maximum(np.max([self.nothing, *counts], axis=0), 1)
        # Each life of each container: of several jobs, the greatest.
        lives = defaultdict(lambda: [self.nothing, self.nothing])
        for one, total, count in zip(series, sums, counts, strict=True):
            labels = ("namespace", "pod", "container", "name")
            life = lives[tuple(one.labels.get(label, "") for label in labels)]
            life[:] = np.maximum(life[0], total), np.maximum(life[1], count)
        containers = defaultdict(lambda: [self.nothing, self.nothing])
        for (*container, _), (total, count) in lives.items():
            it = containers[tuple(container)]
            it[:] = it[0] + total, it[1] + count
        found = defaultdict(lambda: self.nothing)
        for (*pod, _), (total, count) in containers.items():
            found[tuple(pod)] = found[tuple(pod)] + total / np.maximum(most, count)
        return found

    def _servers(self):
        dask = defaultdict(lambda: self.nothing > 0)
        for one in self.samples.of(
            "kube_pod_labels", label_app_kubernetes_io_component="dask-worker"
        ):
            pod = one.labels["namespace"], one.labels["pod"]
            dask[pod] = dask[pod] | ~np.isnan(lately(one, self.times, EACH))
        found = defaultdict(lambda: self.nothing)
        for (*pod, _), part in self._ran.items():
            found[tuple(pod)] = found[tuple(pod)] + part * ~dask[tuple(pod)]
        return found

    def _percent(self, one):
        (total,), count = self._sums([one])
        return np.where(np.isnan(lately(one, self.times, EACH)), np.nan, total / count)


def together(groups, selected, most=1.0):
    """Return how much of a user's use counts in the selected groups together."""
    chosen = [it for group, it in groups.items() if selected is None or group in selected]
    return np.minimum(sum(chosen), most) if chosen else 0.0
