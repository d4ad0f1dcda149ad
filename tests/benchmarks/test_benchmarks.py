"""The benchmark: its fake hub answers as a real one does, and its figures all come out."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import (
    app,
    board_load,
    boards,
    build_time,
    clusters,
    figures,
    real_hub,
    report,
    rule_costs,
)
from benchmarks.fake_hub_api import TOKEN
from benchmarks.figures import Figure, Kind
from benchmarks.measure import Plan
from benchmarks.people import group_names, people
from benchmarks.processes import BenchError, find_in_log, running
from dashboards import catalog
from dashboards.evaluate.model import TimeRange
from dashboards.rules import recording
from harness import prometheus
from harness.hub import running_hub, wait_for
from harness.remote_write import Writer
from tests.support.prometheus_fixtures import DAYS, NOW

pytestmark = pytest.mark.slow

USERS, GROUPS = 260, 210
PAGED = {"Accept": "application/jupyterhub-pagination+json"}
OTHERS = ("REAL", "BUILD", "APP", "BOARD", "RULES", "PROMETHEUS")


def titles(*prefixes):
    """Return those of the figures whose names begin so; of none: those of the fake hub."""
    kinds = {
        kind.title: name
        for name, each in vars(figures).items()
        for kind in (each.values() if isinstance(each, dict) else [each])
        if isinstance(kind, Kind)
    }
    assert len(kinds) > 20
    return [
        title
        for title, name in kinds.items()
        if (name.startswith(prefixes) if prefixes else not name.startswith(OTHERS))
    ]


@pytest.mark.hub
def test_the_fake_hub_answers_as_a_real_one(tmp_path):
    everybody = people(USERS, GROUPS)
    groups = {n: [p.name for p in everybody if n in p.groups] for n in group_names(GROUPS)}
    args = ("--users", f"{USERS}", "--groups", f"{GROUPS}", "--base-url", "/jh/")
    log = tmp_path / "fake.log"
    with (
        running(log, "benchmarks.fake_hub", *args) as pid,
        running_hub(
            tmp_path, base_url="/jh/", users=[p.name for p in everybody], groups=groups
        ) as real,
        httpx.Client(trust_env=False) as client,
    ):
        hubs = {
            find_in_log(log, r"Serving (\S+)", pid): TOKEN,
            real.api_url: real.tokens["full"],
        }

        def both(path, headers=PAGED, token=None):
            answers = [
                client.get(
                    f"{url}{path}", headers={**headers, "Authorization": f"Bearer {token or own}"}
                )
                for url, own in hubs.items()
            ]
            for answer in answers:
                assert answer.text == json.dumps(answer.json())
            assert answers[0].status_code == answers[1].status_code
            told = [set(answer.headers) - {"access-control-allow-origin"} for answer in answers]
            assert told[0] == told[1]
            # Of the two URLs only the port differs.
            return [json.loads(re.sub(r"(127.0.0.1):\d+", r"\1", a.text)) for a in answers]

        def both_pages(path):
            fake, true = both(path)
            assert fake["_pagination"] == true["_pagination"]
            assert len(fake["items"]) == len(true["items"])
            return fake["items"], true["items"]

        for path in ("", "/", "/nope", "/users?limit=x"):
            fake, true = both(path)
            assert fake == true
        for path in ("", "/user", "/users"):
            fake, true = both(path, token="wrong")
            assert fake == true
        fake, true = both("/user")
        assert {**fake, "token_id": ""} == {**true, "token_id": ""}

        for path in ("/users", "/users?limit=0", "/users?limit=20", "/users?offset=999", "/groups"):
            both_pages(path)
        for path in ("/users?limit=300", "/groups"):
            fake, true = both(path, {})
            assert len(fake) == len(true) == 200

        listed = {"users": ([], []), "groups": ([], [])}
        for name, lists in listed.items():
            for offset in (0, 200):
                page = both_pages(f"/{name}?offset={offset}&limit=1000")
                for items, more in zip(lists, page, strict=True):
                    items.extend(more)
        fake, true = (sorted(items, key=lambda i: i["name"]) for items in listed["groups"])
        assert fake == true
        fake, true = ({item["name"]: item for item in items} for items in listed["users"])
        assert fake.keys() == true.keys()
        for name, user in fake.items():
            expected = {**true[name], "groups": sorted(true[name]["groups"])}
            assert {**user, "groups": sorted(user["groups"]), "last_activity": None} == expected
        active = [user for user in fake.values() if user["last_activity"]][:3]
        for user in active:
            since = {"last_activity": user["last_activity"]}
            real.request("POST", f"users/{user['name']}/activity", json=since)
            assert real.request("GET", f"users/{user['name']}").json().items() >= since.items()


def test_everybody_is_in_two_groups():
    everybody = people(1000, 20)
    assert len({person.name for person in everybody}) == 1000
    assert {len(set(person.groups)) for person in everybody} == {2}
    assert {name for person in everybody for name in person.groups} == set(group_names(20))


def test_every_figure_comes_with_its_goal(monkeypatch, capsys, tmp_path):
    measured = Kind.of

    def of(kind, users, value, note=""):
        # How fast this machine is at the moment is not the question here.
        figure = measured(kind, users, value, note)
        return replace(figure, goal=figure.goal and 1000 * figure.goal)

    monkeypatch.setattr(Kind, "of", of)
    file = tmp_path / "figures.json"
    only = "refresh,scrape,memory,loop"
    bench.command(
        ["--users", "50", "--only", only, "--seconds", "0.1", "--json", str(file)],
        standalone_mode=False,
    )
    out = capsys.readouterr().out
    for title in titles():
        assert re.search(rf"^{re.escape(title)} +50 +\d", out, re.MULTILINE), title
    assert re.search(r"scrape, gzip, median +50 +[\d.]+ ms +≤ 10,000 ms +ok", out)
    assert "9 of 9 goals met." in out
    assert "\x1b" not in out
    told = json.loads(file.read_text())
    assert told["machine"]["cores"]
    assert {figure["title"] for figure in told["figures"]} >= set(titles())


@pytest.mark.hub
def test_the_figures_of_a_real_hub(monkeypatch, tmp_path):
    for name, value in {"_INTERVAL": 1.0, "_REFRESHES": 2, "_IDLE_SECONDS": 0.5}.items():
        monkeypatch.setattr(real_hub, name, value)
    found = {f.title: f for f in real_hub.measure(_plan(tmp_path), users=30, groups=5)}
    assert list(found) == titles("REAL")
    # Who the token is, the users, the groups.
    assert found[figures.REAL_REQUESTS.title].value == 3
    assert found[figures.REAL_HUB_TIME.title].value > 0


def test_the_figures_of_the_app(monkeypatch, tmp_path, frozen):
    for name, value in {"_STARTS": 1, "_REFRESHES": 1, "_CALLS": 2, "_AT_ONCE": 5}.items():
        monkeypatch.setattr(app, name, value)
    found = {f.title: f for f in app.measure(60, _plan(tmp_path), frozen)}
    assert set(found) == set(titles("APP"))
    assert (found[figures.APP_START.title].goal, found[figures.APP_MEMORY.title].goal) == (1, 120)


@pytest.mark.prometheus
def test_the_figures_of_the_board_raw_and_recorded(monkeypatch, tmp_path):
    monkeypatch.setattr(boards, "_RUNS", 1)
    month = boards.Month(users=60, days=1, each=60.0)
    found = {f.title: f for f in boards.measure(_plan(tmp_path), month)}
    assert set(titles("BOARD")) < set(found)
    factor = found[figures.BOARD_FACTOR.title]
    assert (factor.goal, factor.at_least) == (10, True)
    panels = [figure for title, figure in found.items() if title.startswith("panel ")]
    assert len(panels) > 20
    slow_first = [float(re.search("raw ([0-9.]+) s", figure.note)[1]) for figure in panels]
    assert slow_first == sorted(slow_first, reverse=True)


def test_the_figure_of_a_build(monkeypatch, tmp_path):
    monkeypatch.setattr(build_time, "_RUNS", 1)
    (found,) = build_time.measure(_plan(tmp_path))
    assert (found.title, found.goal) == (figures.BUILD.title, 0.6)
    assert found.value > 0
    built = {path.stem for path in (tmp_path / "built").glob("*.json")}
    assert built == set(catalog.names())


@pytest.mark.prometheus
def test_the_figures_of_each_board_over_the_demos_data(monkeypatch, tmp_path, blocks):
    monkeypatch.setattr(board_load, "_RUNS", 1)
    shutil.copytree(blocks, tmp_path / "data")
    end = datetime.fromtimestamp(NOW, UTC)
    span = TimeRange(end - timedelta(days=DAYS), end)
    with prometheus.started(tmp_path, tmp_path / "data") as running:
        found = {f.title: f for f in board_load.over(_plan(tmp_path), running, span)}
    for name in catalog.names():
        about = f"demo, {name}"
        targets = [
            target
            for panel in board_load.data.panels(catalog.load(name, recorded=True))
            for target in panel.get("targets", ())
        ]
        assert found[f"{about}: queries"].value == len(targets)
        assert found[f"{about}: answers"].value > 0
        assert found[f"{about}: queries asked twice"].goal == 0
        slowest = found[f"{about}: slowest query"]
        assert slowest.value > 0
        assert slowest.goal == 1
        assert slowest.note


@pytest.mark.prometheus
def test_a_board_with_a_panel_that_fails_is_not_measured(monkeypatch, tmp_path):
    load = boards.catalog.load

    def broken(name, *, recorded=False):
        board = load(name, recorded=recorded)
        first = next(panel for panel in boards.data.panels(board) if panel.get("targets"))
        first["targets"][0]["expr"] = "no query"
        return board

    monkeypatch.setattr(boards.catalog, "load", broken)
    month = boards.Month(users=5, days=1, each=300.0)
    with pytest.raises(BenchError, match=r"People who took part.* failed: .*parse error"):
        list(boards.measure(_plan(tmp_path), month))


@pytest.mark.prometheus
def test_the_figures_of_the_rules(monkeypatch, tmp_path):
    monkeypatch.setattr(rule_costs, "_EVERY", "1s")
    found = [
        figure
        for users in (20, 40)
        for figure in rule_costs.measure(users, _plan(tmp_path), (60.0,))
    ]
    by_users = {(figure.title, figure.users): figure for figure in found}
    daily, series = (
        by_users[kind.title, 20].value for kind in (figures.RULES_DAILY, figures.RULES_SERIES)
    )
    assert daily == 288 * series
    assert by_users[figures.RULES_READ[60.0].title, 20].value > series
    assert by_users[figures.RULES_CYCLE[60.0].title, 20].note.startswith("slowest namespace")
    more = {figure.title: figure for figure in figures.slopes(found)}
    # 1.5 groups, each with what counts fully and what is divided; groups do not grow in number.
    assert more["a user more: series, groups-exporter"].value == 3
    # A home directory's size, entries, latest and oldest change.
    assert more["a user more: series, dirsize-exporter"].value == 4
    assert more["a user more: Prometheus: resident memory"].unit == "kB"


@pytest.mark.prometheus
def test_a_hub_at_noon_in_a_prometheus(tmp_path):
    users, noon = 50, 1_774_000_800.0
    every = list(clusters.series(users, clusters.noon_at(noon)))
    listed = [one for one in every if one.metric == "kube_pod_annotations"]
    times = np.arange(noon - 3600, noon + 60, 60.0)
    with prometheus.started(tmp_path, tmp_path / "data", prometheus.TAKES_WRITES) as running:
        clusters.write(iter(every), times, Writer(running.client, running.url))
        for moment in times[::10].tolist():
            # What ended is gone at once, not found for five minutes more.
            (found,) = running.api.instant("count(kube_pod_annotations)", moment)
            assert found.values[0] == sum(one.born <= moment < one.dies for one in listed)
        (cores,) = running.api.instant("sum(rate(container_cpu_usage_seconds_total[5m]))", noon)
        assert cores.values[0] > 1
    at_work = sum(one.born <= noon < one.dies for one in listed if "annotation" in str(one.labels))
    assert 0.2 * users < at_work < 0.5 * users


def test_every_rule_can_be_read_in_the_month_that_is_made():
    made = {one.metric for one in clusters.series(60, clusters.days_until(1_774_000_800.0, 3))}
    recorded = {rule.record for rule in (*recording.by_user(), *recording.by_group())}
    text = recording.text()
    read = set(re.findall(r"\b([a-zA-Z_:]+){", text)) - recorded
    assert read
    # All of its pods are in the hub's namespace.
    assert read - {"jupyterhub_user_namespace_info"} <= made


def test_the_month_ends_on_a_friday_in_the_past():
    now = 1_774_000_800.0
    end = clusters.last_friday(now)
    assert now - 8 * 86_400 < end < now
    days = clusters.days_until(end, 6)
    assert len(days) == 7
    assert [chance < 0.1 for _, chance in days] == [True, True, *[False] * 5]


def _plan(folder):
    return Plan(frozenset(), 0.1, folder, lambda _: None)


def test_a_goal_is_missed_by_more_or_by_none():
    kind = Kind("refresh", "s", {10: 1.0, 100: 5.0})
    assert kind.of(10, 1.0).met is True
    assert kind.of(10, 1.1).met is False
    assert kind.of(11, 1.1).met is True
    assert kind.of(10, None).met is False
    assert kind.of(101, 1.0).met is None
    at_least = Kind("faster", "×", {100: 10.0}, at_least=True)
    assert [at_least.of(100, value).met for value in (9.9, 10.0, None)] == [False, True, False]
    assert "≥ 10 ×" in report.table([at_least.of(100, 11.0)], color=False)


def test_a_missed_goal_is_exit_code_1(monkeypatch, capsys):
    missed = Figure("refresh", 10_000, 2.0, "s", 0.4)
    monkeypatch.setattr(bench, "_measure", lambda *_: [missed, replace(missed, value=0.1)])
    with pytest.raises(SystemExit) as end:
        bench.command([], standalone_mode=False)
    assert end.value.code == 1
    assert "1 of 2 goals met." in capsys.readouterr().out


def test_growth_is_10_when_in_proportion():
    kind = figures.SIZE["gzip"]
    found = [kind.of(users, users * 7.0) for users in (100_000, 1000, 10_000)]
    (growth,) = figures.growth(found)
    assert growth.value == pytest.approx(10)
    assert list(figures.growth(found[:1])) == []


def children(pid):
    """Return the processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # Ended meanwhile.
        if fields[1] == f"{pid}" and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize(
    ("only", "programs"),
    [
        # The hub, the exporter, the load.
        ("loop", 3),
        pytest.param("boards", 1, marks=pytest.mark.prometheus),
        pytest.param("rules", 1, marks=pytest.mark.prometheus),
    ],
)
def test_ctrl_c_leaves_nothing_behind(tmp_path, only, programs):
    command = [sys.executable, "-m", "benchmarks", "--users", "50", "--only", only]
    with subprocess.Popen(
        [*command, "--seconds", "60"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        started = wait_for(lambda: len(c := children(process.pid)) == programs and c, only)
        # Python may not know yet of a program that it has only just started.
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (130, "Interrupted.")
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert not list(tmp_path.iterdir())
