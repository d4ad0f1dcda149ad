"""The boards Hub, Cluster and Support: each panel answers, and shows what the simulator did.

The incidents of ``demo.incidents`` and the state of the cluster are the truth. At a moment numbers
are equal to a sample's age, which is a minute at most.
"""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboards import catalog
from dashboards.boards.support import SWITCHES
from dashboards.evaluate import data
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.kit import alert_thresholds, requirements
from dashboards.kit.scope import CHOSEN
from dashboards.queries import nodes
from demo.components import COMPONENTS
from demo.exporters import JOBS
from demo.images import image_of
from demo.nodes import POOLS
from demo.people import DAY, HOUR
from demo.schedule import GIB
from demo.usage import MINUTE, SANDBOX_MEMORY, usage
from tests.support import promtool
from tests.support.panels import required_by
from tests.support.prometheus_fixtures import NOW, ROOT

pytestmark = pytest.mark.prometheus

BOARDS = ("hub", "cluster", "support")
END = NOW - MINUTE
DAYS = 13

# What may find nothing, as nothing is an answer; each is shown below to find something in its time.
MAY_BE_EMPTY = {"Servers near their memory limit", "Users above half a core"}


KNOWN = {}


def answers(simulated, board, end=END, length=DAYS * DAY, recorded=False):
    """Return the panels of a board by title, with their answers over a range, asked once."""
    question = simulated.url, board, end, length, recorded
    if question not in KNOWN:
        KNOWN[question] = _asked(simulated, board, end, length, recorded)
    return KNOWN[question]


def _asked(simulated, board, end, length, recorded):
    choices = (
        Choice("hub", "Hub", ("demo",), regex=True),
        *(Choice(name, label, ("1",)) for name, label in SWITCHES.items()),
    )
    shown = TimeRange(datetime.fromtimestamp(end - length, UTC), datetime.fromtimestamp(end, UTC))
    panels = data.collect(
        catalog.load(board, recorded=recorded), choices, shown, simulated.prometheus
    )
    assert not [(panel.panel["title"], panel.error) for panel in panels if panel.error]
    return {panel.panel["title"]: panel for panel in panels}


@pytest.fixture(scope="module")
def hub(simulated):
    return answers(simulated, "hub")


@pytest.fixture(scope="module")
def cluster(simulated):
    return answers(simulated, "cluster")


@pytest.fixture(scope="module")
def now(simulated):
    """Return hub's and cluster's panels over the last hour: their lines end at END itself."""
    return {**answers(simulated, "hub", length=HOUR), **answers(simulated, "cluster", length=HOUR)}


@pytest.fixture(scope="module")
def support(simulated):
    return answers(simulated, "support")


def number(panel):
    (series,) = panel.series
    return series.values[-1]


def lines(panel):
    """Return each line's values by its name."""
    return {series.name: np.array(series.values) for series in panel.series}


def peaks(panel):
    return {name: values.max() for name, values in lines(panel).items()}


def last(panel):
    return {name: values[-1] for name, values in lines(panel).items()}


def rows(panel):
    return [dict(zip(panel.table.columns, row, strict=True)) for row in panel.table.rows]


def running(world, time):
    """Return the users' pods that run at a time."""
    return [pod for pod in world.pods if pod.start <= time < pod.end]


def servers(world, time):
    return [pod for pod in running(world, time) if pod.component == "singleuser-server"]


def ended_within(world, start, end):
    return [pod for pod in world.pods if pod.out_of_memory and start < pod.end <= end]


def test_every_panel_finds_something(simulated):
    """With all optional sources there, no panel is empty but where that is an answer."""
    for board in BOARDS:
        for recorded in (False, True):
            for title, panel in answers(simulated, board, recorded=recorded).items():
                if panel.panel["type"] in ("row", "text") or title in MAY_BE_EMPTY:
                    continue
                found = panel.table.rows if panel.table else panel.series
                assert found, (board, title)


def test_what_is_optional_says_what_it_needs():
    """Where a source of its own is asked, the panel says so when it finds nothing."""
    optional = {
        need.probe.name.rpartition("_")[0]: need
        for need in (requirements.OPENCOST, requirements.NFS_CLIENT, requirements.VOLUMES)
    }
    for board in BOARDS:
        for panel in data.panels(catalog.load(board)):
            asked = " ".join(target["expr"] for target in panel.get("targets", ()))
            for probe, need in optional.items():
                if probe in asked and panel["title"] != "What the boards read":
                    assert required_by(panel) is need, panel["title"]
            if "jupyterhub_server_" in asked or "jupyterhub_request_" in asked:
                assert required_by(panel) is requirements.HUB, panel["title"]


