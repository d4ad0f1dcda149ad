"""The board Activity against the simulator's truth, over scraped and over recorded series."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from demo import truth
from demo.people import DAY, GROUPS, HOUR
from demo.recorded import EACH
from demo.truth import Range
from demo.usage import MINUTE
from exporter.core.groups import NO_GROUP
from exporter.core.memberships import DEFAULT_WINDOWS
from tests.support.board_answers import answers, lines, number, titles
from tests.support.ranges import RAGGED, WEEK, last_recorded

pytestmark = pytest.mark.prometheus

EVERY = (*GROUPS, NO_GROUP)


@pytest.fixture(scope="module", params=[WEEK, RAGGED], ids=["a week", "13 days"])
def span(request):
    """Return the range that is shown."""
    return request.param


@pytest.fixture(scope="module")
def panels(simulated, recorded, span):
    """Return the board's panels, of all groups."""
    return answers(simulated, "activity", span, recorded=recorded)


def running(world, time, group=None):
    """Return how many notebook servers run at a time, of a group's members if it is said."""
    return sum(
        group is None or group in (world.groups_of(pod.username, time) or (NO_GROUP,))
        for pod in world.pods
        if truth.is_server(pod) and pod.start <= time < pod.end
    )


def near(world, time, count=running):
    """Return the least and the most that there was in the five minutes up to a time."""
    counts = [count(world, time - back) for back in range(0, int(EACH) + 1, 30)]
    return min(counts), max(counts)


def test_servers_and_people_now(simulated, panels, recorded, span):
    world = simulated.world
    end = last_recorded(span.end) if recorded else span.end
    people = len(truth.took_part(world, Range(end, end + 0.05), EVERY))
    if recorded:
        least, most = near(world, end)
        assert least <= number(panels["Servers running now"]) <= most
        assert abs(number(panels["People with a server now"]) - people) <= 2
    else:
        assert number(panels["Servers running now"]) == running(world, end)
        assert number(panels["People with a server now"]) == people


def test_the_peak_is_of_the_moments_that_are_looked_at(simulated, panels, recorded, span):
    world, step = simulated.world, panels["Most servers at once"].step
    looks = np.arange(np.ceil(span.start / step) * step, span.end + 1, step)
    right = max(running(world, time) for time in looks)
    said = number(panels["Most servers at once"])
    if recorded:
        assert said == pytest.approx(right, abs=1.5)
    else:
        assert said == right


def test_people_in_the_range(simulated, panels, recorded, span):
    seen = len(truth.took_part(simulated.world, span, EVERY))
    assert number(panels["People who took part"]) == pytest.approx(seen, abs=recorded)


def test_running_servers(simulated, panels, recorded):
    world = simulated.world
    for title, groups in (("Running servers by hub", None), ("Running servers by group", EVERY)):
        said = lines(panels[title], "usergroup" if groups else "namespace")
        assert set(said) == (set(groups) if groups else {"demo"})
        for name, line in said.items():
            # Nothing ends where nobody is on: the line goes on at 0.
            assert len(line) == max(map(len, said.values()))
            count = partial(running, group=name if groups else None)
            for time in sorted(line)[:: len(line) // 30]:
                if recorded:
                    least, most = near(world, last_recorded(time), count)
                    assert least - 1e-9 <= line[time] <= most + 1e-9, (name, time)
                else:
                    assert line[time] == count(world, time), (name, time)


def test_active_users_as_the_hub_counts_them(simulated, panels):
    world = simulated.world
    titles_of = ("Daily active users", "Weekly active users", "Monthly active users")
    for title, window in zip(titles_of, DEFAULT_WINDOWS, strict=True):
        (line,) = lines(panels[title], "namespace").values()
        for time in sorted(line)[:: len(line) // 20]:
            looked = np.array([time // HOUR * HOUR])
            right = sum(
                world.last_seen(person.username, looked)[0] >= looked[0] - window.seconds
                for person in world.people
            )
            assert line[time] == right


def test_active_members_as_the_exporter_counts_them(simulated, panels):
    world = simulated.world
    titles_of = ("Active members, 24 hours", "Active members, 7 days", "Active members, 30 days")
    for title, window in zip(titles_of, DEFAULT_WINDOWS, strict=True):
        said = lines(panels[title], "usergroup")
        assert set(said) == set(EVERY)
        times = sorted(said["lab"])
        for time in times[:: len(times) // 10]:
            right = Counter()
            for person in world.listed(time):
                seen = world.last_seen(person.username, np.array([time]))[0]
                if seen >= time - window.seconds:
                    right.update(world.groups_of(person.username, time) or (NO_GROUP,))
            assert {group: said[group][time] for group in EVERY} == {g: right[g] for g in EVERY}


def test_new_users(simulated, panels, span):
    """None in the week, three in the 13 days."""
    assert number(panels["New users"]) == len(truth.new_users(simulated.world, span))


def test_new_users_each_day(simulated, panels, span):
    (line,) = lines(panels["New users each day"], "").values()
    assert sum(line.values()) == len(truth.new_users(simulated.world, span))
    for midnight, count in line.items():
        day = Range(midnight, midnight + DAY)
        assert count == len(truth.new_users(simulated.world, day)), midnight


def test_servers_started(simulated, panels, span):
    true = len(truth.server_starts(simulated.world, span))
    # What began within a minute of an end of the range is on either side of it.
    assert number(panels["Servers started"]) == pytest.approx(true, abs=3)


def days_of(span):
    """Return the midnights whose whole day is in the range."""
    return np.arange(np.ceil(span.start / DAY), np.floor(span.end / DAY)) * DAY


def test_servers_started_each_day(simulated, panels, recorded, span):
    world = simulated.world
    said = lines(panels["Servers started each day"], "usergroup")
    assert set(said) == set(EVERY)
    late = EACH if recorded else MINUTE
    for midnight in days_of(span):
        sure, maybe = (
            Counter(
                group
                for pod in truth.server_starts(world, Range(midnight + edge, midnight + DAY - edge))
                for group in world.groups_of(pod.username, pod.start) or (NO_GROUP,)
            )
            for edge in (late, -late)
        )
        for group in EVERY:
            assert sure[group] <= said[group][midnight] <= maybe[group], (group, midnight)


def test_people_with_a_server_each_day(simulated, panels, recorded, span):
    said = lines(panels["People with a server each day"], "usergroup")
    for midnight in days_of(span):
        for group in EVERY:
            true = truth.daily_people(simulated.world, midnight, group)
            assert said[group][midnight] == pytest.approx(true, abs=recorded), (group, midnight)


def test_every_panel_is_held_against_the_truth():
    source = Path(__file__).read_text("utf-8")
    assert [title for title in titles("activity") if f'"{title}"' not in source] == []
