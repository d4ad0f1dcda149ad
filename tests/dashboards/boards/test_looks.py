"""How boards look in Grafana, as far as their JSON decides it: axes, legends, titles, bands.

What Grafana makes of the JSON was seen in 12.4; the sources of each fact are named at its test.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from dashboards import catalog
from dashboards.evaluate import data
from dashboards.kit import panels
from dashboards.kit.layout import GRID_WIDTH, Placed, Row, layout, stats
from dashboards.kit.panels.lines import WIDE
from dashboards.kit.units import CORES, PEOPLE, RATIO, SERVERS, WHOLE, word
from dashboards.schema.canonical import plain

Panel = dict[str, Any]

ALL = [
    (f"{name}: {panel['title']}", panel)
    for name in catalog.names()
    for recorded in (False, True)
    for panel in data.panels(catalog.load(name, recorded=recorded))
]

OVER_TIME = [(where, panel) for where, panel in ALL if panel["type"] == "timeseries"]

COUNTED = {word(unit) for unit in WHOLE}
"""What is counted one by one: people, servers, …"""


def settings(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = panel.get("fieldConfig", {}).get("defaults", {})
    return found


def lines(unit: str, **more: Any) -> Panel:
    return plain(panels.timeseries("Lines", "up", unit=unit, description="Lines.", **more))


# --- axes -----------------------------------------------------------------------------------------


def test_no_word_stands_at_every_tick() -> None:
    """Grafana writes a unit's suffix at each tick: ``17.5 servers``, ``15 servers``."""
    assert [w for w, it in OVER_TIME if word(settings(it)["unit"])] == []
    heatmaps = [(w, it["options"]["yAxis"]) for w, it in ALL if it["type"] == "heatmap"]
    assert heatmaps
    assert [where for where, axis in heatmaps if word(axis["unit"])] == []


def test_what_is_counted_has_no_fractions() -> None:
    """Grafana leaves out ticks that are no whole numbers only where there are 0 decimals."""
    counted = [
        (where, panel)
        for where, panel in ALL
        if settings(panel).get("unit") in WHOLE
        or settings(panel).get("custom", {}).get("axisLabel") in COUNTED
    ]
    assert counted
    assert [where for where, panel in counted if settings(panel).get("decimals") != 0] == []
    # A mean of 0.4 would be said to be 0.
    legends = [(where, panel["options"].get("legend", {})) for where, panel in counted]
    assert [where for where, legend in legends if "mean" in legend.get("calcs", ())] == []


def test_what_is_divided_has_the_decimals_that_its_axis_needs() -> None:
    """With two decimals the ticks 0.125 and 0.075 would be said to be 0.13 and 0.08."""
    fixed = [(w, settings(it)["decimals"]) for w, it in OVER_TIME if "decimals" in settings(it)]
    assert [where for where, decimals in fixed if decimals != 0] == []


def test_a_ratios_axis_has_ticks_between_0_and_100_percent() -> None:
    """With 0 decimals it has whole ones only, and 1 is 100 %."""
    ratios = [(where, panel) for where, panel in OVER_TIME if settings(panel)["unit"] == RATIO]
    assert ratios
    assert [where for where, panel in ratios if settings(panel).get("decimals") == 0] == []


def test_a_word_becomes_the_axis_label() -> None:
    counted, divided = settings(lines(SERVERS)), settings(lines(CORES, decimals=2))
    assert (counted["unit"], counted["custom"]["axisLabel"], counted["decimals"]) == (
        "none",
        "servers",
        0,
    )
    assert (divided["unit"], divided["custom"]["axisLabel"], divided["decimals"]) == (
        "none",
        "cores",
        2,
    )
    assert "axisLabel" not in settings(lines("bytes"))["custom"]


def test_what_is_counted_is_whole_unless_told_otherwise() -> None:
    assert lines(PEOPLE)["options"]["legend"]["calcs"] == ["lastNotNull", "max"]
    assert settings(lines(PEOPLE, decimals=1))["decimals"] == 1
    # For a ratio 0 decimals are never meant: its axis would have two ticks.
    assert "decimals" not in settings(lines(RATIO, decimals=0))
    assert settings(lines(RATIO, decimals=1))["decimals"] == 1


# --- legends --------------------------------------------------------------------------------------

GROUPS = 9
"""The groups that the demo has; a legend shows them all without scrolling."""

