"""Recording rules for the time before they were there, as docs/how-to/backfill.md says it."""

import math
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest
import yaml

from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.metrics import recorded
from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import recording
from dashboards.schema import intervals
from demo import history
from demo.exposition import identity
from demo.people import HOUR
from demo.world import make_world
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.backfill import backfill
from tests.support.pages import page
from tests.support.paths import ROOT
from tests.support.prometheus_fixtures import NOW

FILE = ROOT / "provisioning/prometheus/rules" / recording.FILE_NAME
RECORDS = [rule["record"] for rule in yaml.safe_load(FILE.read_text())["groups"][0]["rules"]]

EACH = intervals.parse(RECORDED_EACH) / 1000
END = NOW - HOUR
START = END - 7 * HOUR
"""A morning, so that servers start within the range."""


def test_the_page_lists_what_is_recorded():
    table = page("reference/recorded-series").partition("\n## ")[0]
    named = re.findall(r"^\| `(\S+)` \|", table, re.MULTILINE)
    assert sorted(named) == sorted(RECORDS)


def test_the_page_wraps_the_rules_for_the_operator_and_its_chart(tmp_path):
    blocks = re.findall(
        r"^```console\n(.+?)^```", page("how-to/recording-rules"), re.DOTALL | re.MULTILINE
    )
    made = [block for block in blocks if "| sed" in block or "$ sed" in block]
    assert len(made) == 2
    script = "\n".join(re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in made)
    script = re.sub(r"^kubectl .*$", "", script, flags=re.MULTILINE)
    (tmp_path / "provisioning").symlink_to(ROOT / "provisioning")
    subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, check=True)
    wrapped, values = (
        yaml.safe_load((tmp_path / f"groupscope-{name}.yaml").read_text("utf-8"))
        for name in ("usage", "values")
    )
    rules_file = yaml.safe_load(FILE.read_text("utf-8"))
    assert wrapped["kind"] == "PrometheusRule"
    assert wrapped["spec"] == rules_file
    assert values == {"additionalPrometheusRulesMap": {"groupscope-usage": rules_file}}


@contextmanager
def _prometheus(folder):
    """Start a Prometheus in a folder with ``data``, and with the rules loaded from ``rules``."""
    (folder / "rules").mkdir(exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text("rule_files: [rules/*.yml]\n")
    with Processes(folder) as processes, httpx.Client(timeout=120, trust_env=False) as client:
        url = start_prometheus(processes, config, folder / "data", free_port(0))
        yield Prometheus(client, url), url


def _recorded(prometheus):
    """Return ``{record: {labels: {time: value}}}`` of all that was recorded up to NOW."""
    names = "|".join(RECORDS)
    found = {record: {} for record in RECORDS}
    for series in prometheus.instant(f'{{__name__=~"{names}"}}[1d]', NOW):
        labels = dict(series.labels)
        by_labels = found[labels.pop("__name__")]
        samples = dict(zip(series.times, series.values, strict=True))
        by_labels[frozenset(labels.items())] = samples
    return found


def _raw(rule):
    """Return a rule that reads what is scraped only: for a name, what it stands for."""
    expr = rule.expr
    for other in recording.by_user():
        expr = expr.replace(f"last_over_time({other.record}[1m])", f"(\n{other.expr}\n)")
    return expr


def _numbers(prometheus):
    """Return all that the board over recorded series says of the last hours."""
    board = catalog.load("user-groups", recorded=True)
    span = TimeRange(*(datetime.fromtimestamp(time, UTC) for time in (END - 6 * HOUR, END)))
    choices = variables.resolve(board, {"group": ["lab", "power-users"]}, prometheus, span)
    said = {}
    for panel in data.collect(board, choices, span, prometheus):
        assert not panel.error, panel.error
        for series in panel.series:
            said[panel.title, series.name, series.query] = list(series.values)
        for row in panel.table.rows if panel.table else ():
            said[panel.title, *row[:2]] = [cell for cell in row[2:] if cell is not None]
    return said


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory):
    """Return the folder of a Prometheus, stopped, after the two passes in two stretches each."""
    folder = tmp_path_factory.mktemp("backfill")
    (folder / "rules").mkdir()
    shutil.copy(FILE, folder / "rules")
    history.write(make_world(NOW, 1), folder / "data")
    for _ in range(2):
        # Each start finds the blocks of the pass before.
        with _prometheus(folder) as (prometheus, url):
            assert prometheus.instant("count(kube_pod_annotations)", END)
            backfill(folder, url, START, END - 2.5 * HOUR)
            backfill(folder, url, END - 2.5 * HOUR, END)
    return folder


