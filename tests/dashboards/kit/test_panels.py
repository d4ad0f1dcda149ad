"""What the kinds of panels share: thresholds, words, colors, links, requirements."""

import pytest

from dashboards import catalog
from dashboards.kit import boards, links, palette, panels, requirements, thresholds
from dashboards.kit.panels import Column, Thresholds
from dashboards.schema.canonical import plain
from tests.support.panels import required_by

ABOUT = {"unit": "none", "description": "A number."}
WORDS = {0: ("down", palette.BAD), 1: ("up", palette.OK)}


def rendered(panel):
    return plain(panel)


def defaults(panel):
    return rendered(panel)["fieldConfig"]["defaults"]


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        (Thresholds(0.8, 0.95), [("blue", None), ("orange", 0.8), ("red", 0.95)]),
        (Thresholds(warn=1), [("blue", None), ("orange", 1)]),
        (Thresholds(bad=1), [("blue", None), ("red", 1)]),
        (
            Thresholds(0.2, 0.1, low_is_bad=True),
            [("red", None), ("orange", 0.1), ("blue", 0.2)],
        ),
        (Thresholds(bad=1, low_is_bad=True), [("red", None), ("blue", 1)]),
        (Thresholds(warn=1, low_is_bad=True), [("orange", None), ("blue", 1)]),
    ],
)
def test_thresholds_are_steps_from_the_lowest_on(given, steps):
    assert [(step["color"], step["value"]) for step in given.steps()] == steps


@pytest.mark.parametrize(
    "wrong",
    [{}, {"warn": 2, "bad": 1}, {"warn": 1, "bad": 2, "low_is_bad": True}],
)
def test_thresholds_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(ValueError, match=r"say nothing|is beyond"):
        Thresholds(**wrong)


def test_words_are_value_mappings():
    assert thresholds.value_mappings(WORDS) == [
        {
            "type": "value",
            "options": {
                "0": {"text": "down", "color": "red", "index": 0},
                "1": {"text": "up", "color": "blue", "index": 1},
            },
        }
    ]


def test_words_without_thresholds_are_not_coloured_by_grafanas_own():
    found = defaults(panels.stat("Hub", "up", mappings=WORDS, **ABOUT))
    assert found["thresholds"]["steps"] == [{"color": "text"}]


def test_a_state_timeline_tells_states_apart():
    with pytest.raises(ValueError, match="needs mappings or thresholds"):
        panels.state_timeline("Hub", "up", legend="{{job}}", **ABOUT)
    found = defaults(panels.state_timeline("Hub", "up", legend="{{job}}", **ABOUT, mappings=WORDS))
    # By thresholds Grafana would show their ranges in the place of the words.
    assert found["color"] == {"mode": "fixed"}
    limits = panels.Thresholds(warn=0.9, bad=0.5, low_is_bad=True)
    found = defaults(
        panels.state_timeline("Hub", "up", legend="{{job}}", **ABOUT, thresholds=limits)
    )
    assert found["color"] == {"mode": "thresholds"}


@pytest.mark.parametrize("kind", [panels.stat, panels.timeseries, panels.heatmap])
def test_an_argument_that_no_panel_takes_is_refused(kind):
    with pytest.raises(TypeError, match=r"The panel 'Hub': there is no nothing=\."):
        kind("Hub", "up", nothing="nobody", **ABOUT)
    with pytest.raises(TypeError, match=r"The panel 'Hub': description= is missing\."):
        kind("Hub", "up", unit="none")


def test_a_tables_unit_is_its_columns():
    with pytest.raises(TypeError, match=r"there is no unit="):
        panels.table("Hub", [Column("Up", "up", "none")], labels={}, sort_by="Up", **ABOUT)


def test_a_bar_that_is_alone_has_a_name():
    assert defaults(panels.bar_gauge("Hub", "up", **ABOUT))["displayName"] == "${__series.name}"


def test_what_legends_mean_has_one_colour_and_one_dash():
    panel = panels.timeseries("Memory", [("a", "used"), ("b", "requested"), ("c", "pod")], **ABOUT)
    used, requested = rendered(panel)["fieldConfig"]["overrides"]
    assert used["matcher"] == {"id": "byName", "options": "used"}
    assert [it["id"] for it in used["properties"]] == ["color"]
    assert requested["properties"] == [
        {"id": "color", "value": {"mode": "fixed", "fixedColor": palette.REQUESTED}},
        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 4]}},
    ]


