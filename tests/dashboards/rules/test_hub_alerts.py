"""The alerts about hubs and the cluster, in the real promtool, and the page about them.

A case is a hub minute by minute, scraped every 15 seconds, every minute and every two.
"""

import re
import subprocess

import pytest
import yaml

from dashboards.kit import alert_thresholds
from dashboards.rules import alerts
from dashboards.rules.alerts import alerts as every_alert
from tests.support import promtool
from tests.support.paths import ROOT
from tests.support.small_clusters import braces

FILE = ROOT / "provisioning/prometheus/rules" / alerts.FILE_NAME
ALERTS = {alert.name: alert for alert in every_alert()}
PAGE = ROOT / alerts.PAGE
STEPS = [15, 60, 120]
GIB = 2**30
HUB = {"namespace": "h"}
UNSEEN = object()
DAY = 24 * 60


def line(metric, labels, phases, end, step):
    """Return a series in promtool's notation: value by the minute from which on it holds.

    None: it is not there; UNSEEN: Prometheus is away. A function takes the second.
    """
    values = []
    for second in range(0, end * 60 + 1, step):
        (*_, now) = [value for minute, value in phases.items() if minute * 60 <= second]
        now = now(second) if callable(now) else now
        was_there = bool(values) and values[-1] not in ("_", "stale")
        if now is None or now is UNSEEN:
            values.append("stale" if was_there and now is None else "_")
        else:
            values.append(f"{now:.10g}")
    return {"series": metric + braces(**labels), "values": " ".join(values)}


def always(value):
    return {0: value}


def hub():
    """Yield what shows that there is a hub in the namespace h."""
    yield "jupyterhub_group_members", {**HUB, "usergroup": "g"}, always(3)
    yield "jupyterhub_total_users", HUB, always(3)


def pod(name, phase, *, created=0, gone=10**6, namespace="h", **more):
    """Yield a pod that is in one phase from its creation until it is gone."""
    who = {"namespace": namespace, "pod": name, "uid": name}
    there = {0: None, created: 1, gone: None}
    yield "kube_pod_created", who, {**there, created: created * 60}
    for each in ("Pending", "Running", "Failed"):
        yield (
            "kube_pod_status_phase",
            {**who, "phase": each},
            {**there, created: float(each == phase)},
        )
    for metric, labels in more.items():
        yield metric, {**who, **labels}, there


def starts(phases, created=None, **labels):
    """Yield a counter of failed starts; with the minute of its creation, if that is kept."""
    on = {**HUB, "status": "error", **labels}
    spawns = "jupyterhub_server_spawn_duration_seconds"
    yield f"{spawns}_count", on, phases
    if created is not None:
        there = {
            minute: value if value in (None, UNSEEN) else created * 60
            for minute, value in phases.items()
        }
        yield f"{spawns}_created", on, there


def at(instance, *hub_, phases=None):
    """Yield series with the address of their hub, which is scraped in these phases."""
    yield "jupyterhub_total_users", {**HUB, "instance": instance}, phases or always(3)
    for metric, labels, values in hub_:
        yield metric, {**labels, "instance": instance}, values


def volume(claim, size, *left, namespace="h"):
    """Yield a volume of which so much is left, from these minutes on."""
    on = {"namespace": namespace, "persistentvolumeclaim": claim, "node": "n"}
    yield "kubelet_volume_stats_capacity_bytes", on, always(size)
    yield "kubelet_volume_stats_available_bytes", on, dict(left)


def server(user, reserved, cores):
    """Yield a server that runs from the start, reserves bytes and uses cores."""
    who = {"namespace": "h", "pod": f"jupyter-{user}", "uid": user}
    container = {"container": "notebook"}
    yield "kube_pod_annotations", {**who, "annotation_hub_jupyter_org_username": user}, always(1)
    yield "kube_pod_start_time", who, always(0)
    yield "kube_pod_status_phase", {**who, "phase": "Running"}, always(1)
    requests = {**who, **container, "resource": "memory"}
    yield "kube_pod_container_resource_requests", requests, always(reserved)
    use = {**who, **container, "name": "x"}
    yield "container_cpu_usage_seconds_total", use, always(lambda second: cores * second)


