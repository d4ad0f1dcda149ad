"""Queries of users, activity, homes and reports on small odd clusters, in the real promtool."""

import pytest

from dashboards.evaluate.choice import Choice
from dashboards.kit.scope import EVERY, SPLIT
from dashboards.kit.variables import ALL, EVERYBODY
from dashboards.queries import activity, home_directories, pod_kinds, usage, usage_report, users
from dashboards.queries.sources import Raw, Recorded
from dashboards.rules import recording
from tests.support.small_clusters import (
    END,
    MONTH,
    ask,
    braces,
    core,
    failures,
    home,
    on,
    one,
    people,
    pod,
    shares,
    user,
    without,
)

pytestmark = pytest.mark.prometheus


def queries(source):
    """Return what can be asked of a cluster, of what is scraped or of what is recorded."""
    return {
        "people": users.people(source),
        "gib_hours": users.total_hours(source, usage.MEMORY_GIB),
        "user_gib_hours": users.use_hours(source, usage.MEMORY_GIB),
        "home": users.total_home_size(source),
        "user_homes": users.use(source, usage.HOME_SIZE),
        "user_lines": users.lines(source, usage.SERVERS),
        "user_starts": users.server_starts(source),
        "user_seen": users.last_seen(source),
        "user_groups": users.group_count(source),
        "user_parts": users.parts_of(source),
        "sessions": users.sessions(source),
        "servers": activity.servers_now(source),
        "hub_servers": activity.servers_by_hub(source),
        "most": activity.most_servers(source),
        "starts": activity.server_starts(source),
        "day_starts": activity.daily_server_starts(source),
        "new": activity.new_users(source),
        "day_new": activity.daily_new_users(source),
        "hub_gib_hours": usage_report.hub_hours(source, usage.MEMORY_GIB),
        "split": usage_report.group_hours(source, usage.MEMORY_GIB, SPLIT),
        "every": usage_report.group_hours(source, usage.MEMORY_GIB, EVERY),
        "accounted": usage_report.attributed_share(source, usage.MEMORY_GIB),
        "group_people": usage_report.people_by_group(source),
        "servers_gib": usage_report.memory_by_greatest_user(source, pod_kinds.SERVERS),
        "workers_gib": usage_report.memory_by_greatest_user(source, pod_kinds.DASK_WORKERS),
        "gpu_pods_gib": usage_report.memory_by_greatest_user(source, pod_kinds.GPU_PODS),
        "growth_of_groups": home_directories.growth_by_group(source),
        "sizes": home_directories.sizes(source),
        "parts": home_directories.parts_of_total(source.scope),
        "growth": home_directories.growth(source.scope),
        "grown": home_directories.total_growth(source.scope),
        "orphaned": home_directories.orphaned(source),
        "nobodys": home_directories.orphaned_size(source),
    }


RAW, RECORDED = queries(Raw()), queries(Recorded())
NONE, JO = {}, {user("jo"): 1}


def where(directory, hub="a", **more):
    """Return the labels of a directory."""
    return braces(namespace=hub, directory=directory, **more)


def chosen(*names, group=()):
    """Return the users' choice; all groups are then also those of whom nobody tells."""
    return {
        "more": (
            Choice("user", "User", names, everything=not names, all_value=ALL, regex=True),
            Choice("group", "Group", group, not group, EVERYBODY, regex=True),
        )
    }


STRANGER = on() + pod("stranger", use=2)
TWO_JOS = on() + on(hub="b", use=3)
DASK = on(use=2) + pod("jo", "dask-worker", use=4) + pod("jo", "dask-scheduler", use=1)


def gap(minute, to, cluster):
    """Return a cluster whose kube-state-metrics says nothing for a while."""
    return [
        {**line, "values": _with_gap(minute, to, line["values"])}
        if line["series"].startswith("kube_")
        else line
        for line in cluster
    ]


def _with_gap(minute, to, values):
    value = values.partition("x")[0]
    return f"{value}x{minute} _x{to - minute - 1} {value}x{END - to}"


