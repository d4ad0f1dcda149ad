"""Thresholds, words, links, states, counted lines and bar charts on a report's page."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboards.evaluate.model import PanelData, Table
from dashboards.kit import boards, links, palette, panels
from dashboards.kit.panels import Column, Thresholds
from dashboards.report import colors, heatmap_grid, hyperlinks, state_timeline, texts
from dashboards.report.charts import points
from dashboards.report.context import Context
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.report.hyperlinks import PageLink
from dashboards.report.markup import render
from dashboards.report.page import page
from dashboards.report.panels import body
from dashboards.report.series_style import named, series_styles
from dashboards.report.table import table
from dashboards.schema.canonical import plain
from tests.support.report_values import BOARD, MADE, SPAN, START, series, words

ABOUT = {"description": "A number."}
UP = {0: ("down", palette.BAD), 1: ("up", palette.OK)}
PAGES = {
    boards.USERS.uid: PageLink("Users", "users.html"),
    boards.HUB.uid: PageLink("Hub", "hub.html"),
}
HOUR = 3600


def context(*names):
    return Context(SPAN, MADE, series_styles(names), PAGES)


def rendered(made):
    return {**plain(made), "id": 1, "gridPos": {"x": 0, "y": 0, "w": 12, "h": 9}}


def drawn(made, *lines, table=None, names=()):
    return render(body(PanelData(rendered(made), lines, table, step=HOUR), context(*names)))


def test_every_colour_of_ours_has_one_for_light_and_dark():
    ours = {value for name, value in vars(palette).items() if name.isupper() and type(value) is str}
    assert ours | set(palette.NAMES.values()) == set(colors.NAMED)


@pytest.mark.parametrize(("dark", "ground"), [(False, "#ffffff"), (True, "#1b1d23")])
def test_colours_of_values_can_be_read(dark, ground):
    for pair in colors.NAMED.values():
        assert contrast(pair[dark], ground) >= 4.5, pair


def contrast(one, other):
    """Return the contrast of two colors as WCAG defines it, from 1 to 21."""
    low, high = sorted(luminance(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("value", "color"), [(0.79, "blue"), (0.8, "orange"), (0.95, "red"), (math.nan, ""), (None, "")]
)
def test_a_values_color_is_that_of_its_step(value, color):
    made = panels.stat("Full", "a", unit="percentunit", thresholds=Thresholds(0.8, 0.95), **ABOUT)
    assert field_config(rendered(made)).color_of(value) == color


def test_a_number_to_be_acted_on_says_so_without_colour():
    made = panels.stat("Full", "a", unit="percentunit", thresholds=Thresholds(0.8, 0.95), **ABOUT)
    assert words(drawn(made, series("", 0.97))) == ["◆", "to be acted on:", "97%"]
    assert words(drawn(made, series("", 0.5))) == ["50%"]


def test_a_word_takes_the_numbers_place():
    made = panels.stat("Hub", "a", unit="none", mappings=UP, **ABOUT)
    assert words(drawn(made, series("", 0.0))) == ["◆", "to be acted on:", "down"]
    assert words(drawn(made, series("", 1.0))) == ["up"]


def test_a_tile_leads_to_the_page_of_its_board_if_there_is_one():
    made = panels.stat("Hub", "a", unit="none", link=links.to(boards.HUB), **ABOUT)
    assert '<a href="hub.html">' in drawn(made, series("", 1.0))
    elsewhere = panels.stat("Hub", "a", unit="none", link=links.to(boards.SUPPORT), **ABOUT)
    assert "<a" not in drawn(elsewhere, series("", 1.0))


def test_a_cells_link_leads_to_what_its_row_is_about():
    made = panels.table(
        "Users",
        [
            Column("Memory", "a", "bytes", 0, thresholds=Thresholds(2**30)),
            Column("CPU", "b", "none"),
        ],
        labels={"username": "User"},
        links={"username": links.to(boards.USERS, user=links.cell("username"))},
        sort_by="Memory",
        **ABOUT,
    )
    table = Table(("User", "Memory", "CPU"), (("a-b c", 2.0**30, 1.0), ("d", 5.0, None)))
    shown = drawn(made, table=table)
    assert '<a href="users.html#:~:text=a%2Db%20c">a-b c</a>' in shown
    assert words(shown)[3:] == ["a-b c", "▲", "to be looked at:", "1 GiB", "1", "d", "5 B", "–"]


def test_links_lead_only_to_pages_that_there_are():
    to = hyperlinks.address
    assert to([{"url": "https://example.org"}, {"url": "/d/groupscope-hub?x"}], PAGES) == "hub.html"
    assert to([{"url": "/d/groupscope-hub-two"}], PAGES) == ""
    assert to([], PAGES) == ""


def test_a_hidden_column_is_not_shown():
    made = panels.table(
        "T", [Column("A", "a", "none"), Column("B", "b", "none", hidden=True)],
        labels={"x": "X"}, sort_by="B", **ABOUT,
    )  # fmt: skip
    shown = table(
        PanelData(rendered(made), table=Table(("X", "A", "B"), (("x", 1.0, 2.0),))), context()
    )
    assert words(render(shown)) == ["X", "A", "x", "1"]


def test_an_empty_table_says_what_finding_nothing_means():
    made = panels.table(
        "T", [Column("A", "a", "none")], labels={"x": "X"}, sort_by="A", no_value="nobody", **ABOUT
    )
    assert words(drawn(made, table=Table(("X", "A"), ()))) == ["Nobody"]


def test_states_that_go_on_are_one_band_and_a_gap_parts_them():
    made = rendered(
        panels.state_timeline("Hub", "a", legend="{{job}}", unit="none", mappings=UP, **ABOUT)
    )
    one = series("hub", 1.0, 1.0, 0.0, 1.0, 1.0)
    del one.times[3], one.values[3]
    (row,) = state_timeline.rows(made, [one], HOUR)
    assert row.name == "hub"
    assert [(band.start - START, band.end - START, band.word) for band in row.bands] == [
        (0, 2 * HOUR, "up"),
        (2 * HOUR, 3 * HOUR, "down"),
        (4 * HOUR, 5 * HOUR, "up"),
    ]
    assert state_timeline.states([row]) == {"up": palette.OK, "down": palette.BAD}


def test_a_timeline_says_its_words():
    made = panels.state_timeline("Hub", "a", legend="{{job}}", unit="none", mappings=UP, **ABOUT)
    shown = words(drawn(made, series("hub", *[1.0] * 24, *[0.0] * 24)))
    assert shown.count("up") == 3  # Wide, narrow, and what the color means.
    assert shown[-2:] == ["up", "down"]


def test_lines_are_counted_by_their_values():
    lines = [series("a", 0.1, 1.2), series("b", 0.9, 2.5), series("c", 0.2, math.nan)]
    options = {"calculate": True, "calculation": {"yBuckets": {"mode": "size", "value": "1"}}}
    found = heatmap_grid.grid(lines, HOUR, FieldConfig(decimals=0), options)
    assert found.rows == ("1", "2", "3")
    expected = ((3, math.nan), (math.nan, 1), (math.nan, 1))
    np.testing.assert_equal(np.array(found.cells), np.array(expected))


def test_cells_of_a_histogram_in_which_nothing_was_are_left_out():
    buckets = [series("", 2.0, 0.0, le="1"), series("", 2.0, 3.0, le="+Inf")]
    made = rendered(panels.heatmap("Starts", "a", unit="s", description=""))
    found = heatmap_grid.grid(buckets, HOUR, FieldConfig(), made["options"])
    np.testing.assert_equal(np.array(found.cells), [[2.0, math.nan], [math.nan, 3.0]])


def test_lines_are_counted_in_growing_steps():
    lines = [series(name, value) for name, value in (("a", 1.0), ("b", 3.0), ("c", 9.0))]
    scale = {"yBuckets": {"mode": "size", "scale": {"type": "log", "log": 2}}}
    found = heatmap_grid.grid(lines, HOUR, FieldConfig(), {"calculate": True, "calculation": scale})
    assert found.rows == ("2", "4", "8", "16")
    assert [row[0] for row in found.cells][0::3] == [1.0, 1.0]
    far = heatmap_grid.grid(
        [series("a", 1.0), series("b", 1e300)], HOUR, FieldConfig(), {"calculate": True}
    )
    assert len(far.rows) == heatmap_grid.MOST_ROWS


def test_what_is_stacked_adds_up_and_gaps_stay_gaps():
    low, high = series("a", 1.0, 2.0, 3.0, 4.0), series("b", 10.0, 10.0, 10.0, 10.0)
    for one in (low, high):
        del one.times[1:3], one.values[1:3]
    del low.times[1], low.values[1]
    times, (below, above) = points.stacked([low, high], HOUR)
    assert list(times - START) == [0, 2 * HOUR, 3 * HOUR]
    np.testing.assert_equal(below, [1.0, math.nan, 0.0])
    np.testing.assert_equal(above, [11.0, math.nan, 10.0])


def test_a_bar_chart_has_a_bar_for_each_and_stacked_bars_their_sum():
    table = Table(("usergroup", "used", "requested"), (("lab", 1.0, 3.0), ("none", None, 2.0)))
    several = [("a", "used"), ("b", "requested")]
    for stacked, said in (
        (False, ["lab", "1", "3", "none", "0", "2"]),
        (True, ["lab", "4", "none", "2"]),
    ):
        made = panels.bar_chart(
            "Use", several, by="usergroup", unit="none", stacked=stacked, **ABOUT
        )
        shown = drawn(made, table=table, names=("used", "requested"))
        assert words(shown) == ["used", "requested", *said]
        assert shown.count("<i ") == 4


def test_what_has_a_meaning_keeps_its_colour_on_the_page():
    made = rendered(panels.timeseries("CPU", [("a", "used"), ("b", "limit")], unit="none", **ABOUT))
    lines = (series("used", 1.0), series("limit", 2.0))
    shown = page(BOARD, [PanelData(made, lines)], (), SPAN, MADE)
    for name, dash in (("used", 0), ("limit", 2)):
        style = named(palette.NAMES[name], dash)
        assert f"stroke:{style.css}" in shown


def test_markdown_is_shown():
    shown = render(texts.words("**Bold** and *so* `x<y`\n\n- one\n- two & **three**\n\n2 * 3 * 4"))
    assert shown == (
        '<div class="words">\n'
        "<p><strong>Bold</strong> and <em>so</em> <code>x&lt;y</code></p>\n"
        "<ul>\n<li>one</li>\n<li>two &amp; <strong>three</strong></li>\n</ul>\n"
        "<p>2 * 3 * 4</p>\n"
        "</div>\n"
    )


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# One\n\n## Two", "<h4>One</h4>\n<h4>Two</h4>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("<b>b</b>", "<p>&lt;b&gt;b&lt;/b&gt;</p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[a](https://b.c/d)", '<p><a href="https://b.c/d" rel="noreferrer">a</a></p>\n'),
        ("[*a*](/d/x) b", "<p><em>a</em> b</p>\n"),
        ("[a](//b.c)", "<p>a</p>\n"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>\n"),
        ("[a](data:text/html,b)", "<p>[a](data:text/html,b)</p>\n"),
        ("![a *b*](https://b.c/d.png) c", "<p>a b c</p>\n"),
        ("a&#x202e;b\x00", "<p>a�b�</p>\n"),
    ],
)
def test_markdown_loads_nothing_and_leads_only_to_where_it_can(markdown, html):
    assert texts.words(markdown).html == html


def test_pages_of_one_report_lead_to_one_another():
    board = {**BOARD, "uid": boards.USERS.uid, "title": "Users"}
    shown = page(board, [], (), SPAN, MADE, PAGES)
    assert '<nav aria-label="Boards"><span>Users</span><a href="hub.html">Hub</a></nav>' in shown
    alone = {boards.USERS.uid: PAGES[boards.USERS.uid]}
    assert "<nav" not in page(board, [], (), SPAN, datetime.now(UTC), alone)
