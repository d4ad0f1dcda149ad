"""What lint takes for a place, a row, a data source, and how it names what it finds."""

import json
from copy import deepcopy

import pytest
from click.testing import CliRunner

from dashboards.catalog import custom
from dashboards.cli import cli
from dashboards.lint import inference, output, promql
from dashboards.lint.check import check
from dashboards.lint.examples import panels, query
from dashboards.lint.model import Board
from dashboards.lint.registry import rules
from dashboards.reading import read_files

BAD = {rule.name: rule.bad.board for rule in rules()}


def findings(content, rule=None):
    checked = check([Board(content, "x.json", known_uids=frozenset())])
    return [each for each in checked if rule in (None, each.rule)]


def board(*several, **more):
    return {**panels(*several).board, **more}


# --- data sources ---------------------------------------------------------------------------------

LOKI = {"name": "loki_datasource", "type": "datasource", "query": "loki"}
LOGQL = 'sum by (job) (count_over_time({job="x"} |= "error" | logfmt [5m]))'


def asking(source, text=LOGQL, variables=(LOKI,)):
    content = deepcopy(query(text, "none").board)
    content["templating"]["list"] += variables
    panel = content["panels"][1]
    panel["datasource"] = source
    panel["targets"][0]["datasource"] = source
    return content


@pytest.mark.parametrize(
    "source",
    [
        "$loki_datasource",
        "${loki_datasource}",
        {"uid": "$loki_datasource"},
        # Grafana finds a source by its uid, whatever type is written beside it.
        {"type": "prometheus", "uid": "${loki_datasource}"},
        {"type": "loki", "uid": "abc"},
        {"uid": "my-loki"},
        "-- Grafana --",
        {"type": "datasource", "uid": "-- Dashboard --"},
        {"type": "__expr__", "uid": "__expr__"},
        # Nothing says what it is but the query.
        {"uid": "abc"},
        None,
    ],
)
def test_a_query_of_another_source_is_not_read_as_promql(source):
    assert findings(asking(source), "promql-parses") == []


@pytest.mark.parametrize(
    "source",
    [
        "$datasource",
        {"uid": "${datasource}"},
        {"type": "prometheus", "uid": "abc"},
        {"type": "grafana-amazonprometheus-datasource", "uid": "abc"},
        {"type": "mixed", "uid": "-- Mixed --"},
        None,
    ],
)
def test_a_query_of_prometheus_is(source):
    assert findings(asking(source, "sum(up"), "promql-parses")


def test_a_source_that_an_import_asks_for_is_of_the_type_that_it_says():
    content = asking("${DS_LOKI}", "sum(up", ())
    content["__inputs"] = [{"name": "DS_LOKI", "type": "datasource", "pluginId": "loki"}]
    assert findings(content, "promql-parses") == []
    content["__inputs"][0]["pluginId"] = "prometheus"
    assert findings(content, "promql-parses")


# --- places and rows ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [{}, {"h": 8}, {"x": 0, "y": 0}, {"w": "12"}, None, 3])
def test_a_panel_that_does_not_say_its_place_lies_nowhere(place):
    content = board({"title": "A", "gridPos": place}, {"title": "B", "gridPos": place})
    assert findings(content, "grid") == []


def old(*several):
    """Return a board as Grafana had them before version 5: rows with panels in them."""
    one = {**query("sum(up)", "none").board["panels"][1], "gridPos": {}}
    made = [
        {
            "title": title,
            "panels": [
                {**deepcopy(one), "id": n * 10 + m, "title": name} for m, name in enumerate(names)
            ],
        }
        for n, (title, *names) in enumerate(several, 1)
    ]
    content = deepcopy(query("sum(up)", "none").board)
    return {**content, "panels": [], "rows": made}


def test_old_rows_are_headings_and_their_titles_are_not_a_panels():
    content = old(("Memory", "Memory", "Use"), ("CPU", "Memory", "Use"))
    everything = Board(content, "x").everything
    assert [(it.kind, it.title) for it in everything] == [
        *[("row", "Memory"), ("timeseries", "Memory"), ("timeseries", "Use")],
        *[("row", "CPU"), ("timeseries", "Memory"), ("timeseries", "Use")],
    ]
    assert findings(content, "panel-title") == []
    twice = old(("Memory", "Use", "Use"))
    assert len(findings(twice, "panel-title")) == 1


