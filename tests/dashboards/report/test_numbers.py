"""The pure arithmetic of the report: units, reducers, axes, colors."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboards.evaluate import times
from dashboards.evaluate.reduce import REDUCERS
from dashboards.report import colors, series_style, units
from dashboards.report.charts import axes
from dashboards.report.field_config import FieldConfig, field_config

GIB = 2**30


# Seen in Grafana, or in its own table of cases (valueFormats.test.ts).
@pytest.mark.parametrize(
    ("unit", "decimals", "value", "text"),
    [
        ("bytes", None, 0, "0 B"),
        ("bytes", None, 1024, "1 KiB"),
        ("bytes", None, 1536, "1.50 KiB"),
        ("bytes", 1, 0, "0.0 B"),
        ("bytes", 1, 167.94 * GIB, "167.9 GiB"),
        ("bytes", None, 93.7 * GIB, "93.7 GiB"),
        ("bytes", None, -1536, "-1.50 KiB"),
        ("bytes", None, 2**90, "1024 YiB"),
        ("decbytes", None, 1500, "1.50 kB"),
        ("percentunit", 0, 0.424, "42%"),
        ("percentunit", None, 0.4239, "42.4%"),
        ("percent", None, 7, "7%"),
        ("suffix:people", 0, 12, "12 people"),
        ("suffix:cores", 2, 1.005, "1.00 cores"),
        ("suffix:CPU h", 1, 0.25, "0.3 CPU h"),
        ("prefix:~", None, 3, "~3"),
        ("none", None, 0.0001234, "0.000123"),
        ("none", None, 98.765, "98.8"),
        ("none", 0, 2.5, "3"),
        ("none", 0, -2.5, "-2"),
        ("short", None, 1000, "1 K"),
        ("short", None, 1200, "1.20 K"),
        ("short", None, 1000120, "1.00 Mil"),
        ("short", None, 98765, "98.8 K"),
        ("short", None, 9876543, "9.88 Mil"),
        ("s", None, 90, "1.50 mins"),
        ("s", None, 60, "1 min"),
        ("s", None, 0, "0 s"),
        ("s", None, 0.25, "250 ms"),
        ("s", None, 7200, "2 hours"),
        ("ms", None, 1500, "1.50 s"),
        ("h", None, 20, "20 hour"),
        ("h", None, 36, "1.50 days"),
        ("currencyEUR", 2, 12.5, "€12.50"),
        ("currencyUSD", None, -1500, "-$1.50K"),
        ("reqps", None, 12, "12 req/s"),
        ("kwatth", None, 1.5, "1.50 kWh"),
        ("furlongs", None, 3, "3 furlongs"),
        ("bytes", None, math.nan, "NaN"),
        ("suffix:cores", None, math.inf, "∞ cores"),
    ],
)
def test_units_read_as_in_grafana(unit, decimals, value, text):
    assert units.formatter(unit)(value, decimals) == text


@example(5e-324, "none")
@given(st.floats(), st.sampled_from(["none", "bytes", "percentunit", "s", "short", "suffix:x"]))
def test_every_number_has_a_text(value, unit):
    assert units.formatter(unit)(value, None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "a few seconds ago"),
        (44, "a few seconds ago"),
        (50, "a minute ago"),
        (16 * 60, "16 minutes ago"),
        (46 * 60, "an hour ago"),
        (5 * 3600, "5 hours ago"),
        (23 * 3600, "a day ago"),
        (5.2 * 86_400, "5 days ago"),
        (27 * 86_400, "a month ago"),
        (100 * 86_400, "3 months ago"),
        (400 * 86_400, "a year ago"),
        (1000 * 86_400, "3 years ago"),
        (-7200, "in 2 hours"),
    ],
)
def test_how_long_ago_reads_as_in_grafana(seconds, words):
    now = 1_800_000_000
    assert times.from_now(now - seconds, now) == words


@pytest.mark.parametrize(
    ("calc", "expected"),
    [("lastNotNull", 4), ("last", None), ("firstNotNull", 1), ("mean", 3), ("max", 4)],
)
def test_reducers_leave_out_what_is_no_number(calc, expected):
    values = [math.nan, 1.0, 4.0, math.nan, 4.0, math.nan]
    assert REDUCERS[calc][1](values) == expected
    assert REDUCERS["min"][1](values) == 1
    assert REDUCERS["sum"][1](values) == 9
    assert REDUCERS[calc][1]([math.nan]) is None
    assert REDUCERS[calc][1]([]) is None


def test_overrides_change_one_column_only():
    panel = {
        "fieldConfig": {
            "defaults": {"unit": "none", "noValue": "nobody"},
            "overrides": [
                {
                    "matcher": {"id": "byName", "options": "CPU"},
                    "properties": [
                        {"id": "unit", "value": "suffix:h"},
                        {"id": "decimals", "value": 0},
                    ],
                },
                {
                    "matcher": {"id": "byRegexp", "options": "/^Mem/"},
                    "properties": [{"id": "unit", "value": "bytes"}],
                },
            ],
        }
    }
    assert field_config(panel, "CPU") == FieldConfig("suffix:h", 0, no_value="nobody")
    assert field_config(panel, "Memory").unit == "bytes"
    assert field_config(panel, "GPU").text(None) == "nobody"


@pytest.mark.parametrize(
    ("top", "shown", "texts"),
    [
        (95 * GIB, FieldConfig("bytes"), ["0", "20 GiB", "40 GiB", "60 GiB", "80 GiB"]),
        (20.5, FieldConfig("suffix:cores", 2), ["0", "5", "10", "15", "20"]),
        (1.0, FieldConfig("percentunit", 0), ["0%", "20%", "40%", "60%", "80%", "100%"]),
        (3.1, FieldConfig("suffix:people", 0), ["0", "1", "2", "3"]),
        (1.3, FieldConfig("none"), ["0", "0.5", "1.0"]),
        (0.0, FieldConfig("none"), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_value_ticks_are_round_in_their_unit(top, shown, texts):
    assert axes.value_ticks(top, shown)[1] == texts


@given(st.floats(1e-6, 1e18), st.sampled_from(["none", "bytes", "percentunit", "suffix:h"]))
def test_value_ticks_are_few_and_inside(top, unit):
    ticks, texts = axes.value_ticks(top, FieldConfig(unit))
    assert 2 <= len(ticks) <= 8
    assert len(set(texts)) == len(ticks)
    assert ticks[-1] <= top * 1.000001


NOV_17 = 1_794_873_600.0


@pytest.mark.parametrize(
    ("length", "count", "texts"),
    [
        (86_400, 5, ["17 Nov", "06:00", "12:00", "18:00", "18 Nov"]),
        (7 * 86_400, 4, ["17 Nov", "19 Nov", "21 Nov", "23 Nov"]),
        (7 * 86_400, 3, ["23 Nov"]),
        (1800, 4, ["17 Nov", "00:10", "00:20", "00:30"]),
    ],
)
def test_time_ticks_are_round_in_utc(length, count, texts):
    assert axes.time_ticks(NOV_17, NOV_17 + length, count)[1] == texts


def test_days_name_the_month_where_it_changes():
    starts = [NOV_17 + day * 86_400 for day in range(12, 16)]
    assert axes.day_texts(starts, 9)[1] == ["Sun\n29 Nov", "Mon\n30", "Tue\n1 Dec", "Wed\n2"]
    assert len(axes.day_texts(starts, 2)[1]) == 2


def test_names_keep_their_style_and_thirty_two_can_be_told_apart():
    names = [f"group-{number:02}" for number in range(32)]
    styles = series_style.series_styles([*names, *reversed(names)])
    assert len(set(styles.values())) == 32
    assert series_style.series_styles(reversed(names)) == styles


def _luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("palette", "paper"), [(colors.LIGHT, "#ffffff"), (colors.DARK, "#1b1d23")]
)
def test_every_color_stands_out_from_its_background(palette, paper):
    for color in palette:
        high, low = sorted((_luminance(color), _luminance(paper)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3, color
