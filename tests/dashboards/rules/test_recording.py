"""The recording rules: each on a small cluster in promtool, their names, and the file of them."""

import re
import subprocess

import promql_parser
import pytest
import yaml

from dashboards import catalog
from dashboards.evaluate import data
from dashboards.queries.sources import RECORDED_EACH
from dashboards.rules import recording
from tests.support import promtool
from tests.support.paths import ROOT
from tests.support.small_clusters import braces, core, gpu, home, people, pod, shares

FILE = ROOT / "provisioning/prometheus/rules" / recording.FILE_NAME
(GROUP,) = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
RECORDS = [rule["record"] for rule in GROUP["rules"]]
GIB = 2**30

# Hub a: jo pays for g and h, and works on two cores and one of two GPUs; bo came three minutes
# ago, uses nothing and is in h. Hub b has a jo of its own, with a Dask worker.
CLUSTER = [
    *core("a"),
    *core("b"),
    *people(jo=["g", "h"], bo=["h"]),
    *people("b", jo=["g"]),
    *people(exporter="2", jo=["g", "h"], bo=["h"]),
    *shares(jo={"g": 0.25, "h": 0.75}, bo={"h": 1}),
    *shares(hub="b", jo={"g": 1}),
    *pod("jo", use=2, cpu=4, memory=8 * GIB, nvidia_com_gpu=2),
    *gpu(100, 0, namespace="a", pod="jupyter-jo"),
    *pod("bo", use=0, cpu=1, memory=2 * GIB, life=(28, 240)),
    *pod("jo", hub="b", use=3, cpu=3, memory=GIB),
    *pod("jo", "dask-worker", hub="b", use=5, cpu=4),
    *pod("jo", "dask-scheduler", hub="b", use=1, cpu=1),
    *home("jo", 100),
    *home("old-bo", 10),
    *home("jo", 7, "b"),
]
HUBS = {("a",): 1, ("b",): 1}
A, B = ("a", "jo"), ("b", "jo")
BO = ("a", "bo")
G, H, ELSEWHERE = ("a", "g"), ("a", "h"), ("b", "g")

# At minute 30 three of the last six samples are bo's. Idleness is judged after 15 minutes.
BY_USER = {
    "container_cpu_usage_seconds:rate5m": {A: 2, BO: 0, B: 9},
    "dask_cpu_usage_seconds:rate5m": {B: 6},
    "container_memory_working_set_bytes:avg5m": {A: 2 * GIB, BO: 0, B: 9 * GIB},
    "cpu_requests_cores:avg5m": {A: 4, BO: 0.5, B: 8},
    "memory_requests_bytes:avg5m": {A: 8 * GIB, BO: GIB, B: GIB},
    "gpu_requests:avg5m": {A: 2},
    "gpu_busy:avg5m": {A: 1},
    "gpu_measured:avg5m": {A: 2},
    "servers:avg5m": {A: 1, BO: 0.5, B: 1},
    "idle_servers:sum": {A: 0, B: 0},
    "dirsize_total_size_bytes:sum": {A: 100, BO: 10, B: 7},
}
# By user only.
OF_USERS = {
    "server_memory_working_set_bytes:avg5m": {A: 2 * GIB, BO: 0, B: 3 * GIB},
    "dask_worker_memory_working_set_bytes:avg5m": {B: 5 * GIB},
    "dask_scheduler_memory_working_set_bytes:avg5m": {B: GIB},
    "gpu_pod_memory_working_set_bytes:avg5m": {A: 2 * GIB},
    "server_starts:sum": {BO: 1},
}
PARTS = {
    "info": {A: {"g": 1, "h": 1}, BO: {"h": 1}, B: {"g": 1}},
    "share": {A: {"g": 0.25, "h": 0.75}, BO: {"h": 1}, B: {"g": 1}},
}
RIGHT = {
    "namespace:users_elsewhere:count": {},
    "namespace:kube_pod_annotations:group": HUBS,
    "namespace:container_cpu_usage_seconds:group": HUBS,
    "namespace:container_memory_working_set_bytes:group": HUBS,
    "namespace:dirsize_total_size_bytes:group": HUBS,
    "namespace:jupyterhub_group_members:group": HUBS,
    "namespace_usergroup:jupyterhub_group_members:max": {G: 1, H: 2, ELSEWHERE: 1},
    **{
        f"namespace_username_usergroup:jupyterhub_user_group_{attribution}:max": {
            (*user, group): part for user, groups in parts.items() for group, part in groups.items()
        }
        for attribution, parts in PARTS.items()
    },
    **{f"namespace_username:{name}": it for name, it in {**BY_USER, **OF_USERS}.items()},
}
LABELS = {
    "namespace": ("namespace",),
    "namespace_username": ("namespace", "username"),
    "namespace_usergroup": ("namespace", "usergroup"),
    "namespace_username_usergroup": ("namespace", "username", "usergroup"),
}


