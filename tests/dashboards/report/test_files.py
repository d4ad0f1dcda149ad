"""Boards from elsewhere as pages: every kind of file, panel, transformation and data source."""

import json
import re

import pytest
from click.testing import CliRunner

from dashboards.commands.report import command
from dashboards.evaluate.readable import readable
from tests.support.report_prometheus import openmetrics, serving
from tests.support.report_values import words

pytestmark = pytest.mark.prometheus

RANGE = ("--from", "2026-03-17T08:10", "--to", "2026-03-17T10:00")
SERIES = [
    ("up", {"job": "hub", "instance": "a:1"}, 1.0),
    ("up", {"job": "node", "instance": "b:2"}, 0.0),
    ("below", {"job": "node"}, -5.0),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("files"), openmetrics(SERIES)) as address:
        yield address


def report(url, folder, *paths, options=RANGE):
    return CliRunner().invoke(
        command,
        [*map(str, paths), "--prometheus", url, *options, "--output", str(folder / "out")],
    )


def panel(kind="stat", expr="sum(up)", **more):
    target = {"refId": "A", "expr": expr, "instant": True, "legendFormat": "{{job}}"}
    return {"id": 1, "type": kind, "title": "Up", "targets": [target], **more}


def board(*panels, **more):
    return {"title": "Found", "panels": list(panels), **more}


def shown(url, folder, *panels, code=0, **more):
    """Return what a person reads on the page of such a board."""
    file = folder / "found.json"
    file.write_text(json.dumps(board(*panels, **more)), "utf-8")
    result = report(url, folder, file)
    assert result.exit_code == code, result.output
    page = (folder / "out" / "found.html").read_text("utf-8")
    return words(re.sub(r"(?s)<(style|script)>.*?</\1>", "", page))


def test_a_directory_needs_no_slash_unless_a_board_has_its_name(url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("exported", "support"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"in-{name}.json").write_text(json.dumps(board(panel())), "utf-8")
    assert report(url, tmp_path, "exported").stdout == f"wrote {tmp_path}/out/in-exported.html\n"
    assert report(url, tmp_path, "support").stdout == f"wrote {tmp_path}/out/support.html\n"
    assert report(url, tmp_path, "support/").stdout == f"wrote {tmp_path}/out/in-support.html\n"


V2 = {
    "apiVersion": "dashboard.grafana.app/v2beta1",
    "kind": "Dashboard",
    "metadata": {"name": "second"},
    "spec": {
        "title": "Second",
        "variables": [
            {
                "kind": "QueryVariable",
                "spec": {
                    "name": "job",
                    "label": "Job",
                    "includeAll": True,
                    "sort": "alphabeticalDesc",
                    "query": {
                        "kind": "DataQuery",
                        "group": "prometheus",
                        "spec": {"query": "label_values(up, job)"},
                    },
                },
            }
        ],
        "elements": {
            "one": {
                "kind": "Panel",
                "spec": {
                    "id": 1,
                    "title": "Up",
                    "vizConfig": {"kind": "VizConfig", "group": "stat", "spec": {}},
                    "data": {
                        "spec": {
                            "queries": [
                                {
                                    "spec": {
                                        "refId": "A",
                                        "query": {
                                            "kind": "DataQuery",
                                            "group": "prometheus",
                                            "spec": {"expr": 'sum(up{job=~"$job"})'},
                                        },
                                    }
                                }
                            ]
                        }
                    },
                },
            }
        },
        "layout": {
            "kind": "GridLayout",
            "spec": {
                "items": [
                    {
                        "spec": {
                            "x": 0, "y": 0, "width": 12, "height": 8,
                            "element": {"name": "one"},
                        }
                    }
                ]
            },
        },
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "raw", "page"),
    [
        ("bare.json", json.dumps(board(panel())).encode(), "bare"),
        ("marked.json", json.dumps(board(panel())).encode("utf-8-sig"), "marked"),
        ("wide.json", json.dumps(board(panel())).encode("utf-16"), "wide"),
        ("api.json", json.dumps({"meta": {}, "dashboard": board(panel())}).encode(), "api"),
        ("v2.json", json.dumps(V2).encode(), "v2"),
        (
            "map.yaml",
            b"kind: ConfigMap\nmetadata: {name: m}\ndata:\n  hub-memory.json: |\n    "
            + json.dumps(board(panel())).encode(),
            "hub-memory",
        ),
    ],
)
def test_a_board_of_any_file(url, tmp_path, name, raw, page):
    (tmp_path / name).write_bytes(raw)
    result = report(url, tmp_path, tmp_path / name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"wrote {tmp_path / 'out' / page}.html\n"
    assert 'class="number">1<' in (tmp_path / "out" / f"{page}.html").read_text("utf-8")


def test_a_board_of_schema_v2_has_its_variables(url, tmp_path):
    (tmp_path / "v2.json").write_text(json.dumps(V2), "utf-8")
    report(url, tmp_path, tmp_path / "v2.json")
    page = (tmp_path / "out" / "v2.html").read_text("utf-8")
    assert "<dt>Job</dt>\n<dd>all 2: node, hub</dd>" in page


def test_what_cannot_be_read_is_named_and_the_others_are_made(url, tmp_path):
    folder = tmp_path / "boards"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps(board(panel())), "utf-8")
    (folder / "bad.json").write_text('{"panels": [', "utf-8")
    result = report(url, tmp_path, folder)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{folder / 'bad.json'} is not JSON: ")
    assert (tmp_path / "out" / "good.html").exists()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"panels": [', "is not JSON"),
        (b'{"name": "no board"}', "is no dashboard: it has no panels."),
        (b"\xff\xfe\x00", "is not text"),
        (None, "There is no file"),
    ],
)
def test_nothing_to_read_is_an_error(url, tmp_path, raw, said):
    file = tmp_path / "x.json"
    if raw is not None:
        file.write_bytes(raw)
    result = report(url, tmp_path, file)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_boards_of_one_name_or_uid_have_pages_of_their_own(url, tmp_path):
    for number in ("one", "two"):
        (tmp_path / number).mkdir()
        whole = board(panel(), uid="same", title=number)
        (tmp_path / number / "same.json").write_text(json.dumps(whole), "utf-8")
    result = report(url, tmp_path, tmp_path / "one" / "same.json", tmp_path / "two" / "same.json")
    assert result.exit_code == 0
    first, second = ((tmp_path / "out" / f"{it}.html").read_text() for it in ("same", "same-2"))
    assert '<span>one</span><a href="same-2.html">two</a>' in first
    assert '<a href="same.html">one</a><span>two</span>' in second


