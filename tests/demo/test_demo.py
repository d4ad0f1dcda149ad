"""The demo: a believable world, exporters in the shape of the real ones, one history."""

import importlib
import itertools
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from demo import membership_series, serve, state, truth
from demo.__main__ import cli
from demo.exporters import (
    JOBS,
    TARGETS,
    cadvisor,
    cluster,
    dcgm,
    dirsize,
    jupyterhub,
    kube_state_metrics,
    kubelet,
    node,
)
from demo.exposition import scrape
from demo.history import stored
from demo.people import DAY, FORMER, GROUPS, HOUR, NAMESPACE, PEOPLE
from demo.questions import Answer, Question
from demo.usage import MINUTE, usage
from demo.world import make_world
from exporter.core import slugs
from exporter.core.groups import NO_GROUP
from exporter.core.memberships import Snapshot, User
from tests.support.exporter_values import text
from tests.support.prometheus_fixtures import DAYS, NOW


@pytest.fixture(scope="module")
def world():
    return make_world(NOW, DAYS)


def test_there_are_about_sixty_people_in_eight_groups_with_names_of_all_kinds(world):
    assert 55 <= len(PEOPLE) <= 65
    assert len(GROUPS) == 8
    names = "".join(person.username for person in PEOPLE)
    assert {"@", ".", "_", "-"} <= set(names)
    assert not names.isascii()
    assert not names.islower()
    groups = [world.groups_of(person.username, NOW) for person in PEOPLE]
    assert Counter(map(len, groups)).keys() == {0, 1, 2, 3}
    assert {group for found in groups for group in found} == set(GROUPS) - {"alumni"}


def test_people_join_the_workshop_when_it_begins_and_on_its_second_day(world):
    first, _ = world.workshop
    sizes = [truth.sizes(world, time)["workshop"] for time in (first, first + 9 * HOUR, NOW)]
    assert sizes == [0, 14, 17]
    assert datetime.fromtimestamp(first, UTC).strftime("%a %H:%M") == "Tue 00:00"


def test_weekdays_and_nights_look_like_weekdays_and_nights(world):
    by_hour, by_day = Counter(), Counter()
    for pod in world.pods:
        for time in np.arange(pod.start, pod.end, HOUR):
            moment = datetime.fromtimestamp(time, UTC)
            by_hour[moment.hour] += 1
            by_day[moment.weekday()] += 1
    assert by_hour[11] > 2 * by_hour[4]
    assert min(by_day[day] for day in range(5)) > 1.5 * max(by_day[5], by_day[6])


def test_what_goes_wrong_on_real_clusters_is_in_the_history(world):
    past = [pod for pod in world.pods if world.start <= pod.start and pod.end < NOW]
    assert any(pod.out_of_memory for pod in past)
    big_and_idle = [
        pod
        for pod in past
        if pod.size.memory_request > 30 * 2**30 and usage(pod).cores.max() < 0.05
    ]
    assert any(pod.end - pod.start > DAY for pod in big_and_idle)
    assert all(pod.gone - pod.end > 5 * MINUTE for pod in past)
    assert {pod.component for pod in past} >= {"dask-worker", "dask-scheduler"}
    assert any(pod.size.gpus == 2 for pod in past)
    at_once = defaultdict(set)
    for pod in past:
        for other in world.pods_of[pod.username]:
            if other.start < pod.end and pod.start < other.end and truth.is_server(other):
                at_once[pod.username].add(other.name)
    assert sum(len(names) > 1 for names in at_once.values()) >= 2


def test_a_name_is_used_by_one_pod_at_a_time(world):
    gone = {}
    for pod in world.pods:
        assert pod.start > gone.get(pod.name, 0.0), pod.name
        gone[pod.name] = pod.gone


def test_the_same_day_gives_the_same_world_whenever_it_is_asked_for():
    one, other = make_world(NOW, 14), make_world(NOW, 14)
    assert one.pods == other.pods
    assert np.array_equal(usage(one.pods[7]).cores, usage(other.pods[7]).cores)
    assert make_world(NOW, 14, seed=2).pods != one.pods


