"""Every panel's numbers against the simulator's truth, on a real Prometheus.

Prometheus saw the world once a minute. Where a number is read at a moment, it is equal to
float precision. Where it is summed over time, the beginning and the end of each server are known
to half a minute each; over hours these errors cancel to well under a percent.

Recorded series hold the means over five minutes: equal to float precision where nothing changed
in these minutes. The range's ends, and a day's, are known to five minutes.
"""

from collections import Counter
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest

from dashboards import catalog
from dashboards.evaluate import data, interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.timing import Timing
from dashboards.queries import usage
from dashboards.queries.sources import Raw, Recorded
from demo import truth
from demo.people import DAY, GROUPS, HOUR
from demo.recorded import EACH
from demo.truth import Range
from demo.usage import MINUTE
from exporter.core.groups import NO_GROUP
from tests.support.ranges import (
    END,
    EVERY,
    IDLE,
    MONTH,
    MORNING,
    RAGGED,
    SLACK_HOURS,
    WEEK,
    WORKSHOP,
    at_the_ends,
    close,
    last_recorded,
    same_groups,
)

pytestmark = pytest.mark.prometheus

BOARD = "user-groups"
GIB = 2**30

CASES = {
    "workshop, its two days": (WORKSHOP, ("workshop",)),
    "all groups, a week": (WEEK, EVERY),
    "two groups with people in both, 13 days that end within a step": (
        RAGGED,
        ("lab", "reading group"),
    ),
    "all groups, a morning": (MORNING, EVERY),
    # Longer than the history: Grafana's step is coarser, and the first weeks are empty.
    "all groups, a month": (MONTH, EVERY),
}

METRICS = {"every": "info", "split": "share"}

# Of each range and selection, how use is attributed and what is read: what is recorded, which the
# boards are built on, in full; what is scraped, which takes ten times as long, in each way once.
ASKED = [
    *((name, "every", "recorded") for name in CASES),
    *((name, "split", "recorded") for name in CASES if "two" in name),
    *((name, "every", "raw") for name in CASES if "workshop" in name or "week" in name),
    *((name, "split", "raw") for name in CASES if "13 days" in name),
]


@pytest.fixture(scope="module", params=ASKED, ids=", ".join)
def asked(request):
    """Return the name of a case, the attribution, and what the board reads."""
    return request.param


@pytest.fixture
def split(asked):
    """Whether use is divided among a user's groups."""
    return asked[1] == "split"


@pytest.fixture
def recorded(asked):
    """Whether the board reads what was recorded."""
    return asked[2] == "recorded"


@pytest.fixture(scope="module")
def case(asked, simulated):
    """Return (world, range, groups, panels) with all the board's answers."""
    name, attribution, source = asked
    span, groups = CASES[name]
    choices = (
        Choice("hub", "Hub", ("demo",), regex=True),
        Choice("group", "Group", groups, regex=True),
        Choice("attribution", "Attribution", (METRICS[attribution],), texts=(attribution,)),
    )
    shown = TimeRange(
        datetime.fromtimestamp(span.start, UTC), datetime.fromtimestamp(span.end, UTC)
    )
    panels = data.collect(
        catalog.load(BOARD, recorded=source == "recorded"), choices, shown, simulated.prometheus
    )
    assert not [panel.error for panel in panels if panel.error]
    # The month's first step with a sample in it stands for the whole step, half an hour.
    # For a rate one sample is not enough, so CPU begins within that step: see below.
    known = Range(max(span.start, simulated.world.start - 30 * MINUTE), span.end)
    return simulated.world, known, groups, {panel.title: panel for panel in panels}


def begins_with_the_history(world, span):
    """Whether the range's first step is half in the history, and CPU known for less of it."""
    return span.start < world.start


def number(panel):
    """Return the one number of a stat."""
    (series,) = panel.series
    return series.values[-1]


def by_group(panel):
    """Return an instant panel's numbers by group."""
    return {series.labels["usergroup"]: series.values[-1] for series in panel.series}


