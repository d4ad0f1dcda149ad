"""Who ran what when: the seeded schedule of servers, as pods.

Nights and weekends look like nights and weekends. Times are Unix seconds, days are UTC days.
The same day and seed give the same pods, whenever they are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from random import Random

from demo.people import DAY, HOUR, NAMESPACE, PEOPLE, Habit, Person
from exporter.core import slugs

GIB = 2**30

# A pod that has ended stays listed for a while, as with kubespawner's delete_stopped_pods=False
# and a cleaner. A new server of the same name waits until the old pod is gone.
LINGER = (7 * 60.0, 25 * 60.0)
_PAUSE = LINGER[1] + 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """What a pod asks of Kubernetes: cores, bytes, GPUs."""

    cpu_request: float
    cpu_limit: float
    memory_request: float
    memory_limit: float
    gpus: int = 0


SMALL = Size(0.25, 2, 1 * GIB, 2 * GIB)
MEDIUM = Size(1, 4, 4 * GIB, 8 * GIB)
LARGE = Size(4, 8, 32 * GIB, 32 * GIB)
ONE_GPU = Size(4, 8, 16 * GIB, 32 * GIB, gpus=1)
TWO_GPUS = Size(8, 16, 32 * GIB, 64 * GIB, gpus=2)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that belongs to a user: it runs from ``start`` to ``end``, listed until ``gone``."""

    username: str
    name: str
    uid: str
    node: str
    """Where it runs; ``demo.nodes`` says so."""
    size: Size
    start: float
    end: float
    gone: float
    diligence: float
    """Part of the time in which its user works, 0 to 1."""
    out_of_memory: bool = False
    component: str = "singleuser-server"
    namespace: str = NAMESPACE

    def seed(self) -> int:
        """Return what the pod's own ups and downs are drawn from."""
        return int.from_bytes(sha256(self.uid.encode()).digest()[:8])


@dataclass(frozen=True, slots=True)
class _Plan:
    """One server of one day, before it is fitted between the others of its name."""

    start: float
    hours: float
    size: Size
    diligence: float
    server: str = ""
    out_of_memory: bool = False
    workers: int = 0


