"""The board Users against the simulator's truth, over scraped and over recorded series."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dashboards.queries.users import TOP
from demo import truth
from demo.people import GROUPS, HOUR
from demo.recorded import EACH
from demo.truth import Range
from demo.usage import MINUTE
from exporter.core.groups import NO_GROUP
from tests.support.board_answers import answers, lines, number, rows, titles
from tests.support.ranges import MORNING, WEEK, last_recorded

pytestmark = pytest.mark.prometheus

EVERY = (*GROUPS, NO_GROUP)
GIB = 2**30


@pytest.fixture(scope="module")
def week(simulated, recorded):
    """Return the board's panels of a week, of everybody."""
    return answers(simulated, "users", WEEK, recorded=recorded)


def ends(world, span, measure, recorded):
    """Return by user how much the ends of a range, known to five minutes, amount to."""
    found = Counter()
    if recorded:
        for edge in (span.start, span.end):
            found.update(truth.by_user(world, Range(edge - EACH, edge), measure, EVERY))
    return found


@pytest.mark.parametrize(
    ("title", "measure"),
    [
        ("CPU-hours", truth.cpu),
        ("Of which Dask", truth.dask_cpu),
        ("Memory GiB-hours", truth.memory),
        ("GPU-hours", truth.gpus),
    ],
)
def test_hours_of_each_user_and_of_all_together(simulated, week, recorded, title, measure):
    world = simulated.world
    true = truth.by_user(world, WEEK, measure, EVERY)
    slack = ends(world, WEEK, measure, recorded)
    table = rows(week["Who used what"], "User")
    assert table.keys() == {person.username for person in world.listed(WEEK.end)}
    for name, row in table.items():
        right = pytest.approx(true.get(name, 0.0), rel=0.02, abs=max(0.2, slack[name]))
        assert (row[title] or 0.0) == right, name
    if title in week:
        total = pytest.approx(sum(true.values()), rel=0.01, abs=slack.total())
        assert number(week[title]) == total


def test_people(simulated, week, recorded):
    seen = len(truth.took_part(simulated.world, WEEK, EVERY))
    assert number(week["People who took part"]) == pytest.approx(seen, abs=1 if recorded else 0)


def test_servers_that_each_user_started(simulated, week):
    true = Counter(pod.username for pod in truth.server_starts(simulated.world, WEEK))
    table = rows(week["Who used what"], "User")
    for name, row in table.items():
        # Which of the first and the last step a server began in is known to a step.
        assert (row["Servers started"] or 0) == pytest.approx(true[name], abs=1), name
    assert sum(row["Servers started"] or 0 for row in table.values()) == pytest.approx(
        true.total(), abs=2
    )


def test_last_seen(simulated, week):
    true = truth.last_seen(simulated.world, WEEK, EVERY)
    table = rows(week["Who used what"], "User")
    assert {name for name, row in table.items() if row["Last seen"] is not None} == set(true)
    step = week["Who used what"].step
    for name, seen in true.items():
        right = pytest.approx(min(seen, WEEK.end), abs=step + EACH)
        assert table[name]["Last seen"] / 1000 == right, name


def test_home_directories(simulated, week, recorded):
    end = last_recorded(WEEK.end) if recorded else WEEK.end
    true = truth.home_bytes(simulated.world, end)
    table = rows(week["Who used what"], "User")
    sizes = {name: row["Home directory"] for name, row in table.items() if row["Home directory"]}
    assert sizes == pytest.approx(true, rel=1e-9)
    assert number(week["Home directories"]) == pytest.approx(sum(true.values()), rel=1e-9)


def of_the_greatest(said, hours):
    """Assert that lines are of TOP users, and nobody without one has more than any of them."""
    least = min(hours[name] for name in said)
    others = [it for name, it in hours.items() if name not in said]
    assert len(said) <= TOP
    # Minutes at the beginning and the end of each server may make the difference.
    assert max(others, default=0.0) <= 1.05 * least + 0.1
    assert not others or len(said) == TOP or max(others) < 0.1


def held(measure, unit=1.0):
    """Return what a user has at one moment, by a measure of pods."""

    def of(world, name, time):
        instant = Range(time, time + 0.002)
        hours = truth.by_user(world, instant, measure, EVERY).get(name, 0.0)
        return hours * HOUR / (instant.end - instant.start) * unit

    return of


