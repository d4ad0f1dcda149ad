"""Dashboards from anywhere: encodings, wrappers, resources, schema v2; and what cannot be read."""

import base64
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dashboards import reading
from dashboards.cli import cli
from dashboards.deploy.compare import changes, unified
from tests.support.documents import (
    TITLE,
    auto_grid,
    config_map,
    grid,
    operator,
    resource,
    row,
    rows,
    spec_v2,
    tabs,
    v1,
)
from tests.support.paths import ROOT

# A kind that a later Grafana could have.
FLOW = {"kind": "FlowLayout", "spec": {"items": []}}


def read(folder, name, content):
    """Return what is read of a file with that content."""
    file = folder / name
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, str):
        file.write_text(content, "utf-8")
    elif file.suffix == ".json":
        file.write_text(json.dumps(content, indent=1), "utf-8")
    else:
        several = content if isinstance(content, list) else [content]
        file.write_text(yaml.safe_dump_all(several, allow_unicode=True), "utf-8")
    return reading.read_files([file])


def one(folder, name, content):
    result = read(folder, name, content)
    assert result.unread == ()
    (found,) = result.found
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_in_any_of_unicodes_encodings(tmp_path, encoding):
    raw = json.dumps(v1(), ensure_ascii=False).encode(encoding)
    assert one(tmp_path, "x.json", raw).board["title"] == TITLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_yaml_with_a_byte_order_mark(tmp_path, encoding):
    raw = yaml.safe_dump(config_map(**{"a.json": json.dumps(v1())})).encode(encoding)
    assert one(tmp_path, "x.yaml", raw).board["uid"] == "hub"


