"""The page: what is in it, in which order, and that no name becomes markup."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import PanelData
from dashboards.report import heatmap_grid, panels, style
from dashboards.report.charts import line_chart, points
from dashboards.report.charts.figure import Canvas
from dashboards.report.charts.line_chart import LineChart
from dashboards.report.charts.panel import MOST_LINES
from dashboards.report.context import Context
from dashboards.report.field_config import FieldConfig
from dashboards.report.legends import Legend, LegendRow, legend
from dashboards.report.markup import render
from dashboards.report.page import page
from dashboards.report.panels import Message
from dashboards.report.series_style import SeriesStyle, series_styles
from dashboards.report.visible import visible
from tests.support.report_values import BOARD, MADE, SPAN, START, answers, choices, panel, series

VOID = {"meta", "image", "br", "hr"}


class Outline(HTMLParser):
    """Every element with its attributes, the texts, and whether all that opens is closed."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(document)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("style", "script"):
            self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def drawn(*names):
    return page(BOARD, answers(*names), choices(*names), SPAN, MADE)


@pytest.fixture(scope="module")
def outline():
    return Outline(drawn("lab", "staff", "Ümit's group"))


def test_the_page_says_what_it_is_about(outline):
    texts = [t.strip() for t in outline.texts if t.strip()]
    assert texts[:11] == [
        "User groups, 16 Mar 2026 – 18 Mar 2026",
        "User groups",
        "Who uses the hub.",
        "Range",
        "Mon 16 Mar 2026 00:00 – Wed 18 Mar 2026 00:00 UTC (2 days)",
        "Group",
        "lab, staff, Ümit's group",
        "Made",
        "Wed 18 Mar 2026 09:30 UTC",
        "Use",
        "People",
    ]
    assert {"12", "people", "No data in this range.", "What this counts", "Who"} <= set(texts)
    assert "This panel's query failed: parse error: lab staff Ümit's group" in outline.texts
    assert "Panels of the kind “geomap” are shown in Grafana only." in outline.texts


def test_a_choice_is_shown_as_people_see_it():
    split = Choice("attribution", "Attribution", ("share",), texts=("split",))
    shown = page(BOARD, [], (split,), SPAN, MADE)
    assert "split" in shown
    assert "share" not in shown


def test_the_page_has_an_outline_and_its_tables_have_headings(outline):
    tags = [name for name, _ in outline.found]
    assert tags.count("h1") == 1
    # The rows, and the notes for paper.
    assert tags.count("h2") == 3
    assert tags.count("article") == 13
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    assert outline.all("html") == [{"lang": "en"}]
    pictures = [svg for svg in outline.all("svg") if svg.get("class") != "swatch"]
    assert len(pictures) == 10
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in pictures)
    memory = "Memory: lines over time, 3 series. Their numbers are in the table below."
    assert memory in {svg["aria-label"] for svg in pictures}


def test_the_page_loads_nothing(outline):
    addresses = [
        value
        for _, attributes in outline.found
        for key, value in attributes.items()
        if key in ("src", "href", "xlink:href", "action", "data") and value
    ]
    assert addresses
    assert all(a.startswith(("#", "data:image/png;base64,")) for a in addresses)
    assert "url(http" not in style.CSS
    assert "@import" not in style.CSS