def node(name, pool, cpu, memory, reserved_cpu, reserved_memory):
    """Yield a node of so many cores and bytes, and one pod that reserves some."""
    yield "kube_node_labels", {"node": name, "label_agentpool": pool}, always(1)
    for resource, has, taken in (("cpu", cpu, reserved_cpu), ("memory", memory, reserved_memory)):
        on = {"node": name, "resource": resource}
        yield "kube_node_status_allocatable", on, always(has)
        who = {"namespace": "x", "pod": f"p-{name}", "uid": name, "container": "c"}
        yield "kube_pod_container_resource_requests", {**who, **on}, always(taken)


def ended(name, reason, phases):
    who = {"namespace": "h", "pod": name, "uid": name, "container": "notebook", "reason": reason}
    yield "kube_pod_container_status_terminated_reason", who, phases


def restarted(pod_, at, owner="", reason="OOMKilled", counts=None, made=-DAY):
    """Yield a container that was started again at a minute, of a pod made at another."""
    who = {"namespace": "h", "pod": pod_, "uid": pod_}
    on = {**who, "container": "hub"}
    yield "kube_pod_container_status_restarts_total", on, counts or {0: 0, at: 1}
    yield "kube_pod_created", who, always(made * 60)
    last = "kube_pod_container_status_last_terminated_reason"
    yield last, {**on, "reason": reason}, {0: None, at: 1}
    yield "kube_pod_annotations", {**who, "annotation_hub_jupyter_org_username": owner}, always(1)


def member(user, *namespaces):
    """Yield a user of the hub, whose pods the exporter says are in these namespaces."""
    who = {**HUB, "username": user}
    yield "jupyterhub_user_group_info", {**who, "usergroup": "g"}, always(1)
    for namespace in namespaces:
        yield "jupyterhub_user_namespace_info", {**who, "user_namespace": namespace}, always(1)


def owned(namespace, user):
    """Yield a pod of a user, or of nobody, from minute 20 on."""
    who = {"namespace": namespace, "pod": f"p-{user}", "uid": f"{namespace}-{user}"}
    owner = {"annotation_hub_jupyter_org_username": user} if user else {}
    yield "kube_pod_annotations", {**who, **owner}, {0: None, 20: 1}


def labeled(namespace, component):
    """Yield a pod of the hub's own, as Zero to JupyterHub labels it."""
    who = {"namespace": namespace, "pod": component, "label_component": component}
    yield "kube_pod_labels", who, always(1)


def fires(name, **labels):
    return {"alertname": name, "severity": ALERTS[name].severity, **labels}


FAIL = fires("GroupscopeStartsFail", **HUB)
STUCK = fires("GroupscopePodsStuck", **HUB, reason="not known")
PULL = {
    "kube_pod_container_status_waiting_reason": {"container": "c", "reason": "ImagePullBackOff"}
}
ROOM = {"kube_pod_status_unschedulable": {}}
FULL = fires("GroupscopePoolFull", pool="user")
HOME = {**HUB, "persistentvolumeclaim": "home-nfs"}
DATABASE = {**HUB, "persistentvolumeclaim": "hub-db-dir"}
IDLE = fires("GroupscopeIdleLargeServer", **HUB, pod="jupyter-ann", username="ann")
NOT_COUNTED = fires("GroupscopeUsersNotCounted", **HUB)
KILLED = fires("GroupscopeMemoryKills", **HUB)
THREE = {n: n for n in range(3)}