def test_a_rows_own_title_is_not_a_panels():
    row = {"id": 1, "type": "row", "title": "Memory", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}}
    content = board({"title": "Memory"})
    content["panels"][0] = row
    assert findings(content, "panel-title") == []


def test_old_rows_count_as_open_unless_they_are_collapsed():
    names = [f"P{n}" for n in range(41)]
    content = old(("All", *names))
    assert any("41 open panels" in it.message for it in findings(content, "size"))
    content["rows"][0]["collapse"] = True
    assert not any("open panels" in it.message for it in findings(content, "size"))


@pytest.mark.parametrize(
    "name",
    [
        "node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate",
        "cluster_job:x_seconds:sum_rate5m",
        "cluster_job:x_bytes:sum_rate_5m",
        "instance:node_network_receive_bytes_total:rate5m",
        "namespace_job_route:x_bytes:sum_irate",
        "x:x_seconds:avg_increase1h",
    ],
)
def test_recorded_names_say_that_they_are_rates(name):
    assert inference.unit_of(promql.Query(f"sum({name})").tree) == ""


@pytest.mark.parametrize(
    "name", ["level:x_bytes:sum", "level:x_bytes:avg5m", "job:rated_bytes:max"]
)
def test_recorded_names_of_what_is_no_rate_have_their_unit(name):
    assert inference.unit_of(promql.Query(f"sum({name})").tree) == inference.BYTES


# --- how findings are named -----------------------------------------------------------------------


def test_one_finding_is_printed_once_however_many_selectors_have_it():
    text = " + ".join(['sum(rate(up{namespace=~"$hub"}[5m]))'] * 3)
    assert len(findings(query(text, "none").board, "rate-interval")) == 1


def two_of_one_title(tmp_path):
    first = {"title": "Memory", "id": 4, "description": None}
    content = board(first, {"title": "Memory", "id": 7, "description": None})
    file = tmp_path / "x.json"
    file.write_text(json.dumps(content, indent=1))
    return file


def test_panels_of_one_title_are_told_apart_and_each_has_its_line(tmp_path):
    file = two_of_one_title(tmp_path)
    (read,) = read_files([file]).found
    checked = check([Board(read.board, read.file, lines=read.line_of)])
    missing = [each for each in checked if each.rule == "panel-description"]
    named = ["Memory (timeseries panel 4)", "Memory (timeseries panel 7)"]
    assert [each.panel for each in missing] == named
    assert [each.panel_id for each in missing] == [4, 7]
    lines = file.read_text().splitlines()
    for each in missing:
        around = "\n".join(lines[each.line - 3 : each.line + 2])
        assert lines[each.line - 1].strip() == '"title": "Memory",'
        assert f'"id": {each.panel_id}' in around
    text = "\n".join(output.as_text(missing, []))
    assert all(f"  {name}\n" in text for name in named)


def test_panels_without_ids_are_told_apart_by_counting():
    content = board({"title": "A"}, {"title": "A"})
    for panel in content["panels"]:
        panel["id"] = 1
    (finding,) = findings(content, "panel-title")
    assert finding.panel == "A (timeseries panel 1, number 3 on the board)"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        # The join matches namespaces: only a cost.
        ("{} * on (namespace, pod) group_left () kube_pod_info", "warning"),
        (
            "{} * on (namespace, pod) group_left () max by (namespace, pod) (kube_pod_info)",
            "warning",
        ),
        ("{} and on (namespace, pod) kube_pod_info", "warning"),
        ("{} / kube_pod_info", "warning"),
        ("{} unless on (namespace) kube_pod_info", "warning"),
        # It does not, or loses them, or keeps what the other side has not.
        ("{} * on (pod) group_left () kube_pod_info", "error"),
        ("sum by (pod) ({}) * on (pod) sum by (pod) (kube_pod_info)", "error"),
        ("{} * ignoring (namespace) kube_pod_info", "error"),
        ("{} or on (namespace) kube_pod_info", "error"),
        ("kube_pod_info unless on (namespace) {}", "error"),
        ("{} * on (namespace) group_left () sum(kube_pod_info)", "error"),
    ],
)
def test_a_namespace_that_the_join_decides_is_a_cost_only(text, severity):
    chosen = 'container_memory_working_set_bytes{namespace=~"$hub"}'
    content = query(text.format(chosen), "none").board
    (finding,) = findings(content, "namespace-matcher")
    assert finding.severity.value == severity
    assert "kube_pod_info" in finding.message


