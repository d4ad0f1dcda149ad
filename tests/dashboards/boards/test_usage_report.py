"""The board Usage report against the simulator's truth, over scraped and over recorded series."""

from collections import Counter
from pathlib import Path

import pytest

from dashboards.queries.users import TOP
from demo import truth
from demo.people import GROUPS
from demo.recorded import EACH
from demo.truth import Range
from exporter.core.groups import NO_GROUP
from tests.support.board_answers import answers, by, number, rows, titles
from tests.support.ranges import IDLE, WEEK

pytestmark = pytest.mark.prometheus

EVERY = (*GROUPS, NO_GROUP)


@pytest.fixture(scope="module")
def panels(simulated, recorded):
    """Return the board's panels of a week, of all groups."""
    return answers(simulated, "usage-report", WEEK, recorded=recorded)


def slack(world, measure, recorded, split):
    """Return by group what the ends of the range, known to five minutes, amount to."""
    found = Counter()
    if recorded:
        for edge in (WEEK.start, WEEK.end):
            span = Range(edge - EACH, edge)
            found.update(truth.by_group(world, span, measure, split=split))
    return found


HOURS = [("CPU", truth.cpu), ("Memory", truth.memory), ("GPU", truth.gpus)]


@pytest.mark.parametrize(("name", "measure"), HOURS)
@pytest.mark.parametrize("word", ["split", "every"])
def test_hours_of_each_group_in_both_attributions(simulated, panels, recorded, name, measure, word):
    split = word == "split"
    table = rows(panels["What each group used"], "Group")
    assert set(table) == set(EVERY)
    true = truth.by_group(simulated.world, WEEK, measure, split=split)
    unsure = slack(simulated.world, measure, recorded, split)
    for group, row in table.items():
        right = pytest.approx(true.get(group, 0.0), rel=0.01, abs=max(0.2, unsure[group]))
        assert row[f"{name}, {word}"] == right, group


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("CPU", "CPU-hours of the hub"),
        ("Memory", "GiB-hours of the hub"),
        ("GPU", "GPU-hours of the hub"),
    ],
)
def test_the_split_column_adds_up_to_the_hub(panels, name, title):
    """To the precision of floating point numbers: what is printed can be summed by hand."""
    table = rows(panels["What each group used"], "Group")
    split, every = (
        sum(row[f"{name}, {word}"] for row in table.values()) for word in ("split", "every")
    )
    assert split == pytest.approx(number(panels[title]), rel=1e-9)
    assert every > split
    assert number(panels["Attributed share"]) == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(("name", "measure"), HOURS)
def test_hours_of_the_hub(simulated, panels, recorded, name, measure):
    title = {"CPU": "CPU-hours of the hub", "Memory": "GiB-hours of the hub"}
    total = sum(truth.by_user(simulated.world, WEEK, measure, EVERY).values())
    unsure = slack(simulated.world, measure, recorded, split=True).total()
    said = number(panels[title.get(name, "GPU-hours of the hub")])
    assert said == pytest.approx(total, rel=0.01, abs=unsure)


def test_people_and_servers_of_each_group(simulated, panels, recorded):
    world, table = simulated.world, rows(panels["What each group used"], "Group")
    servers = truth.by_group(world, WEEK, truth.servers, split=True)
    for group, row in table.items():
        seen = len(truth.took_part(world, WEEK, [group]))
        assert row["People"] == pytest.approx(seen, abs=recorded), group
        right = pytest.approx(servers.get(group, 0.0), rel=0.01, abs=0.5)
        assert row["Servers, split"] == right, group
    everybody = len(truth.took_part(world, WEEK, EVERY))
    assert number(panels["People who took part"]) == pytest.approx(everybody, abs=recorded)
    assert number(panels["Membership gaps"]) == 0
    assert number(panels["Users not counted"]) == 0


@pytest.mark.parametrize(
    ("column", "part", "whole"),
    [
        ("CPU used of requested", truth.cpu, truth.cpu_requests),
        ("Memory used of requested", truth.memory, truth.memory_requests),
        ("GPU used of held", truth.busy_gpus, truth.gpus),
        ("Idle part of server-hours", IDLE, truth.servers),
    ],
)
def test_was_it_cost_effective(simulated, panels, column, part, whole):
    table = rows(panels["Was it cost-effective?"], "Group")
    used, held = (truth.by_group(simulated.world, WEEK, it) for it in (part, whole))
    for group in EVERY:
        if held.get(group, 0.0) > 1:
            said, right = table[group][column], used.get(group, 0.0) / held[group]
            assert said == pytest.approx(right, rel=0.03, abs=0.5 / held[group]), group


@pytest.mark.parametrize(
    ("title", "measure"),
    [
        ("Memory GiB-hours of servers", truth.memory_of("singleuser-server")),
        ("Memory GiB-hours of Dask workers", truth.memory_of("dask-worker")),
        ("Memory GiB-hours of Dask schedulers", truth.memory_of("dask-scheduler")),
        ("Memory GiB-hours of pods with GPUs", truth.gpu_pods_memory),
    ],
)
def test_memory_by_user(simulated, panels, title, measure):
    true = Counter(truth.by_user(simulated.world, WEEK, measure, EVERY))
    said = by(panels[title], "username")
    wanted = [name for name, hours in true.most_common(TOP) if hours > 0]
    # Two of nearly the same may change places at the end of the list.
    assert len(said) == len(wanted)
    assert set(wanted[: TOP - 2]) <= set(said)
    for name, hours in said.items():
        assert hours == pytest.approx(true[name], rel=0.02, abs=0.3), name


def test_one_group(simulated, recorded):
    lab = answers(simulated, "usage-report", WEEK, recorded=recorded, group=("lab",))
    assert set(rows(lab["What each group used"], "Group")) == {"lab"}
    of, all_of = (
        truth.together(simulated.world, WEEK, truth.memory, groups, split=True)
        for groups in (("lab",), EVERY)
    )
    assert number(lab["Attributed share"]) == pytest.approx(of / all_of, rel=0.01)
    members = truth.by_user(simulated.world, WEEK, truth.memory, ["lab"])
    assert set(by(lab["Memory GiB-hours of servers"], "username")) <= set(members)


def test_every_panel_is_held_against_the_truth():
    source = Path(__file__).read_text("utf-8")
    assert [title for title in titles("usage-report") if f'"{title}"' not in source] == []