# What is there, and the alerts that fire at a minute. What is never named must never fire.
CASES = {
    "pods that start within minutes": (
        [*pod("a", "Pending", created=5, gone=12), *pod("b", "Pending", created=20, gone=34)],
        {60: []},
    ),
    "a pod waits": ([*pod("a", "Pending", created=5)], {24: [], 28: [STUCK], 60: [STUCK]}),
    "it is told why": (
        [*pod("a", "Pending", created=5, **PULL), *pod("b", "Pending", created=5, **ROOM)],
        {
            24: [],
            28: [
                {**STUCK, "reason": "ImagePullBackOff"},
                {**STUCK, "reason": "no node has room"},
            ],
        },
    ),
    "a pod of another namespace waits": (
        [*pod("a", "Pending", created=5, namespace="batch")],
        {60: []},
    ),
    "a pod runs": ([*pod("a", "Running", created=5)], {60: []}),
    "two starts fail": ([*starts({0: 0, 20: 1, 25: 2}, reason="")], {90: []}),
    "three starts fail, but not within half an hour": (
        [*starts({0: 0, 10: 1, 50: 2, 90: 3})],
        {150: []},
    ),
    "starts fail": (
        [*starts({0: 0, 20: 2, 24: 4, 26: 6})],
        {18: [], 34: [FAIL], 70: []},
    ),
    "for reasons of which there was no series": (
        [
            *(
                each
                for reason in ("image", "quota", "other")
                for each in starts({0: None, 20: 1, 22: 2}, reason=reason)
            )
        ],
        {18: [], 30: [FAIL], 80: []},
    ),
    "the hub starts anew: its counters begin at 0": (
        [*starts({0: 40, 20: None, 22: 0}), *starts({0: 9, 20: None, 22: 0}, reason="throttled")],
        {60: []},
    ),
    "thirty starts are refused at once, for a new reason": (
        [*starts({0: None, 20: 30}, reason="quota", status="failure")],
        {18: [], 24: [FAIL], 48: [FAIL], 60: []},
    ),
    "and Prometheus knows since when there is that counter": (
        [*starts({0: None, 20: 30}, created=19, reason="quota", status="failure")],
        {18: [], 24: [FAIL], 48: [FAIL], 60: []},
    ),
    "five minutes after a hub came to a new address": (
        [
            *at("a", *starts({0: 7, 15: None}), phases={0: 3, 15: None}),
            *at("b", *starts({0: None, 20: 30}, reason="quota"), phases={0: None, 15: 3}),
        ],
        {18: [], 24: [FAIL], 44: [FAIL], 60: []},
    ),
    "before the first scrape of a hub at a new address": (
        [
            *at("a", *starts({0: 7, 15: None}, created=-DAY), phases={0: 3, 15: None}),
            *at("b", *starts({0: None, 20: 30}, created=16), phases={0: None, 20: 3}),
        ],
        {18: [], 24: [FAIL], 44: [FAIL], 60: []},
    ),
    "a hub comes to a new address": (
        [
            *at("a", *starts({0: 30, 20: None}, created=-DAY), phases={0: 3, 20: None}),
            *at("b", *starts({0: None, 22: 0}, created=21), phases={0: None, 22: 3}),
        ],
        {60: []},
    ),
    "a hub is scraped under another name": (
        [
            *at("a", *starts({0: 30, 20: None}), phases={0: 3, 20: None}),
            *at("b", *starts({0: None, 20: 30}), phases={0: None, 20: 3}),
        ],
        {60: []},
    ),
    "a hub is scraped for the first time": (
        [
            *at("b", *starts({0: None, 20: 30}, reason="quota"), phases={0: None, 20: 3}),
            *at(
                "c",
                *starts({0: None, 20: 30}, created=-DAY, reason="quota"),
                phases={0: None, 20: 3},
            ),
        ],
        {60: []},
    ),
    "Prometheus is new": (
        [
            *at("b", *starts({0: UNSEEN, 20: 30}), phases={0: UNSEEN, 20: 3}),
            *at("c", *starts({0: UNSEEN, 20: 30}, created=-DAY), phases={0: UNSEEN, 20: 3}),
        ],
        {60: []},
    ),
    "its configuration keeps a metric that it dropped": (
        [*starts({0: None, 20: 30}, created=-DAY, reason="quota")],
        {60: []},
    ),
    "a new Prometheus sees starts fail": (
        [
            *at(
                "b",
                *starts({0: UNSEEN, 20: 30, 24: 34}, created=-DAY),
                phases={0: UNSEEN, 20: 3},
            )
        ],
        {22: [], 30: [FAIL], 50: [FAIL], 60: []},
    ),
    "Prometheus was away for an hour, in which starts failed": (
        [
            *at(
                "b",
                *starts({0: 1, 20: UNSEEN, 80: 9}, created=-DAY),
                phases={0: 3, 20: UNSEEN, 80: 3},
            ),
            *at("c", *starts({0: 1, 20: UNSEEN, 80: 9}), phases={0: 3, 20: UNSEEN, 80: 3}),
        ],
        {130: []},
    ),
    "and the hub began anew": (
        [
            *at(
                "b",
                *starts({0: 1, 20: UNSEEN, 80: 9}, created=25),
                phases={0: 3, 20: UNSEEN, 80: 3},
            ),
            *at(
                "c",
                *starts({0: None, 20: UNSEEN, 80: 9}, reason="quota"),
                phases={0: 3, 20: UNSEEN, 80: 3},
            ),
        ],
        {130: []},
    ),
    "the hub starts anew, and then starts fail": (
        [*starts({0: 40, 20: None, 22: 0, 26: 2, 30: 4})],
        {28: [], 36: [FAIL], 80: []},
    ),
    "the hub starts anew, and counts to more than before": (
        [*starts({0: 2, 20: None, 22: 0, 26: 2, 30: 4}, created=0)],
        {28: [], 36: [FAIL], 80: []},
    ),
    "two servers end while the hub waits for them: each is counted twice": (
        [*starts({0: None, 20: 1, 21: 2}, reason="exited"), *starts({0: 0, 20: 1, 21: 2})],
        {60: []},
    ),
    "three servers do": (
        [*starts({0: None, 20: 1, 21: 3}, reason="exited"), *starts({0: 0, 20: 1, 21: 3})],
        {18: [], 25: [FAIL], 60: []},
    ),
    "a shared volume fills up": (
        [*volume("home-nfs", 100, (0, 16), (20, 14), (50, 4))],
        {
            28: [],
            33: [fires("GroupscopeSharedVolumeLow", **HOME)],
            64: [
                fires("GroupscopeSharedVolumeLow", **HOME),
                fires("GroupscopeSharedVolumeFull", **HOME),
            ],
        },
    ),
    "a user's own volume does": ([*volume("claim-ann", 100, (0, 1))], {60: []}),
    "a volume of another namespace does": (
        [*volume("data", 100, (0, 1), namespace="batch")],
        {60: []},
    ),
    "it is full for some minutes": (
        [*volume("home-nfs", 100, (0, 50), (20, 1), (27, 50))],
        {60: []},
    ),
    "the database's volume fills up": (
        [*volume("hub-db-dir", 100, (0, 26), (20, 24), (50, 9))],
        {
            28: [],
            33: [fires("GroupscopeDatabaseVolumeLow", **DATABASE)],
            64: [
                fires("GroupscopeDatabaseVolumeLow", **DATABASE),
                fires("GroupscopeDatabaseVolumeFull", **DATABASE),
            ],
        },
    ),
    "two servers ran out of memory": (
        [
            *(each for n in "ab" for each in ended(n, "OOMKilled", {0: None, 20: 1, 30: None})),
            *(each for n in "cd" for each in ended(n, "Completed", {0: None, 20: 1, 30: None})),
        ],
        {60: []},
    ),
    "three did within the hour": (
        [
            each
            for n in THREE
            for each in ended(f"p{n}", "OOMKilled", {0: None, 20 + 15 * n: 1, 30 + 15 * n: None})
        ],
        {48: [], 54: [KILLED], 75: [KILLED], 150: []},
    ),
    "the hub ran out of memory": (
        [*restarted("hub-1", 20)],
        {
            18: [],
            24: [fires("GroupscopeHubKilled", **HUB, pod="hub-1", container="hub", uid="hub-1")],
            70: [],
        },
    ),
    "it did before it was seen": (
        [*restarted("hub-1", 20, counts={0: None, 20: 1}, made=19)],
        {
            18: [],
            24: [fires("GroupscopeHubKilled", **HUB, pod="hub-1", container="hub", uid="hub-1")],
            70: [],
        },
    ),
    "kube-state-metrics is new": ([*restarted("hub-1", 20, counts={0: None, 20: 5})], {70: []}),
    "kube-state-metrics comes to a new address": (
        [
            (metric, {**labels, "instance": instance}, phases)
            for instance, gone, come in (("k", 20, 0), ("l", 10**6, 20))
            for metric, labels, phases in restarted(
                "hub-1", 0, counts={0: None, come: 5, gone: None}
            )
        ],
        {70: []},
    ),
    "there are two of them": (
        [
            (metric, {**labels, "instance": instance}, phases)
            for instance in "kl"
            for metric, labels, phases in restarted("jupyter-a", 20, owner="a")
        ],
        {70: []},
    ),
    "the hub was started again for another reason": (
        [*restarted("hub-1", 20, reason="Error")],
        {70: []},
    ),
    "a user's container was started again": ([*restarted("jupyter-a", 20, owner="a")], {70: []}),
    "a pool is nearly full": ([*node("n", "user", 10, 100, 9.4, 94)], {90: []}),
    "a pool is full of CPU": ([*node("n", "user", 10, 100, 9.6, 10)], {28: [], 33: [FULL]}),
    "of memory": ([*node("n", "user", 10, 100, 1, 96)], {28: [], 33: [FULL]}),
    "one of its nodes is full, the other is empty": (
        [*node("n", "user", 10, 100, 10, 100), *node("o", "user", 10, 100, 0, 0)],
        {90: []},
    ),
    "a user's pod is in a namespace of its own": (
        [*member("ann"), *owned("h-ann", "ann"), *owned("h-ann", ""), *owned("h", "")],
        {28: [], 38: [NOT_COUNTED], 60: [NOT_COUNTED]},
    ),
    "the exporter knows whose the namespace is": (
        [*member("ann", "h-ann"), *owned("h-ann", "ann"), *owned("h", "")],
        {60: []},
    ),
    "a user of this name is on a hub without an exporter": (
        [*member("ann"), *owned("other", "ann"), *owned("h", ""), *labeled("other", "hub")],
        {60: []},
    ),
    "a user of this name is on a hub whose own metrics are scraped": (
        [
            *member("ann"),
            *owned("other", "ann"),
            ("jupyterhub_total_users", {"namespace": "other"}, always(3)),
        ],
        {60: []},
    ),
    "a large server is idle": (
        [*server("ann", 32 * GIB, 0.01)],
        {240: [], 262: [IDLE]},
    ),
    "a large one works": ([*server("ann", 32 * GIB, 0.2)], {300: []}),
    "a small one is idle": ([*server("ann", 2 * GIB, 0.01)], {300: []}),
}


