"""Lint: each rule on its examples, our boards, files of others, and what the command says."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboards import catalog
from dashboards.cli import cli
from dashboards.lint import inference, promql, sources
from dashboards.lint.check import UNUSED, check
from dashboards.lint.metrics import closest_known, is_counter
from dashboards.lint.model import Board
from dashboards.lint.registry import rules
from dashboards.schema.exemptions import Exempt

RULES = {rule.name: rule for rule in rules()}


def board(content, **more):
    return Board(content, "x.json", **{"known_uids": frozenset(), **more})


def found(content, severities=None, **more):
    return [finding.rule for finding in check([board(content, **more)], severities)]


@pytest.mark.parametrize("name", RULES)
def test_nothing_is_wrong_with_the_good_example(name):
    assert found(RULES[name].good.board) == []


@pytest.mark.parametrize("name", RULES)
def test_only_the_rule_itself_finds_the_bad_example(name):
    assert set(found(RULES[name].bad.board)) == {name}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_what_it_asks_for_and_why(name):
    rule = RULES[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert rule.summary.endswith(".")
    assert len(rule.why) > 30


def test_our_boards_have_no_findings_and_hardly_an_exemption():
    boards = sources.of_catalog().boards
    assert list(check(boards)) == []
    assert len(boards) == 2 * len(catalog.names())
    assert sum(len(catalog.exemptions(name)) for name in catalog.names()) < 5


def _defective():
    """Return our board with one defect of each kind that there is."""
    content = deepcopy(catalog.load("user-groups"))
    panels = [panel for panel in content["panels"] if panel["type"] != "row"]
    panels[0]["title"] = panels[1]["title"]
    panels[2].pop("description")
    panels[3]["fieldConfig"]["defaults"].pop("unit")
    panels[4]["targets"][0]["expr"] += ")"
    panels[5]["targets"] = []
    panels[-1]["gridPos"]["x"] = 1
    panels[9]["datasource"] = panels[9]["targets"][0]["datasource"] = {"uid": "abc"}
    panels[8]["fieldConfig"]["defaults"]["unit"] = "s"
    panels[11]["targets"][0]["legendFormat"] = "{{username}}"
    panels[12]["targets"].append(panels[12]["targets"][0])
    panels[13]["targets"][0]["expr"] = "sum(up{job=~'$job'})"
    panels[13]["targets"][0]["legendFormat"] = "up"
    panels[14]["links"] = [{"title": "x", "url": "/d/nowhere/x?${__url_time_range}"}]
    many = panels[10]["targets"][0]
    panels[10]["targets"] = [{**many, "refId": letter} for letter in "ABCDEFGHIJKLM"]
    content["uid"] = "a b"
    content["tags"] = ["é" * 26]
    content["refresh"] = 5
    content["version"] = 3
    content["templating"]["list"].append({"type": "custom", "name": "unused", "query": "a"})
    # What a query can be wrong in, as the rules' own examples have it, below the others.
    known = {it["name"] for it in content["templating"]["list"]}
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in content["panels"])
    for number, name in enumerate(OF_QUERIES):
        bad = deepcopy(RULES[name].bad.board)
        content["templating"]["list"] += [
            it for it in bad["templating"]["list"] if it["name"] not in known
        ]
        known |= {it["name"] for it in bad["templating"]["list"]}
        [panel] = [it for it in bad["panels"] if it["type"] != "row"]
        place = {"x": 0, "w": 24, "h": 2, "y": bottom + 2 * number}
        content["panels"].append({**panel, "title": name, "id": 1000 + number, "gridPos": place})
    content["panels"][-1]["id"] = 1000
    return content


OF_QUERIES = (
    *("namespace-matcher", "rate-interval", "counter-needs-rate", "gauge-needs-no-rate"),
    *("rate-before-sum", "membership-join", "known-metric", "heavy-query", "colors"),
)


def test_one_defect_of_each_kind_is_found_and_nothing_else():
    uids = frozenset(catalog.load(name)["uid"] for name in catalog.names())
    assert sorted(found(_defective(), known_uids=uids)) == sorted(RULES)


# --- exemptions and severities --------------------------------------------------------------------


def test_an_exemption_is_for_one_rule_on_one_panel():
    content = RULES["unit"].bad.board
    (title,) = (p["title"] for p in content["panels"] if p["type"] != "row")
    assert found(content, exemptions=(Exempt("unit", title, "it has none"),)) == []
    other = (Exempt("unit", "another", "it has none"),)
    assert sorted(found(content, exemptions=other)) == ["unit", UNUSED]


def test_an_exemption_that_nothing_needs_is_a_finding():
    content = RULES["unit"].good.board
    exemption = Exempt("unit", "Memory", "it had none once")
    (finding,) = check([board(content, exemptions=(exemption,))])
    assert finding.rule == UNUSED
    assert "unit" in finding.message
    assert "Memory" in finding.message


def test_severities_can_be_set_and_a_rule_turned_off():
    content = RULES["unit"].bad.board
    assert [f.severity.value for f in check([board(content)], {"unit": "error"})] == ["error"]
    assert found(content, {"unit": "off"}) == []
    # A rule that is not asked may need its exemption another time.
    kept = (Exempt("unit", "Memory", "it has none"),)
    assert found(content, {"unit": "off"}, exemptions=kept) == []


# --- PromQL with Grafana's variables --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ('sum(rate(a_total{ns=~"$hub"}[$__rate_interval]))', ["a_total"]),
        ("max_over_time(x[${window}m:$step]) > $limit", ["x", ""]),
        ('foo_${attribution}{a="b"} / bar[[0]]', None),
        ("topk($n, up) * on ($label) group_left () x offset $shift", ["up", "x"]),
        ('label_replace(x, "a", "$1", "b", "(.+)")', ["x"]),
        ('{__name__="up", job="$job"}', ["up"]),
        ('$metric{a="1"} + ${metric}_total', ["", ""]),
        ("sum by (${by:csv}) (x)", ["x"]),
        ("x{a='it\\'s $b'} @ end()", ["x"]),
    ],
)
def test_variables_are_replaced_by_what_can_stand_there(text, metrics):
    parsed = promql.Query(text)
    if metrics is None:
        assert parsed.error
    else:
        assert not parsed.error
        assert [use.metric for use in parsed.uses] == metrics


@pytest.mark.parametrize(
    ("text", "grown"),
    [
        ("x_total - x_total offset 1h", [True, True]),
        ("last_over_time(x_total[1h]) - (x_total offset 1h or 0 * x_total)", [True] * 3),
        ("sum(x_total) - sum(y_total)", [False, False]),
        ("x_total + x_total offset 1h", [False, False]),
        ("x_total", [False]),
    ],
)
def test_a_difference_of_one_metric_is_growth(text, grown):
    assert [use.of_a_difference for use in promql.Query(text).uses] == grown


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("sum(x)", set()),
        ("sum by (a, b) (x)", {"a", "b"}),
        ("topk(3, sum by (a) (x))", {"a"}),
        ("sum by (a) (x) * on (a) group_left (c) y", {"a", "c"}),
        ("x * on (a) y", {"a"}),
        ('label_replace(sum by (a) (x), "n", "$1", "a", "(.+)")', {"a", "n"}),
        ("histogram_quantile(0.9, sum by (le, a) (rate(x_bucket[5m])))", {"a"}),
        ("100 * sum by (a) (x) > 5", {"a"}),
        ("sum by (a) (x) or sum by (b) (y)", None),
        ("sum without (a) (sum by (a, b) (x))", {"b"}),
        ("rate(x[5m])", None),
        ("count_values('v', x)", None),
        ("sum by ($by) (x)", None),
        ("scalar(x)", set()),
    ],
)
def test_labels_that_a_query_leaves(text, labels):
    assert inference.labels_of(promql.Query(text).tree) == labels


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("sum(container_memory_working_set_bytes)", inference.BYTES),
        ("rate(container_network_receive_bytes_total[5m])", inference.BYTES_A_SECOND),
        ("rate(container_cpu_usage_seconds_total[5m])", inference.RATIO),
        ("increase(container_cpu_usage_seconds_total[5m])", inference.SECONDS),
        ("a_bytes / b_bytes", inference.RATIO),
        ("a_bytes / b_bytes * 100", ""),
        ("a_bytes / 2^30", ""),
        ("time() - process_start_time_seconds", ""),
        ("count(a_bytes)", inference.COUNT),
        ("a_bytes > bool 5", ""),
        ("a_bytes > 5", inference.BYTES),
        ("histogram_quantile(0.9, sum by (le) (rate(x_seconds_bucket[5m])))", inference.SECONDS),
        ("level:x_bytes:avg5m", inference.BYTES),
        ("level:x_bytes:rate5m", ""),
        ("sum_over_time(x_bytes[1h])", ""),
        ("x_bytes * on (a) group_right () group by (a, b) (y)", inference.BYTES),
        ("jupyterhub_user_group_${attribution} * x_bytes or 0 * z", inference.BYTES),
        ("x:container_memory_working_set_bytes:avg5m_${attribution}", inference.BYTES),
    ],
)
def test_unit_that_a_querys_metrics_have(text, unit):
    assert inference.unit_of(promql.Query(text).tree) == unit


def test_what_counts_up():
    assert is_counter("container_cpu_usage_seconds_total")
    assert is_counter("jupyterhub_request_duration_seconds_bucket")
    # Others call sums of something else so.
    assert not is_counter("mysql_info_schema_pages_total")
    assert not is_counter("kube_pod_info")


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("container_memory_workingset_bytes", "container_memory_working_set_bytes"),
        ("kube_pod_labels", ""),
        ("kube_pod_label", "kube_pod_labels"),
        ("kube_pods_status_phase", "kube_pod_status_phase"),
        ("node_network_transmit_errs_total", ""),
        ("jupyterhub_user_groups_info", "jupyterhub_user_group_info"),
        ("my_own_metric", ""),
    ],
)
def test_a_metric_that_nearly_is_one(wrong, right):
    assert closest_known(wrong) == right


# --- where dashboards are -------------------------------------------------------------------------


def write(folder, name, content):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return file


def test_dashboards_of_a_directory_however_they_were_saved(tmp_path):
    bare = RULES["uid"].good.board
    write(tmp_path, "a/bare.json", bare)
    write(tmp_path, "a/api.json", {"meta": {}, "dashboard": bare})
    write(tmp_path, "resource.json", {"apiVersion": "dashboard.grafana.app/v1", "spec": bare})
    write(tmp_path, "tsconfig.json", '{"comment": 1} // settings of something else')
    write(tmp_path, "package.json", {"name": "x"})
    assert [Path(b.source).name for b in sources.of_paths([tmp_path]).boards] == [
        *("api.json", "bare.json", "resource.json")
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ({"name": "x"}, "is no dashboard"),
        (b"{\xc3(}", "is not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_dashboard(tmp_path, content, says):
    file = tmp_path / "x.json"
    file.write_bytes(content if isinstance(content, bytes) else b"")
    if not isinstance(content, bytes):
        write(tmp_path, "x.json", content)
    result = CliRunner().invoke(cli, ["lint", str(file)])
    assert result.exit_code == 2
    assert says in result.stderr
    assert "x.json" in result.stderr


def test_a_directory_without_dashboards(tmp_path):
    result = CliRunner().invoke(cli, ["lint", str(tmp_path)])
    assert result.exit_code == 2
    assert "holds no dashboard" in result.stderr


def test_a_link_from_one_file_to_another_is_no_finding(tmp_path):
    one = {**deepcopy(RULES["uid"].good.board), "uid": "one"}
    write(tmp_path, "two.json", {**one, "uid": "two"})
    one["links"] = [{"title": "two", "url": "/d/two/two"}, {"title": "x", "url": "/d/three/x"}]
    write(tmp_path, "one.json", one)
    findings = list(check(sources.of_paths([tmp_path]).boards))
    assert [(f.rule, "three" in f.message) for f in findings] == [("links", True)]


def test_the_examples_of_a_rule_show_what_differs():
    assert [rule.name for rule in rules() if rule.good.shown == rule.bad.shown] == []


def test_two_files_with_one_uid(tmp_path):
    board = RULES["uid"].good.board
    one, three, two = (write(tmp_path, f"{name}.json", board) for name in ("one", "three", "two"))
    [finding] = check(sources.of_paths([tmp_path]).boards)
    assert (finding.source, finding.rule) == (str(one), "uid")
    assert f"has the same uid as {three}, {two}:" in finding.message
    # Named twice, it is one file still.
    assert list(check(sources.of_paths([one, one]).boards)) == []


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def bad(tmp_path, monkeypatch):
    """Return a file with one finding, in a directory without settings."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, "bad.json", RULES["promql-parses"].bad.board)