def test_failed_starts(hub, simulated):
    """The rush, the missing image and the server that exited: ten, across the hub's restart."""
    failed = simulated.world.incidents.failed_spawns()
    assert number(hub["Failed starts"]) == len(failed) == 10
    by_reason = lines(hub["Failed starts by reason"])
    assert {name: values.sum() for name, values in by_reason.items()} == {
        # Four that timed out, and the one that exited: the hub counts it once more as exited.
        "error ": 5,
        "failure throttled": 5,
        **dict.fromkeys(("failure ", "failure too-many-users", "failure already-pending"), 0),
    }


def test_the_rush_is_seen_in_the_response_times(hub):
    slowest = lines(hub["Response time, slowest 5 %"])["95 in 100 within"]
    assert np.nanmedian(slowest) < alert_thresholds.ANSWER_SECONDS.warn
    assert np.nanmax(slowest) > 4 * alert_thresholds.ANSWER_SECONDS.warn


def test_running_old_and_imaged_servers(now, hub, simulated):
    world = simulated.world
    here = servers(world, END)
    assert number(hub["Servers running now"]) == len(here)
    old = {
        pod.name: END - pod.start
        for pod in here
        if END - pod.start > alert_thresholds.LONG_HOURS * HOUR
    }
    said = {
        row["Pod"]: row["Age"]
        for row in rows(hub[f"Servers older than {alert_thresholds.LONG_HOURS} h"])
    }
    assert said.keys() == old.keys()
    assert len(old) >= 2
    for name, age in said.items():
        assert age == pytest.approx(old[name], abs=MINUTE)
    assert last(hub["Images in use"]) == Counter(image_of(pod) for pod in here)
    users = defaultdict(set)
    for pod in here:
        users[pod.node].add(pod.username)
    said = {s.name: s.values[-1] for s in now["Users by node"].series if s.times[-1] == END}
    assert said == {node: len(names) for node, names in users.items()}


def test_a_server_that_is_about_to_be_killed_is_listed(simulated):
    world = simulated.world
    killed = ended_within(world, END - DAYS * DAY, END)[0]
    moment = np.floor(killed.end / MINUTE) * MINUTE - 2 * MINUTE
    panels = answers(simulated, "hub", end=moment, length=HOUR)
    true = {}
    for pod in running(world, moment):
        used = usage(pod).at(usage(pod).memory, np.array([moment]))[0] + SANDBOX_MEMORY
        true[pod.name] = used / pod.size.memory_limit
    near = {name for name, part in true.items() if part > alert_thresholds.MEMORY_OF_LIMIT.warn}
    said = {
        row["Pod"]: row["Memory of limit"]
        for row in rows(panels["Servers near their memory limit"])
    }
    assert said.keys() == near
    assert killed.name in near
    assert said == pytest.approx({name: true[name] for name in near})


def test_heavy_users(simulated):
    """Over the minutes of a rate; who is near the limit may be on either side."""
    world = simulated.world
    moment = world.workshop[0] + 10 * HOUR
    panels = answers(simulated, "hub", end=moment, length=HOUR)
    used = Counter()
    for pod in world.pods:
        seconds = usage(pod).cpu_seconds(np.array([moment - 4 * MINUTE, moment]))
        used[pod.username] += (seconds[1] - seconds[0]) / (4 * MINUTE)
    said = {row["User"] for row in rows(panels["Users above half a core"])}
    assert {
        name for name, cores in used.items() if cores > 1.2 * alert_thresholds.CPU_HEAVY
    } <= said
    assert said <= {
        name for name, cores in used.items() if cores > 0.8 * alert_thresholds.CPU_HEAVY
    }
    assert said


@pytest.mark.parametrize("board", ["hub", "cluster"])
def test_pods_that_wait(simulated, hub, cluster, board):
    (row,) = rows({"hub": hub, "cluster": cluster}[board]["Pending pods and reasons"])
    assert row["Pod"] == "continuous-image-puller-7xk2p"
    assert row["Reason"] == "ImagePullBackOff"
    assert row["Pending for"] == pytest.approx(5 * HOUR - MINUTE, abs=MINUTE)
    assert number({"hub": hub, "cluster": cluster}[board]["Pods stuck in Pending"]) == 1
    begin, _ = simulated.world.incidents.no_room
    then = answers(simulated, board, end=begin + HOUR, length=HOUR)
    reasons = [row["Reason"] for row in rows(then["Pending pods and reasons"])]
    assert reasons == ["no node has room"] * 2
    assert lines(then["Pods not running"])["pending"][-1] == 2


