"""The benchmark: its fake hub answers as a real one does, and its figures all come out."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from benchmarks import __main__ as bench
from benchmarks import figures, real_hub
from benchmarks.answers import TOKEN
from benchmarks.figures import Figure, Kind
from benchmarks.measure import Plan
from benchmarks.people import group_names, people
from benchmarks.processes import find_in_log, running
from tests.hub.running import running_hub, wait_for

USERS, GROUPS = 260, 210
PAGED = {"Accept": "application/jupyterhub-pagination+json"}
REAL = [each.title for name, each in vars(figures).items() if name.startswith("REAL_")]


def titles():
    """Return those of all figures that are measured on the fake hub."""
    kinds = [
        kind
        for each in vars(figures).values()
        for kind in (each.values() if isinstance(each, dict) else [each])
        if isinstance(kind, Kind)
    ]
    assert len(kinds) > 20
    return [kind.title for kind in kinds if kind.title not in REAL]


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
    assert list(found) == REAL
    # Who the token is, the users, the groups.
    assert found[figures.REAL_REQUESTS.title].value == 3
    assert found[figures.REAL_HUB_TIME.title].value > 0


def _plan(folder):
    return Plan(frozenset(), 0.1, folder, lambda _: None)


def test_a_goal_is_missed_by_more_or_by_none():
    kind = Kind("refresh", "s", {10: 1.0, 100: 5.0})
    assert kind.of(10, 1.0).met is True
    assert kind.of(10, 1.1).met is False
    assert kind.of(11, 1.1).met is True
    assert kind.of(10, None).met is False
    assert kind.of(101, 1.0).met is None


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


def test_ctrl_c_leaves_nothing_running():
    command = [sys.executable, "-m", "benchmarks", "--users", "50", "--only", "loop"]
    with subprocess.Popen(
        [*command, "--seconds", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # The hub, the exporter, the load.
        started = wait_for(lambda: len(c := children(process.pid)) == 3 and c, 30, "the load")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (130, "Interrupted.")
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