CASES = {
    "somebody of whom no exporter tells: with all groups there, with one not": (
        STRANGER,
        ask(**chosen(), people=2, gib_hours=3, user_gib_hours={**JO, user("stranger"): 2}),
        ask(**chosen(), user_lines={**JO, user("stranger"): 1}, user_groups=JO),
        ask(**chosen(group=("g",)), people=1, gib_hours=1, user_gib_hours=JO, user_lines=JO),
        ask(**chosen("stranger"), people=1, gib_hours=2, user_gib_hours={user("stranger"): 2}),
        ask(servers=2, hub_servers={braces(namespace="a"): 2}, most=2),
        ask(hub_gib_hours=3),
    ),
    "no exporter at all: users are shown as they are": (
        without("jupyterhub_", STRANGER),
        ask(**chosen(), people=2, gib_hours=3, user_groups=NONE, user_parts=NONE),
        ask(**chosen("jo"), user_gib_hours=JO, sessions=JO),
        ask(servers=2, most=2, new=NONE, day_new=NONE, split=NONE, accounted=NONE),
    ),
    "one username on two hubs is two users": (
        TWO_JOS,
        ask(**chosen(), hubs=("a", "b"), people=2, user_gib_hours={**JO, user("jo", "b"): 3}),
        ask(hubs=("a", "b"), servers_gib={**JO, user("jo", "b"): 3}),
        ask(**chosen(), people=1, user_gib_hours=JO),
    ),
    "groups and parts of somebody in two groups": (
        on() + people(jo=["h"]) + shares(jo={"g": 0.25, "h": 0.75}),
        ask(**chosen(), user_groups={user("jo"): 2}),
        ask(
            **chosen(),
            user_parts={
                braces(namespace="a", username="jo", usergroup=group): part
                for group, part in {"g": 0.25, "h": 0.75}.items()
            },
        ),
        ask(split={"g": 0.25, "h": 0.75}, every={"g": 1, "h": 1}, accounted=1, hub_gib_hours=1),
        ask(chosen=("g",), split={"g": 0.25}, accounted=0.25, hub_gib_hours=1),
    ),
    "a group that used nothing has its row": (
        on() + people(bo=["idle"]) + shares(jo={"g": 1}, bo={"idle": 1}),
        ask(split={"g": 1, "idle": 0}, every={"g": 1, "idle": 0}, group_people={"g": 1, "idle": 0}),
    ),
    "what nobody's exporter tells is not accounted for": (
        STRANGER + shares(jo={"g": 1}),
        ask(to=0.01, accounted=0.33, hub_gib_hours=3, split={"g": 1}),
    ),
    "memory by kind of pod": (
        DASK + people(bo=["h"]) + pod("bo", use=8, nvidia_com_gpu=1),
        ask(servers_gib={user("jo"): 2, user("bo"): 8}, workers_gib={user("jo"): 4}),
        ask(gpu_pods_gib={user("bo"): 8}, servers=2),
    ),
    "a server is started anew under its name; Dask's pods are no servers": (
        core()
        + people(jo=["g"])
        + pod("jo", life=(190, 200))
        + pod("jo", uid="2", life=(206, END))
        + pod("jo", "dask-worker", life=(210, END)),
        ask(starts=2, day_starts={"g": 2}, most=1),
        ask(**chosen(), user_starts={user("jo"): 2}),
        ask(span=MONTH, starts=2),
    ),
    "a server that runs already when the range begins did not start in it": (
        on(life=(20, END)),
        ask(starts=0),
        ask(**chosen(), user_starts=NONE, people=1),
    ),
    "kube-state-metrics is gone for half an hour: what ran before did not start": (
        gap(185, 215, on(life=(0, END))),
        ask(starts=0),
    ),
    "a new user within the range": (
        core() + people(jo=["g"]) + people(life=(215, END), new=["g", "h"]),
        ask(new=1, day_new=1),
        ask(chosen=("h",), new=1),
        ask(span=10, new=0),
    ),
    "somebody joins a group: new in it, but not new": (
        core() + people(jo=["g"]) + people(life=(215, END), jo=["h"]),
        ask(new=0, day_new=0),
        ask(chosen=("h",), new=0),
    ),
    "the exporter came within the range: nobody knows who is new": (
        core() + people(life=(215, END), jo=["g"]),
        ask(new=NONE),
        ask(span=10, new=0),
    ),
    "directories of users, of nobody and shared": (
        people(jo=["g"], bo=["g"])
        + home("jo", 30)
        + home("old-bo", 10)
        + home("left", 50)
        + home("_shared", 10),
        ask(
            sizes={
                where("jo", username="jo"): 30,
                where("old-bo", username="bo"): 10,
                where("left"): 50,
                where("_shared"): 10,
            }
        ),
        ask(
            parts={
                where("jo"): 0.3,
                where("old-bo"): 0.1,
                where("left"): 0.5,
                where("_shared"): 0.1,
            }
        ),
        ask(orphaned={where("left"): 50}, nobodys=50),
        ask(**chosen(), user_homes={user("jo"): 30, user("bo"): 10}),
    ),
    "nobody tells of users: no directory is nobody's": (
        home("jo", 30),
        ask(orphaned=NONE, nobodys=NONE, sizes={where("jo"): 30}),
    ),
    "two replicas of the directories' exporter, and two hubs of one directory": (
        people(jo=["g"])
        + people("b", jo=["g"])
        + home("jo", 30)
        + home("jo", 30, instance="2")
        + home("jo", 5, "b"),
        ask(
            hubs=("a", "b"),
            sizes={
                where("jo", username="jo"): 30,
                where("jo", "b", username="jo"): 5,
            },
        ),
        ask(hubs=("a", "b"), parts={where("jo"): 1, where("jo", "b"): 1}, nobodys=0),
    ),
    "directories grow, shrink, are new": (
        people(jo=["g"], bo=["h"], al=["h"])
        + shares(jo={"g": 1}, bo={"h": 1}, al={"h": 1})
        + one("dirsize_total_size_bytes", "100+1", namespace="a", directory="jo")
        + one("dirsize_total_size_bytes", "1000-2", namespace="a", directory="bo")
        + home("al", 7, life=(215, END)),
        ask(growth={where("jo"): 60, where("bo"): -120, where("al"): 7}, grown=-53),
        ask(growth_of_groups={"g": 60, "h": -113}),
    ),
    "no sizes were known when the range began": (
        people(jo=["g"]) + shares(jo={"g": 1}) + home("jo", 7, life=(215, END)),
        ask(growth=NONE, grown=NONE, growth_of_groups=NONE, sizes={where("jo", username="jo"): 7}),
    ),
}

