"""Starts of servers that fail on real hubs, as the hub counts them and as the boards do."""

import httpx
import pytest
import yaml

from dashboards.evaluate.prometheus import Prometheus
from dashboards.kit.scope import EVERYTHING
from dashboards.queries import hub as queries
from harness.hub import running_hub, wait_for
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support import promtool
from tests.support.hub import failing
from tests.support.paths import ROOT

pytestmark = [pytest.mark.hub, pytest.mark.prometheus]

RECORDED = ROOT / "tests/support/hub/recorded/jupyterhub-5.5.4.txt"
SPAWNS = "jupyterhub_server_spawn_duration_seconds_count"
WINDOW = "30m"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    """Scrape a hub every second, fail starts on it, and return Prometheus once it has them."""
    folder = tmp_path_factory.mktemp("starts")
    with (
        running_hub(folder, configure="tests.support.hub.failing") as hub,
        Processes(folder) as processes,
        httpx.Client(timeout=30, trust_env=False) as client,
    ):
        job = {
            "job_name": "jupyterhub",
            "scrape_interval": "1s",
            "metrics_path": "/hub/metrics",
            "authorization": {"credentials": hub.tokens["metrics"]},
            "static_configs": [
                {
                    "targets": [hub.api_url.removeprefix("http://").partition("/")[0]],
                    "labels": {"namespace": "h"},
                }
            ],
        }
        config = folder / "prometheus.yml"
        config.write_text(yaml.safe_dump({"scrape_configs": [job]}))
        url = start_prometheus(processes, config, folder / "data", free_port(0))
        found = Prometheus(client, url)
        wait_for(lambda: found.instant("jupyterhub_total_users", None), "a scrape")
        failing.fail_in_each_way(hub, also=["policy"])
        ended = found.instant("time()", None)[0].values[-1]
        wait_for(
            lambda: found.instant(f"timestamp(jupyterhub_total_users) > {ended}", None),
            "a scrape after the last",
        )
        yield found


def counted(prometheus, query):
    """Return numbers by status and reason."""
    series = prometheus.instant(query, None)
    return {
        (one.labels.get("status", ""), one.labels.get("reason", "")): one.values[-1]
        for one in series
    }


def test_each_server_that_did_not_start_counts_once(prometheus):
    true = sum(failing.TRUE.values()) + 1
    assert counted(prometheus, queries.failed_starts_by_hub(EVERYTHING, WINDOW)) == {("", ""): true}
    assert counted(prometheus, queries.failed_starts(EVERYTHING, WINDOW)) == {("", ""): true}


def test_by_reason(prometheus):
    way = failing.TRUE
    assert counted(prometheus, queries.failed_starts_by_reason(EVERYTHING, WINDOW)) == {
        ("error", ""): way["raises"] + way["hook"] + way["exits"] + way["silent"] + way["hangs"],
        # What HTTPError was given as its reason is not kept.
        ("error", "error"): way["http500"],
        ("failure", "error"): way["http403"],
        ("failure", "quota"): 1,
        ("failure", "throttled"): way["throttled"],
        ("failure", "too-many-users"): way["crowded"],
        ("failure", ""): 0,
        ("failure", "already-pending"): 0,
    }


def test_the_hub_counts_a_server_that_ended_by_itself_twice(prometheus):
    (all_,) = prometheus.instant(f'sum({SPAWNS}{{status!="success"}})', None)
    (twice,) = prometheus.instant(f'{SPAWNS}{{status="error", reason="exited"}}', None)
    assert all_.values[-1] - twice.values[-1] == sum(failing.TRUE.values()) + 1
    assert 1 <= twice.values[-1] <= failing.TRUE["exits"]


def test_servers_that_started_are_none_of_them(prometheus):
    (started,) = prometheus.instant(queries.start_times(EVERYTHING, WINDOW) + " > 0", None)[-1:]
    assert started.values[-1] == 1


def test_an_older_hub_counts_it_twice_under_one_status(tmp_path):
    """Version 5 tells no reasons: which of its failures are such a server's cannot be told."""
    pages = RECORDED.read_text("utf-8").partition("# before\n")[2].split("# after\n")
    before, after = (dict(line.split(" ") for line in page.splitlines()) for page in pages)
    assert before.keys() == after.keys()
    way = failing.TRUE
    refused = {"throttled": way["throttled"], "too-many-users": way["crowded"]}
    failed = sum(way.values()) - sum(refused.values()) + way["exits"]
    expected = {"failure": failed, "already-pending": 0, **refused}
    asked = {
        "expr": queries.failed_starts_by_reason(EVERYTHING, WINDOW),
        "eval_time": "30m",
        "exp_samples": [
            {"labels": f'{{status="{status}"}}', "value": number}
            for status, number in expected.items()
        ],
    }
    lines = [
        {"series": _at_a_hub(name), "values": f"{value}x20 {after[name]}x20"}
        for name, value in before.items()
    ]
    said = promtool.failures(
        tmp_path, {"interval": "1m", "input_series": lines, "promql_expr_test": [asked]}
    )
    assert not said, said


def _at_a_hub(series):
    """Return a series of a page as a scrape names it."""
    name, _, labels = series.partition("{")
    return f'{name}{{namespace="h", {labels or "}"}'
