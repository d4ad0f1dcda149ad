"""Every panel of the board on clusters that hypothesis makes, against the oracle.

A failure prints a minimal cluster and what is asked of it: keep both in KEPT. Its seed is in the
test's name, to try again: ``pytest tests/dashboards/boards -k test_board_of_any_cluster[7]``.
``FUZZ_SEEDS=1000-1100 pytest tests/dashboards/boards/test_fuzzed_clusters.py`` looks at other
clusters, ten a seed.
"""

import json
import os
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from dashboards import catalog
from dashboards.evaluate import data
from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules import recording
from dashboards.rules.recording import Engine
from tests.support import fuzz_checks, fuzz_clusters, fuzz_prometheus
from tests.support.fuzz_clusters import Cluster, Gap, Hub, Pod, User, View
from tests.support.fuzz_strategies import clusters

pytestmark = pytest.mark.prometheus

BOARD = catalog.load("user-groups")
RECORDED = catalog.load("user-groups", recorded=True)
LAYERS = recording.by_user(), recording.by_group()
FIRST, LAST = map(int, os.environ.get("FUZZ_SEEDS", "1-10").split("-"))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """Return a function that says what a board says wrong of a cluster."""
    numbers = count()
    with (
        fuzz_prometheus.started(tmp_path_factory.mktemp("fuzz")) as url,
        fuzz_prometheus.client() as client,
    ):

        def of(cluster, view, board=BOARD, layers=None, **how):
            # Each cluster's hubs have names of their own: one Prometheus is enough.
            prefix = f"f{next(numbers)}"
            series = fuzz_clusters.series(cluster, prefix)
            fuzz_prometheus.write(client, url, series)
            renamed = replace(view, hubs=tuple(prefix + hub for hub in view.hubs))
            prometheus = Prometheus(client, url)
            if layers is None:
                return fuzz_checks.wrong(board, prometheus, series, renamed, **how)
            hubs = tuple(prefix + hub.name for hub in cluster.hubs)
            times = fuzz_clusters.evaluations(cluster)
            recorded = fuzz_prometheus.record(client, url, layers, hubs, times)
            said = fuzz_checks.not_adding_up_recorded(recorded, series, hubs, times)
            if said and how:
                return said
            return said + fuzz_checks.wrong(board, prometheus, series, renamed, times, **how)

        yield of


@pytest.fixture(scope="module")
def noticed(wrong):
    """Return a function for whether anything that a board says of a cluster is wrong."""
    return partial(wrong, any_will_do=True)


@pytest.mark.parametrize("number", range(FIRST, LAST + 1))
def test_board_of_any_cluster(wrong, number):
    # Ten a seed: from then on hypothesis looks at variations of what it has had.
    @seed(number)
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=HealthCheck)
    @given(clusters())
    def holds(case):
        assert not (said := wrong(*case)), "\n".join(said)

    holds()


@pytest.mark.parametrize("number", range(FIRST, LAST + 1))
def test_recorded_board_of_any_cluster(wrong, number):
    # Others than above, and fewer: what is recorded has to be evaluated first.
    @seed(-number)
    @settings(max_examples=5, deadline=None, database=None, suppress_health_check=HealthCheck)
    @given(clusters())
    def holds(case):
        assert not (said := wrong(*case, RECORDED, LAYERS)), "\n".join(said)

    holds()


WHOLE = (0, 121)
JO = Pod("jo", "jupyter-jo", "1", WHOLE, WHOLE)
LAB, NEW = (("lab", 1),), (("new", 1),)
VIEW = View(0, 7200, ("a",))


def one_user(*memberships, pods=(JO,), gaps=(), **more):
    """Return two hours of a hub with one user."""
    user = User("jo", memberships, pods)
    return Cluster(120, (Hub("a", ("lab", "new"), (user,)),), gaps=gaps, **more)


