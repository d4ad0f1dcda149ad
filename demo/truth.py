"""What each user and group really used, straight from the schedule: no sample, no query.

Integrals are exact over the simulator's minutes; membership counts at the time of use. These are
the numbers that ``make demo-check`` and the tests hold the board's panels against.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from demo.people import DAY, GROUPS, HOUR
from demo.schedule import GIB, Pod
from demo.usage import MINUTE, SANDBOX_MEMORY, usage
from demo.world import World
from exporter.core.groups import NO_GROUP

Measure = Callable[[Pod, float, float], float]
"""What a pod amounts to between two times of its life, in unit-seconds."""


@dataclass(frozen=True, slots=True)
class Range:
    """A time range in Unix seconds."""

    start: float
    end: float


def cpu(pod: Pod, start: float, end: float) -> float:
    """Return CPU-seconds."""
    return usage(pod).integral(usage(pod).cores, start, end)


def memory_of(component: str) -> Measure:
    """Return a measure of GiB-seconds of one component's pods: of dask-worker, …."""

    def measure(pod: Pod, start: float, end: float) -> float:
        return memory(pod, start, end) if pod.component == component else 0.0

    return measure


def gpu_pods_memory(pod: Pod, start: float, end: float) -> float:
    """Return GiB-seconds of pods with GPUs."""
    return memory(pod, start, end) if pod.size.gpus else 0.0


def dask_cpu(pod: Pod, start: float, end: float) -> float:
    """Return CPU-seconds of Dask workers."""
    return 0.0 if is_server(pod) else cpu(pod, start, end)


def memory(pod: Pod, start: float, end: float) -> float:
    """Return GiB-seconds."""
    own = usage(pod).integral(usage(pod).memory, start, end)
    return (own + SANDBOX_MEMORY * (end - start)) / GIB


def gpus(pod: Pod, start: float, end: float) -> float:
    """Return GPU-seconds held."""
    return pod.size.gpus * (end - start)


def busy_gpus(pod: Pod, start: float, end: float) -> float:
    """Return GPU-seconds in which the devices computed."""
    return pod.size.gpus * usage(pod).integral(usage(pod).gpu, start, end)


def cpu_requests(pod: Pod, start: float, end: float) -> float:
    """Return core-seconds reserved."""
    return pod.size.cpu_request * (end - start)


def memory_requests(pod: Pod, start: float, end: float) -> float:
    """Return GiB-seconds reserved."""
    return pod.size.memory_request / GIB * (end - start)


def servers(pod: Pod, start: float, end: float) -> float:
    """Return server-seconds; Dask workers are no servers."""
    return end - start if is_server(pod) else 0.0


def idle_servers(
    pod: Pod, start: float, end: float, *, cores: float = 0.05, window: float = 15 * MINUTE
) -> float:
    """Return server-seconds with less than ``cores`` on average over the ``window`` before.

    A server is judged once it has run for the whole window.
    """
    start = max(start, pod.start + window)
    if not is_server(pod) or start >= end:
        return 0.0
    times = np.arange(start, end, MINUTE / 2)
    use = usage(pod)
    seconds = use.cpu_seconds(times) - use.cpu_seconds(times - window)
    return float((seconds < cores * window).mean() * (end - start))


def is_server(pod: Pod) -> bool:
    """Return whether a pod is a notebook server."""
    return not pod.component.startswith("dask")


def part(at_the_time: Collection[str], groups: Collection[str], *, split: bool) -> float:
    """Return how much of what a member of some groups uses counts in these groups together.

    All of it unless it is ``split``: then all groups of the user have equal parts.
    """
    counting = len({*at_the_time} & {*groups})
    return counting / len(at_the_time) if split else float(counting > 0)


def by_user(
    world: World, range_: Range, measure: Measure, groups: Iterable[str], *, split: bool = False
) -> dict[str, float]:
    """Return hours by user, of the members of any of the groups, while they were members."""
    wanted = set(groups)
    total: dict[str, float] = defaultdict(float)
    for pod, start, end, at_the_time in _pieces(world, range_):
        counts = part(at_the_time, wanted, split=split)
        if counts:
            total[pod.username] += counts * measure(pod, start, end) / HOUR
    return dict(total)


def by_group(
    world: World, range_: Range, measure: Measure, *, split: bool = False
) -> dict[str, float]:
    """Return hours by group; unless ``split``, who is in several counts fully in each."""
    total: dict[str, float] = defaultdict(float)
    for pod, start, end, at_the_time in _pieces(world, range_):
        amount = measure(pod, start, end) / HOUR
        for group in at_the_time:
            total[group] += part(at_the_time, [group], split=split) * amount
    return dict(total)


def together(
    world: World, range_: Range, measure: Measure, groups: Iterable[str], *, split: bool = False
) -> float:
    """Return the hours of the members of the groups; nobody counts twice."""
    return sum(by_user(world, range_, measure, groups, split=split).values())


def took_part(world: World, range_: Range, groups: Iterable[str]) -> set[str]:
    """Return who had a server running in the range while a member of one of the groups."""
    wanted = set(groups)
    return {
        pod.username
        for pod, start, end, at_the_time in _pieces(world, range_)
        if wanted & at_the_time and is_server(pod) and end > start
    }


def daily_people(world: World, midnight: float, group: str) -> int:
    """Return how many members of a group had a server on a UTC day."""
    return len(took_part(world, Range(midnight, midnight + DAY), [group]))


def last_seen(world: World, range_: Range, groups: Iterable[str]) -> dict[str, float]:
    """Return when each member last had a server running in the range, in Unix seconds."""
    wanted = set(groups)
    seen: dict[str, float] = {}
    for pod, _, end, at_the_time in _pieces(world, range_):
        if wanted & at_the_time and is_server(pod):
            seen[pod.username] = max(seen.get(pod.username, 0.0), end)
    return seen


def home_bytes(world: World, time: float) -> dict[str, float]:
    """Return the size of each home directory at a time, by user; who never came has none."""
    return {
        person.username: float(world.home_size(number, np.array([time]))[0])
        for number, person in enumerate(world.people)
        if world.home_since(person) <= time
    }


def server_starts(world: World, range_: Range) -> list[Pod]:
    """Return the notebook servers that began in the range, after its start."""
    return [pod for pod in world.pods if is_server(pod) and range_.start < pod.start <= range_.end]


def new_users(world: World, range_: Range) -> set[str]:
    """Return whom the hub lists at the range's end but not at its start."""
    before, after = (
        {person.username for person in world.listed(time)} for time in (range_.start, range_.end)
    )
    return after - before


def sizes(world: World, time: float) -> dict[str, int]:
    """Return how many members each group has at a time, ``none`` included."""
    found = dict.fromkeys((*GROUPS, NO_GROUP), 0)
    for person in world.listed(time):
        for group in world.groups_of(person.username, time) or (NO_GROUP,):
            found[group] += 1
    return found


def _pieces(world: World, range_: Range) -> Iterator[tuple[Pod, float, float, set[str]]]:
    """Yield each pod's time within the range, cut where its user's memberships change."""
    joins = sorted({membership.since for membership in world.memberships})
    for pod in world.pods:
        start, end = max(pod.start, range_.start), min(pod.end, range_.end)
        if start >= end:
            continue
        cuts = [start, *(join for join in joins if start < join < end), end]
        for low, high in pairwise(cuts):
            groups = world.groups_of(pod.username, low) or (NO_GROUP,)
            yield pod, low, high, set(groups)