def failures(folder, series, step, end, *, firing=(), texts=()):
    """Return what promtool says of wrong alerts; nothing if all are right."""
    test = {
        "interval": f"{step}s",
        "input_series": [line(*one, end, step) for one in (*hub(), *series)],
        "promql_expr_test": list(firing),
        "alert_rule_test": list(texts),
    }
    return promtool.failures(folder, test, [FILE.read_text("utf-8")], "1m")


def asks(by_minute):
    """Yield what fires at each minute, and all that ever did."""
    end = max(by_minute)
    every = {braces(**labels): labels for found in by_minute.values() for labels in found}
    firing = 'ALERTS{alertstate="firing"}'
    questions = [(firing, minute, found) for minute, found in by_minute.items()]
    questions.append((f"last_over_time({firing}[{end + 1}m])", end, every.values()))
    for query, minute, found in questions:
        yield {
            "expr": query,
            "eval_time": f"{minute}m",
            "exp_samples": [
                {"labels": "ALERTS" + braces(**labels, alertstate="firing"), "value": 1}
                for labels in found
            ],
        }


@pytest.mark.prometheus
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_fires_and_nothing_else(case, step, tmp_path):
    series, by_minute = CASES[case]
    said = failures(tmp_path, series, step, max(by_minute), firing=asks(by_minute))
    assert not said, said


