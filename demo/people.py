"""Who is on the demo's hub: about 60 people in 8 groups, and when each joined which group.

A few came to the hub lately, and a few have left it and left their directories.
"""

from dataclasses import dataclass
from enum import Enum
from math import inf

DAY = 86400.0
HOUR = 3600.0

NAMESPACE = "demo"
"""The Kubernetes namespace that the demo's hub would live in."""

GROUPS = (
    "lab",
    "workshop",
    "course",
    "power-users",
    "staff",
    "visitors",
    "reading group",
    "alumni",
)
"""All groups of the hub; ``alumni`` has no members."""


class Habit(Enum):
    """How somebody uses the hub; ``demo.schedule`` turns it into servers."""

    RESEARCH = "research"
    WORKSHOP = "workshop"
    COURSE = "course"
    GPU = "gpu"
    STAFF = "staff"
    BIG_AND_IDLE = "big and idle"
    RARE = "rare"
    NEVER = "never"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Membership:
    """A user in a group from ``since`` on, in Unix seconds; 0 is "always has been"."""

    username: str
    group: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the hub, with the names that real hubs have: capitals, dots, @, letters of all."""

    username: str
    habit: Habit
    arrives: float = -inf
    """Seconds from the workshop's first midnight to when the hub first listed the user."""


_PEOPLE: dict[Habit, str] = {
    Habit.RESEARCH: "amara Bence chen.li Dariusz elif_k fatou Gunnar hyejin ines.m jonas_2",
    Habit.WORKSHOP: "ws-01 ws-02 ws-03 ws-04 ws-05 ws-06 ws-07 ws-08 ws-09 "
    "Öykü kenji@example.org łukasz ws_guest Ws.Late1 ws.late2",
    Habit.COURSE: "s1001 s1002 s1003 s1004 s1005 s1006 s1007 s1008 s1009 s1010 "
    "s1011 s1012 s1013 s1014 s1015 S1016",
    Habit.GPU: "nadia oskar_p Priya.R quentin@example.com",
    Habit.STAFF: "root-admin sysop_1 Tamar uwe",
    Habit.BIG_AND_IDLE: "viktor wanjiru.n",
    Habit.RARE: "xenia yusuf zoë abe bo_2 Cleo",
    Habit.NEVER: "never-came Nobody.Yet",
}

_NEWCOMERS = (
    Person("dilan", Habit.NEWCOMER, DAY + 10 * HOUR),
    Person("Mei.W", Habit.NEWCOMER, 2 * DAY + 9 * HOUR),
    Person("tomasz_k", Habit.NEWCOMER, 2 * DAY + 13 * HOUR),
)

PEOPLE = (
    *(Person(name, habit) for habit, names in _PEOPLE.items() for name in names.split()),
    *_NEWCOMERS,
)

FORMER = ("kristof", "s0907", "Old.Postdoc@example.com")
"""Whom the hub no longer has; their directories are still there."""

LATE = ("Ws.Late1", "ws.late2", "amara")
"""Join the workshop on its second day; amara was on the hub before, for the lab."""


def usernames(habit: Habit) -> list[str]:
    """Return the names of the people with one habit."""
    return [person.username for person in PEOPLE if person.habit is habit]


def memberships(workshop_start: float) -> list[Membership]:
    """Return every membership of the demo, given when the workshop's first day begins (00:00).

    Workshop people join at 08:00 of the first day, late ones at 08:00 of the second.
    Some people are in two groups, some in three, some in none.
    """
    first, second = workshop_start + 8 * HOUR, workshop_start + DAY + 8 * HOUR
    arrived = {person.username: workshop_start + person.arrives for person in _NEWCOMERS}
    always = {
        "lab": [*usernames(Habit.RESEARCH), "viktor", "nadia", "Priya.R"],
        "course": [*usernames(Habit.COURSE), "uwe"],
        "power-users": [*usernames(Habit.GPU), "wanjiru.n"],
        "staff": usernames(Habit.STAFF),
        "visitors": ["xenia", "yusuf", "zoë", "never-came", "Mei.W"],
        "reading group": ["amara", "chen.li", "nadia", "sysop_1"],
    }
    workshop = [*usernames(Habit.WORKSHOP), "amara", "Tamar"]
    return [
        *(
            Membership(name, group, arrived.get(name, 0.0))
            for group, names in always.items()
            for name in names
        ),
        *(Membership(name, "workshop", second if name in LATE else first) for name in workshop),
    ]
