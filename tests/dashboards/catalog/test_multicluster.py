"""Boards for several clusters: each query keeps them apart, in text and on a real promtool."""

import json
import re

import pytest
from click.testing import CliRunner

from dashboards import catalog
from dashboards.cli import cli
from dashboards.evaluate import data
from dashboards.evaluate.choice import Choice
from dashboards.kit.scope import Scope, checked_label
from dashboards.queries.sources import Raw, Recorded
from dashboards.rules import recording
from tests.support.each import each
from tests.support.group_queries import queries
from tests.support.small_clusters import ask, failures, home, on, people, pod, shares, user

CLUSTERS = Scope(cluster_label="cluster")
BOARDS = {name: catalog.load(name, "cluster") for name in catalog.names()}
EXPRESSIONS = [
    pytest.param(name, target["expr"], id=f"{name}: {panel['title']} {target['refId']}")
    for name in catalog.names()
    for recorded in (False, True)
    for panel in data.panels(catalog.load(name, "cluster", recorded=recorded))
    for target in panel.get("targets", ())
]
LIST = re.compile(r"\b(?:by|on|without|ignoring) \(([^()]*)\)")


@each(*EXPRESSIONS)
def test_every_selector_and_every_list_of_labels_has_the_cluster(name, expression):
    selectors = re.findall(r"[a-zA-Z_:}]+\{([^}]*)\}", expression)
    assert selectors
    for matchers in selectors:
        assert 'cluster=~"$cluster"' in matchers, matchers
    for labels in LIST.findall(expression):
        apart = bool({"namespace", "node"} & set(labels.split(", ")))
        assert apart == ("cluster" in labels), labels


def test_another_label():
    board = catalog.load("user-groups", "k8s_cluster")
    variables = {v["name"]: v for v in board["templating"]["list"]}
    assert list(variables) == ["datasource", "cluster", "hub", "group", "attribution"]
    asked = {name: variables[name]["query"]["query"] for name in ("cluster", "hub", "group")}
    assert asked == {
        "cluster": "label_values(jupyterhub_user_group_info, k8s_cluster)",
        "hub": 'label_values(jupyterhub_user_group_info{k8s_cluster=~"$cluster"}, namespace)',
        "group": 'label_values(jupyterhub_group_members{k8s_cluster=~"$cluster", '
        'namespace=~"$hub"}, usergroup)',
    }


def test_the_table_shows_the_cluster_after_the_hub():
    (table,) = (p for p in data.panels(BOARDS["user-groups"]) if p["type"] == "table")
    (order,) = (t["options"] for t in table["transformations"] if t["id"] == "organize")
    columns = sorted(order["indexByName"], key=order["indexByName"].get)
    assert [order["renameByName"][name] for name in columns][:4] == [
        *("User", "Hub", "Cluster", "CPU-hours")
    ]
    assert sorted(order["indexByName"].values()) == list(range(len(columns)))


def test_a_line_of_a_hub_says_in_which_cluster():
    (memory,) = (p for p in data.panels(BOARDS["users"]) if p["title"] == "Memory")
    assert memory["targets"][0]["legendFormat"] == "{{username}} ({{namespace}}, {{cluster}})"


def test_without_the_label_nothing_changes():
    plain, several = catalog.load("user-groups"), BOARDS["user-groups"]
    assert "cluster" not in json.dumps(plain)
    undone = json.dumps(several).replace('cluster=~\\"$cluster\\", ', "").replace("cluster, ", "")
    for panel in data.panels(plain):
        for target in panel.get("targets", ()):
            assert json.dumps(target["expr"])[1:-1] in undone


@pytest.mark.parametrize("label", ["", "a-b", "1a", "namespace", "username"])
def test_what_is_no_label(label):
    with pytest.raises(ValueError, match="is no label of a cluster"):
        checked_label(label)


def test_the_commands_take_the_label(tmp_path):
    built = CliRunner().invoke(cli, ["build", "--output", str(tmp_path), "--cluster-label", "k"])
    assert built.exit_code == 0
    assert 'k=~\\"$cluster\\"' in (tmp_path / "user-groups.json").read_text("utf-8")
    wrong = CliRunner().invoke(cli, ["build", "--output", str(tmp_path), "--cluster-label", "a b"])
    assert wrong.exit_code == 2
    assert "'a b' is no label of a cluster" in wrong.stderr


def placed(cluster, lines):
    """Return series as they are in one of several clusters."""
    return [
        {**line, "series": line["series"].replace("{", f'{{cluster="{cluster}", ', 1)}
        for line in lines
    ]


def twins():
    """Return two clusters in which everything has the same name, and one uses more."""
    first = on(use=1, nvidia_com_gpu=1) + shares(jo={"g": 1}) + home("jo", 10)
    second = on(use=3) + shares(jo={"g": 0.5, "h": 0.5}) + people(jo=["h"]) + home("jo", 5)
    return placed("x", first) + placed("y", second + pod("jo", "jupyter-jo--two", uid="2"))


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("chosen", "by", "right"),
    [
        (("x",), "info", {"gib_hours": 1, "servers": {"g": 1}, "took_part": 1, "home": 10}),
        (("y",), "info", {"gib_hours": 4, "servers": {"g": 2, "h": 2}, "took_part": 1, "home": 5}),
        (("y",), "share", {"gib_hours": 4, "servers": {"g": 1, "h": 1}, "cores": {"g": 2, "h": 2}}),
        # Somebody of one name in two clusters is two people.
        (("x", "y"), "info", {"gib_hours": 5, "servers": {"g": 3, "h": 2}, "took_part": 2}),
        (("x", "y"), "share", {"gib_hours": 5, "servers": {"g": 2, "h": 1}, "now_on": 2}),
        (("x", "y"), "info", {"gpus": {"g": 1, "h": 0}, "gpu_hours": 1, "home": 15}),
        (
            ("x", "y"),
            "info",
            {
                "member_gib_hours": {
                    user("jo").replace("{", '{cluster="x", '): 1,
                    user("jo").replace("{", '{cluster="y", '): 4,
                }
            },
        ),
    ],
)
@pytest.mark.parametrize(
    ("source", "recorded"),
    [(Raw(CLUSTERS), ""), (Recorded(CLUSTERS), recording.text("cluster"))],
    ids=["raw", "recorded"],
)
def test_two_clusters_of_the_same_names(chosen, by, right, source, recorded, tmp_path):
    choice = Choice("cluster", "Cluster", chosen, regex=True)
    asked = ask(by=by, more=(choice,), **right)
    said = failures(tmp_path, queries(source), twins(), asked, rules=recorded)
    assert not said, said
