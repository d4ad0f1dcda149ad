"""Every panel of the board on clusters that hypothesis makes, against the oracle.

A failure prints a minimal cluster and what is asked of it: keep both in KEPT. Its seed is in the
test's name, to try again: ``pytest "tests/test_fuzzed_clusters.py::test_board_of_any_cluster[7]"``.
``FUZZ_SEEDS=1000-1100 pytest tests/test_fuzzed_clusters.py`` looks at other clusters, ten a seed.
"""

import json
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings

from dashboards import catalog
from dashboards.report import data
from dashboards.report.prometheus import Prometheus
from tests import fuzz_checks, fuzz_clusters, fuzz_prometheus
from tests.fuzz_clusters import Cluster, Gap, Hub, Pod, User, View
from tests.fuzz_strategies import clusters

pytestmark = pytest.mark.prometheus

BOARD = catalog.load("user-groups")
FIRST, LAST = map(int, os.environ.get("FUZZ_SEEDS", "1-10").split("-"))


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """Return a function that says what a board says wrong of a cluster."""
    numbers = count()
    with (
        fuzz_prometheus.started(tmp_path_factory.mktemp("fuzz")) as url,
        fuzz_prometheus.client() as client,
    ):

        def of(cluster, view, board=BOARD):
            # Each cluster's hubs have names of their own: one Prometheus is enough.
            prefix = f"f{next(numbers)}"
            series = fuzz_clusters.series(cluster, prefix)
            fuzz_prometheus.write(client, url, series)
            renamed = replace(view, hubs=tuple(prefix + hub for hub in view.hubs))
            return fuzz_checks.wrong(board, Prometheus(client, url), series, renamed)

        yield of


@pytest.mark.parametrize("number", range(FIRST, LAST + 1))
def test_board_of_any_cluster(wrong, number):
    # Ten a seed: from then on hypothesis looks at variations of what it has had.
    @seed(number)
    @settings(max_examples=10, deadline=None, database=None, suppress_health_check=HealthCheck)
    @given(clusters())
    def holds(case):
        assert not (said := wrong(*case)), "\n".join(said)

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
    "a gap of the exporter is bridged": one_user((0, LAB), gaps=(Gap(55, 65, "exporter"),)),
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
}


@pytest.mark.parametrize("name", KEPT)
def test_kept_cluster(wrong, name):
    assert not (said := wrong(KEPT[name], VIEW)), "\n".join(said)


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


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_is_noticed(wrong, right):
    text, right, mistake = (
        it if it.startswith("{") else json.dumps(it)[1:-1]
        for it in (json.dumps(BOARD), right, MISTAKES[right])
    )
    assert right in text
    assert wrong(RICH, VIEW, json.loads(text.replace(right, mistake)))


def test_every_panel_is_held_against_the_oracle():
    source = Path(fuzz_checks.__file__).read_text("utf-8")
    titles = [panel["title"] for panel in data.panels(BOARD) if panel.get("targets")]
    assert [title for title in titles if f'"{title}"' not in source] == []