KEPT = {
    "a gap of the exporter, which rules bridge": one_user(
        (0, LAB), gaps=(Gap(55, 65, "exporter"),)
    ),
    "memberships change in a gap": one_user((0, LAB), (57, NEW), gaps=(Gap(55, 60, "exporter"),)),
    "a gap that is too long": one_user((0, LAB), gaps=(Gap(55, 85, "exporter"),)),
    "a gap of one of two replicas": one_user(
        (0, LAB), gaps=(Gap(55, 85, "exporter", "1"),), replicas=(("exporter", 2),)
    ),
    "a pod seen by one scrape of each job": one_user(
        (0, LAB), pods=(replace(JO, listed=(60, 61), runs=(60, 61)),), offsets=(0, 31, 0, 7, 0)
    ),
    "pods are known half a minute before their users": one_user(
        (0, LAB), gaps=(Gap(40, 60),), offsets=(31, 0, 0, 0, 0)
    ),
    "memberships that ended up to 15 minutes before a gap are over in it": one_user(
        (0, LAB), (50, NEW), gaps=(Gap(55, 60, "exporter"),)
    ),
    "memberships end while Prometheus is down: both count for five minutes": one_user(
        (0, LAB), (57, NEW), gaps=(Gap(55, 58),)
    ),
    "nobody tells whose pods are when rules look, but did in their window": one_user(
        (0, LAB), gaps=(Gap(63, 69, "ksm"),)
    ),
    "Prometheus is down before rules have looked": one_user(
        (0, LAB), pods=(replace(JO, listed=(52, 53), runs=(52, 53)),), gaps=(Gap(54, 61),)
    ),
    "a server that is found idle when nothing is scraped any more": one_user(
        (0, LAB),
        pods=(replace(JO, listed=(78, 94), runs=(78, 94), cores=(0.0,)),),
        offsets=(31, 0, 59, 0, 7),
        gaps=(Gap(93, 104),),
    ),
    "unknown at an evaluation, though only for seconds": one_user(
        (0, LAB), offsets=(59, 7, 0, 0, 0)
    ),
    "memberships are told again after the last evaluation": one_user(
        (0, LAB), gaps=(Gap(95, 116, "exporter"),)
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_kept_cluster(wrong, name):
    assert not (said := wrong(KEPT[name], VIEW)), "\n".join(said)


@pytest.mark.parametrize("name", KEPT)
def test_kept_cluster_recorded(wrong, name):
    assert not (said := wrong(KEPT[name], VIEW, RECORDED, LAYERS)), "\n".join(said)


BO = Pod("bo", "jupyter-bo", "2", (70, 100), (75, 90), cores=(0.01,), gpus=2, busy=(100, 0))
DASK = Pod("jo", "dask", "3", WHOLE, WHOLE, gib=(3.5, 0.25), dask=True)
AGAIN = replace(BO, uid="4", listed=(100, 121), runs=(100, 121))
RICH = Cluster(
    120,
    (
        Hub(
            "a",
            ("lab", "new"),
            (
                User("jo", ((0, (("lab", 1), ("new", 3))),), (JO, DASK), ("safe", 1000)),
                User("bo", ((0, LAB), (80, ())), (BO, AGAIN), ("escaped", 10)),
            ),
        ),
        Hub("b", ("lab",), (User("jo", ((0, LAB),), (JO,)),)),
    ),
    replicas=(("exporter", 2), ("ksm", 2), ("dirsize", 2)),
)
MISTAKES = {
    ', name!=""': "",
    "dask-.+": "dask",
    "max by (namespace, username, usergroup)": "sum by (namespace, username, usergroup)",
    "max by (namespace, usergroup)": "sum by (namespace, usergroup)",
    "max by (namespace, directory)": "sum by (namespace, directory)",
    "max by (namespace, pod, uid) (": "sum by (namespace, pod, uid) (",
    "clamp_max(": "clamp_min(",
    "avg by (namespace, pod)": "sum by (namespace, pod)",
    "== 1": ">= 0",
    "offset 15m": "offset 1m",
    "/ 3.6e6": "/ 3e6",
    "${attribution}": "info",
}


def test_the_cluster_with_a_bit_of_everything(wrong):
    assert not (said := wrong(RICH, VIEW)), "\n".join(said)


def test_the_cluster_with_a_bit_of_everything_recorded(wrong):
    assert not (said := wrong(RICH, VIEW, RECORDED, LAYERS)), "\n".join(said)


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_is_noticed(noticed, right):
    text, right, mistake = (
        it if it.startswith("{") else json.dumps(it)[1:-1]
        for it in (json.dumps(BOARD), right, MISTAKES[right])
    )
    assert right in text
    assert noticed(RICH, VIEW, json.loads(text.replace(right, mistake)))


RECORDED_MISTAKES = {
    "sum_over_time(": "last_over_time(",
    "> 0": "> 0.9",
    "clamp_max(": "clamp_min(",
    "sum by (namespace, username)": "max by (namespace, username)",
    "servers:avg5m": "idle_servers:sum",
    "cpu_requests_cores": "gpu_requests",
    "/ 3.6e6": "/ 3e6",
    "* 1000": "* 999",
    "${attribution}": "info",
}


@pytest.mark.parametrize("right", RECORDED_MISTAKES)
def test_a_mistake_in_the_recorded_board_is_noticed(noticed, right):
    text = json.dumps(RECORDED)
    assert right in text
    board = json.loads(text.replace(right, RECORDED_MISTAKES[right]))
    assert noticed(RICH, VIEW, board, LAYERS)


RULES_MISTAKES = {
    ', name!=""': "",
    "dask-.+": "dask",
    "[5m]": "[4m]",
    "[5m]))": "[6m]))",
    "scalar(max(": "scalar(min(",
    "max by (namespace, usergroup)": "sum by (namespace, usergroup)",
    "max by (namespace, username, usergroup)": "sum by (namespace, username, usergroup)",
    "max by (namespace, directory)": "sum by (namespace, directory)",
    "max by (namespace, pod, uid) (": "sum by (namespace, pod, uid) (",
    "avg by (namespace, pod)": "sum by (namespace, pod)",
    "sum by (namespace, pod)": "max by (namespace, pod)",
    "sum by (namespace, username)": "max by (namespace, username)",
    "sum by (namespace, usergroup)": "max by (namespace, usergroup)",
    "< bool 0.05": "< bool 0.005",
    "offset 15m": "offset 1m",
    "group_share:max": "group_info:max",
}


@pytest.mark.parametrize("right", RULES_MISTAKES)
def test_a_mistake_in_the_rules_is_noticed(noticed, right):
    layers = mistaken(right, RULES_MISTAKES[right])
    assert layers != LAYERS
    assert noticed(RICH, VIEW, RECORDED, layers)


def mistaken(right, mistake):
    """Return the rules with a mistake in their expressions."""
    return tuple(
        [replace(rule, expr=rule.expr.replace(right, mistake)) for rule in layer]
        for layer in LAYERS
    )


def test_rules_in_the_wrong_order_are_noticed(noticed):
    assert noticed(RICH, VIEW, RECORDED, LAYERS[::-1])


def test_rules_that_need_no_order(wrong):
    by_user, by_group = recording.by_user(), recording.by_group(engine=Engine.VICTORIAMETRICS)
    assert not (said := wrong(RICH, VIEW, RECORDED, (by_group, by_user))), "\n".join(said)


# What is looked for a minute too far back is of the time before the change.
GAP = one_user((0, LAB), (50, NEW), gaps=(Gap(55, 68, "exporter"),))
GAP_MISTAKES = {
    "offset 5m": "offset 6m",
    "offset 10m": "offset 11m",
    "offset 15m": "offset 16m",
    "unless on (namespace)": "unless on (namespace, username)",
}


def test_the_gap_after_a_change(wrong):
    said = wrong(GAP, VIEW) + wrong(GAP, VIEW, RECORDED, LAYERS)
    assert not said, "\n".join(said)


@pytest.mark.parametrize("right", GAP_MISTAKES)
def test_a_mistake_in_a_gap_is_noticed(noticed, right):
    layers = mistaken(right, GAP_MISTAKES[right])
    assert layers != LAYERS
    assert noticed(GAP, VIEW, RECORDED, layers)


IN_GAP = View(0, 62 * 60, ("a",))


def test_what_is_scraped_is_unknown_in_a_gap(wrong):
    assert not (said := wrong(GAP, IN_GAP)), "\n".join(said)


def test_a_0_in_a_gap_is_noticed(wrong):
    told, pods = (
        f'{metric}{{namespace=~\\"$hub\\"}}\\n'
        for metric in ("jupyterhub_group_members", "kube_pod_annotations")
    )
    board = json.loads(json.dumps(BOARD).replace(told, pods))
    assert board != BOARD
    assert "People with a server now: 0.0 in a gap" in "\n".join(wrong(GAP, IN_GAP, board))


def test_every_panel_is_held_against_the_oracle():
    source = Path(fuzz_checks.__file__).read_text("utf-8")
    titles = [panel["title"] for panel in data.panels(BOARD) if panel.get("targets")]
    assert [title for title in titles if f'"{title}"' not in source] == []
