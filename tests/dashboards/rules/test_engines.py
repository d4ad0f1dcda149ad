"""Rules for engines that write late what they record: none reads another, with equal numbers."""

import re
from dataclasses import replace
from textwrap import indent

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import alerts, recording
from dashboards.rules.recording import Engine
from demo.people import HOUR
from demo.recorded import EACH, OFFSET
from tests.support import promtool
from tests.support.prometheus_fixtures import NOW
from tests.support.small_clusters import END, core, gpu, home, on, people, pod, shares

BY_GROUP = recording.by_group(engine=Engine.VICTORIAMETRICS)
LABELS = "on (namespace, usergroup)"


def test_only_rules_by_group_differ():
    names = [rule.record for rule in recording.by_group()]
    assert [rule.record for rule in BY_GROUP] == names
    first = "".join(recording.text().partition(f"- record: {names[0]}")[0].splitlines(True)[5:])
    assert first in recording.text(engine=Engine.VICTORIAMETRICS)


@pytest.mark.parametrize("label", [None, "cluster"])
def test_no_rule_reads_what_another_records(label):
    rules = recording.text(label, Engine.VICTORIAMETRICS)
    read = re.sub(r"- record: .*", "", rules)
    assert not re.findall(r"\w+:\w+:\w+", read)
    assert re.findall(r"namespace_username:\w+:\w+", recording.text(label)) != []


def test_nothing_that_metricsql_means_otherwise():
    """A subquery's steps, ``@`` and the age of a counter are its own: rules have none of them."""
    for rule in (*recording.by_user(), *BY_GROUP):
        assert not re.search(r"\[\w+:\w*\]|@|\b(increase|delta|irate|resets)\(", rule.expr)
    # Longer ones it refuses, as it is set up.
    longest = max(len(rule.expr.encode()) for rule in BY_GROUP)
    assert longest < 16_384


def unequal(folder, cluster, rules, minutes=(60, 105, 120, 240)):
    """Return what promtool says where rules by group record anything but the other file's do."""
    # Of the same samples in perhaps another order.
    asked = []
    for rule in rules:
        inlined = f"(\n{indent(rule.expr, '  ')}\n)"
        off = (
            f"abs({rule.record} - {LABELS} {inlined}) > {LABELS} 1e-12 * {rule.record}",
            f"{rule.record} unless {LABELS} {inlined}",
            f"{inlined} unless {LABELS} {rule.record}",
        )
        asked += [
            {"expr": expr, "eval_time": f"{minute}m", "exp_samples": []}
            for expr in off
            for minute in minutes
        ]
    lines = list({line["series"]: line for line in cluster}.values())
    test = {"interval": "1m", "input_series": lines, "promql_expr_test": asked}
    return promtool.failures(folder, test, [recording.text()], RECORDED_EACH)


RICH = [
    *on(use=2, cpu=4, memory=2**30, nvidia_com_gpu=2),
    *people(jo=["h"], bo=["h"]),
    *people(exporter="2", jo=["g", "h"], bo=["h"]),
    *shares(jo={"g": 0.25, "h": 0.75}, bo={"h": 1}),
    *gpu(100, 0, namespace="a", pod="jupyter-jo"),
    *pod("bo", use=0, cpu=1, life=(28, END)),
    *pod("jo", "dask-worker", use=5),
    *on(hub="b", use=3),
    *home("jo", 100),
    *home("old-bo", 10),
]


def gone(minute, to):
    """Return a hub whose exporter is away for a while, and whose user leaves a group meanwhile."""
    before = people(life=(0, minute), jo=["g"]) + shares(life=(0, minute), jo={"g": 1})
    after = people(exporter="2", life=(to, END), jo=["h"])
    return core() + pod("jo") + before + after + shares("2", (to, END), jo={"h": 1})


SMALL = {
    "a bit of everything": RICH,
    "a gap that is bridged": gone(100, to=111),
    "a gap that is too long": gone(100, to=161),
    "two replicas of kube-state-metrics": on() + on(ksm="2"),
}


@pytest.mark.prometheus
@pytest.mark.parametrize("name", SMALL)
def test_equal_numbers_on_small_clusters(name, tmp_path):
    assert not unequal(tmp_path, SMALL[name], BY_GROUP)


@pytest.mark.prometheus
def test_other_numbers_are_noticed(tmp_path):
    assert not unequal(tmp_path, RICH, BY_GROUP)
    first, *_ = BY_GROUP
    for right, mistake in ((', name!=""', ""), ('usergroup=~".+"', 'usergroup="g"')):
        other = replace(first, expr=first.expr.replace(right, mistake))
        assert "FAILED" in unequal(tmp_path, RICH, [other])


@pytest.mark.prometheus
@pytest.mark.parametrize("rule", BY_GROUP, ids=lambda rule: rule.record)
def test_equal_numbers_over_half_a_day(rule, simulated):
    end = NOW // EACH * EACH + OFFSET - EACH
    start = end - 12 * HOUR

    def samples(query):
        return {
            (frozenset(series.labels.items()) - {("__name__", rule.record)}, at): value
            for series in simulated.prometheus.range(query, start, end, EACH)
            for at, value in zip(series.times, series.values, strict=True)
        }

    recorded = samples(f"last_over_time({rule.record}[1m])")
    assert recorded
    assert samples(rule.expr) == pytest.approx(recorded, rel=1e-12)


def build(folder, *arguments):
    return CliRunner().invoke(cli, ["build", f"--output={folder}", *arguments])


def test_build_writes_them(tmp_path):
    rules = f"--rules={tmp_path / 'rules'}"
    built = build(tmp_path, rules, "--for=victoriametrics", "--cluster-label=k")
    assert built.exit_code == 0, built.output
    written = (tmp_path / "rules" / recording.FILE_NAME).read_text("utf-8")
    assert written == recording.text("k", Engine.VICTORIAMETRICS)
    assert "build --for victoriametrics" in written
    # Alerts read what is scraped, whoever evaluates them.
    assert (tmp_path / "rules" / alerts.FILE_NAME).read_text("utf-8") == alerts.text("k")
    check = ("--for=victoriametrics", "--cluster-label=k", "--check")
    assert build(tmp_path, rules, *check).exit_code == 0
    other = build(tmp_path, rules, "--cluster-label=k", "--check")
    assert other.exit_code == 1
    assert "run the same without `--check`" in other.output


def test_build_for_prometheus_is_the_default(tmp_path):
    rules = f"--rules={tmp_path / 'rules'}"
    assert build(tmp_path, rules).exit_code == 0
    assert build(tmp_path, rules, "--for=prometheus", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--for=thanos",), "'thanos' is not one of 'prometheus', 'victoriametrics'"),
        (("--for=victoriametrics",), "with another --output, give --rules"),
    ],
)
def test_what_cannot_be_built(arguments, sentence, tmp_path):
    built = build(tmp_path, *arguments)
    assert built.exit_code == 2
    assert sentence in built.output
    assert not list(tmp_path.iterdir())
