"""What the report asks Prometheus: times, steps, variables, as Grafana would."""

import contextlib
from datetime import UTC, datetime

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.evaluate import interpolate, ranges, selectors, times
from dashboards.evaluate.choice import Choice, quoted, regex_of
from dashboards.evaluate.filters import Filter
from dashboards.evaluate.timing import Timing
from dashboards.schema import intervals

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
    assert quoted(regex_of('a"b\\c\nd$'), '"') == r"a\"b\\\\c\nd\\$"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        # Grafana's milliseconds, Prometheus' seconds with a fraction or without.
        ("1795766100", "2026-11-27T07:55:00"),
        ("1795766100.25", "2026-11-27T07:55:00.250"),
        ("1795766100000", "2026-11-27T07:55:00"),
        ("100000000", "1973-03-03T09:46:40"),
        ("99999999999", "5138-11-16T09:46:39"),
        ("100000000000", "1973-03-03T09:46:40"),
        ("1795766100||-1d", "2026-11-26T07:55:00"),
        # As in addresses of Grafana.
        ("20260317", "2026-03-17T00:00:00"),
        ("20260317T093000", "2026-03-17T09:30:00"),
        ("2026-03-17 09:30:00", "2026-03-17T09:30:00"),
        ("2026-03-17T09:30:00.000Z", "2026-03-17T09:30:00"),
        ("now - 2d", "2026-03-16T15:30:12.345"),
        ("now/fQ", "2026-01-01T00:00:00"),
        ("now/1d", "2026-03-18T00:00:00"),
    ],
)
def test_unix_times_are_seconds_or_milliseconds_by_their_size(text, time):
    assert times.parse(text, NOW) == datetime.fromisoformat(time + "+00:00")


@pytest.mark.parametrize("text", ["1795766100000000", "1795766100000000000", "9" * 400])
def test_microseconds_are_refused(text):
    with pytest.raises(times.TimeError, match="microseconds or less"):
        times.parse(text, NOW)


@pytest.mark.parametrize(
    ("board", "start", "end", "said"),
    [
        ({}, "now", "now-1d", "before it begins"),
        ({}, "now", "now", "it is empty"),
        ({"time": {"from": "x"}}, None, None, "The board's own range is x to now. Give --from"),
        ({"time": {"from": "x"}}, None, "now-1d", "'x' is no time."),
    ],
)
def test_ranges_in_which_nothing_can_be(board, start, end, said):
    with pytest.raises(times.TimeError, match=said):
        ranges.of_board(board, start, end, NOW)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("now+1d", "now+2d", ["The range begins at 2026-03-19 15:30 UTC, in the future"]),
        ("1970-01-02", "1970-01-03", ["The range ends at 1970-01-03 00:00 UTC, before there was"]),
        ("now-1d", "now+1d", []),
        ("now/d", "now/d", []),
    ],
)
def test_what_is_said_of_a_range(start, end, said):
    found = list(ranges.notes(ranges.of_board({}, start, end, NOW), NOW))
    assert [text.startswith(begun) for text, begun in zip(found, said, strict=True)] == [
        True
    ] * len(said)


def test_a_board_without_a_range_has_grafanas():
    assert ranges.of_board({}, None, None, NOW).milliseconds == 6 * 3_600_000


BOTH = Choice("x", "X", ("a b", "c'd"), regex=True, several=True)
ONE = Choice("x", "X", ("a.b",), texts=("A",))
MOMENT = Choice("x", "X", ("1773739800500",))


@pytest.mark.parametrize(
    ("choice", "text", "shown"),
    [
        (BOTH, "${x:raw}", "a b,c'd"),
        (BOTH, "${x:csv}", "a b,c'd"),
        (BOTH, "[[x:pipe]]", "a b|c'd"),
        (BOTH, "${x:glob}", "{a b,c'd}"),
        (BOTH, "${x:unheard}", "{a b,c'd}"),
        (BOTH, "${x:regex}", "(a b|c'd)"),
        (BOTH, "${x:json}", '["a b","c\'d"]'),
        (BOTH, "${x:queryparam}", "var-x=a%20b&var-x=c%27d"),
        (BOTH, "${x:customqueryparam:p:v-}", "p=v-a%20b&p=v-c%27d"),
        (BOTH, "${x:percentencode}", "%7Ba%20b%2Cc%27d%7D"),
        (BOTH, "${x:singlequote}", "'a b','c\\'d'"),
        (BOTH, "${x:doublequote}", '"a b","c\'d"'),
        (BOTH, "${x:sqlstring}", "'a b','c''d'"),
        (BOTH, "${x:lucene}", '("a\\ b" OR "c\'d")'),
        (BOTH, "${x:distributed}", "a b,x=c'd"),
        (BOTH, "${x:join: + }", "a b + c'd"),
        (BOTH, "${x:html}", "a b, c&#x27;d"),
        (BOTH, "${x:text}", "a b + c'd"),
        (BOTH, "${x.1}", "c'd"),
        (ONE, "${x:text} ${x:json} ${x:regex}", r"A a.b a\.b"),
        (MOMENT, "${x:date} ${x:date:iso}", "2026-03-17T09:30:00.500Z " * 2),
        (MOMENT, "${x:date:seconds} ${x:date:ms}", "1773739801 1773739800500"),
        (MOMENT, "${x:date:YYYY-MM-DD [at] HH:mm}", "2026-03-17 at 09:30"),
        (ONE, "${x:date}", "NaN"),
    ],
)
def test_formats_of_variables(choice, text, shown):
    assert interpolate.query(text, [choice], TIMING) == shown.rstrip()


@pytest.mark.parametrize(
    ("query", "filtered"),
    [
        ("up", 'up{job="a"}'),
        ("up{}", 'up{job="a"}'),
        ('up{x="y",}', 'up{x="y", job="a"}'),
        ('{__name__="up"}', '{__name__="up", job="a"}'),
        ('up{job!="a"}', 'up{job="a"}'),
        ('up{job="b"}', 'up{job="b", job="a"}'),
        ("sum by (x) (rate(up[5m]))", 'sum by (x) (rate(up{job="a"}[5m]))'),
        ("sum(up) without (x)", 'sum(up{job="a"}) without (x)'),
        (
            "a * on(x) group_left b offset 5m",
            'a{job="a"} * on(x) group_left b{job="a"} offset 5m',
        ),
        ("a:b:c @ end() > bool 1e3", 'a:b:c{job="a"} @ end() > bool 1e3'),
        ("count_values('v', up) # up {", "count_values('v', up{job=\"a\"}) # up {"),
        ("max_over_time(up[1h:5m]) or vector(1)", 'max_over_time(up{job="a"}[1h:5m]) or vector(1)'),
        ("1 + 2 == bool Inf", "1 + 2 == bool Inf"),
        ('up{x="a{b}", y=~`c"}`}', 'up{x="a{b}", y=~`c"}`, job="a"}'),
        ("up{", 'up{job="a"}'),
    ],
)
def test_where_a_filter_goes(query, filtered):
    assert selectors.with_filters(query, [Filter("job", "=", ("a",))]) == filtered
    if query != "up{":
        promql_parser.parse(filtered)


@given(st.text("up{}[]()\"'`#\\, =~bysumon5m\n", max_size=30))
def test_any_text_keeps_what_is_in_it(text):
    found = selectors.with_filters(text, [Filter("j", "=", ("a",))])
    assert len(found) >= len(text.rstrip()) - text.count(",") - text.count("\n") - text.count(" ")