def moment(world, time, measure, split):
    """Return what a measure amounts to at one moment, by group."""
    instant = Range(time, time + 0.002)
    hours = truth.by_group(world, instant, measure, split=split)
    return {group: hours[group] * HOUR / (instant.end - instant.start) for group in hours}


def recorded_mean(world, time, measure, split):
    """Return by group what a measure amounted to in the five minutes that were recorded last."""
    end = last_recorded(time)
    hours = truth.by_group(world, Range(end - EACH, end), measure, split=split)
    return {group: it * HOUR / EACH for group, it in hours.items()}


def recorded_moment(world, time, measure, split):
    """Return (value, slack) by group of what was recorded last: the mean over five minutes.

    What begins or ends in them may count a minute more or less of the five, at either end.
    """
    end = last_recorded(time)
    means = recorded_mean(world, time, measure, split)
    looks = [moment(world, end - back, measure, split) for back in (360, 270, 180, 90, 0)]
    found = {}
    for group in (*GROUPS, NO_GROUP):
        values = [look.get(group, 0.0) for look in looks]
        mean = means.get(group, 0.0)
        found[group] = mean, 0.4 * (max(*values, mean) - min(*values, mean))
    return found


def known_to_five_minutes(world, span, groups):
    """Return the fewest and the most who may have taken part, by what was recorded."""
    ends = (Range(span.start, span.end - EACH), Range(span.start - EACH, span.end))
    return tuple(len(truth.took_part(world, end, groups)) for end in ends)


def test_the_world_is_the_one_the_ranges_are_made_for(simulated):
    assert simulated.world.workshop == (WORKSHOP.start, WORKSHOP.end)


def test_people_who_took_part(case, recorded):
    world, span, groups, panels = case
    said = number(panels["People who took part"])
    if recorded:
        fewest, most = known_to_five_minutes(world, span, groups)
        assert fewest <= said <= most
    else:
        assert said == len(truth.took_part(world, span, groups))


def test_people_active_now(case, recorded):
    world, span, groups, panels = case
    said = number(panels["People with a server now"])
    if recorded:
        end = last_recorded(span.end)
        window = Range(end - EACH, end + MINUTE)
        fewest, most = known_to_five_minutes(world, window, groups)
        assert fewest <= said <= most
    else:
        assert said == len(truth.took_part(world, Range(span.end, span.end + 0.05), groups))


def test_unknown_memberships(case):
    """There are none: the exporter ran whenever the cluster did."""
    _world, _span, _groups, panels = case
    assert number(panels["Membership gaps"]) == 0
    assert number(panels["Users not counted"]) == 0


@pytest.mark.parametrize(
    ("title", "measure"),
    [
        ("CPU-hours", truth.cpu),
        ("Memory GiB-hours", truth.memory),
        ("GPU-hours", truth.gpus),
    ],
)
def test_hours_of_the_selection(case, split, recorded, title, measure):
    world, span, groups, panels = case
    true = truth.together(world, span, measure, groups, split=split)
    slack = at_the_ends(world, span, measure, groups, split).total() if recorded else 0
    assert close(number(panels[title]), true, slack=max(SLACK_HOURS, slack))


def test_home_directories(case, split, recorded):
    world, span, groups, panels = case
    end = last_recorded(span.end) if recorded else span.end
    sizes = truth.home_bytes(world, end)
    true = sum(
        size * truth.part(world.groups_of(name, end) or (NO_GROUP,), groups, split=split)
        for name, size in sizes.items()
    )
    assert number(panels["Home directories"]) == pytest.approx(true, rel=1e-9)