def by_group(name):
    """Return what is right for a rule of the second layer: products, added up."""
    of_users, _, attribution = name.partition(":")[2].rpartition("_")
    found = {}
    for (hub, user), use in BY_USER[of_users].items():
        for group, part in PARTS[attribution][hub, user].items():
            found[hub, group] = found.get((hub, group), 0) + use * part
    return found


def failures(folder, record, right, minute=30):
    """Return what promtool says if a rule records anything else."""
    expected = [
        {"labels": braces(**dict(zip(LABELS[record.partition(":")[0]], at, strict=True)))}
        | {"value": value}
        for at, value in right.items()
    ]
    # Without the name, and rounded to a power of two, which leaves whole numbers whole.
    asked = {
        "expr": f"round({record}, 1 / 2^20)",
        "eval_time": f"{minute}m",
        "exp_samples": expected,
    }
    lines = list({line["series"]: line for line in CLUSTER}.values())
    test = {"interval": "1m", "input_series": lines, "promql_expr_test": [asked]}
    return promtool.failures(folder, test, [FILE.read_text("utf-8")], RECORDED_EACH)


@pytest.mark.prometheus
@pytest.mark.parametrize("record", RECORDS)
def test_rule_records_what_is_right(record, tmp_path):
    said = failures(tmp_path, record, RIGHT[record] if record in RIGHT else by_group(record))
    assert not said, said


@pytest.mark.prometheus
def test_what_is_wrong_is_noticed(tmp_path):
    assert "FAILED" in failures(tmp_path, "namespace:kube_pod_annotations:group", {("a",): 1})


@pytest.mark.prometheus
def test_idle_servers_are_judged_after_a_quarter_of_an_hour(tmp_path):
    record = "namespace_username:idle_servers:sum"
    assert not failures(tmp_path, record, {A: 0, BO: 1, B: 0}, 45)


def test_committed_file_is_what_the_queries_say():
    assert FILE.read_text("utf-8") == recording.text()


@pytest.mark.prometheus
@pytest.mark.parametrize("label", [None, "cluster"])
def test_promtool_takes_the_file(label, tmp_path):
    file = tmp_path / "rules.yml"
    file.write_text(recording.text(label))
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(RECORDS)} rules found" in done.stdout


@pytest.mark.parametrize("record", RECORDS)
def test_names_say_the_level_the_metric_and_the_operations(record):
    level, metric, operations = record.split(":")
    assert re.fullmatch(r"(count|sum|max|group|avg5m|rate5m)(_info|_share)?", operations)
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z]", metric)
    (expr,) = (rule["expr"] for rule in GROUP["rules"] if rule["record"] == record)
    outermost = promql_parser.parse(expr)
    assert tuple(outermost.modifier.labels) == LABELS[level]


def test_a_rule_reads_what_is_scraped_or_what_came_before():
    for number, rule in enumerate(GROUP["rules"]):
        read = set(re.findall(r"namespace\w*:\w+:\w+", rule["expr"]))
        assert read <= set(RECORDS[:number]), rule["record"]


def test_rules_are_for_all_hubs_and_groups():
    assert "$" not in re.sub(r'"\$1"', "", FILE.read_text("utf-8"))


# Boards of users and groups, and what each reads beside: few series, or of now only.
ALSO_READ = {
    "user-groups": set(),
    "users": set(),
    "usage-report": set(),
    "activity": {"jupyterhub_active_users", "jupyterhub_group_active_members"},
    "home-directories": {
        "jupyterhub_user_group_info",
        "jupyterhub_group_members",
        *(f"dirsize_{it}" for it in ["total_size_bytes", "entries_count", "latest_mtime"]),
        "dirsize_oldest_mtime",
    },
}


@pytest.mark.parametrize("name", ALSO_READ)
def test_boards_of_users_and_groups_read_what_is_recorded(name):
    """So that scraped series of pods need not be kept as long."""
    read = set()
    for panel in data.panels(catalog.load(name, recorded=True)):
        for target in panel.get("targets", ()):
            read |= set(re.findall(r"([\w:$]+(?:{attribution})?[\w:]*)\{", target["expr"]))
    read = {
        name.replace("${attribution}", attribution)
        for name in read
        for attribution in ("info", "share")
    }
    assert read - set(RECORDS) == ALSO_READ[name]
