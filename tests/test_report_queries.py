"""What the report asks Prometheus: times, steps, variables, as Grafana would."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.report import interpolate, intervals, times
from dashboards.report.interpolate import Choice, Timing

NOW = datetime(2026, 3, 18, 15, 30, 12, 345_000, UTC)
DAY = 86_400_000


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("now", "2026-03-18T15:30:12.345", "2026-03-18T15:30:12.345"),
        ("now-2d", "2026-03-16T15:30:12.345", "2026-03-16T15:30:12.345"),
        ("now/d", "2026-03-18T00:00:00", "2026-03-18T23:59:59.999"),
        ("now-1d/d", "2026-03-17T00:00:00", "2026-03-17T23:59:59.999"),
        ("now/w", "2026-03-16T00:00:00", "2026-03-22T23:59:59.999"),
        ("now-1M/M", "2026-02-01T00:00:00", "2026-02-28T23:59:59.999"),
        ("now/Q", "2026-01-01T00:00:00", "2026-03-31T23:59:59.999"),
        ("now/y", "2026-01-01T00:00:00", "2026-12-31T23:59:59.999"),
        ("now/h-30m", "2026-03-18T14:30:00", "2026-03-18T15:29:59.999"),
        ("now-M", "2026-02-18T15:30:12.345", "2026-02-18T15:30:12.345"),
        ("2026-03-17", "2026-03-17T00:00:00", "2026-03-17T00:00:00"),
        ("2026-03-17T09:30", "2026-03-17T09:30:00", "2026-03-17T09:30:00"),
        ("2026-03-17T09:30:00+02:00", "2026-03-17T07:30:00", "2026-03-17T07:30:00"),
        ("2026-03-31||-1M", "2026-02-28T00:00:00", "2026-02-28T00:00:00"),
        ("1773739800000", "2026-03-17T09:30:00", "2026-03-17T09:30:00"),
    ],
)
def test_times_are_read_as_in_grafana(text, start, end):
    assert times.parse(text, NOW) == datetime.fromisoformat(start + "+00:00")
    assert times.parse(text, NOW, end=True) == datetime.fromisoformat(end + "+00:00")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "now-", "now-7x", "now7d", "2026-13-01", "now-999999y"]
)
def test_what_is_no_time_says_what_is(text):
    with pytest.raises(times.TimeError, match=r"is no time\. Write now-7d"):
        times.parse(text, NOW)


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_an_error(text):
    with contextlib.suppress(times.TimeError):
        assert times.parse("now" + text, NOW).tzinfo is UTC


# The ends of gtime.RoundInterval's steps.
@pytest.mark.parametrize(
    ("exact", "nice"),
    [
        (10, 1),
        (15_001, 15_000),
        (17_500, 15_000),
        (17_501, 20_000),
        (25_001, 30_000),
        (45_001, 60_000),
        (90_000, 60_000),
        (90_001, 120_000),
        (235_636, 300_000),
        (450_001, 600_000),
        (1_500_001, 1_800_000),
        (2_700_001, 3_600_000),
        (86_400_000, 43_200_000),
        (86_400_001, DAY),
        (604_800_001, 7 * DAY),
        (70_000_000_000, 365 * DAY),
    ],
)
def test_intervals_are_rounded_as_in_grafana(exact, nice):
    assert intervals.rounded(exact) == nice


@pytest.mark.parametrize(
    ("days", "points", "minimum", "step", "rate"),
    [
        # Stats ask for 11,000 points: a minute for a week, 5 minutes for 30 days.
        (7, 11_000, 60_000, 60_000, 240_000),
        (30, 11_000, 60_000, 300_000, 360_000),
        # A panel of half the board's width.
        (7, 700, 60_000, 900_000, 960_000),
        (2, 700, 60_000, 300_000, 360_000),
        (1 / 24, 700, 60_000, 60_000, 240_000),
        # The minimum of a day, whatever the width.
        (7, 466, DAY, DAY, 4 * DAY),
    ],
)
def test_steps_and_rate_intervals(days, points, minimum, step, rate):
    timing = Timing.of(round(days * DAY), points, minimum, minimum)
    assert (timing.step, timing.rate) == (step, rate)


@given(st.integers(1000, 3650 * DAY), st.integers(1, 50_000), st.sampled_from([15_000, 60_000]))
def test_no_step_asks_prometheus_for_too_many_points(length, points, minimum):
    # Grafana rounds its safe interval down too, by a quarter at most.
    assert length / intervals.step(length, points, minimum) <= 11_000 * 2.5


def test_durations_have_grafanas_texts():
    assert [intervals.text(ms) for ms in (500, 15_000, 60_000, 5_400_000, DAY, 400 * DAY)] == [
        "500ms",
        "15s",
        "1m",
        "1h",
        "1d",
        "1y",
    ]
    assert [intervals.go_text(ms) for ms in (15_000, 75_000, 360_000, DAY)] == [
        "15s",
        "1m15s",
        "6m0s",
        "24h0m0s",
    ]
    assert [intervals.parse(text) for text in ("1m", ">10s", "90", "1d")] == [
        60_000,
        10_000,
        90_000,
        DAY,
    ]
    with pytest.raises(ValueError, match="is no duration"):
        intervals.parse("soon")


def test_ranges_begin_and_end_on_a_step():
    assert intervals.aligned(1_773_761_412.345, 300_000) == 1_773_761_400
    assert intervals.aligned(1_773_761_412.345, DAY) == 1_773_705_600


TIMING = Timing(step=300_000, rate=360_000, length=7 * DAY)
LAB = Choice("group", "Group", ("lab",), regex=True)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("x[$__range:$__interval]", "x[604800s:5m]"),
        ("$__interval_ms / ${__range_s}", "300000 / 604800"),
        ("rate(x[$__rate_interval])", "rate(x[6m0s])"),
        ('a{g=~"$group"}', 'a{g=~"lab"}'),
        ('a{g=~"${group}"} [[group]]', 'a{g=~"lab"} lab'),
        (
            "$groups $unknown label_replace(x, 'a', '$1')",
            "$groups $unknown label_replace(x, 'a', '$1')",
        ),
    ],
)
def test_variables_are_replaced_whole(text, query):
    assert interpolate.query(text, [LAB], TIMING) == query


def test_choices_in_queries_and_in_words():
    both = Choice("group", "Group", ("lab", "a.b|c"), regex=True)
    everything = Choice("group", "Group", ("lab", "b"), everything=True, all_value=".+", regex=True)
    listed = Choice("group", "Group", ("lab", "b"), everything=True, regex=True)
    single = Choice("hub", "Hub", ('say "hi"',))
    assert both.promql() == r"(lab|a\\.b\\|c)"
    assert everything.promql() == ".+"
    assert listed.promql() == "(lab|b)"
    assert single.promql() == r"say \"hi\""
    assert interpolate.words("Use of $group", [both]) == "Use of lab + a.b|c"
    assert interpolate.words("Use of ${group:csv}", [everything]) == "Use of .+"
    assert interpolate.words("Use of ${group:csv}", [listed]) == "Use of lab,b"
    assert interpolate.words("$group", [everything]) == "All"


def test_a_value_escaped_for_a_regex_stays_one_string():
    assert interpolate.escaped_regex('a"b\\c\nd$') == r"a\"b\\\\c\nd\\$"