_HEADER, _LEGEND_ROW, _LEGEND_HEADING = 40, 25, 26
"""Pixels of a panel's heading, of a row and of the heading of a legend's table."""

_BOTTOM = 0.35
"""The part of a panel that a legend below the lines has at most (VizLayout.tsx)."""


def height_of(panel: Panel) -> int:
    """Return a panel's height in pixels: 30 a grid unit, and 8 between them."""
    return 38 * int(panel["gridPos"]["h"]) - 8


def shows(panel: Panel, names: int) -> bool:
    """Tell whether a legend has that many names without scrolling."""
    legend = panel["options"]["legend"]
    content = height_of(panel) - _HEADER
    room = content if legend["placement"] == "right" else content * _BOTTOM
    if legend["displayMode"] == "list":
        # Names beside one another, three in a line of the narrowest panel.
        return not legend["calcs"] and -(-names // 3) * _LEGEND_ROW <= room
    return _LEGEND_HEADING + names * _LEGEND_ROW <= room and panel["gridPos"]["w"] >= WIDE


def test_a_legend_shows_nine_groups_or_each_of_the_queries() -> None:
    hidden = [
        where
        for where, panel in OVER_TIME
        if not shows(panel, GROUPS if len(panel["targets"]) == 1 else len(panel["targets"]))
    ]
    assert hidden == []


def test_a_legend_below_the_lines_has_whole_rows_on_a_phone() -> None:
    """There every panel has one column and its legend below, 35 % of it."""
    halves = []
    for where, panel in OVER_TIME:
        if panel["options"]["legend"]["displayMode"] == "table":
            room = (height_of(panel) - _HEADER) * _BOTTOM - _LEGEND_HEADING
            if room % _LEGEND_ROW > _LEGEND_ROW / 4:
                halves.append(where)
    assert halves == []


def test_the_width_decides_what_kind_of_legend() -> None:
    panel = panels.timeseries("Lines", "up", unit="bytes", description="Lines.")
    _, wide, narrow = (
        plain(it) for it in layout([Row("R", [Placed(panel, w, 9) for w in (12, 8)])])
    )
    assert wide["options"]["legend"]["displayMode"] == "table"
    assert wide["options"]["legend"]["placement"] == "right"
    assert narrow["options"]["legend"]["displayMode"] == "list"
    assert narrow["options"]["legend"]["placement"] == "bottom"


# --- tables ---------------------------------------------------------------------------------------

_TABLE_ROW = 36
"""Pixels of a row and of the headings of a table with small cells."""


def headings(panel: Panel) -> dict[str, str]:
    """Return what a table's columns are called, by their labels."""
    found: dict[str, str] = next(
        (
            it["options"]["renameByName"]
            for it in panel["transformations"]
            if it["id"] == "organize"
        ),
        {},
    )
    return found


def test_a_table_of_groups_shows_nine() -> None:
    tables = [
        (where, panel)
        for where, panel in ALL
        if panel["type"] == "table" and next(iter(headings(panel))) == "usergroup"
    ]
    assert tables
    room = [(where, (height_of(panel) - _HEADER) // _TABLE_ROW) for where, panel in tables]
    assert [where for where, rows in room if rows < GROUPS + 1] == []


@pytest.mark.parametrize(
    ("label", "longest"),
    [("pod", "continuous-image-puller-x7k2p"), ("username", "quentin@example.com")],
)
def test_names_have_a_wide_column(label: str, longest: str) -> None:
    tables = [it for _, it in ALL if it["type"] == "table" and label in headings(it)]
    assert tables
    for panel in tables:
        [width] = [
            one["value"]
            for each in panel["fieldConfig"]["overrides"]
            if each["matcher"]["options"] == headings(panel)[label]
            for one in each["properties"]
            if one["id"] == "custom.width"
        ]
        assert width >= 8 * len(longest)


def test_a_tables_columns_fit_its_panel() -> None:
    """Grafana gives a column 150 pixels at the least unless told otherwise."""
    sticking = []
    for where, panel in ALL:
        if panel["type"] != "table":
            continue
        told = {
            (each["matcher"]["options"], one["id"]): one["value"]
            for each in panel["fieldConfig"]["overrides"]
            for one in each["properties"]
        }
        least = settings(panel)["custom"].get("minWidth", 150)
        titles = [it for it in headings(panel).values() if not told.get((it, "custom.hidden"))]
        needed = sum(told.get((title, "custom.width"), least) for title in titles)
        if needed > (WINDOW - _MARGINS) / GRID_WIDTH * panel["gridPos"]["w"] - 2 * _BETWEEN:
            sticking.append((where, needed))
    assert sticking == []


def test_headings_of_columns_are_wrapped_and_not_cut() -> None:
    tables = [(where, panel) for where, panel in ALL if panel["type"] == "table"]
    assert [w for w, it in tables if not settings(it)["custom"].get("wrapHeaderText")] == []


# --- bands ----------------------------------------------------------------------------------------


def test_words_of_states_are_never_cut() -> None:
    """Grafana cuts a word to the letters that its band has room for (timeline.ts)."""
    bands = [(where, panel["options"]) for where, panel in ALL if panel["type"] == "state-timeline"]
    assert bands
    assert [where for where, options in bands if options["showValue"] != "never"] == []
    states = {
        where: settings(panel).get("mappings") or [{"options": {}}]
        for where, panel in ALL
        if panel["type"] == "state-timeline"
    }
    many = [(w, options) for w, options in bands if len(states[w][0]["options"]) > 1]
    assert [where for where, options in many if not options["legend"]["showLegend"]] == []


# --- titles ---------------------------------------------------------------------------------------

WINDOW = 1400
_MENU, _MARGINS, _BETWEEN = 300, 32, 8
"""Pixels of Grafana's docked menu, of both sides of a board, and between two panels."""

_BESIDE_TITLE = 96
"""Pixels of a panel's heading that are not the title's: edges, description, menu (measured)."""


def room_for_title(width: int) -> float:
    """Return the pixels that a panel of so many columns has for its title beside the menu."""
    grid = WINDOW - _MENU - _MARGINS
    return (grid + _BETWEEN) / GRID_WIDTH * width - _BETWEEN - _BESIDE_TITLE


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], list[float]]:
    """Return what measures titles as a browser draws them: 14 px, medium, as Grafana has them."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("This test needs chromium. On Debian: sudo apt-get install chromium")
    folder: Path = tmp_path_factory.mktemp("titles")

    def measure(titles: list[str]) -> list[float]:
        page = folder / "titles.html"
        page.write_text(
            '<!doctype html><meta charset="utf-8"><pre></pre><script>'
            'const pen = document.createElement("canvas").getContext("2d");'
            # Grafana's own is Inter; what stands for it where it is missing is wider.
            'pen.font = "500 14px Inter, Helvetica, Arial, sans-serif";'
            f"const all = {json.dumps(titles)}.map(it => pen.measureText(it).width);"
            'document.querySelector("pre").textContent = JSON.stringify(all);</script>',
            "utf-8",
        )
        flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
        quiet = "--disable-background-networking --disable-component-update"
        finished = subprocess.run(
            [program, *flags.split(), *quiet.split(), f"--user-data-dir={folder / 'profile'}",
             "--virtual-time-budget=5000", "--dump-dom", page.as_uri()],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        found = re.search(r"<pre>(.*?)</pre>", finished.stdout, re.DOTALL)
        assert found, finished.stdout[:500]
        widths: list[float] = json.loads(unescape(found[1]))
        return widths

    return measure


def _every_title() -> Iterator[tuple[str, str, int]]:
    for name in catalog.names():
        for panel in data.panels(catalog.load(name)):
            yield name, panel["title"], panel["gridPos"]["w"]


@pytest.mark.browser
def test_no_title_is_cut(measured: Callable[[list[str]], list[float]]) -> None:
    every = list(_every_title())
    widths = measured([title for _, title, _ in every])
    cut = [
        (name, title, f"{width:.0f} of {room_for_title(columns):.0f} px")
        for (name, title, columns), width in zip(every, widths, strict=True)
        if width > room_for_title(columns)
    ]
    assert cut == []


@pytest.mark.parametrize(
    ("number", "widths"),
    [
        (1, [24]),
        (2, [12, 12]),
        (3, [8, 8, 8]),
        (4, [6, 6, 6, 6]),
        (5, [8, 8, 8, 12, 12]),
        (6, [8, 8, 8, 8, 8, 8]),
        (7, [6, 6, 6, 6, 8, 8, 8]),
        (8, [6, 6, 6, 6, 6, 6, 6, 6]),
    ],
)
def test_numbers_stand_in_lines_of_four_at_the_most(number: int, widths: list[int]) -> None:
    one = panels.stat("One", "up", unit="none", description="One.")
    assert [placed.width for placed in stats([one] * number)] == widths