def test_memory_kills(hub, cluster, simulated):
    """Servers that ended so, and the hub itself."""
    killed = ended_within(simulated.world, END - DAYS * DAY, END)
    assert len(killed) >= 2
    assert number(hub["OOM-killed containers"]) == len(killed) + 1
    bad = Counter((row["Reason"], row["Container"]) for row in rows(hub["Failed containers"]))
    assert bad["OOMKilled", "hub"] == 1
    (away,) = (row for row in rows(hub["Failed containers"]) if row["Container"] == "hub")
    restart = simulated.world.incidents.hub_restart
    assert away["Ended"] / 1000 == pytest.approx(restart, abs=2 * hub["Failed starts"].step)
    assert bad["OOMKilled", "notebook"] == len({pod.name for pod in killed})
    failed = {row["Pod"] for row in rows(cluster["Failed pods"])}
    assert failed == {pod.name for pod in killed}
    by_node = lines(cluster["OOM-killed processes by node"])
    assert by_node["core-1"].sum() == 1
    assert sum(values.sum() for values in by_node.values()) == len(killed) + 1
    assert number(cluster["OOM-killed processes"]) == len(killed) + 1


def test_disks(hub, simulated):
    world = simulated.world
    left = 1 - world.shared_volume_used(np.array([END]))[0] / world.shared_volume
    assert number(hub["Shared disk left"]) == pytest.approx(left, abs=0.001)
    (line,) = lines(hub["Shared disk left by volume"]).values()
    assert line.min() < alert_thresholds.SHARED_VOLUME_LEFT.bad / 2
    assert number(hub["Database disk left"]) > alert_thresholds.DATABASE_LEFT.warn


def test_the_hub_that_fills_its_memory_and_is_away(simulated):
    restart = simulated.world.incidents.hub_restart
    panels = answers(simulated, "hub", end=restart + 1.5 * MINUTE, length=HOUR)
    assert number(panels["Hub"]) == 0
    limit = next(c.memory_limit for c in COMPONENTS if c.name == "hub")
    before = lines(panels["Memory by hub component"])["hub"]
    assert before.max() > 0.9 * limit
    support = answers(simulated, "support", end=restart + 1.5 * MINUTE, length=HOUR)
    assert number(support["Targets down"]) == 1
    assert {row["Job"]: row["Up"] for row in rows(support["Jobs"])}["jupyterhub"] == 0
    assert lines(support["Jobs over time"])["jupyterhub"][-1] == 0


def pods_on(world, time):
    """Return CPU, memory and GPUs that pods have reserved of each node at a time."""
    cpu, memory, gpus = Counter(), Counter(), Counter()
    for pod in running(world, time):
        cpu[pod.node] += pod.size.cpu_request
        memory[pod.node] += pod.size.memory_request
        gpus[pod.node] += pod.size.gpus
    for component in COMPONENTS:
        cpu[component.node] += component.cpu_request
        memory[component.node] += component.memory_request
    for stuck in world.incidents.stuck_pods():
        if stuck.waiting and stuck.start <= time < stuck.gone:
            cpu["user-1"] += stuck.size.cpu_request
            memory["user-1"] += stuck.size.memory_request
    return cpu, memory, gpus


def there(world, time):
    return {node.name: node for node in world.nodes if node.born <= time < node.dies}


def test_nodes_and_pools(cluster, now, simulated):
    world = simulated.world
    machines = there(world, END)
    assert number(cluster["Nodes now"]) == len(machines)
    cpu, memory, gpus = pods_on(world, END)
    for title, taken, has in (
        ("CPU commitment by node", cpu, lambda m: m.allocatable_cores),
        ("Memory commitment by node", memory, lambda m: m.allocatable_memory),
        ("GPU commitment by node", gpus, lambda m: m.gpus),
    ):
        true = {
            name: taken[name] / has(node.machine)
            for name, node in machines.items()
            if has(node.machine)
        }
        said = {s.name: s.values[-1] for s in now[title].series if s.times[-1] == END}
        assert said == pytest.approx(true), title
    for title, taken, has in (
        ("CPU commitment by pool", cpu, lambda m: m.allocatable_cores),
        ("Memory commitment by pool", memory, lambda m: m.allocatable_memory),
    ):
        for pool in POOLS:
            of_pool = [node for node in machines.values() if node.pool == pool]
            if of_pool:
                true = sum(taken[node.name] for node in of_pool) / sum(
                    has(node.machine) for node in of_pool
                )
                assert last(now[title])[pool] == pytest.approx(true), (title, pool)
    price = Counter()
    for node in machines.values():
        price[node.pool] += node.machine.price
    assert number(cluster["Hourly cost"]) == pytest.approx(price.total())
    assert number(cluster["Users with a server now"]) == len(
        {p.username for p in servers(world, END)}
    )


def test_nodes_per_pool_at_every_point(cluster, simulated):
    for series in cluster["Nodes by pool"].series:
        for time, said in zip(series.times, series.values, strict=True):
            # A sample may be a minute old, or the last of a node that has just gone.
            near = {
                sum(node.pool == series.name for node in there(simulated.world, t).values())
                for t in (time, time - MINUTE, time - 6 * MINUTE)
            }
            assert min(near) <= said <= max(near)
    assert max(lines(cluster["Nodes by pool"])["user"]) >= 3