@pytest.mark.prometheus
def test_two_passes_record_what_the_rules_say(backfilled):
    with _prometheus(backfilled) as (prometheus, _):
        found = _recorded(prometheus)
        times = sorted({at for by in found.values() for one in by.values() for at in one})
        # Evenly, at whichever second of the five minutes.
        assert START <= times[0] < START + EACH
        assert END - EACH <= times[-1] <= END
        assert {round(at - times[0], 3) % EACH for at in times} == {0}
        # What falls into the last second of a block of two hours, promtool leaves out.
        assert len(times) >= 7 * HOUR / EACH - 4
        for rule in (*recording.by_user(), *recording.by_group()):
            right = {
                frozenset(series.labels.items()): {
                    at: value
                    for at, value in zip(series.times, series.values, strict=True)
                    if at in times
                }
                for series in prometheus.range(_raw(rule), times[0], times[-1], EACH)
            }
            # Of the simulated people, none has a namespace of their own.
            there = rule.record != recorded.USERS_ELSEWHERE.name
            assert bool(found[rule.record]) == there, rule.record
            assert found[rule.record].keys() == right.keys(), rule.record
            for labels, samples in found[rule.record].items():
                assert samples == pytest.approx(right[labels], rel=1e-12), (rule.record, labels)


@pytest.mark.prometheus
def test_one_pass_records_no_use_by_group(tmp_path, backfilled):
    """So that the page's second pass is not for nothing."""
    shutil.copytree(backfilled / "rules", tmp_path / "rules")
    history.write(make_world(NOW, 1), tmp_path / "data")
    with _prometheus(tmp_path) as (_, url):
        backfill(tmp_path, url, END - HOUR, END)
    with _prometheus(tmp_path) as (prometheus, _):
        found = _recorded(prometheus)
    recorded = {record for record in RECORDS if found[record]}
    assert "namespace_username:servers:avg5m" in recorded
    assert not recorded & {rule.record for rule in recording.by_group()}


@pytest.mark.prometheus
def test_an_overlap_changes_no_number(backfilled):
    """Neither the same samples once more, nor a millisecond off, as live ones may be."""
    with _prometheus(backfilled) as (prometheus, url):
        before, samples = _numbers(prometheus), _recorded(prometheus)
        assert len(before) > 40
        assert any(any(values) for values in before.values())
        backfill(backfilled, url, END - 3 * HOUR, END)
        file = backfilled / "off.om"
        with file.open("w", encoding="utf-8") as out:
            for record, several in samples.items():
                for labels, one in several.items():
                    name = identity(record, sorted(labels))
                    out.writelines(f"{name} {v!r} {at + 0.001:.3f}\n" for at, v in one.items())
            out.write("# EOF\n")
        command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", file]
        subprocess.run([*command, backfilled / "off"], check=True, capture_output=True)
    same = _with_blocks(backfilled)
    assert same == {name: pytest.approx(values, rel=1e-12) for name, values in before.items()}
    for block in (backfilled / "off").iterdir():
        shutil.move(block, backfilled / "data")
    twice = _with_blocks(backfilled)
    assert twice == {name: pytest.approx(values, rel=1e-9) for name, values in before.items()}


def _with_blocks(folder):
    with _prometheus(folder) as (prometheus, _):
        return _numbers(prometheus)


@pytest.mark.prometheus
def test_promtool_places_samples_where_prometheus_does(tmp_path):
    """To a millisecond, with the file's path as Prometheus has it; and nowhere near without."""
    (tmp_path / "rules").mkdir()
    files = [tmp_path / "rules" / f"{name}.yml" for name in "abcdef"]
    for file in files:
        rule = {"record": f"test:{file.stem}", "expr": "vector(1)"}
        group = {"name": recording.GROUP_NAME, "interval": "3s", "rules": [rule]}
        file.write_text(yaml.safe_dump({"groups": [group]}))
    off = {"as Prometheus": [], "otherwise": []}
    with _prometheus(tmp_path) as (prometheus, url):
        begin = math.ceil(time.time())
        time.sleep(10)
        for file in files:
            (live,) = prometheus.instant(f"test:{file.stem}[9s]", None)
            times = {round(at * 1000) for at in live.times if at > begin}
            assert len(times) >= 2
            for way, path in (("as Prometheus", file), ("otherwise", f"rules/{file.name}")):
                output = f"{file.stem} {way}"
                backfill(tmp_path, url, begin, time.time() + 1, output, path)
                placed = _dumped(tmp_path / output)
                off[way] += [min(abs(at - other) for other in placed) for at in times]
    assert set(off["as Prometheus"]) <= {0, 1}
    assert max(off["otherwise"]) > 1


def _dumped(folder):
    """Return the times of all samples in a directory of blocks, in milliseconds."""
    # promtool reads no directory without one.
    (folder / "wal").mkdir()
    command = ["promtool", "tsdb", "dump", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [int(line.rpartition(" ")[2]) for line in done.stdout.splitlines() if line[:1] == "{"]