def test_several_queries_have_their_own_legends():
    panel = rendered(panels.timeseries("Memory", [("a", "used"), ("b", "{{pod}}")], **ABOUT))
    asked = [(it["refId"], it["expr"], it["legendFormat"]) for it in panel["targets"]]
    assert asked == [("A", "a", "used"), ("B", "b", "{{pod}}")]


def test_a_histogram_is_asked_for_as_such_and_lines_are_counted():
    buckets = rendered(panels.heatmap("Starts", "a", **ABOUT))
    assert buckets["targets"][0]["format"] == "heatmap"
    assert buckets["options"]["calculate"] is False
    lines = rendered(panels.heatmap("Memory", "a", bucket=0.5, **ABOUT))
    assert lines["targets"][0]["format"] == "time_series"
    assert lines["options"]["calculation"] == {"yBuckets": {"mode": "size", "value": "0.5"}}


def test_a_bar_chart_names_its_bars_and_what_they_are_by():
    panel = panels.bar_chart("Use", [("a", "used"), ("b", "requested")], by="usergroup", **ABOUT)
    found = rendered(panel)
    organize = found["transformations"][1]["options"]
    assert organize["renameByName"] == {
        "usergroup": "usergroup",
        "Value #A": "used",
        "Value #B": "requested",
    }
    assert found["options"]["xField"] == "usergroup"


def test_a_tables_columns_have_links_colours_and_may_be_hidden():
    to_users = links.to(boards.USERS, user=links.cell("username"))
    table = panels.table(
        "Users",
        [Column("Memory", "a", "percentunit", thresholds=Thresholds(0.8), hidden=True)],
        labels={"username": "User"},
        links={"username": to_users},
        left_out=("pod",),
        sort_by="Memory",
        description="",
    )
    found = rendered(table)
    organize = found["transformations"][1]["options"]
    assert organize["excludeByName"] == {"Time": True, "pod": True}
    assert organize["renameByName"] == {"username": "User", "Value": "Memory"}
    memory, user = found["fieldConfig"]["overrides"]
    properties = {it["id"]: it["value"] for it in memory["properties"]}
    assert properties["custom.hidden"] is True
    assert properties["thresholds"]["steps"][0] == {"color": "text"}
    assert user["properties"] == [
        {"id": "links", "value": [to_users.json]},
        {"id": "custom.width", "value": 180},
    ]


def test_a_link_keeps_range_and_variables():
    assert links.to(boards.USERS, user=links.label("username")).json == {
        "title": "Users",
        "url": "/d/groupscope-users?${__url_time_range}&${__all_variables}"
        "&var-user=${__field.labels.username:percentencode}",
    }
    kept = links.to(boards.HUB, "The hub", keep=("datasource",), hub=links.cell("namespace"))
    assert kept.url == (
        "/d/groupscope-hub?${__url_time_range}&${datasource:queryparam}"
        "&var-hub=${__data.fields.namespace:percentencode}"
    )


def test_every_board_leads_to_the_others_and_keeps_what_is_chosen():
    for name in catalog.names():
        board = catalog.load(name)
        (every,) = (it for it in board["links"] if it["type"] == "dashboards")
        assert set(every["tags"]) <= set(board["tags"])
        assert all(it["keepTime"] and it["includeVars"] for it in board["links"])


@pytest.mark.parametrize("requirement", requirements.ALL, ids=lambda it: it.name)
def test_what_is_needed_is_said_and_found_again(requirement):
    stat = rendered(panels.stat("GPUs", "a", requires=requirement, **ABOUT))
    lines = rendered(panels.timeseries("GPUs", "a", requires=requirement, **ABOUT))
    assert stat["fieldConfig"]["defaults"]["noValue"] == requirement.short
    assert requirement.url in lines["fieldConfig"]["defaults"]["noValue"]
    assert f"Needs {requirement.name}." in stat["description"]
    assert required_by(stat) == required_by(lines) == requirement
    assert required_by(rendered(panels.stat("CPU", "a", **ABOUT))) is None