def test_a_counter_never_falls_and_a_use_never_exceeds_its_limit(world):
    for pod in world.pods[::20]:
        use = usage(pod)
        seconds = use.cpu_seconds(np.arange(pod.start, pod.end, 13.0))
        assert (np.diff(seconds) >= 0).all()
        assert use.cores.max() <= pod.size.cpu_limit
        assert use.memory.max() <= pod.size.memory_limit


def test_truth_adds_up(world):
    """What all users used is what the pods used; a day is its hours."""
    span = truth.Range(world.start, NOW)
    users = sum(truth.by_user(world, span, truth.cpu, (*GROUPS, NO_GROUP)).values())
    inside = [
        usage(pod).integral(usage(pod).cores, max(pod.start, span.start), min(pod.end, span.end))
        for pod in world.pods
        if pod.start < span.end and pod.end > span.start
    ]
    assert users == pytest.approx(sum(inside) / HOUR)
    edges = np.linspace(span.start, span.end, 8)
    parts = [
        truth.by_group(world, truth.Range(low, high), truth.cpu).get("lab", 0.0)
        for low, high in itertools.pairwise(edges)
    ]
    assert sum(parts) == pytest.approx(truth.by_group(world, span, truth.cpu)["lab"])


def test_membership_counts_from_the_moment_of_joining(world):
    """Who joins the workshop on its second morning had a server on its first day, too."""
    first, end = world.workshop
    joined = first + DAY + 8 * HOUR
    before, after = truth.Range(first, joined), truth.Range(joined, end)
    for late in ("Ws.Late1", "ws.late2"):
        assert truth.by_user(world, before, truth.servers, [NO_GROUP])[late] > 3
        assert late not in truth.by_user(world, before, truth.servers, ["workshop"])
        assert truth.by_user(world, after, truth.servers, ["workshop"])[late] > 3


def test_the_exporters_history_is_what_the_exporter_says(world):
    """At any time the simulated past is, series for series, what the real code exports."""
    first, _ = world.workshop
    for time in (world.start + HOUR, first + 12 * HOUR, NOW - MINUTE):
        users = []
        for person in world.listed(time):
            seen = float(world.last_seen(person.username, np.array([time]))[0])
            users.append(
                User(person.username, world.groups_of(person.username, time), seen or None)
            )
        snapshot = Snapshot(tuple(users), GROUPS, time)
        real = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text(snapshot, NAMESPACE))
            for sample in family.samples
        }
        simulated = {
            (series.metric, series.labels): float(series.at(np.array([time]))[0])
            for series in membership_series.exporter(world)
            if series.born <= time < series.dies
        }
        assert simulated == real


@pytest.mark.slow
def test_the_past_goes_on_under_the_same_series(world):
    """What the live target answers is, after the scrape's labels, what the blocks hold."""
    time = NOW - 3 * HOUR
    for job, exposed in serve.targets(world).items():
        live = _series(scrape(exposed, time))
        past = {}
        for one in _of(world, job):
            if one.born <= time < one.dies:
                labels = stored(one, "demo")
                key = labels.pop("__name__"), frozenset(labels.items())
                past[key] = float(one.at(np.array([time]))[0])
        target = set(TARGETS.get(job, {}).items())
        added = {("job", job), ("instance", "demo"), *target}
        if job == dcgm.JOB:
            # Without honor_labels the scrape renames the target's own labels.
            renamed = {"namespace", "pod", "container"}
            live = {
                (
                    metric,
                    frozenset((f"exported_{n}" if n in renamed else n, v) for n, v in labels)
                    | target,
                ): value
                for (metric, labels), value in live.items()
            }
        assert {(m, labels | added): v for (m, labels), v in live.items()} == past
        assert live


def _of(world, job):
    return [series for series in cluster(world) if series.job == job]