# --- what Grafana refuses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tags": ["x" * 51]}, "a tag of 51 bytes"),
        # Grafana counts bytes: 26 letters of two are too many.
        ({"tags": ["é" * 26]}, "a tag of 52 bytes"),
        ({"title": ""}, "has no title"),
        ({"title": "  "}, "has no title"),
        ({"title": "x" * 5001}, "5001 bytes"),
        ({"title": "x" * 190}, "Grafana before 12 takes 189"),
        ({"refresh": "1s"}, "Grafana takes 5s at least"),
        ({"refresh": "5 minutes"}, "no duration"),
    ],
)
def test_what_grafana_would_refuse_to_save(changed, says):
    content = {**BAD["unit"], **changed}
    (finding,) = findings(content, "accepted-by-grafana")
    assert says in finding.message
    # Boards of one's own are told before anything is deployed.
    assert says in custom.not_a_dashboard({**content, "uid": "x"})


@pytest.mark.parametrize(
    "changed",
    [
        {"tags": ["x" * 50, "é" * 25]},
        *({"refresh": refresh} for refresh in ("", "auto", "5s", "1m", "1h30m", "1d", False, None)),
        {"title": "x" * 189},
    ],
)
def test_what_grafana_takes(changed):
    assert findings({**BAD["unit"], **changed}, "accepted-by-grafana") == []


def test_values_of_another_type_are_findings():
    content = {**BAD["unit"], "tags": "lab", "templating": {"list": {}}}
    content["panels"] = [*deepcopy(content["panels"]), 3]
    content["panels"][1]["targets"] = [{"expr": ["up"], "refId": "A"}]
    assert [each.message for each in findings(content, "types")] == [
        "tags is a text, where Grafana reads a list",
        "templating.list is an object, where Grafana reads a list",
        "panels[2] is a number, where Grafana reads an object",
        "targets[0].expr is a list, where Grafana reads a text",
    ]


def test_the_case_of_the_issue_is_promql(tmp_path, monkeypatch):
    """Functions that a variable chooses: nothing is wrong with that."""
    monkeypatch.chdir(tmp_path)
    texts = ["$fn by (job) (up)", "$fn(up)", "${agg}_over_time(up[$__interval])"]
    one = query("sum(up)", "short").board["panels"][1]
    target = {"legendFormat": "x", "datasource": one["datasource"]}
    targets = [
        {**target, "refId": ref, "expr": text} for ref, text in zip("ABC", texts, strict=True)
    ]
    chosen = [{"name": name, "type": "custom", "query": "a,b"} for name in ("fn", "agg")]
    content = board({"targets": targets})
    content["templating"]["list"] = [content["templating"]["list"][0], *chosen]
    content["panels"] = content["panels"][1:]
    (tmp_path / "x.json").write_text(json.dumps(content))
    result = CliRunner().invoke(cli, ["lint", "x.json"])
    assert "promql-parses" not in result.output
    assert "variables-used" not in result.output


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        # States have words.
        (
            {
                "mappings": [
                    {"type": "value", "options": {"0": {"text": "down"}, "1": {"text": "up"}}}
                ]
            },
            0,
        ),
        ({"mappings": [{"type": "value", "options": {"0": {"text": "none"}}}]}, 1),
        ({"mappings": [{"type": "special", "options": {"match": "null"}}]}, 1),
    ],
)
def test_what_words_stand_for_needs_no_unit(changed, missing):
    content = deepcopy(BAD["unit"])
    content["panels"][1]["fieldConfig"]["defaults"] |= changed
    assert len(findings(content, "unit")) == missing
    content["panels"][1]["options"]["textMode"] = "name"
    assert findings(content, "unit") == []
