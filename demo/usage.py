"""What a pod uses, minute by minute: cores, bytes and GPU utilization as numpy arrays."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from demo.schedule import GIB, Pod

MINUTE = 60.0

SANDBOX_MEMORY = 300 * 1024.0
"""Bytes of the pause container that each pod has beside its own; the kubelet counts it too."""

Array = npt.NDArray[Any]
"""One float for each point in time."""


@dataclass(frozen=True, slots=True)
class Usage:
    """A pod's use in minutes of its own life: element k holds from ``start + 60 k`` on."""

    start: float
    end: float
    cores: Array
    memory: Array
    gpu: Array
    """Utilization of each of its GPUs, 0 to 1."""

    def at(self, values: Array, times: Array) -> Array:
        """Return a per-minute array's values at the given times within the pod's life."""
        index = ((times - self.start) / MINUTE).astype(int)
        found: Array = values[np.clip(index, 0, len(values) - 1)]
        return found

    def cpu_seconds(self, times: Array) -> Array:
        """Return the CPU counter at the given times: seconds of CPU used since the start."""
        return self._integral(self.cores, times)

    def _integral(self, values: Array, times: Array) -> Array:
        edges = self.start + MINUTE * np.arange(len(values) + 1)
        total = np.concatenate(([0.0], np.cumsum(values) * MINUTE))
        integral: Array = np.interp(np.clip(times, self.start, self.end), edges, total)
        return integral

    def integral(self, values: Array, start: float, end: float) -> float:
        """Return the integral of a per-minute array between two times, in unit-seconds."""
        low, high = self._integral(values, np.array([start, end]))
        return float(high - low)


@lru_cache(maxsize=20_000)
def usage(pod: Pod) -> Usage:
    """Return what a pod uses; the same pod always uses the same."""
    random = np.random.default_rng(pod.seed())
    minutes = int(np.ceil((pod.end - pod.start) / MINUTE))
    busy = _busy_minutes(pod, minutes, random)
    idle_cores = random.uniform(0.006, 0.014, minutes)
    peak = pod.size.cpu_limit * random.uniform(0.15, 0.7)
    cores = np.where(
        busy, np.clip(peak * random.lognormal(0, 0.3, minutes), 0.2, pod.size.cpu_limit), idle_cores
    )
    memory = _memory(pod, busy, random)
    gpu = np.where(busy, random.uniform(0.6, 0.98, minutes), 0.0) * (pod.size.gpus > 0)
    return Usage(pod.start, pod.end, cores, memory, gpu)


def _busy_minutes(pod: Pod, minutes: int, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return for each minute whether its user works: spells of work and of coffee."""
    busy = np.zeros(minutes, dtype=bool)
    position = 0
    while position < minutes:
        spell = int(random.integers(20, 70))
        busy[position : position + spell] = random.random() < pod.diligence
        position += spell
    return busy


def _memory(pod: Pod, busy: npt.NDArray[np.bool_], random: np.random.Generator) -> Array:
    """Return working-set bytes: it grows while its user works, and levels off below the limit."""
    minutes = len(busy)
    if pod.diligence == 0.0:
        # Loaded a large table once and left it there.
        return np.full(minutes, 0.2 * pod.size.memory_request) + random.normal(0, 2e6, minutes)
    base = 0.18 * GIB
    ceiling = pod.size.memory_limit * (1.0 if pod.out_of_memory else random.uniform(0.15, 0.75))
    pace = 8 if pod.out_of_memory else 45
    growth = 1 - np.exp(-np.cumsum(busy + 0.05) / pace)
    noise = random.normal(0, 4e6, minutes)
    return np.clip(base + (ceiling - base) * growth + noise, 0.1 * GIB, pod.size.memory_limit)