def pods(start: float, end: float, workshop_start: float, seed: int = 1) -> list[Pod]:
    """Return the pods of all people that start within the given days, ordered by start."""
    found: list[Pod] = []
    for person in PEOPLE:
        free: dict[str, float] = {}
        for day in range(int(start // DAY), int(end // DAY) + 1):
            random = Random(f"{seed}/{person.username}/{day}")
            for plan in _day(person, day * DAY, workshop_start, random):
                if plan.start < workshop_start + person.arrives:
                    continue
                found.extend(_fit(person, plan, free, random))
    return sorted((pod for pod in found if pod.start < end), key=lambda pod: (pod.start, pod.name))


def _research(person: Person, midnight: float, working: bool, random: Random) -> Iterator[_Plan]:
    if random.random() >= (0.8 if working else 0.12):
        return
    begin = midnight + random.gauss(9.3, 0.8) * HOUR
    unlucky = random.random() < 0.06
    yield _Plan(begin, random.uniform(3, 8), MEDIUM, 0.55, out_of_memory=unlucky)
    if person.username in ("elif_k", "Gunnar") and working:
        # A second, named server beside the first; Gunnar's brings Dask workers.
        workers = 3 if person.username == "Gunnar" else 0
        hours = random.uniform(1, 4)
        yield _Plan(begin + HOUR, hours, SMALL, 0.7, "second", workers=workers)


def _workshop(midnight: float, random: Random) -> Iterator[_Plan]:
    """Yield the workshop's morning and afternoon; who joins late is on the hub before, too."""
    yield _Plan(midnight + random.uniform(8.6, 9.4) * HOUR, 3.2, SMALL, 0.75)
    if random.random() < 0.9:
        yield _Plan(midnight + random.uniform(13, 13.4) * HOUR, 3.6, SMALL, 0.7)


def _course(midnight: float, random: Random) -> Iterator[_Plan]:
    if random.random() < 0.9:
        yield _Plan(midnight + random.uniform(10, 10.3) * HOUR, 1.9, SMALL, 0.6)
    if random.random() < 0.3:
        begin = midnight + random.uniform(18, 20) * HOUR
        yield _Plan(begin, random.uniform(1, 3), SMALL, 0.5)


def _gpu(person: Person, midnight: float, working: bool, random: Random) -> Iterator[_Plan]:
    if random.random() < (0.85 if working else 0.5):
        size = TWO_GPUS if person.username == "oskar_p" else ONE_GPU
        begin = midnight + random.uniform(8, 13) * HOUR
        yield _Plan(begin, random.uniform(5, 18), size, 0.8)
    if person.username == "nadia" and working:
        yield _Plan(midnight + random.uniform(9, 10) * HOUR, 6, SMALL, 0.4, "notes")


def _now_and_then(
    midnight: float, chance: float, longest: float, random: Random
) -> Iterator[_Plan]:
    if random.random() < chance:
        begin = midnight + random.uniform(8, 17) * HOUR
        yield _Plan(begin, random.uniform(0.3, longest), SMALL, 0.45)


def _big_and_idle(midnight: float, random: Random) -> Iterator[_Plan]:
    begin = midnight + random.uniform(9, 10) * HOUR
    yield _Plan(begin, random.uniform(48, 60), LARGE, 0.0)


def _day(person: Person, midnight: float, workshop: float, random: Random) -> Iterator[_Plan]:
    """Yield what somebody does on one day, by habit."""
    weekday = datetime.fromtimestamp(midnight, UTC).weekday()
    working = weekday < 5
    match person.habit:
        case Habit.RESEARCH:
            yield from _research(person, midnight, working, random)
        case Habit.WORKSHOP if 0 <= midnight - workshop < 2 * DAY:
            yield from _workshop(midnight, random)
        case Habit.COURSE if weekday in (0, 2, 4):
            yield from _course(midnight, random)
        case Habit.GPU:
            yield from _gpu(person, midnight, working, random)
        case Habit.STAFF:
            yield from _now_and_then(midnight, 0.5 if working else 0.05, 2, random)
        case Habit.NEWCOMER:
            yield from _now_and_then(midnight, 0.8, 5, random)
        case Habit.RARE:
            yield from _now_and_then(midnight, 0.15, 3, random)
        case Habit.BIG_AND_IDLE if weekday in (0, 3):
            yield from _big_and_idle(midnight, random)
        case _:
            return


def _fit(person: Person, plan: _Plan, free: dict[str, float], random: Random) -> Iterator[Pod]:
    """Yield the plan's pod and its Dask workers, after the last pod of the same name is gone."""
    start = max(plan.start, free.get(plan.server, 0.0))
    hours = random.uniform(0.4, 0.7) if plan.out_of_memory else plan.hours
    end = start + hours * HOUR
    free[plan.server] = end + _PAUSE
    slug = slugs.safe(person.username)
    name = f"jupyter-{slug}--{plan.server}" if plan.server else f"jupyter-{slug}"
    uid = _uid(random)
    gone = end + random.uniform(*LINGER)
    main = Pod(
        person.username,
        name,
        uid,
        "",
        plan.size,
        start,
        end,
        gone,
        plan.diligence,
        plan.out_of_memory,
    )
    yield main
    kinds = [*["dask-worker"] * plan.workers, *["dask-scheduler"] * bool(plan.workers)]
    for number, component in enumerate(kinds):
        yield Pod(
            person.username,
            f"{component}-{uid[:8]}-{number}",
            _uid(random),
            "",
            MEDIUM if component == "dask-worker" else SMALL,
            start + 600,
            end - 300,
            end + LINGER[0],
            0.9,
            component=component,
        )


def _uid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def workshop_days(now: float) -> tuple[float, float]:
    """Return the workshop's begin and end: a past Tuesday and Wednesday."""
    latest = int((now - 2 * DAY) // DAY) * DAY
    while datetime.fromtimestamp(latest - 2 * DAY, UTC).weekday() != 1:
        latest -= DAY
    return latest - 2 * DAY, latest
