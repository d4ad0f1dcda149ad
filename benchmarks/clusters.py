"""A hub of any size at work: who is in which group, whose servers run when, all as series.

The servers and their series are the demo's, which have the shape of the real exporters'.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from random import Random

from benchmarks.people import Person as Member
from benchmarks.people import group_names, people
from demo import history
from demo.exporters import cadvisor, cluster, node
from demo.people import DAY, HOUR, NAMESPACE, Habit, Person
from demo.schedule import LINGER, MEDIUM, ONE_GPU, SMALL, Pod
from demo.series import Series, labels
from demo.usage import Array
from demo.world import World
from exporter.core import slugs
from exporter.core.memberships import DEFAULT_WINDOWS
from harness.remote_write import Writer

EXPORTER = "groups-exporter"
_WEEKDAY, _WEEKEND = 0.4, 0.05

Day = tuple[float, float]
"""A day's midnight, and the part of the people who have a server on it: at noon it is 3 in 4."""


def groups_for(users: int) -> int:
    """Return how many groups a hub of that size has here: 20, or one for 50 users."""
    return max(20, users // 50)


def members(users: int) -> list[Member]:
    """Return the users, every other one in two groups, the rest in one."""
    everybody = people(users, groups_for(users))
    return [
        Member(one.name, one.groups[: 1 + number % 2], one.idle)
        for number, one in enumerate(everybody)
    ]


def series(users: int, days: list[Day]) -> Iterator[Series]:
    """Yield all that the shipped configuration scrapes of a hub, but for its nodes' load."""
    everybody = members(users)
    yield from _memberships(everybody)
    pods = tuple(_pods(everybody, days))
    known = tuple(Person(one.name, Habit.RARE) for one in everybody)
    for one in cluster(World(days[0][0], days[-1][0], (0.0, 0.0), known, (), pods)):
        unnamed = one.job == cadvisor.JOB and "name" not in dict(one.labels)
        if one.job != node.JOB and not unnamed:
            yield one


def write(several: Iterable[Series], times: Array, writer: Writer) -> None:
    """Write the series as scraped at those times; one that ends before the last goes stale."""
    history.hand(several, times, writer, "bench", ends_are_marked=True)


def _memberships(everybody: list[Member]) -> Iterator[Series]:
    sizes = dict.fromkeys(group_names(groups_for(len(everybody))), 0)
    for one in everybody:
        who = {"namespace": NAMESPACE, "username": one.name}
        slug = {
            "username_escaped": slugs.escaped(one.name),
            "username_safe": slugs.safe(one.name),
        }
        for group in one.groups:
            sizes[group] += 1
            on = labels(**who, usergroup=group)
            part = 1 / len(one.groups)
            yield _always("jupyterhub_user_group_info", 1, usergroup=group, **who, **slug)
            yield Series(EXPORTER, "jupyterhub_user_group_share", on, part)
    for group, size in sizes.items():
        where = {"namespace": NAMESPACE, "usergroup": group}
        yield _always("jupyterhub_group_members", size, **where)
        for window in DEFAULT_WINDOWS:
            told = {**where, "window": window.label}
            yield _always("jupyterhub_group_active_members", size // 2, **told)


def _always(metric: str, value: float, **pairs: str) -> Series:
    return Series(EXPORTER, metric, labels(**pairs), float(value))


def _pods(everybody: list[Member], days: list[Day]) -> Iterator[Pod]:
    for number, one in enumerate(everybody):
        size = ONE_GPU if number % 20 == 0 else (SMALL, MEDIUM)[number % 2]
        name = f"jupyter-{slugs.safe(one.name)}"
        for day, (midnight, chance) in enumerate(reversed(days)):
            random = Random(f"{one.name}/{day}")  # noqa: S311 - the same each time
            if random.random() >= chance:
                continue
            begin = midnight + min(max(random.gauss(10, 1.5), 5), 15) * HOUR
            end = begin + random.uniform(3, 12 if size.gpus else 8) * HOUR
            yield Pod(
                username=one.name,
                name=name,
                uid=f"{random.getrandbits(128):032x}",
                node="gpu-1" if size.gpus else "user-1",
                size=size,
                start=begin,
                end=end,
                gone=end + random.uniform(*LINGER),
                diligence=0.0 if number % 15 == 0 else 0.6,
            )


def noon_at(time: float) -> list[Day]:
    """Return one working day, such that it is 13:00 at that time."""
    return [(time - 13 * HOUR, _WEEKDAY)]


def days_until(time: float, count: int) -> list[Day]:
    """Return so many days and the one that the time is in, with their weekends."""
    found = []
    for number in range(count, -1, -1):
        midnight = time // DAY * DAY - number * DAY
        weekend = datetime.fromtimestamp(midnight, UTC).weekday() >= 5
        found.append((midnight, _WEEKEND if weekend else _WEEKDAY))
    return found


def last_friday(time: float) -> float:
    """Return 15:00 of the last Friday before that time's day."""
    day = time // DAY * DAY - DAY
    while datetime.fromtimestamp(day, UTC).weekday() != 4:
        day -= DAY
    return day + 15 * HOUR