@pytest.mark.parametrize(
    ("title", "measure", "unit"),
    [
        ("Memory", truth.memory, GIB),
        ("Memory requests", truth.memory_requests, GIB),
        ("CPU requests", truth.cpu_requests, 1),
        ("GPUs held", truth.gpus, 1),
        ("Running servers", truth.servers, 1),
        ("Memory of Dask workers", truth.memory_of("dask-worker"), GIB),
    ],
)
def test_lines_are_of_the_greatest_users_and_right_at_each_point(
    simulated, recorded, title, measure, unit
):
    world = simulated.world
    panel = answers(simulated, "users", MORNING, recorded=recorded)[title]
    said = lines(panel, "username")
    of_the_greatest(said, truth.by_user(world, MORNING, measure, EVERY))
    for name, line in said.items():
        for time in sorted(line)[:: max(1, len(line) // 8)]:
            if recorded:
                end = last_recorded(time)
                window = Range(end - EACH, end)
                of = truth.by_user(world, window, measure, EVERY).get(name, 0.0) * HOUR / EACH
                looks = [held(measure)(world, name, end - back) for back in (300, 200, 100, 0)]
                slack = 0.4 * (max(*looks, of) - min(*looks, of))
            else:
                of, slack = held(measure)(world, name, time), 0.0
            right = pytest.approx(of * unit, rel=1e-3, abs=slack * unit * (1 + 1e-9) + 1e-9)
            assert line[time] == right, (name, time)


def test_cpu_lines_add_up_to_the_hours_used(simulated, recorded):
    panel = answers(simulated, "users", MORNING, recorded=recorded)["CPU"]
    true = truth.by_user(simulated.world, MORNING, truth.cpu, EVERY)
    for name, line in lines(panel, "username").items():
        hours = sum(line.values()) * panel.step / HOUR
        assert hours == pytest.approx(true[name], rel=0.05, abs=0.5), name


def test_home_directory_lines(simulated, recorded):
    panel = answers(simulated, "users", MORNING, recorded=recorded)["Home directory size"]
    said = lines(panel, "username")
    sizes = Counter(truth.home_bytes(simulated.world, MORNING.end))
    assert set(said) == {name for name, _ in sizes.most_common(TOP)}
    for name, line in said.items():
        time = sorted(line)[len(line) // 2]
        true = truth.home_bytes(simulated.world, last_recorded(time) if recorded else time)
        assert line[time] == pytest.approx(true[name], rel=1e-9)


def test_a_session_is_shown_while_a_server_ran(simulated, recorded):
    panel = answers(simulated, "users", MORNING, recorded=recorded)["When servers ran"]
    said = lines(panel, "username")
    known = panel.step + (EACH if recorded else MINUTE)
    points = np.arange(np.ceil(MORNING.start / panel.step), MORNING.end / panel.step) * panel.step
    for name, line in said.items():
        pods = [pod for pod in simulated.world.pods_of[name] if truth.is_server(pod)]
        for time in points:
            ran = any(pod.start + known < time < pod.end for pod in pods)
            may = any(pod.start - 1 <= time <= pod.end + known for pod in pods)
            assert ran <= (time in line) <= may, (name, time)
    of_the_greatest(said, truth.by_user(simulated.world, MORNING, truth.servers, EVERY))


def test_groups_of_each_user(simulated, week):
    said = rows(week["Groups of each user"], "User", "Group")
    true = {}
    for person in simulated.world.listed(WEEK.end):
        groups = simulated.world.groups_of(person.username, WEEK.end) or (NO_GROUP,)
        true |= {(person.username, group): 1 / len(groups) for group in groups}
    assert {key: row["Part of use, split"] for key, row in said.items()} == pytest.approx(true)
    counted = Counter(name for name, _ in true)
    table = rows(week["Who used what"], "User")
    assert {name: row["Groups"] for name, row in table.items()} == counted


def test_one_group_and_one_user(simulated, recorded):
    world = simulated.world
    chosen = answers(simulated, "users", WEEK, recorded=recorded, group=("lab", "staff"))
    members = truth.by_user(world, WEEK, truth.cpu, ("lab", "staff"))
    table = rows(chosen["Who used what"], "User")
    assert {name for name, row in table.items() if row["CPU-hours"]} == set(members)
    assert number(chosen["CPU-hours"]) == pytest.approx(sum(members.values()), rel=0.01)
    one = answers(simulated, "users", WEEK, recorded=recorded, user=("Gunnar",))
    assert list(rows(one["Who used what"], "User")) == ["Gunnar"]
    assert set(lines(one["Memory"], "username")) == {"Gunnar"}
    true = truth.by_user(world, WEEK, truth.memory, EVERY)["Gunnar"]
    assert number(one["Memory GiB-hours"]) == pytest.approx(true, rel=0.01)


def test_every_panel_is_held_against_the_truth():
    source = Path(__file__).read_text("utf-8")
    assert [title for title in titles("users") if f'"{title}"' not in source] == []