# What is said at a minute in a case.
TEXTS = {
    "GroupscopeStartsFail": (
        "thirty starts are refused at once, for a new reason",
        26,
        "30 servers of the hub in h did not start within 30 minutes.",
    ),
    "GroupscopePodsStuck": (
        "a pod waits",
        30,
        "1 pods in h have waited for more than 15 minutes: not known.",
    ),
    "GroupscopeUsersNotCounted": (
        "a user's pod is in a namespace of its own",
        40,
        "1 users of the hub in h have pods in a namespace of their own, so that what its groups "
        "use is unknown.",
    ),
    "GroupscopeHubKilled": (
        "the hub ran out of memory",
        24,
        "The container hub of hub-1 in h used more memory than it may, and was killed.",
    ),
    "GroupscopeMemoryKills": (
        "three did within the hour",
        60,
        "3 servers or workers in h were killed within an hour because they used more memory than "
        "they may.",
    ),
    "GroupscopeSharedVolumeLow": (
        "a shared volume fills up",
        40,
        "14% of the volume home-nfs in h is left.",
    ),
    "GroupscopeSharedVolumeFull": (
        "a shared volume fills up",
        64,
        "4% of the volume home-nfs in h is left.",
    ),
    "GroupscopeDatabaseVolumeLow": (
        "the database's volume fills up",
        40,
        "24% of the volume hub-db-dir in h is left.",
    ),
    "GroupscopeDatabaseVolumeFull": (
        "the database's volume fills up",
        64,
        "9% of the volume hub-db-dir in h is left.",
    ),
    "GroupscopePoolFull": (
        "of memory",
        60,
        "Pods have reserved 96% of the CPU or memory of the pool user, for half an hour.",
    ),
    "GroupscopeIdleLargeServer": (
        "a large server is idle",
        262,
        "The server jupyter-ann of ann in h reserves 32GiB of memory and has done nearly nothing "
        "for 4 hours.",
    ),
}


