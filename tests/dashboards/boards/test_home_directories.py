"""The board Home directories against what the simulator has on its disk."""

from pathlib import Path

import numpy as np
import pytest

from demo import truth
from demo.exporters import dirsize
from demo.people import DAY, FORMER, GROUPS, NAMESPACE
from demo.series import FOREVER
from exporter.core import slugs
from exporter.core.groups import NO_GROUP
from tests.support.board_answers import answers, by, lines, number, rows, titles
from tests.support.ranges import WEEK, last_recorded

pytestmark = pytest.mark.prometheus

EVERY = (*GROUPS, NO_GROUP)
GIB = 2**30


@pytest.fixture(scope="module", params=["every", "split"])
def attribution(request):
    """Return how sizes are attributed to groups."""
    return request.param


@pytest.fixture(scope="module")
def panels(simulated, recorded, attribution):
    """Return the board's panels of a week."""
    return answers(simulated, "home-directories", WEEK, recorded=recorded, attribution=attribution)


def on_disk(world, metric, time):
    """Return what is true of each directory at a time: of those that are there then."""
    return {
        dict(series.labels)["directory"]: float(series.at(np.array([time]))[0])
        for series in dirsize.series(world)
        if series.metric == metric and series.born <= time < FOREVER
    }


def growth(world):
    """Return by how much each directory grew in the week."""
    before, after = (
        on_disk(world, "dirsize_total_size_bytes", time) for time in (WEEK.start - 1, WEEK.end)
    )
    return {name: size - before.get(name, 0.0) for name, size in after.items()}


def directory_of(name):
    """Return the directory of a user: one is of an older time."""
    return slugs.escaped(name) if name == "bo_2" else slugs.safe(name)


def test_each_directory(simulated, panels):
    world = simulated.world
    said = rows(panels["Each directory"], "Directory")
    sizes = on_disk(world, "dirsize_total_size_bytes", WEEK.end)
    assert {name: row["Size"] for name, row in said.items()} == sizes
    total = sum(sizes.values())
    parts = {name: row["Of the hub's total"] for name, row in said.items()}
    assert parts == pytest.approx({name: size / total for name, size in sizes.items()})
    assert sum(parts.values()) == pytest.approx(1)
    grown = {name: row["Growth in the range"] for name, row in said.items()}
    assert grown == pytest.approx(growth(world), abs=1)
    entries = {name: row["Files"] for name, row in said.items()}
    assert entries == on_disk(world, "dirsize_entries_count", WEEK.end)
    for column, metric in (("Newest change", "latest"), ("Oldest change", "oldest")):
        true = on_disk(world, f"dirsize_{metric}_mtime", WEEK.end - 60)
        for name, row in said.items():
            assert row[column] / 1000 == pytest.approx(true[name], abs=61), (column, name)
    users = {row["User"]: name for name, row in said.items() if row["User"]}
    everybody = [p for p in world.people if world.home_since(p) <= WEEK.end]
    assert users == {p.username: directory_of(p.username) for p in everybody}
    assert {row["Hub"] for row in said.values()} == {NAMESPACE}


def test_together(simulated, panels):
    sizes = on_disk(simulated.world, "dirsize_total_size_bytes", WEEK.end)
    assert number(panels["Total size"]) == pytest.approx(sum(sizes.values()))
    assert number(panels["Directories"]) == len(sizes)
    total = sum(growth(simulated.world).values())
    assert number(panels["Growth in the range"]) == pytest.approx(total, abs=1)
    assert total > GIB


def test_directories_of_users_that_the_hub_no_longer_has(simulated, panels):
    sizes = on_disk(simulated.world, "dirsize_total_size_bytes", WEEK.end)
    left = {slugs.safe(name): sizes[slugs.safe(name)] for name in FORMER}
    said = rows(panels["Each orphaned directory"], "Directory")
    assert {name: row["Size"] for name, row in said.items()} == left
    assert number(panels["Orphaned directories"]) == sum(left.values())
    for row in said.values():
        assert row["Newest change"] / 1000 < simulated.world.start - 90 * DAY


def of_groups(world, amounts, time, attribution):
    """Return what users' amounts add up to by group."""
    found = dict.fromkeys(EVERY, 0.0)
    for name, amount in amounts.items():
        groups = world.groups_of(name, time) or (NO_GROUP,)
        for group in groups:
            found[group] += amount * truth.part(groups, [group], split=attribution == "split")
    return found


def test_size_by_group(simulated, panels, attribution, recorded):
    world = simulated.world
    said = lines(panels["Home directory size"], "usergroup")
    assert set(said) == {*EVERY} - {"alumni"}
    for group, line in said.items():
        time = sorted(line)[len(line) // 2]
        at = last_recorded(time) if recorded else time
        true = of_groups(world, truth.home_bytes(world, at), at, attribution)
        assert line[time] == pytest.approx(true[group], rel=1e-9), group


def test_growth_by_group(simulated, panels, attribution):
    world = simulated.world
    grown = growth(world)
    of_users = {
        person.username: grown[directory_of(person.username)]
        for person in world.people
        if directory_of(person.username) in grown
    }
    true = of_groups(world, of_users, WEEK.end, attribution)
    said = by(panels["Growth by group"], "usergroup")
    assert said == pytest.approx({group: it for group, it in true.items() if group in said}, abs=1)
    assert set(said) == {*EVERY} - {"alumni"}
    if attribution == "split":
        assert sum(said.values()) == pytest.approx(sum(of_users.values()), abs=10)


def test_every_panel_is_held_against_the_truth():
    source = Path(__file__).read_text("utf-8")
    assert [title for title in titles("home-directories") if f'"{title}"' not in source] == []