@pytest.mark.parametrize(
    "content",
    [
        v1(),
        {"dashboard": v1(), "meta": {"slug": "x"}},
        {"dashboard": v1(), "overwrite": True},
        {"id": 1860, "slug": "x", "json": v1()},
        resource({k: v for k, v in v1().items() if k != "uid"}, "v1beta1"),
        {"metadata": {"name": "hub"}, "spec": v1("other")},
        resource(spec_v2()),
        resource(spec_v2(beta=False), "v2alpha1"),
        resource(spec_v2(), "v2"),
        {"dashboard": {**spec_v2(), "uid": "hub"}},
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x.yaml"])
def test_a_dashboard_however_it_is_wrapped(tmp_path, content, name):
    found = one(tmp_path, name, content)
    assert found.board["title"] == TITLE
    assert found.within == ""
    assert found.board["panels"][0]["targets"][0]["expr"] == "up"
    if "elements" not in content.get("dashboard", {}):
        assert found.board["uid"] == "hub"


def test_panels_and_queries_of_schema_v2_are_those_of_v1(tmp_path):
    source = {"type": "prometheus", "uid": "${datasource}"}
    for beta in (True, False):
        version = "v2beta1" if beta else "v2alpha1"
        board = one(tmp_path, "x.json", resource(spec_v2(count=1, beta=beta), version)).board
        (panel,) = board["panels"]
        panel.pop("pluginVersion", None)
        assert panel == {
            "id": 1,
            "type": "timeseries",
            "title": "Panel 1",
            "description": "d",
            "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
            "datasource": source,
            "targets": [{"refId": "A", "expr": "up", "datasource": source}],
            "options": {},
            "fieldConfig": {"defaults": {"unit": "bytes"}, "overrides": []},
            "interval": "1h",
            "maxDataPoints": 100,
        }
        assert board["time"] == {"from": "now-7d", "to": "now"}
        assert (board["refresh"], board["graphTooltip"], board["tags"]) == ("5m", 1, ["lab"])


def outline(board):
    """Return titles with the panels of collapsed rows in them, and the lines they stand on."""
    return [
        (each["title"], each["gridPos"]["y"])
        if not each.get("collapsed")
        else (each["title"], each["gridPos"]["y"], outline({"panels": each["panels"]}))
        for each in board["panels"]
    ]


def test_layouts_of_rows_tabs_and_automatic_grids(tmp_path):
    def laid_out(layout, count):
        return one(tmp_path, "x.json", resource(spec_v2(layout, count))).board

    names = [f"panel-{n}" for n in range(1, 6)]
    board = laid_out(rows(row("A", grid(*names[:2])), row("B", grid(names[2]), collapse=True)), 3)
    assert outline(board) == [
        *[("A", 0), ("Panel 1", 1), ("Panel 2", 9), ("B", 17, [("Panel 3", 18)])]
    ]
    board = laid_out(rows(row("A", grid(names[0]), hideHeader=True), row("B", grid(names[1]))), 2)
    assert outline(board) == [("Panel 1", 0), ("B", 8), ("Panel 2", 9)]
    # A tab is loaded when somebody opens it.
    inner = rows(row("in it", grid(names[1])))
    board = laid_out(tabs(First=grid(names[0]), Second=inner, Third=grid(names[2])), 3)
    assert outline(board) == [
        *[("First", 0), ("Panel 1", 1)],
        *[("Second", 9, []), ("in it", 10, [("Panel 2", 11)]), ("Third", 19, [("Panel 3", 20)])],
    ]
    board = laid_out(auto_grid(*names, maxColumnCount=2, rowHeightMode="short"), 5)
    assert [tuple(each["gridPos"].values()) for each in board["panels"]] == [
        *[(0, 0, 12, 5), (12, 0, 12, 5), (0, 5, 12, 5), (12, 5, 12, 5), (0, 10, 12, 5)]
    ]
    ids = [each["id"] for each in laid_out(rows(row("A", grid(*names))), 5)["panels"]]
    assert len(ids) == len(set(ids))


def test_variables_of_schema_v2_are_those_of_v1(tmp_path):
    query = {"kind": "DataQuery", "group": "prometheus", "datasource": {"name": "p"}}
    legacy = {**query, "spec": {"__legacyStringValue": "label_values(up, job)"}}
    variables = [
        {"kind": "QueryVariable", "spec": {"name": "a", "query": legacy, "hide": "hideVariable"}},
        {"kind": "DatasourceVariable", "spec": {"name": "b", "pluginId": "prometheus"}},
        {"kind": "TextVariable", "spec": {"name": "c", "query": "x", "hide": "hideLabel"}},
        {"kind": "ConstantVariable", "spec": {"name": "d", "query": "x", "hide": "dontHide"}},
        {"kind": "IntervalVariable", "spec": {"name": "e", "query": "1m,1h", "auto": True}},
        {"kind": "CustomVariable", "spec": {"name": "f", "query": "x,y", "multi": True}},
        {"kind": "SwitchVariable", "spec": {"name": "g", "current": "on", "enabledValue": "on"}},
        {
            "kind": "AdhocVariable",
            "group": "prometheus",
            "datasource": {"name": "p"},
            "spec": {"name": "h", "filters": []},
        },
        {"kind": "GroupByVariable", "group": "prometheus", "spec": {"name": "i"}},
    ]
    board = one(tmp_path, "x.json", resource(spec_v2(variables=variables))).board
    made = board["templating"]["list"]
    types = "query datasource textbox constant interval custom switch adhoc groupby"
    assert [each["type"] for each in made] == types.split()
    assert [each["name"] for each in made] == [*"abcdefghi"]
    source = {"type": "prometheus", "uid": "p"}
    assert made[0]["query"] == "label_values(up, job)"
    assert (made[0]["datasource"], made[7]["datasource"]) == (source, source)
    assert made[1]["query"] == "prometheus"
    assert [each.get("hide") for each in made[:4]] == [2, None, 1, 2]
    assert made[6]["current"] == {"text": "on", "value": "on"}


def test_config_maps_single_in_a_list_and_in_several_documents(tmp_path):
    two = config_map("two", **{"b.json": json.dumps(v1("b")), "notes.txt": "no dashboard"})
    packed = base64.b64encode(gzip.compress(json.dumps(v1("c")).encode())).decode()
    binary = {**config_map("three"), "binaryData": {"c.json": packed}}
    listed = {"kind": "ConfigMapList", "apiVersion": "v1", "items": [two, binary]}
    first = config_map("one", **{"a.json": json.dumps(v1("a"))})
    for name, content in (
        ("x.yaml", [first, listed]),
        ("x.json", {"kind": "List", "apiVersion": "v1", "items": [first, two, binary]}),
    ):
        result = read(tmp_path, name, content)
        assert result.unread == ()
        assert [(each.board["uid"], each.within) for each in result.found] == [
            ("a", "ConfigMap one, a.json"),
            ("b", "ConfigMap two, b.json"),
            ("c", "ConfigMap three, c.json"),
        ]


def test_resources_of_grafana_operator(tmp_path):
    shared = v1(__inputs=[{"name": "DS_PROM", "type": "datasource"}])
    sources = [{"inputName": "DS_PROM", "datasourceName": "Prometheus"}]
    found = one(tmp_path, "x.yaml", operator(json=json.dumps(shared), datasources=sources))
    assert (found.board["uid"], found.within) == ("hub", "GrafanaDashboard op")
    assert "__inputs" not in found.board
    packed = base64.b64encode(gzip.compress(json.dumps(v1()).encode())).decode()
    assert one(tmp_path, "x.yaml", operator(gzipJson=packed, uid="mine")).board["uid"] == "mine"
    (unread,) = read(tmp_path, "x.yaml", operator(url="https://example.org/x.json")).unread
    assert "download it" in str(unread)


def test_lines_are_those_of_the_file_wherever_the_dashboard_stands(tmp_path):
    text = json.dumps(v1(), indent=1)
    block = "".join(f"    {line}\n" for line in text.splitlines())
    yaml_text = f"kind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a.json: |\n{block}"
    listed = json.dumps({"kind": "List", "items": [resource(v1(), "v1beta1")]}, indent=1)
    second = f"a: 1\n---\n{yaml.safe_dump(resource(spec_v2(count=1)), sort_keys=False)}"
    for name, content, sign in (
        ("x.json", text, '"title": "Memory"'),
        ("x.yaml", yaml_text, '"title": "Memory"'),
        ("y.json", listed, '"title": "Memory"'),
        ("y.json", json.dumps(resource(spec_v2()), indent=1), '"title": "Panel 1"'),
        ("y.yaml", second, "title: Panel 1"),
    ):
        found = one(tmp_path, name, content)
        line = found.line_of(("panels", 0))
        assert sign in content.splitlines()[line - 1], name


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.json", '{"panels": [', "is not JSON"),
        ("x.json", b'{"panels": "\xc3("}', "is not text in UTF-8"),
        ("x.json", '{"panels": [NaN]}', "NaN is no number"),
        ("x.json", "", "x.json is empty."),
        ("x.json", b"\xef\xbb\xbf \n", "x.json is empty."),
        (
            "x.json",
            '{"panels": [' + "1" * 5000 + "]}",
            "x.json is not JSON: a number in it has 5000 characters.",
        ),
        ("x.json", '{"panels": ' + "[" * 100_000 + "]" * 100_000 + "}", "levels deep"),
        ("x.json", '{"panels": ' + "[" * 400 + "]" * 400 + "}", "levels deep"),
        ("x.json", resource(spec_v2(grid("panel-9"))), "names the element 'panel-9'"),
        (
            "x.json",
            resource(spec_v2(FLOW)),
            "a layout of the kind 'FlowLayout', which is not known",
        ),
        (
            "x.json",
            resource(spec_v2(rows(row("Hub", FLOW)))),
            "has a layout of the kind 'FlowLayout', which is not known",
        ),
        ("x.json", resource(spec_v2({"spec": {}})), "has a layout without a kind"),
        (
            "x.json",
            resource(spec_v2(elements={"a": {"kind": "Picture"}}, layout=grid("a"))),
            "has an element 'a' of the kind 'Picture', which is not known",
        ),
        (
            "x.json",
            resource(spec_v2(variables=[{"kind": "MapVariable", "spec": {"name": "place"}}])),
            "has a variable 'place' of the kind 'MapVariable', which is not known",
        ),
        (
            "x.json",
            resource({k: v for k, v in spec_v2().items() if k != "layout"}),
            "has no layout",
        ),
        ("x.yaml", "a: {{ .Values.panels }}\n b: 1", "Helm template"),
        ("x.yaml", "a: &a [*a]", "holds itself"),
        ("x.yaml", config_map(**{"a.json": '{"panels": ['}), "a.json is not JSON"),
        ("x.yaml", operator(gzipJson="bm8gZ3ppcA=="), "is not gzip"),
        ("x.yaml", operator(gzipJson="%"), "is not base64"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(tmp_path, name, content, says):
    result = read(tmp_path, name, content)
    assert result.found == ()
    (unread,) = result.unread
    assert says in str(unread)
    assert name in str(unread)


@pytest.mark.slow
def test_an_alias_bomb_ends(tmp_path):
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    (unread,) = read(tmp_path, "x.yaml", text).unread
    assert "far too many values" in str(unread)


def test_the_rest_of_a_file_goes_on(tmp_path):
    data = {"a.json": '{"panels": [', "b.json": json.dumps(v1())}
    result = read(tmp_path, "x.yaml", config_map(**data))
    assert [each.within for each in result.found] == ["ConfigMap boards, b.json"]
    assert [each.within for each in result.unread] == ["ConfigMap boards, a.json"]


# --- the command ----------------------------------------------------------------------------------


def lint(*arguments):
    return CliRunner().invoke(cli, ["lint", *map(str, arguments)])


def test_an_unread_file_is_named_and_counted_and_the_rest_is_linted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read(tmp_path, "good.json", v1())
    read(tmp_path, "broken.json", '{"panels": [')
    result = lint(tmp_path)
    assert result.exit_code == 1
    assert "is not JSON" in result.output
    assert "broken.json" in result.output
    assert "good.json" in result.output
    assert result.output.rstrip().endswith("1 not read")
    listed = json.loads(lint(tmp_path, "--format", "json").output)
    assert [each["source"] for each in listed if each["rule"] == "unread"] == [
        str(tmp_path / "broken.json")
    ]
    alone = lint(tmp_path / "broken.json")
    assert alone.exit_code == 2
    assert "is not JSON" in alone.stderr


def test_a_broken_neighbour_hides_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read(tmp_path, "good.json", v1())
    read(tmp_path, "broken.json", '{"panels": [')
    read(tmp_path, "another.json", '{"panels": [')
    assert lint(tmp_path / "good.json").stderr == ""
    read(tmp_path, "good.json", v1(links=[{"title": "Pods", "url": "/d/pods"}]))
    result = lint(tmp_path / "good.json")
    assert result.exit_code == 1
    assert "good.json" in result.output
    (note,) = result.stderr.splitlines()
    assert "another.json is not JSON" in note
    assert "broken.json is not JSON" in note
    assert "not read" not in result.output


def test_a_link_to_nothing_and_a_directory_that_is_called_as_a_file(tmp_path):
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a.json").mkdir()
    (tmp_path / "good.json").write_text(json.dumps(v1()))
    result = reading.read_files([tmp_path])
    assert [Path(each.file).name for each in result.found] == ["good.json"]
    (unread,) = result.unread
    assert str(unread).endswith("gone.json cannot be read: No such file or directory.")


def lint_process(folder, *arguments, **more):
    """Return what lint says in a process of its own, which a file that never ends does not hold."""
    command = [sys.executable, "-m", "dashboards", "lint", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


@pytest.mark.slow
def test_a_fifo_or_a_device_is_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.json")
    read(tmp_path, "good.json", v1())
    result = lint_process(tmp_path, ".")
    assert result.returncode == 1
    assert "x.json\n    error  is a FIFO, not a file.  [unread]\n" in result.stdout
    assert result.stdout.endswith("; 1 not read\n")
    alone = lint_process(tmp_path, "x.json", "/dev/zero")
    assert alone.returncode == 2
    assert alone.stderr == (
        "Error: x.json is a FIFO, not a file.\n/dev/zero is a device, not a file.\n"
    )


@pytest.mark.slow
def test_what_is_piped_in_is_read(tmp_path):
    result = lint_process(tmp_path, "/dev/stdin", input=json.dumps(v1()))
    assert "/dev/stdin" in result.stdout
    assert "1 dashboard, 1 with findings" in result.stdout


def test_a_file_that_is_something_else_is_left_out_and_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read(tmp_path, "good.json", v1())
    read(tmp_path, "package.json", {"name": "x"})
    result = lint(tmp_path / "good.json", tmp_path / "package.json")
    assert "package.json is no dashboard, and was left out" in result.stderr
    assert lint(tmp_path / "package.json").exit_code == 2


def test_changes_are_told_of_any_schema_and_of_any_value():
    """A dashboard that Grafana keeps in v2 differs from ours in v1 in what differs."""
    kept = reading.dashboard({**spec_v2(count=1), "uid": "hub"})
    assert changes({**spec_v2(count=1), "uid": "hub"}, kept) == []
    renamed = {**kept, "panels": [{**kept["panels"][0], "title": "Another"}]}
    assert changes(spec_v2(count=1), renamed) == ["panel “Another”: was called “Panel 1”"]
    for odd in (None, 3, [3], {"list": 3}, [None]):
        assert changes({**kept, "panels": odd, "templating": odd}, kept)
    assert unified(spec_v2(grid("gone")), kept, "ours", "theirs")


OWN = 'def board(source):\n    return {{"uid": "{0}", "title": "{0}", "panels": []}}\n'


@pytest.mark.slow
@pytest.mark.parametrize("command", ["list", "diff", "lint"])
def test_a_broken_board_of_ones_own_does_not_hide_the_others(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("def board(source):\n    return 1 / 0\n")
    there = {"GRAFANA_URL": "http://127.0.0.1:1", "GRAFANA_TOKEN": "t"} if command == "diff" else {}
    own = f"--boards={tmp_path}"
    # What is decided by hand queries no Grafana first.
    more = {"list": ["--own-only"], "diff": ["--own-only", "--raw"], "lint": []}[command]
    arguments = [command, own, *more]
    alone = CliRunner().invoke(cli, arguments, env=there)
    assert "ZeroDivisionError" in alone.output
    assert alone.exit_code == (1 if command == "lint" else 2)
    (tmp_path / "good.py").write_text(OWN.format("good"))
    both = CliRunner().invoke(cli, arguments, env=there)
    assert "broken.py" in both.output
    if command == "list":
        assert "good" in both.stdout
    if command == "lint":
        assert both.stdout.rstrip().endswith("1 not read")


def test_two_of_one_name_in_a_file_are_two(tmp_path):
    several = [config_map(**{"a.json": json.dumps(v1(uid))}) for uid in ("one", "two")]
    result = read(tmp_path, "x.yaml", several)
    assert [(each.board["uid"], each.within) for each in result.found] == [
        ("one", "ConfigMap boards, a.json"),
        ("two", "ConfigMap boards, a.json (2)"),
    ]
    again = reading.read_files([tmp_path / "x.yaml", tmp_path])
    assert len(again.found) == 2
