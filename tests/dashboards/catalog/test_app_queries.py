"""What the Grafana app's pages ask: the boards' queries, in a file that is as built."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from dashboards import catalog
from dashboards.catalog import app_queries
from dashboards.cli import cli
from dashboards.commands.build import PAGES
from dashboards.evaluate import data, interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.timing import Timing
from dashboards.queries.sources import Raw, Recorded
from dashboards.schema import intervals
from demo import truth
from tests.support.paths import ROOT
from tests.support.ranges import EVERY, WEEK, at_the_ends, same_groups

CONTENT = json.loads((ROOT / PAGES).read_text("utf-8"))
FEW_SERVERS = 6 / 60
"""Hours. A server's first and last half minute is not known; those of few do not cancel."""
SOURCES = {"raw": Raw(), "recorded": Recorded()}


def _queries(name):
    asked = CONTENT[name]["queries"]
    return {f"{kind} {key}": text for kind, of in asked.items() for key, text in of.items()}


def test_the_committed_file_is_as_built():
    assert (ROOT / PAGES).read_text("utf-8") == app_queries.text()


def test_build_says_when_it_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app/frontend").mkdir(parents=True)
    assert CliRunner().invoke(cli, ["build"]).exit_code == 0
    assert CliRunner().invoke(cli, ["build", "--check"]).exit_code == 0
    (tmp_path / PAGES).write_text("{}")
    found = CliRunner().invoke(cli, ["build", "--check"])
    assert found.exit_code == 1
    assert str(PAGES) in found.output


def test_without_an_app_none_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["build"]).exit_code == 0
    assert not (tmp_path / "app").exists()


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_asked_of_the_range_is_asked_on_the_board(name):
    board = catalog.load("user-groups", recorded=name == "recorded")
    on_board = {
        target["expr"] for panel in data.panels(board) for target in panel.get("targets", ())
    }
    asked = _queries(name)
    by_group = {key: text for key, text in asked.items() if key.startswith("groups ")}
    assert {text for key, text in asked.items() if key not in by_group} <= on_board
    # By group the board has lines, and the pages the same summed over the range.
    for text in by_group.values():
        assert "\nor\n0 * sum by (usergroup)" in text
    for chart in CONTENT[name]["charts"]:
        panel = next(it for it in data.panels(board) if it["title"] == chart["title"])
        assert chart["query"] == panel["targets"][0]["expr"]
        assert chart["options"] == panel["options"]


@pytest.mark.parametrize("name", SOURCES)
def test_steps_and_points_are_the_boards(name):
    assert CONTENT[name]["minStep"] == SOURCES[name].min_step


@pytest.mark.prometheus
@pytest.mark.parametrize("split", [False, True], ids=["every", "split"])
@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    ("kind", "measure"),
    [("cpuHours", truth.cpu), ("gibHours", truth.memory), ("gpuHours", truth.gpus)],
)
def test_hours_of_each_group_are_true(simulated, name, kind, measure, split):
    """Also of those that used none: 0, not nothing."""
    choices = (
        Choice("hub", "Hub", ("demo",), regex=True),
        Choice("group", "Group", (), everything=True, all_value=CONTENT["all"], regex=True),
        Choice("attribution", "Attribution", ("share" if split else "info",)),
    )
    span = TimeRange(datetime.fromtimestamp(WEEK.start, UTC), datetime.fromtimestamp(WEEK.end, UTC))
    minimum = intervals.parse(CONTENT[name]["minStep"])
    timing = Timing.of(span.milliseconds, CONTENT["rangePoints"], minimum, minimum)
    text = interpolate.query(CONTENT[name]["queries"]["groups"][kind], choices, timing)
    said = {
        it.labels["usergroup"]: it.values[-1]
        for it in simulated.prometheus.instant(text, span.end.timestamp())
    }
    assert set(said) == set(EVERY)
    true = truth.by_group(simulated.world, WEEK, measure, split=split)
    # What is recorded begins and ends with five minutes.
    ends = at_the_ends(simulated.world, WEEK, measure, EVERY, split).total()
    same_groups(said, true, EVERY, slack=max(FEW_SERVERS, ends if name == "recorded" else 0))
