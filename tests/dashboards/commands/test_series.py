"""Which series boards read when nobody decides: deploy and its kin ask Prometheus through Grafana.

Recorded from a real Grafana that reads a real Prometheus with a few samples.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dashboards.metrics import recorded
from dashboards.metrics.groups_exporter import JUPYTERHUB_GROUP_MEMBERS
from harness.prometheus import ONE_BLOCK, TAKES_WRITES, started
from harness.remote_write import Writer, pack
from tests.support.grafana_recorder import Recorder, deployed, run, writes

pytestmark = pytest.mark.cassette

# What it reads is in its description, so that the answers need not hold whole boards.
OWN = """\
def board(source):
    return {{
        "title": "Cassette",
        "uid": "{uid}",
        "schemaVersion": 39,
        "panels": [],
        "description": f"reads {{source.group_sizes.name}}",
    }}
"""
SCRAPED = f"reads {JUPYTERHUB_GROUP_MEMBERS.name}"
RECORDED = f"reads {recorded.GROUP_MEMBERS.name}"
DAY = 86_400
NOBODY = "http://127.0.0.1:9"
"""An address that refuses connections."""


@contextmanager
def prometheus(recorder: Recorder, folder: Path, *days_ago: int) -> Iterator[str]:
    """Start a Prometheus with a recorded sample of so many days ago each; none on replay."""
    if not recorder.recording:
        yield NOBODY
        return
    with started(folder, folder / "data", TAKES_WRITES, *ONE_BLOCK) as server:
        writer = Writer(server.client, server.url)
        now = time.time()
        times = np.array([now - 60 - days * DAY for days in days_ago])
        labels = {"__name__": recorded.OWNERS_KNOWN.name, "namespace": "demo"}
        writer.write(labels, pack(times, np.ones(len(days_ago))))
        writer.flush()
        yield server.url


def own(folder: Path, recorder: Recorder) -> tuple[str, ...]:
    """Write a board of one's own; return the options that name it."""
    directory = folder / "mine"
    directory.mkdir()
    (directory / "own.py").write_text(OWN.format(uid=recorder.board["uid"]), "utf-8")
    return "own", f"--boards={directory}", "--collection=mine"


def saved(cassette: object) -> list[str]:
    """Return what the boards that were saved read."""
    return [body["dashboard"]["description"] for body in writes(cassette) if "dashboard" in body]


def test_recorded_series_are_read_where_prometheus_has_them(
    recorder: Recorder, tmp_path: Path
) -> None:
    with prometheus(recorder, tmp_path, 30, 0) as url:
        recorder.adds_data_source("Recording", url, default=True)
        environment, mine = recorder.environment(), own(tmp_path, recorder)
        with recorder.playing() as cassette:
            result = run(*mine, f"--folder={recorder.title}", **environment)
    first, *_, last = result.output.splitlines()
    assert first == "Boards read recorded series, which data source “Recording” has."
    assert last.endswith(": 1 new, 0 changed, 0 same")
    assert saved(cassette) == [RECORDED]


def test_recorded_series_of_a_few_days_are_read_with_a_warning(
    recorder: Recorder, tmp_path: Path
) -> None:
    with prometheus(recorder, tmp_path, 0) as url:
        recorder.adds_data_source("Recording", url, default=True)
        environment, mine = recorder.environment(), own(tmp_path, recorder)
        with recorder.playing() as cassette:
            result = run(*mine, f"--folder={recorder.title}", **environment)
    assert "It has none from 30 days ago" in result.output.splitlines()[0]
    assert saved(cassette) == [RECORDED]


def test_scraped_series_are_read_where_none_are_recorded_any_more(
    recorder: Recorder, tmp_path: Path
) -> None:
    with prometheus(recorder, tmp_path, 1) as url:
        recorder.adds_data_source("Scraping", url, default=True)
        environment, mine = recorder.environment(), own(tmp_path, recorder)
        with recorder.playing() as cassette:
            result = run(*mine, f"--folder={recorder.title}", **environment)
    first = result.output.splitlines()[0]
    assert first.startswith("Boards read scraped series: data source “Scraping” has no recorded")
    assert saved(cassette) == [SCRAPED]