BARE = """
def board(source):
    return {"uid": "bare", "title": "Bare", "panels": [{"type": "table", "title": "Pods"}]}
"""

FILE = re.compile(r"^::error file=([^,:]+)(?:,line=\d+)?,title=([\w-]+)::")


def lint(*arguments, **more):
    return CliRunner().invoke(cli, ["lint", *map(str, arguments)], **more)


def test_it_names_file_panel_and_rule_and_exits_1(bad):
    result = lint(bad)
    assert result.exit_code == 1
    assert "bad.json" in result.output
    assert "\n  Memory\n" in result.output
    assert "[promql-parses]" in result.output
    assert result.output.endswith("1 dashboard, 1 with findings: 1 error\n")
    assert "\x1b" not in result.output


def test_no_findings_exits_0(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    boards = 2 * len(catalog.names())
    result = lint()
    assert (result.exit_code, result.output) == (0, f"{boards} dashboards, no findings\n")


def test_json_is_for_programs(bad):
    (finding,) = json.loads(lint(bad, "--format", "json").output)
    assert finding["rule"] == "promql-parses"
    assert finding["severity"] == "error"
    assert bad.read_text().splitlines()[finding["line"] - 1].strip().startswith('"title": "Memory"')


def test_annotations_are_for_github(bad):
    line = lint(bad, "--format", "github").output.splitlines()[0]
    assert re.match(r"::error file=.*bad\.json,line=\d+,title=promql-parses::Example: Memory", line)


def test_annotations_name_the_file_of_a_whole_dashboard_and_of_what_is_not_read(bad, tmp_path):
    write(tmp_path, "broken.json", '{"panels": [')
    write(tmp_path, "tags.json", {**RULES["promql-parses"].good.board, "tags": ["é" * 60]})
    lines = lint(tmp_path, "--format", "github").output.splitlines()[:-1]
    named = {(Path(match[1]).name, match[2]) for line in lines if (match := FILE.search(line))}
    assert named == {
        ("bad.json", "promql-parses"),
        ("bad.json", "uid"),
        ("broken.json", "unread"),
        ("tags.json", "accepted-by-grafana"),
    }
    assert all(" file=" in line for line in lines)


def test_annotations_of_what_is_no_file_have_the_source_in_the_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "own/bare.py", BARE)
    result = lint("--boards", tmp_path / "own", "--format", "github")
    assert result.exit_code == 1
    lines = result.output.splitlines()[:-1]
    assert lines
    assert all(re.match(r"::\w+ title=[\w-]+::bare( \(recorded\))?: ", line) for line in lines)