def test_rows_graphs_and_single_stats_of_old_grafanas(url, tmp_path):
    range_ = [{"refId": "A", "expr": "up", "legendFormat": "{{job}}"}]
    graph = {
        "type": "graph", "title": "Lines", "span": 6, "targets": range_, "stack": True,
        "yaxes": [{"format": "percentunit", "min": "0", "max": 1}], "legend": {"avg": True},
    }  # fmt: skip
    single = {
        **panel("singlestat"), "format": "bytes", "valueName": "current", "span": 6,
        "valueMaps": [{"op": "=", "value": "1", "text": "fine"}],
    }  # fmt: skip
    old = {
        "title": "Old",
        "rows": [{"title": "First", "height": "250px", "panels": [graph, single]}],
    }
    row, lines, stat = readable(old)["panels"]
    assert (row["type"], row["title"]) == ("row", "First")
    assert lines["gridPos"] == {"x": 0, "y": 1, "w": 12, "h": 7}
    assert stat["gridPos"] == {"x": 12, "y": 1, "w": 12, "h": 7}
    file = tmp_path / "old.json"
    file.write_text(json.dumps(old), "utf-8")
    assert report(url, tmp_path, file).exit_code == 0
    read = words((tmp_path / "out" / "old.html").read_text("utf-8"))
    assert {"First", "Lines", "hub", "Mean", "100%", "fine"} <= set(read)


def test_a_kind_of_panel_that_is_not_drawn_is_named(url, tmp_path):
    read = shown(
        url, tmp_path, panel("geomap"), panel(""),
        {"id": 2, "libraryPanel": {"uid": "u", "name": "Shared"}},
    )  # fmt: skip
    assert "Panels of the kind “geomap” are shown in Grafana only." in read
    assert "This panel has no kind." in read
    assert (
        "The library panel “Shared” is kept in Grafana: the dashboard's file only names it." in read
    )


LOKI = {"type": "loki", "uid": "l"}


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (LOKI, "“loki”"),
        ({"type": "datasource", "uid": "-- Dashboard --"}, "another panel of the dashboard"),
        ("-- Grafana --", "Grafana itself"),
        ({"type": "__expr__", "uid": "__expr__"}, "Grafana's expressions"),
        ({"uid": "$logs"}, "“elasticsearch”"),
        ("${DS_SQL}", "“mysql”"),
    ],
)
def test_a_data_source_that_is_not_asked_is_named(url, tmp_path, source, named):
    logs = {"name": "logs", "type": "datasource", "query": "elasticsearch"}
    sql = {"name": "DS_SQL", "type": "datasource", "pluginId": "mysql"}
    read = shown(
        url, tmp_path, panel(datasource=source), templating={"list": [logs]}, __inputs=[sql]
    )
    assert f"Grafana asks {named} for this; a report queries Prometheus only." in read


@pytest.mark.parametrize(
    "source",
    [None, "Prometheus of somebody", {"type": "prometheus", "uid": "x"}, {"uid": "${gone}"}, "$d",
     {"type": "grafana-amazonprometheus-datasource"}, {"type": "mixed", "uid": "-- Mixed --"}],
)  # fmt: skip
def test_a_data_source_that_is_or_may_be_a_prometheus_is_asked(url, tmp_path, source):
    ours = {"name": "d", "type": "datasource", "query": "prometheus"}
    read = shown(url, tmp_path, panel(datasource=source), templating={"list": [ours]})
    assert "1" in read


