"""What was recorded by a wrong rule is recorded again, as docs/how-to/backfill.md says it."""

import re
import subprocess

import httpx
import pytest

from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules import recording
from demo import history
from demo.people import HOUR
from demo.world import make_world
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.backfill import PAGE, backfill, iso
from tests.support.prometheus_fixtures import NOW

END = NOW - HOUR
START = END - 2 * HOUR
# Two of the file's rules, for time's sake: the second reads the first.
BY_USER, BY_HUB = "namespace_username:servers:avg5m", "namespace:kube_pod_annotations:group"
RULES = """\
groups:
  - name: groupscope-usage
    interval: 5m
    rules:
      - record: namespace_username:servers:avg5m
        expr: {factor} * count by (namespace, pod) (kube_pod_annotations)
      - record: namespace:kube_pod_annotations:group
        expr: sum by (namespace) (namespace_username:servers:avg5m)
"""


def _delete(url, file):
    """Run the page's commands that delete, with this machine's names and times."""
    section = PAGE.partition("## After rules were corrected")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```console\n(.+?)^```", section, re.DOTALL | re.MULTILINE)
    for theirs, ours in (
        ("http://localhost:9090", url),
        ("/etc/prometheus/rules/groupscope-usage.yml", str(file)),
        ("start=2026-03-01T00:00:00Z", f"start={iso(START - HOUR)}"),
        ("end=2026-03-20T09:05:00Z", f"end={iso(END + HOUR)}"),
        ("$ ", ""),
    ):
        assert theirs in block
        block = re.sub(r"(?m)^\$ ", "", block) if theirs == "$ " else block.replace(theirs, ours)
    done = subprocess.run(
        ["sh", "-e", "-c", block], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.prometheus
def test_what_a_wrong_rule_recorded_is_recorded_again(tmp_path):
    file = tmp_path / "rules" / recording.FILE_NAME
    file.parent.mkdir()
    history.write(make_world(NOW, 1), tmp_path / "data")
    config = tmp_path / "prometheus.yml"
    # The rules are not loaded, as they would record now.
    config.write_text("global: {}\n")

    def run(*steps):
        found = {}
        for step in steps:
            with (
                Processes(tmp_path) as processes,
                httpx.Client(timeout=60, trust_env=False) as client,
            ):
                data = tmp_path / "data"
                url = start_prometheus(
                    processes, config, data, free_port(0), "--web.enable-admin-api"
                )
                step(url)
                prometheus = Prometheus(client, url)
                for name in (BY_USER, BY_HUB):
                    series = prometheus.instant(f"{name}[3h]", END)
                    found[name] = {
                        (tuple(sorted(one.labels.items())), at): value
                        for one in series
                        for at, value in zip(one.times, one.values, strict=True)
                    }
        return found

    def recorded(url):
        backfill(tmp_path, url, START, END)

    def nothing(_url):
        """Only to read what the passes wrote."""

    file.write_text(RULES.format(factor=2))
    wrong = run(recorded, recorded, nothing)
    file.write_text(RULES.format(factor=1))
    gone = run(lambda url: _delete(url, file))
    assert gone == {BY_USER: {}, BY_HUB: {}}
    right = run(recorded, recorded, nothing)
    assert all(wrong.values())
    assert {name: {key: 2 * it for key, it in by.items()} for name, by in right.items()} == wrong