def test_room_for_more_servers(cluster, simulated):
    """As many of the median server as fit, node by node."""
    world = simulated.world
    now = servers(world, END)
    usual_cpu = np.median([pod.size.cpu_request for pod in now])
    usual_memory = np.median([pod.size.memory_request for pod in now])
    cpu, memory, _ = pods_on(world, END)
    room = Counter()
    for name, node in there(world, END).items():
        machine = node.machine
        room[node.pool] += int(
            min(
                (machine.allocatable_cores - cpu[name]) / usual_cpu,
                (machine.allocatable_memory - memory[name]) / usual_memory,
            )
            + 1e-9
        )
    assert last(cluster["Room for more servers by pool"]) == dict(room)
    assert number(cluster["Room for more servers"]) == room.total()


def test_use_of_nodes(cluster, now, simulated):
    world = simulated.world
    for name, node in there(world, END).items():
        said = lines(now["Memory use by node"])[name][-1]
        true = world.node_memory(name, np.array([END]))[0] / node.machine.memory
        assert said == pytest.approx(true, abs=0.02)
    assert all(values.max() <= 1.001 for values in lines(cluster["CPU use by node"]).values())


def test_the_exporter_that_was_blind(support, simulated):
    begin, end = simulated.world.incidents.exporter_blind
    assert number(support["Age of memberships"]) < 2 * MINUTE
    assert number(support["Failed refreshes"]) == 7
    by_reason = lines(support["Failed refreshes by reason"])
    assert {name: values.sum() for name, values in by_reason.items() if values.any()} == {
        "connect": 7
    }
    then = answers(simulated, "support", end=end - MINUTE, length=HOUR)
    assert number(then["Age of memberships"]) == pytest.approx(end - begin, abs=2 * MINUTE)


def test_all_jobs_and_sources_are_there(support):
    jobs = {row["Job"]: row for row in rows(support["Jobs"])}
    assert jobs.keys() == {*JOBS, "groups-exporter", "prometheus"}
    assert {row["Up"] for row in jobs.values()} == {1}
    sources = {row["Source"]: row["Series"] for row in rows(support["What the boards read"])}
    assert len(sources) >= 11
    assert all(sources.values())


def test_lines_that_switches_add(simulated, support):
    assert set(lines(support["CPU of the NFS server"])) == {
        *("used", "requested", "limit", "capacity")
    }
    component = next(c for c in COMPONENTS if c.name == "nfs-server")
    assert last(support["Memory of the NFS server"]) == pytest.approx(
        {
            "used": component.memory,
            "requested": component.memory_request,
            "limit": component.memory_limit,
            "capacity": 16 * GIB,
        },
        rel=0.001,
    )
    off = (
        Choice("hub", "Hub", ("demo",), regex=True),
        *(Choice(name, label, ("0",)) for name, label in SWITCHES.items()),
    )
    shown = TimeRange(datetime.fromtimestamp(END - HOUR, UTC), datetime.fromtimestamp(END, UTC))
    panels = data.collect(catalog.load("support"), off, shown, simulated.prometheus)
    (panel,) = (p for p in panels if p.panel["title"] == "CPU of the NFS server")
    assert [series.name for series in panel.series] == ["used"]


@pytest.mark.parametrize("label", nodes.POOL_LABELS)
def test_a_node_is_in_the_pool_that_its_clouds_label_names(label, tmp_path):
    """Each cloud's label, beside a node of none; the last in the list counts."""
    lines_ = [
        {"series": f'kube_node_labels{{node="a", {label}="big"}}', "values": "1"},
        {
            "series": f'kube_node_labels{{node="b", {nodes.POOL_LABELS[0]}="x", {label}="big"}}',
            "values": "1",
        }
        if label != nodes.POOL_LABELS[0]
        else {"series": f'kube_node_labels{{node="b", {label}="big"}}', "values": "1"},
        {"series": 'kube_node_labels{node="c", label_zone="z"}', "values": "1"},
    ]
    expected = [
        {"labels": f'{{node="{node}", pool="{pool}"}}', "value": 1}
        for node, pool in (("a", "big"), ("b", "big"), ("c", "other"))
    ]
    asked = {"expr": nodes.pools(CHOSEN), "eval_time": "0m", "exp_samples": expected}
    said = promtool.failures(
        tmp_path, {"interval": "1m", "input_series": lines_, "promql_expr_test": [asked]}
    )
    assert not said, said


def test_the_page_names_each_clouds_label():
    page = (ROOT / "docs/reference/boards/cluster.md").read_text("utf-8")
    named = re.findall(r"^\| `([\w./-]+)` \|", page, re.MULTILINE)
    assert [f"label_{re.sub('[^a-z0-9]', '_', name)}" for name in named] == [*nodes.POOL_LABELS]