def test_one_of_several_data_sources_is_asked_and_the_others_named(url, tmp_path):
    two = [*panel()["targets"], {"refId": "B", "datasource": LOKI, "expr": "{a=`b`}"}]
    read = shown(url, tmp_path, panel(targets=two, datasource={"uid": "-- Mixed --"}))
    assert "Grafana also asks “loki” here; a report queries Prometheus only." in read
    assert "1" in read


def test_a_query_that_is_no_promql_and_names_nobody(url, tmp_path):
    assert (
        "Grafana asks a data source that it does not name for this; a report queries Prometheus "
        "only." in (shown(url, tmp_path, panel(targets=[{"refId": "A", "rawSql": "SELECT 1"}])))
    )


@pytest.mark.parametrize("kind", ["stat", "timeseries", "table", "barchart", "gauge"])
def test_a_transformation_that_is_not_applied_is_named(url, tmp_path, kind):
    steps = [{"id": "reduce", "options": {}}, {"id": "sortBy", "disabled": True}]
    read = shown(url, tmp_path, panel(kind, "up", transformations=steps))
    assert "Grafana also applies the transformation “reduce” here." in read
    assert not any("sortBy" in it for it in read)


@pytest.mark.parametrize("form", ["table", "time_series"])
@pytest.mark.parametrize("kind", ["stat", "gauge", "bargauge", "piechart", "table", "barchart"])
def test_whatever_the_format_the_numbers_are_there(url, tmp_path, kind, form):
    (target,) = panel(expr="up * 7")["targets"]
    read = shown(url, tmp_path, panel(kind, targets=[{**target, "format": form}]))
    assert "7" in read
    assert not any("No data" in it for it in read)


def test_a_table_of_series_over_time_says_what_it_shows(url, tmp_path):
    target = {"refId": "A", "expr": "up", "legendFormat": "{{job}}"}
    read = shown(url, tmp_path, panel("table", targets=[target]))
    assert {"Series", "Value", "hub", "node"} <= set(read)
    assert "These are last values: Grafana shows one series at a time, over time." in read


def test_a_repeated_panel_is_shown_for_all_and_says_so(url, tmp_path):
    job = {"name": "job", "type": "query", "query": "label_values(up, job)", "multi": True}
    read = shown(
        url, tmp_path, panel(repeat="job", expr='count(up{job=~"$job"})'),
        templating={"list": [{**job, "includeAll": True}]},
    )  # fmt: skip
    assert "Grafana repeats this for each value of $job; here it is for all." in read
    assert "2" in read


def test_a_panel_may_have_a_range_of_its_own(url, tmp_path):
    counted = panel(expr="max(count_over_time(up[$__range]))", timeShift="1h")
    read = shown(url, tmp_path, counted, panel(timeShift="soon"))
    assert "This panel shows what was 1h earlier." in read
    # From 8:00, when the series begin, to 9:00.
    assert {"60", "61"} & set(read)
    assert "Grafana shows another range here, 'soon', which is no time." in read


def test_a_panels_last_hour_counts_from_now_only_if_the_range_does(url, tmp_path):
    file = tmp_path / "found.json"
    file.write_text(json.dumps(board(panel(timeFrom="1h"))), "utf-8")
    report(url, tmp_path, file, options=("--from", "now-10y", "--to", "now"))
    page = tmp_path / "out" / "found.html"
    assert "This panel&#39;s own range: the last 1h." in page.read_text("utf-8")
    report(url, tmp_path, file)
    assert "own range" not in page.read_text("utf-8")


def test_a_query_of_a_range_and_of_its_end_is_drawn_once(url, tmp_path):
    (target,) = panel(expr="up")["targets"]
    read = shown(url, tmp_path, panel("timeseries", targets=[{**target, "range": True}]))
    assert read.count("hub") == 1


def test_values_below_zero_have_ticks(url, tmp_path):
    target = {"refId": "A", "expr": "below"}
    assert {"-4", "-2"} <= set(shown(url, tmp_path, panel("timeseries", targets=[target])))


def test_what_is_sent_is_drawn_below_what_is_received(url, tmp_path):
    below = {"id": "custom.transform", "value": "negative-Y"}
    override = {"matcher": {"id": "byName", "options": "hub"}, "properties": [below]}
    target = {"refId": "A", "expr": "up * 5", "legendFormat": "{{job}}"}
    read = shown(
        url, tmp_path,
        panel(
            "timeseries", targets=[target], fieldConfig={"overrides": [override]},
            options={"legend": {"calcs": ["max"]}},
        ),
    )  # fmt: skip
    assert "-4" in read
    # The legend has the number itself.
    assert read[read.index("hub") + 1] == "5"


def test_a_board_without_a_title_is_called_as_its_file(url, tmp_path):
    assert "found" in shown(url, tmp_path, panel(), title=None)
    assert readable({"panels": None}, "x")["title"] == "x"


def test_a_heatmap_of_values_below_zero_has_a_scale(url, tmp_path):
    target = {"refId": "A", "expr": "below", "legendFormat": "{{job}}"}
    read = shown(url, tmp_path, panel("heatmap", targets=[target]))
    assert {"-5", "0"} <= set(read)