@pytest.mark.prometheus
@pytest.mark.parametrize("name", ALERTS)
def test_what_an_alert_says(name, tmp_path):
    case, minute, description = TEXTS[name]
    series, by_minute = CASES[case]
    (labels,) = {
        braces(**labels): labels
        for found in by_minute.values()
        for labels in found
        if labels["alertname"] == name
    }.values()
    told = {
        "exp_labels": {key: value for key, value in labels.items() if key != "alertname"},
        "exp_annotations": {
            "summary": ALERTS[name].summary,
            "description": description,
            "runbook_url": f"{alerts.PAGE}#{name.lower()}",
        },
    }
    asked = {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": [told]}
    said = failures(tmp_path, series, 60, minute, texts=[asked])
    assert not said, said


def test_every_alert_is_tried():
    fired = {
        labels["alertname"]
        for _, by_minute in CASES.values()
        for found in by_minute.values()
        for labels in found
    }
    assert fired == set(TEXTS) == set(ALERTS)


@pytest.mark.prometheus
@pytest.mark.parametrize("label", [None, "cluster"])
def test_promtool_accepts_the_rules(label, tmp_path):
    file = tmp_path / "rules.yml"
    file.write_text(alerts.text(label), "utf-8")
    command = ["promtool", "check", "rules", "--lint-fatal", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_with_a_label_for_clusters_none_is_added_to_another():
    lists = re.findall(r"\b(?:by|on) \(([^()]*)\)", alerts.text("cluster"))
    assert lists
    for labels in lists:
        apart = bool({"namespace", "node"} & set(labels.split(", ")))
        assert apart == ("cluster" in labels), labels


def test_the_file_is_as_built():
    assert FILE.read_text("utf-8") == alerts.text()
    (group,) = yaml.safe_load(alerts.text())["groups"]
    assert [rule["alert"] for rule in group["rules"]] == list(ALERTS)


def test_the_page_has_a_section_for_each_alert_in_their_order():
    page = PAGE.read_text("utf-8")
    assert re.findall(r"^##+ (Groupscope\w+)$", page, re.MULTILINE) == list(ALERTS)
    told = re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\) \| (\w+) \|", page, re.MULTILINE)
    assert told == [(name, name.lower(), alert.severity) for name, alert in ALERTS.items()]


def test_the_page_says_the_limits():
    sections = dict(
        re.findall(
            r"^## (Groupscope\w+)\n(.+?)(?=^## |\Z)",
            PAGE.read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        )
    )
    for name, said in {
        "GroupscopeStartsFail": f"{alert_thresholds.FAILED_STARTS} or more",
        "GroupscopePodsStuck": f"{alert_thresholds.PENDING_MINUTES} minutes",
        "GroupscopeMemoryKills": f"{alert_thresholds.MEMORY_KILLS} or more",
        "GroupscopeSharedVolumeLow": f"{alert_thresholds.SHARED_VOLUME_LEFT.warn:.0%}",
        "GroupscopeSharedVolumeFull": f"{alert_thresholds.SHARED_VOLUME_LEFT.bad:.0%}",
        "GroupscopeDatabaseVolumeLow": f"{alert_thresholds.DATABASE_LEFT.warn:.0%}",
        "GroupscopeDatabaseVolumeFull": f"{alert_thresholds.DATABASE_LEFT.bad:.0%}",
        "GroupscopePoolFull": f"{alert_thresholds.COMMITMENT.bad:.0%}",
        "GroupscopeIdleLargeServer": f"{alert_thresholds.IDLE_LARGE_GIB} GiB",
    }.items():
        assert said in sections[name].replace(" %", "%"), name