def test_an_own_board_that_is_the_same_raw_and_recorded_is_looked_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "own/bare.py", BARE)
    result = lint("--boards", tmp_path / "own", "--format", "json")
    assert {each["source"] for each in json.loads(result.output)} == {"bare"}


def test_annotations_are_one_line_whatever_is_in_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = deepcopy(RULES["promql-parses"].bad.board)
    content["panels"][1]["title"] = "a\nb: 100%"
    file = write(tmp_path, "a,b.json", content)
    lines = lint(file, "--format", "github").output.splitlines()
    assert len(lines) == 2
    assert "%0A" in lines[0]
    assert "100%25" in lines[0]
    assert "a%2Cb.json" in lines[0]


def test_rules_are_explained(tmp_path):
    result = lint("--explain", "membership-join")
    assert result.exit_code == 0
    assert "group_right" in result.output
    listed = lint("--rules").output
    assert all(name in listed for name in RULES)
    wrong = lint("--explain", "membership-joins")
    assert wrong.exit_code == 2
    assert "Did you mean membership-join?" in wrong.stderr


def settings(folder, text):
    (folder / "pyproject.toml").write_text(text)


def test_severities_are_set_in_pyproject(bad, tmp_path):
    settings(tmp_path, '[tool.groupscope.lint.severity]\npromql-parses = "off"\n')
    assert lint(bad).exit_code == 0
    settings(tmp_path, '[tool.groupscope.lint.severity]\npromql-parses = "warning"\n')
    assert "1 warning" in lint(bad).output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[tool.groupscope.lint.severity]\npromql-parse = "off"', "Did you mean promql-parses?"),
        ('[tool.groupscope.lint.severity]\nuid = "loud"', "none of error, warning, off"),
        ("[tool.groupscope.lint]\nseverity = 3", "has to be a table"),
        ("[tool", "is not TOML"),
    ],
)
def test_settings_that_are_none(bad, tmp_path, text, says):
    settings(tmp_path, text)
    result = lint(bad)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "pyproject.toml" in result.stderr


def test_paths_or_grafana_not_both(bad):
    result = lint(bad, "--grafana", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "Give only one of PATHs, --boards and --grafana." in result.stderr


def test_a_grafana_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = lint("--grafana", "--url", "http://127.0.0.1:1", "--token", "x")
    assert result.exit_code == 2
    assert "No server answers" in result.stderr


def test_exemptions_need_a_reason():
    for name in catalog.names():
        for exemption in catalog.exemptions(name):
            assert len(exemption.reason) > 20
            assert replace(exemption, reason="")