def test_ids_are_there_once_and_found(outline):
    ids = [a["id"] for _, a in outline.found if a.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {a["href"][1:] for _, a in outline.found if (a.get("href") or "").startswith("#")}
    clips = re.findall(r"url\(#([^)]+)\)", str([a for _, a in outline.found]))
    assert wanted | set(clips) <= set(ids)


@pytest.mark.slow
def test_the_same_answers_make_the_same_bytes():
    assert drawn("lab", "staff") == drawn("lab", "staff")


def test_no_fixed_color_is_left_in_a_picture():
    chart = LineChart(
        [series("lab", 1.0, 2.0)], series_styles(["lab"]), SPAN, FieldConfig("bytes"), 3600
    )
    svg = line_chart.lines(Canvas(344, 200, "p1", "Memory"), chart)
    assert "currentColor" in svg
    assert "var(--s0)" in svg
    assert not re.search(r"#0[123]0\w", svg)


def test_a_gap_interrupts_a_line():
    times, values = np.array([0.0, 60.0, 300.0, 360.0]), np.array([1.0, 2.0, 3.0, 4.0])
    found_times, found_values = points.with_gaps(times, values, 60)
    assert list(found_times) == [0, 60, 240, 300, 360]
    assert np.isnan(found_values[2])
    assert points.top([series("a", np.nan, np.inf, 3.0), series("b", np.nan)]) == 3
    assert list(points.alone(np.array([1.0, np.nan, 2.0, 3.0]))) == [True, False, False, False]


def test_a_name_has_one_color_on_the_whole_page():
    both = series_styles(["lab", "staff"])
    few = PanelData(panel(1, "timeseries", "Few"), (series("staff", 1.0),))
    many = PanelData(panel(2, "timeseries", "Many"), (series("lab", 1.0), series("staff", 2.0)))
    for one in (few, many):
        shown = render(legend(one, one.series, both))
        assert "var(--s1)" in shown.split("staff")[0].rsplit("<tr>", 1)[-1]


def test_a_legend_is_sorted_as_asked_and_says_its_unit_once():
    lines = (series("low", 1.0, 1.0), series("high", 9.0, 2.0))
    data = PanelData(panel(1, "timeseries", "CPU", unit="suffix:cores", decimals=1), lines)
    parsed = Outline(render(legend(data, lines, series_styles(["low", "high"]))))
    assert [text for text in parsed.texts if text.strip()] == [
        "Series, in cores",
        "Last",
        "Max",
        "high",
        "2.0",
        "9.0",
        "low",
        "1.0",
        "1.0",
    ]


def test_a_day_that_begins_when_the_range_ends_has_no_bar():
    data = PanelData(
        panel(1, "timeseries", "Daily", custom={"drawStyle": "bars"}),
        (series("lab", 5.0, 6.0, 7.0, step=86_400), series("late", step=86_400)),
        step=86_400,
    )
    shown = Outline(render(panels.body(data, Context(SPAN, MADE, series_styles(["lab", "late"])))))
    assert {"17", "Tue"} <= set(shown.texts)
    assert "Wed" not in shown.texts
    assert [t for t in shown.texts if t.strip()][-6:] == ["Series", "Last", "Max", "lab", "6", "6"]


def test_cumulative_buckets_become_cells():
    found = heatmap_grid.grid(
        [
            series("", 5.0, 9.0, le="+Inf"),
            series("", 2.0, 3.0, le="0.5"),
            series("", 4.0, 9.0, le="10"),
        ],
        3600,
    )
    assert found == heatmap_grid.Grid(
        ("0.500", "10", "more"), ((2.0, 3.0), (2.0, 6.0), (1.0, 0.0)), START, START + 7200
    )


def test_more_lines_than_styles_are_said_to_be_left_out():
    names = [f"g{number:03}" for number in range(MOST_LINES + 5)]
    data = PanelData(panel(1, "timeseries", "Much"), tuple(series(n, 1.0, 2.0) for n in names))
    shown = render(panels.body(data, Context(SPAN, MADE, series_styles(names))))
    assert "The 32 greatest of 37 series." in shown
    assert shown.count('scope="row"') == 32


@given(st.text(), st.text())
def test_any_text_stays_text(name, value):
    shown = render(Legend(value, (name,), (LegendRow(name, SeriesStyle(0), (value,)),)))
    parsed = Outline(shown)
    tame = Outline(render(Legend("b", ("a",), (LegendRow("a", SeriesStyle(0), ("b",)),))))
    assert parsed.found == tame.found
    assert visible(name).strip() in {text.strip() for text in parsed.texts} | {""}


def test_a_template_shows_nothing_that_is_not_there():
    with pytest.raises(UndefinedError):
        render(Legend("", (), (object(),)))
    with pytest.raises(TypeError, match="not there"):
        render(Message(None))


HOSTILE = st.text(
    alphabet=st.sampled_from("<>&\"'/=$\\{}_^`#;:() \x00\u202eéscriptsvgonload"), min_size=1
)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=2, unique=True))
def test_hostile_names_make_the_same_elements_as_tame_ones(names):
    tame = Outline(drawn(*("abcdefg"[: len(names)])))
    hostile = Outline(drawn(*names))
    counted = [
        t for t, _ in hostile.found if t in ("script", "style", "table", "tr", "td", "th", "a")
    ]
    assert counted == [
        t for t, _ in tame.found if t in ("script", "style", "table", "tr", "td", "th", "a")
    ]
    # What Markdown makes of marks in a text, and of the lines that it parts.
    markdown = {"blockquote", "br", "code", "em", "h4", "hr", "pre", "strong"}
    assert {t for t, _ in hostile.found} - markdown == {t for t, _ in tame.found} - markdown
    assert not any(key.startswith("on") for _, attributes in hostile.found for key in attributes)