def _series(text):
    """Return ``{(metric, labels): value}`` of an exposition, read with prometheus-client."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


@pytest.mark.prometheus
@pytest.mark.parametrize("job", JOBS)
def test_promtool_reads_what_the_simulator_answers(world, job):
    text = scrape(serve.targets(world)[job], NOW - 3 * HOUR)
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    # Style is the real exporters' own (no HELP here, DCGM's capitals); errors are ours.
    complaints = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    assert not complaints


@pytest.mark.slow
def test_each_job_has_the_metrics_that_make_its_shape(world):
    names = {job: {series.metric for series in _of(world, job)} for job in JOBS}
    pods = names[kube_state_metrics.JOB]
    assert {"kube_pod_annotations", "kube_pod_labels", "kube_pod_status_phase"} <= pods
    assert {"kube_pod_container_resource_requests", "kube_pod_container_resource_limits"} <= pods
    assert {
        "container_cpu_usage_seconds_total",
        "container_memory_working_set_bytes",
        "container_oom_events_total",
    } <= names[cadvisor.JOB]
    assert {"node_memory_MemTotal_bytes", "node_cpu_seconds_total"} <= names[node.JOB]
    assert "dirsize_total_size_bytes" in names[dirsize.JOB]
    assert {"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED"} <= names[dcgm.JOB]


def test_some_come_to_the_hub_and_some_leave_their_directories(world):
    arrived = truth.new_users(world, truth.Range(world.start, NOW))
    assert len(arrived) == 3
    assert all(
        pod.start > world.workshop[0] + DAY for name in arrived for pod in world.pods_of[name]
    )
    homes = {slugs.safe(person.username) for person in world.people}
    directories = {
        dict(series.labels)["directory"]
        for series in _of(world, dirsize.JOB)
        if series.metric == "dirsize_total_size_bytes"
    }
    assert {slugs.safe(name) for name in FORMER} <= directories - homes


@pytest.mark.slow
def test_incidents_are_in_the_series(world):
    """Each can be told from what the exporters say at the time, and from nothing else."""
    incidents = world.incidents

    def sample(job, metric, time, **labels):
        return sum(
            float(one.at(np.array([time]))[0])
            for one in _of(world, job)
            if one.metric == metric
            and labels.items() <= dict(one.labels).items()
            and one.born <= time < one.dies
        )

    state = kube_state_metrics.JOB
    pending = {"phase": "Pending"}
    assert sample(state, "kube_pod_status_phase", NOW - HOUR, **pending) == 1
    asked = incidents.image_missing[0] + MINUTE
    assert sample(state, "kube_pod_status_phase", asked, **pending) == 1
    assert sample(state, "kube_pod_status_unschedulable", incidents.no_room[0] + HOUR) == 2
    restarts = "kube_pod_container_status_restarts_total"
    assert sample(state, restarts, incidents.hub_restart - 1) == 0
    assert sample(state, restarts, incidents.hub_restart + 1) == 1
    killed = [pod for pod in world.pods if pod.out_of_memory and pod.start > world.start]
    end = killed[0].end
    kills = [sample(node.JOB, "node_vmstat_oom_kill", t) for t in (end - 60, end + 1)]
    assert kills[1] - kills[0] == 1
    spawns = "jupyterhub_server_spawn_duration_seconds_count"
    begin, end = incidents.rush
    throttled = {"status": "failure", "reason": "throttled"}
    assert sample(jupyterhub.JOB, spawns, begin, **throttled) == 0
    assert sample(jupyterhub.JOB, spawns, end, **throttled) == 5
    failed = [sample(jupyterhub.JOB, spawns, NOW - 1, status=s) for s in ("failure", "error")]
    # The hub has begun anew since the workshop; the server that exited it counts twice.
    assert failed == [0, 2]
    _, full, deleted = incidents.volume_fills
    left, size = (
        sample(kubelet.JOB, f"kubelet_volume_stats_{what}_bytes", deleted - 1, **HOMES)
        for what in ("available", "capacity")
    )
    assert 0.01 < left / size < 0.02
    assert full < deleted


HOMES = {"persistentvolumeclaim": "home-nfs"}


@pytest.fixture(scope="module")
def real_hub_metrics(hub):
    """Return the metrics of a real hub, read with a token that may."""
    page = httpx.get(
        hub.api_url.replace("/hub/api", "/hub/metrics"),
        headers={"Authorization": f"Bearer {hub.tokens['metrics']}"},
        trust_env=False,
    )
    page.raise_for_status()
    return list(text_string_to_metric_families(page.text))


@pytest.mark.hub
def test_the_hubs_series_are_those_of_a_real_hub(world, real_hub_metrics):
    """Names, labels, statuses and buckets, as JupyterHub itself shows them before any request."""
    kinds = {family.name: family.type for family in real_hub_metrics}
    real = {
        (sample.name, frozenset(sample.labels.items()))
        for family in real_hub_metrics
        for sample in family.samples
    }
    told = {name for name, _ in real}
    simulated = [
        (one.metric, {k: v for k, v in one.labels if k not in jupyterhub.TARGET})
        for one in _of(world, jupyterhub.JOB)
        if one.born <= NOW - 1 < one.dies
    ]
    assert {metric for metric, _ in simulated} <= told
    spawn = "jupyterhub_server_spawn_duration_seconds"
    request = "jupyterhub_request_duration_seconds"
    assert kinds[spawn] == kinds[request] == "histogram"
    for metric, labels in simulated:
        # Which requests a hub gets, and which other reasons it has, is its own affair.
        if metric.startswith(request) or labels.get("reason") == "exited":
            continue
        unsaid = {"reason": ""} if metric.startswith(spawn) else {}
        assert (metric, frozenset((unsaid | labels).items())) in real, (metric, labels)
    buckets = {
        bound
        for name, labels in real
        if name == f"{request}_bucket"
        for key, bound in labels
        if key == "le"
    }
    assert buckets == {
        labels["le"] for metric, labels in simulated if metric == f"{request}_bucket"
    }
    one_request = next(labels for name, labels in real if name == f"{request}_count")
    assert {name for name, _ in one_request} == {"method", "handler", "code"}
    handlers = {labels["handler"] for metric, labels in simulated if "handler" in labels}
    for handler in handlers:
        module, _, name = handler.rpartition(".")
        assert hasattr(importlib.import_module(module), name), handler


def test_cadvisor_repeats_each_container_without_a_name(world):
    """So a query that forgets name!="" counts twice, and the numbers' tests say so."""
    pod = next(pod for pod in world.pods if pod.start > world.start)
    ids = [
        dict(series.labels)
        for series in _of(world, cadvisor.JOB)
        if series.metric == "container_memory_working_set_bytes"
        and ("pod", pod.name) in series.labels
        and series.born == pod.start
    ]
    assert sorted("name" in labels for labels in ids) == [False, True, True]


def test_a_world_file_is_read_back_as_the_world_it_was(tmp_path):
    written = state.write(tmp_path / "world.json", NOW, 14)
    assert state.read(tmp_path / "world.json") == written


def test_history_is_not_written_twice(tmp_path):
    world = tmp_path / "world.json"
    state.write(world, NOW, 14)
    out = tmp_path / "blocks"
    result = CliRunner().invoke(cli, ["history", "--output", str(out), "--world", str(world)])
    assert result.exit_code == 0
    assert "the history goes on from it" in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("unit", "raw", "recorded", "right"),
    [
        ("people", 16, 16, True),
        ("people", 16, 15, False),
        ("people", 15, 16, False),
        ("GPU-hours", 100.9, 99.1, True),
        ("GPU-hours", 100, 98.9, False),
        ("GPU-hours", 101.1, 100, False),
    ],
)
def test_an_answer_is_right_when_both_boards_have_it(unit, raw, recorded, right):
    true = 16 if unit == "people" else 100
    question = Question("?", "panel", "lab", truth.Range(0, 1), unit, lambda: true)
    assert Answer(question, raw, recorded, true).right is right