GONE = core() + people(life=(0, 230), jo=["g"]) + pod("jo") + home("jo", 30) + home("left", 5)
RAW_GAPS = {
    "in a gap nobody knows who is in a group, who is new, and whose a directory is": (
        GONE,
        ask(**chosen(group=("g",)), span=5, people=NONE, gib_hours=NONE, user_gib_hours=NONE),
        ask(**chosen(group=("g",)), new=NONE, group_people={"g": 1}),
        ask(span=5, group_people=NONE, split=NONE, every=NONE),
        ask(home=NONE, nobodys=NONE, orphaned=NONE),
        ask(sizes={where("jo"): 30, where("left"): 5}),
    ),
    "in a gap all groups are still all users who have pods": (
        GONE,
        ask(**chosen(), span=5, to=0.01, people=1, gib_hours=0.08, servers=1, home=NONE),
    ),
}


@pytest.mark.parametrize("name", RAW_GAPS)
def test_a_gap_of_the_exporter(name, tmp_path):
    said = failures(tmp_path, RAW, *RAW_GAPS[name])
    assert not said, said


# Beginnings are known to five minutes where they are recorded.
TO_THE_MINUTE = {"a server is started anew under its name; Dask's pods are no servers"}


@pytest.mark.parametrize("name", CASES)
def test_odd_cluster(name, tmp_path):
    said = failures(tmp_path, RAW, *CASES[name])
    assert not said, said


@pytest.mark.parametrize("name", [name for name in CASES if name not in TO_THE_MINUTE])
def test_odd_cluster_as_it_is_recorded(name, tmp_path):
    said = failures(tmp_path, RECORDED, *CASES[name], rules=recording.text())
    assert not said, said