@pytest.mark.parametrize(
    ("title", "measure", "unit", "tolerance"),
    [
        ("Memory", truth.memory, GIB, 1e-3),
        ("Memory requests", truth.memory_requests, GIB, 1e-3),
        ("CPU requests", truth.cpu_requests, 1, 1e-3),
        ("GPUs held", truth.gpus, 1, 1e-3),
        ("Running servers", truth.servers, 1, 1e-3),
    ],
)
def test_lines_are_right_at_every_point(case, split, recorded, title, measure, unit, tolerance):
    """At a minute's sample the line is what the world was at that moment, or what was recorded."""
    world, _span, groups, panels = case
    points = {
        series.name: dict(zip(series.times, series.values, strict=True))
        for series in panels[title].series
    }
    assert set(points) == set(groups)
    times = sorted({time for line in points.values() for time in line})
    for time in times[:: max(1, len(times) // (20 if recorded else 60))]:
        if recorded:
            true = recorded_moment(world, time, measure, split)
        else:
            true = {g: (it, 0) for g, it in moment(world, time, measure, split).items()}
        for group in groups:
            said = points.get(group, {}).get(time, 0.0) / unit
            value, slack = true.get(group, (0.0, 0))
            right = pytest.approx(value, rel=tolerance, abs=slack * (1 + 1e-9) + 1e-9)
            assert said == right, (group, time)


def test_cpu_lines_add_up_to_the_hours_used(case, split):
    """A rate is an average over minutes, so its line is held against the hours below it."""
    world, span, groups, panels = case
    hours = {
        s.name: float(np.sum(s.values)) * panels["CPU"].step / HOUR for s in panels["CPU"].series
    }
    true = truth.by_group(world, span, truth.cpu, split=split)
    # At the range's ends a step may look out of it.
    same_groups(hours, true, groups, 0.02, slack=2 * panels["CPU"].step / HOUR * 4)


def test_home_directory_lines(case, split, recorded):
    world, _span, groups, panels = case
    for series in panels["Home directory size"].series:
        time = series.times[len(series.times) // 2]
        time = last_recorded(time) if recorded else time
        sizes = truth.home_bytes(world, time)
        true = sum(
            size
            * truth.part(world.groups_of(name, time) or (NO_GROUP,), [series.name], split=split)
            for name, size in sizes.items()
        )
        assert series.values[len(series.times) // 2] == pytest.approx(true, rel=1e-9), series.name
    with_homes = {g for g in groups if g != "alumni"}
    assert {series.name for series in panels["Home directory size"].series} == with_homes


def test_people_active_each_day(case, recorded):
    world, span, groups, panels = case
    said = {
        (series.name, time): value
        for series in panels["People with a server each day"].series
        for time, value in zip(series.times, series.values, strict=True)
    }
    days = np.arange(np.ceil(span.start / DAY), np.floor(span.end / DAY)) * DAY
    for midnight in days:
        for group in groups:
            shown = said.get((group, midnight), 0)
            if recorded:
                day = Range(midnight, midnight + DAY)
                fewest, most = known_to_five_minutes(world, day, [group])
                assert fewest <= shown <= most
            else:
                assert shown == truth.daily_people(world, midnight, group), (group, midnight)


def test_members(case, recorded):
    world, _span, groups, panels = case
    for series in panels["Members"].series:
        time = last_recorded(series.times[-1]) if recorded else series.times[-1]
        assert series.values[-1] == truth.sizes(world, time)[series.name]
    assert {series.name for series in panels["Members"].series} == set(groups)


@pytest.mark.parametrize(
    ("title", "used", "requested"),
    [
        ("CPU used of requested, whole range", truth.cpu, truth.cpu_requests),
        ("Memory used of requested, whole range", truth.memory, truth.memory_requests),
    ],
)
def test_ratios_over_the_range(case, split, title, used, requested):
    world, span, groups, panels = case
    part, whole = (
        truth.by_group(world, span, measure, split=split) for measure in (used, requested)
    )
    tolerance, least = (0.05, 10) if begins_with_the_history(world, span) else (0.03, 1)
    said = by_group(panels[title])
    assert set(said) <= set(groups)
    for group in groups:
        if whole.get(group, 0.0) > least:
            assert close(said.get(group, 0.0), part[group] / whole[group], tolerance, 0.005), group


def test_idle_server_hours_and_their_part_of_all(case, split):
    """Servers are looked at each five minutes, so a few hours are known less well than weeks."""
    world, span, groups, panels = case
    true = truth.by_group(world, span, IDLE, split=split)
    ran = truth.by_group(world, span, truth.servers, split=split)
    hours, part = panels["Idle server-hours"], panels["Idle part of server-hours"]
    same_groups(by_group(hours), true, groups, 0.03, slack=0.5)
    said = by_group(part)
    # A group without servers has no part; one whose servers are all busy has 0 %.
    assert {group for group in groups if ran.get(group, 0.0) > 1} <= set(said) <= set(groups)
    for group, value in said.items():
        assert close(value, true.get(group, 0.0) / ran[group], 0.03, 0.5 / ran[group]), group


def test_memory_used_of_requested_at_every_point(case, split, recorded):
    world, _span, groups, panels = case
    panel = panels["Memory used of memory requested"]
    assert {series.name for series in panel.series} <= set(groups)
    for series in panel.series:
        for index in range(0, len(series.times), max(1, len(series.times) // 20)):
            time = series.times[index]
            pair = (truth.memory, truth.memory_requests)
            if recorded:
                (used, vague), (requested, slack) = (
                    recorded_moment(world, time, measure, split)[series.name] for measure in pair
                )
                if slack > 0.1 * requested:
                    continue
                tolerance = 1e-3 + (vague / used) + (slack / requested)
            else:
                used, requested = (moment(world, time, it, split)[series.name] for it in pair)
                tolerance = 1e-3
            assert series.values[index] == pytest.approx(used / requested, rel=tolerance)


@pytest.mark.parametrize(
    ("title", "used", "whole"),
    [
        ("CPU used of CPU requested", truth.cpu, truth.cpu_requests),
        ("GPU used of GPU held", truth.busy_gpus, truth.gpus),
    ],
)
def test_used_of_held_weighs_to_the_hours_used(case, split, recorded, title, used, whole):
    """The ratio at each point times what was held then adds up to what was used."""
    world, span, groups, panels = case
    panel = panels[title]
    true = truth.by_group(world, span, used, split=split)
    assert {series.name for series in panel.series} <= set(groups)
    # A server counts while it runs at the step's end, with its rate over the step: at steps of an
    # hour, servers of a few hours lose a good part of the one in which they began or ended.
    tolerance = 0.04 if panel.step <= 20 * MINUTE else 0.2
    at = recorded_mean if recorded else moment
    for series in panel.series:
        held = np.array(
            [at(world, time, whole, split).get(series.name, 0.0) for time in series.times]
        )
        hours = float(np.sum(np.array(series.values) * held)) * panel.step / HOUR
        # What ends within a step is in the rate but holds nothing any more at the step's end.
        if true[series.name] > 200 * panel.step / HOUR:
            ends = at_the_ends(world, span, used, [series.name], split).total() if recorded else 0
            right = pytest.approx(true[series.name], rel=tolerance, abs=ends)
            assert hours == right, series.name


def test_table_of_members(case, split, recorded):
    world, span, groups, panels = case
    table = panels["Who used what"].table
    assert table.columns == (
        "User",
        "Hub",
        "CPU-hours",
        "Of which Dask",
        "Memory GiB-hours",
        "GPU-hours",
        "Last seen",
        "Selected groups",
    )
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    members = {
        person.username: len(
            set(world.groups_of(person.username, span.end) or (NO_GROUP,)) & set(groups)
        )
        for person in world.people
    }
    assert rows.keys() == {name for name, count in members.items() if count}
    seen = truth.last_seen(world, span, groups)
    step = panels["Who used what"].step
    # What runs at the range's end is counted to the last whole step.
    exact = span.end % step == 1 and not begins_with_the_history(world, span)
    slack = 0.2 if exact else step / HOUR * max(p.size.cpu_limit for p in world.pods)
    for title, measure in (
        ("CPU-hours", truth.cpu),
        ("Of which Dask", truth.dask_cpu),
        ("Memory GiB-hours", truth.memory),
        ("GPU-hours", truth.gpus),
    ):
        true = truth.by_user(world, span, measure, groups, split=split)
        ends = at_the_ends(world, span, measure, groups, split) if recorded else Counter()
        for name, row in rows.items():
            known = max(slack, ends[name])
            assert close(row[title] or 0.0, true.get(name, 0.0), 0.02, known), (name, title)
    for name, row in rows.items():
        assert (row["Last seen"] is not None) == (name in seen), name
        if name in seen:
            last = min(seen[name], span.end)
            assert row["Last seen"] / 1000 == pytest.approx(
                last, abs=step + (EACH if recorded else MINUTE)
            )
        assert row["Selected groups"] == members[name]


# Blocks have no stale markers, so who changes groups is in both for five minutes. Nobody had a
# server just then, but everybody has a home.
USED = [kind for kind in usage.KINDS if kind is not usage.HOME_SIZE]


@pytest.mark.parametrize("kind", USED, ids=lambda kind: kind.recorded.by_user.name)
@pytest.mark.parametrize("source", [Raw(), Recorded()], ids=["raw", "recorded"])
def test_split_groups_add_up_to_the_hub_at_every_moment(simulated, kind, source):
    """To the precision of floating point numbers: a third and two thirds are one."""
    choices = (
        Choice("hub", "Hub", ("demo",), regex=True),
        Choice("group", "Group", (), everything=True, all_value=".+", regex=True),
        Choice("attribution", "Attribution", ("share",)),
    )
    summed = f"sum(\n{source.by_group(kind)}\n)\n/\nsum(\n{source.by_user(kind)}\n)"
    timing = Timing(step=1_800_000, rate=1_800_000, length=13 * 86_400_000)
    times = {"start": END - 13 * DAY, "end": END, "step": 30 * MINUTE}
    fields = {"query": interpolate.query(summed, choices, timing), **times}
    answer = httpx.post(f"{simulated.url}/api/v1/query_range", data=fields, timeout=60)
    (line,) = answer.json()["data"]["result"]
    # Dask workers are there for an hour now and then.
    assert len(line["values"]) > 30
    parts = [float(value) for _, value in line["values"] if value != "NaN"]
    assert parts == pytest.approx([1] * len(parts), abs=1e-12)


def test_every_panel_of_the_board_is_held_against_the_truth():
    """A new panel needs a test above, which names it."""
    source = open(__file__, encoding="utf-8").read()  # noqa: PTH123, SIM115
    for panel in data.panels(catalog.load(BOARD)):
        if panel.get("targets"):
            assert f'"{panel["title"]}"' in source, panel["title"]


@pytest.mark.parametrize("recorded", [False, True])
def test_no_panel_asks_for_too_much_of_a_large_hub(simulated, recorded):
    """Prometheus refuses 50 million samples: 3,000 a membership leave room for over 16,000."""
    span = TimeRange(datetime.fromtimestamp(END - 14 * DAY, UTC), datetime.fromtimestamp(END, UTC))
    memberships = sum(truth.sizes(simulated.world, END).values())
    for panel in data.panels(catalog.load(BOARD, recorded=recorded)):
        for target in panel.get("targets", ()):
            some, everybody = (
                _peak_samples(simulated, panel, target, span, groups)
                for groups in (("alumni",), EVERY)
            )
            assert (everybody - some) / memberships < 3000, panel["title"]


def _peak_samples(simulated, panel, target, span, groups):
    """Return the most samples that Prometheus holds at once for a panel's query."""
    choices = (
        Choice("hub", "Hub", ("demo",), regex=True),
        Choice("group", "Group", groups, regex=True),
        Choice("attribution", "Attribution", ("info",), texts=("every",)),
    )
    timing = data._timing(panel, target, span, choices)
    fields = {"query": interpolate.query(target["expr"], choices, timing), "stats": "all"}
    if target["instant"]:
        path, times = "query", {"time": END}
    else:
        times = {"start": END - 14 * DAY, "end": END, "step": timing.step / 1000}
        path = "query_range"
    answer = httpx.post(f"{simulated.url}/api/v1/{path}", data={**fields, **times}, timeout=60)
    return answer.json()["data"]["stats"]["samples"]["peakSamples"]