def test_the_data_source_that_is_named_is_asked(recorder: Recorder, tmp_path: Path) -> None:
    """And on the command line or by the target, whichever of the two is nearer."""
    with prometheus(recorder, tmp_path, 30, 0) as url:
        recorder.adds_data_source("Other", NOBODY, default=True)
        recorder.adds_data_source("Recording", url)
        environment, mine = recorder.environment(), own(tmp_path, recorder)
        (tmp_path / "token").write_text(environment["GRAFANA_TOKEN"], "utf-8")
        (tmp_path / "groupscope.toml").write_text(
            f'[targets.lab]\nurl = "{environment["GRAFANA_URL"]}"\ntoken_file = "token"\n'
            'datasource = "Nonesuch"\n',
            "utf-8",
        )
        lab = ("--target=lab", f"--config={tmp_path / 'groupscope.toml'}", "--dry-run")
        with recorder.playing():
            by_name = run(*mine, "--datasource=Recording", *lab)
            by_uid = run(*mine, f"--datasource={recorder.data_source_uid('Recording')}", *lab)
            unknown = run(*mine, *lab)
    said = "Boards read recorded series, which data source “Recording” has."
    assert [it.output.splitlines()[0] for it in (by_name, by_uid)] == [said, said]
    assert unknown.exit_code == 1
    assert (
        "Grafana has no Prometheus data source Nonesuch. There are: Other, Recording."
        in unknown.output
    )


def test_without_a_data_source_boards_read_scraped_series(
    recorder: Recorder, tmp_path: Path
) -> None:
    environment, mine = recorder.environment(), own(tmp_path, recorder)
    with recorder.playing() as cassette:
        result = run(*mine, f"--folder={recorder.title}", **environment)
    assert result.output.splitlines()[0] == (
        "Boards read scraped series, which need no rules: whether there are recorded ones is "
        "unknown (Grafana has no Prometheus data source). Decide with --recorded or --raw, or "
        "name a data source with --datasource."
    )
    assert saved(cassette) == [SCRAPED]


def test_an_outage_of_prometheus_changes_no_board(recorder: Recorder, tmp_path: Path) -> None:
    recorder.adds_data_source("Down", NOBODY, default=True)
    environment, mine = recorder.environment(), own(tmp_path, recorder)
    folder = f"--folder={recorder.title}"
    with recorder.playing() as cassette:
        results = [
            run(*mine, folder, *by_hand, **environment)
            for by_hand in (["--recorded"], [], ["--raw"], [])
        ]
    _, recorded_again, _, scraped_again = (result.output.splitlines() for result in results)
    assert recorded_again[0].startswith("Boards go on reading recorded series: whether there are")
    assert scraped_again[0].startswith("Boards go on reading scraped series: whether there are")
    assert re.search(r"data source “Down”: .*connection refused", recorded_again[0])
    assert recorded_again[-1].endswith(": 0 new, 0 changed, 1 same")
    assert scraped_again[-1].endswith(": 0 new, 0 changed, 1 same")
    assert saved(cassette) == [RECORDED, SCRAPED]


def test_a_login_that_may_not_query(recorder: Recorder, tmp_path: Path) -> None:
    recorder.has()
    with prometheus(recorder, tmp_path, 30, 0) as url:
        recorder.adds_data_source("Recording", url, default=True)
        environment, mine = recorder.environment("None"), own(tmp_path, recorder)
        with recorder.playing() as cassette:
            result = run(*mine, f"--folder={recorder.title}", **environment)
    first = result.output.splitlines()[0]
    assert "Boards read scraped series, which need no rules" in first
    assert "Permissions needed: datasources:query" in first
    assert saved(cassette) == [SCRAPED]


def test_diff_list_and_pull_compare_with_what_deploy_would_save(
    recorder: Recorder, tmp_path: Path
) -> None:
    mine = own(tmp_path, recorder)
    board = {**recorder.board, "panels": [], "description": RECORDED}
    del board["tags"]
    recorder.has(deployed(board, "mine"))
    with prometheus(recorder, tmp_path, 30, 0) as url:
        recorder.adds_data_source("Recording", url, default=True)
        environment = recorder.environment()
        with recorder.playing():
            diff = run(*mine, f"--folder={recorder.title}", name="diff", **environment)
            listed = run(*mine, "--format=json", name="list", **environment)
            pulled = run(*mine, name="pull", **environment)
    said = "Boards read recorded series, which data source “Recording” has.\n"
    assert [it.stderr for it in (diff, listed, pulled)] == [said] * 3
    assert "0 of 1 differ" in diff.stdout
    assert '"drift": "same"' in listed.stdout
    assert pulled.stdout == "Grafana's Cassette is the same as ours.\n"
