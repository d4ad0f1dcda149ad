"""provisioning/: the files agree with each other, and the boards get what they ask for.

Debian's Prometheus cannot discover in Kubernetes. Its place is taken by a file with the targets
and ``__meta_kubernetes_*`` labels that discovery would give; what is done with them is real.
"""

import json
import re
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certifi
import httpx
import pytest
import yaml

from dashboards import catalog
from dashboards.evaluate.prometheus import Prometheus
from dashboards.kit.panels import MIN_STEP
from dashboards.metrics import contract
from dashboards.queries import usage
from dashboards.queries.sources import Raw
from dashboards.schema import intervals
from demo import exporter_series, history, scrape_series
from demo.exposition import scrape
from demo.membership_series import exporter
from demo.people import NAMESPACE
from demo.serve import targets
from demo.world import make_world
from exporter.config.settings import SETTINGS
from harness.processes import LOOPBACK, Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.board_queries import board_queries, plain, selectors
from tests.support.paths import ROOT
from tests.support.prometheus_fixtures import DAYS, NOW

FILE = ROOT / "provisioning/prometheus/prometheus.yml"
CONFIG = yaml.safe_load(FILE.read_text("utf-8"))
JOBS = {job["job_name"]: job for job in CONFIG["scrape_configs"]}
PAGE = (ROOT / "docs/how-to/kubernetes.md").read_text("utf-8")
DATASOURCES = ROOT / "provisioning/grafana/datasources/prometheus.yaml"
CREDENTIALS = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def _asked_for():
    """Return the metrics that the boards' panels and variables name."""
    queries = [plain(parameter.values[0]) for parameter in board_queries()]
    for name in catalog.names():
        for variable in catalog.load(name)["templating"]["list"]:
            if variable["type"] == "query":
                query = plain(variable["query"]["query"])
                queries.append(re.fullmatch(r"label_values\((.+), \w+\)", query)[1])
    return sorted({selector.name for query in queries for selector in selectors(query)})


RULES = yaml.safe_load(
    (ROOT / "provisioning/prometheus/rules/groupscope-usage.yml").read_text("utf-8")
)
RECORDED = {rule["record"]: rule["expr"] for rule in RULES["groups"][0]["rules"]}
READ = {selector.name for expr in RECORDED.values() for selector in selectors(expr)}
METRICS = sorted(READ.union(_asked_for()) - RECORDED.keys())


def _job(metric):
    """Return the job that brings a metric, "" for what Prometheus adds to each."""
    return contract.SERIES[metric].job.name


def test_boards_ask_for_metrics_of_all_kinds_that_the_first_one_joins():
    assert {"kube_pod_annotations", "jupyterhub_user_group_info"} < set(METRICS)
    assert not [metric for metric in METRICS if ":" in metric]
    assert {"kube-state-metrics", "cadvisor", "jupyterhub"} <= set(map(_job, METRICS))


@pytest.mark.parametrize("job", contract.JOBS, ids=lambda job: job.name)
def test_a_job_keeps_what_the_contract_has_of_it_and_nothing_else(job):
    rules = JOBS[job.name]["metric_relabel_configs"]
    (rule,) = [rule for rule in rules if rule["source_labels"] == ["__name__"]]
    assert rule["action"] == "keep"
    # Names only, so that a search for one finds the job.
    assert rule["regex"].split("|") == list(contract.kept(job))


@pytest.mark.parametrize("job", contract.JOBS, ids=lambda job: job.name)
def test_a_scrape_adds_the_labels_that_the_contract_says(job):
    rules = JOBS[job.name].get("relabel_configs", ())
    assert job.adds == tuple(rule["target_label"] for rule in rules if "target_label" in rule)


def test_jobs_are_those_of_the_demo():
    demo = yaml.safe_load((ROOT / "demo/prometheus.yml").read_text("utf-8"))
    assert list(JOBS) == [job["job_name"] for job in demo["scrape_configs"]]
    assert list(JOBS) == [job.name for job in contract.JOBS]


def test_scrapes_data_source_and_boards_agree_on_the_interval():
    (source,) = yaml.safe_load(DATASOURCES.read_text("utf-8"))["datasources"]
    assert CONFIG["global"]["scrape_interval"] == source["jsonData"]["timeInterval"] == MIN_STEP
    assert intervals.parse(MIN_STEP) == history.STEP * 1000
    assert not [job for job in JOBS.values() if "scrape_interval" in job]


def test_discovery_asks_for_what_kubernetes_has():
    discovering = [job for name, job in JOBS.items() if name != "prometheus"]
    asks = [discovery for job in discovering for discovery in job["kubernetes_sd_configs"]]
    assert len(asks) >= len(discovering)
    for ask in asks:
        assert set(ask) <= {"role", "selectors"}
        assert ask["role"] in {"node", "pod", "endpointslice"}
        for selector in ask.get("selectors", ()):
            # Prometheus refuses a selector of a role that the discovery does not look at.
            assert selector["role"] == ask["role"]
            assert re.fullmatch(
                r"[\w./-]+(=[\w.-]+| in \([\w.-]+(, [\w.-]+)*\))", selector["label"]
            )


def _meta(**labels):
    return {f"__meta_kubernetes_{name}": value for name, value in labels.items()}


def _pod(port, node="node-1", phase="Running", namespace="monitoring"):
    return _meta(
        pod_container_port_name=port, pod_phase=phase, pod_node_name=node, namespace=namespace
    )


# What discovery finds for each job: the labels of targets to scrape, and of those to leave alone.
FOUND = {
    "kube-state-metrics": (
        [_pod("http")],
        [_pod("telemetry"), _pod("http", phase="Failed"), _pod("http", phase="Succeeded")],
    ),
    "cadvisor": ([_meta(node_name="node-1")], []),
    "kubelet": ([_meta(node_name="node-1")], []),
    "node-exporter": ([_pod("metrics")], [_pod("https"), _pod("metrics", phase="Failed")]),
    "dirsize-exporter": (
        [_pod("dirsize-metrics", namespace=NAMESPACE)],
        [_pod(""), _pod("http"), _pod("dirsize-metrics", phase="Succeeded")],
    ),
    "dcgm-exporter": ([_pod("metrics")], [_pod("debug"), _pod("metrics", phase="Failed")]),
    "jupyterhub": (
        [_meta(endpointslice_port_name="hub", namespace=NAMESPACE)],
        [_meta(endpointslice_port_name="metrics", namespace=NAMESPACE)],
    ),
    "opencost": ([_pod("http")], [_pod("http-mcp"), _pod("http", phase="Failed")]),
    "prometheus": ([{}], []),
    "groups-exporter": (
        [_meta(endpointslice_port_name="metrics", namespace="monitoring")],
        [_meta(endpointslice_port_name="other", namespace="monitoring")],
    ),
}


def _without_cluster(folder, address="127.0.0.1:9"):
    """Write the configuration with files in place of the cluster: its discovery, its credentials.

    Scrapes are a second apart, for the test's sake.
    """
    config = yaml.safe_load(FILE.read_text("utf-8").replace(str(CREDENTIALS), str(folder)))
    config["global"]["scrape_interval"] = "1s"
    (folder / "token").write_text("for kubelets")
    shutil.copy(certifi.where(), folder / "ca.crt")
    for job in config["scrape_configs"]:
        job.pop("kubernetes_sd_configs", None)
        job.pop("static_configs", None)
        found = folder / f"{job['job_name']}.json"
        # Its own namespace and pod, which most set-ups add: honor_labels decides who wins.
        own = {"namespace": "monitoring", "pod": "target"}
        path = {"__metrics_path__": f"/{job['job_name']}/metrics", "__scheme__": "http"}
        wanted, unwanted = FOUND[job["job_name"]]
        groups_ = [{"targets": [address], "labels": {**labels, **path, **own}} for labels in wanted]
        groups_ += [{"targets": ["127.0.0.1:9"], "labels": labels} for labels in unwanted]
        found.write_text(json.dumps(groups_))
        job["file_sd_configs"] = [{"files": [str(found)]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(config))
    return file


def test_the_page_gives_prometheus_the_rights_that_its_discovery_uses():
    blocks = re.findall(r"^```yaml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (role,) = [yaml.safe_load(block) for block in blocks if "kind: ClusterRole\n" in block]
    may_list = {r for rule in role["rules"] if "list" in rule["verbs"] for r in rule["resources"]}
    asks = [ask for job in JOBS.values() for ask in job.get("kubernetes_sd_configs", ())]
    roles = {f"{ask['role']}s" for ask in asks}
    # Endpoint slices are looked at together with their services and pods.
    assert may_list == roles | {"services", "pods"}
    assert role["rules"][-1]["resources"] == ["nodes/metrics"]
    assert all(set(rule["verbs"]) <= {"get", "list", "watch"} for rule in role["rules"])


def test_the_page_has_a_service_and_a_port_that_are_found():
    blocks = re.findall(r"^```yaml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (service,) = [yaml.safe_load(block) for block in blocks if "kind: Service\n" in block]
    (ask,) = JOBS["groups-exporter"]["kubernetes_sd_configs"]
    name, _, value = ask["selectors"][0]["label"].partition("=")
    assert service["metadata"]["labels"][name] == value
    (port,) = service["spec"]["ports"]
    assert port == {"name": "metrics", "port": int(SETTINGS["port"].default)}
    assert f"- name: {JOBS['dirsize-exporter']['relabel_configs'][0]['regex']}\n" in PAGE


def test_flags_of_kube_state_metrics_are_the_same_wherever_they_stand():
    flags = set(re.findall(r"--metric-\w+-allowlist=\S+\]", PAGE))
    assert len(flags) == 2
    assert flags == set(re.findall(r"--metric-\w+-allowlist=\S+\]", FILE.read_text("utf-8")))
    named = re.search(r"pods=\[([^]]+)\]", max(flags, key=len))[1].split(",")
    assert "nodes=[*]" in max(flags, key=len)
    exported = {"label_" + re.sub(r"\W", "_", name) for name in named}
    asked = {
        matcher.name
        for case in board_queries()
        for found in selectors(case.values[0])
        if found.name.startswith("kube_pod_")
        for matcher in found.matchers.matchers
        if matcher.name.startswith("label_")
    }
    assert asked <= exported


def test_the_page_lists_the_jobs():
    assert re.findall(r"^\| `([\w-]+)` \|", PAGE.partition("\n## ")[0], re.MULTILINE) == list(JOBS)


@pytest.mark.prometheus
def test_promtool_accepts_the_hubs_token_of_the_page(tmp_path):
    blocks = re.findall(r"^```yaml\n(.+?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (part,) = [block for block in blocks if "secrets/jupyterhub" in block]
    file = tmp_path / "prometheus.yml"
    token = tmp_path / "token"
    token.write_text("secret")
    job = yaml.safe_load(part.replace("/etc/prometheus/secrets/jupyterhub/token", str(token)))
    assert job["authorization"]["credentials_file"] == str(token)
    # This promtool knows no Kubernetes.
    kept = {key: it for key, it in JOBS["jupyterhub"].items() if key != "kubernetes_sd_configs"}
    file.write_text(yaml.safe_dump({"scrape_configs": [{**kept, **job}]}))
    done = subprocess.run(
        ["promtool", "check", "config", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.prometheus
def test_promtool_accepts_it(tmp_path):
    (tmp_path / "rules").mkdir()
    file = _without_cluster(tmp_path)
    done = subprocess.run(
        ["promtool", "check", "config", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is valid prometheus config file syntax" in done.stdout


@pytest.fixture(scope="module")
def pages():
    """Serve a Friday afternoon of the simulated cluster, the groups exporter's page included."""
    world = make_world(NOW, DAYS)
    added = scrape_series.series(world, ())
    own = [one for one in added if not one.metric.startswith(("up", "scrape_"))]
    series = {**targets(world), "groups-exporter": [], "prometheus": own}
    series["groups-exporter"] = [*exporter(world), *exporter_series.series(world)]
    texts = {f"/{job}/metrics": scrape(found, NOW) for job, found in series.items()}
    texts["/groups-exporter/metrics"] += "# TYPE python_info gauge\npython_info 1\n"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(texts[self.path].encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"{LOOPBACK}:{server.server_port}", texts
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def scraped(pages, tmp_path_factory):
    """Start a Prometheus with the configuration; return it once it has scraped some times."""
    folder = tmp_path_factory.mktemp("provisioned")
    config = _without_cluster(folder, pages[0])
    with Processes(folder) as processes, httpx.Client(timeout=30, trust_env=False) as client:
        url = start_prometheus(processes, config, folder / "data", free_port(0))
        prometheus = Prometheus(client, url)

        def often_enough():
            counted = prometheus.instant("sum_over_time(up[1m])", None)
            return len(counted) >= len(JOBS) and min(s.values[-1] for s in counted) >= 3

        processes.wait("prometheus", often_enough, 30)
        yield prometheus, url


@pytest.mark.prometheus
def test_only_the_right_targets_are_scraped(scraped):
    _, url = scraped
    found = httpx.get(f"{url}/api/v1/targets", trust_env=False).json()["data"]["activeTargets"]
    assert sorted(target["labels"]["job"] for target in found) == sorted(JOBS)
    assert {target["health"] for target in found} == {"up"}
    labels = {target["labels"].pop("job"): target["labels"] for target in found}
    for given in labels.values():
        del given["instance"]
        assert given.pop("pod") == "target"
    assert labels == {
        "kube-state-metrics": {"namespace": "monitoring"},
        "cadvisor": {"namespace": "monitoring", "node": "node-1"},
        "node-exporter": {"namespace": "monitoring", "node": "node-1"},
        "dirsize-exporter": {"namespace": NAMESPACE},
        "dcgm-exporter": {"namespace": "monitoring", "node": "node-1"},
        "kubelet": {"namespace": "monitoring", "node": "node-1"},
        "jupyterhub": {"namespace": NAMESPACE},
        "opencost": {"namespace": "monitoring"},
        "prometheus": {"namespace": "monitoring"},
        "groups-exporter": {"namespace": "monitoring"},
    }


@pytest.mark.prometheus
@pytest.mark.parametrize("job", JOBS)
def test_a_job_keeps_what_the_boards_need_and_drops_the_rest(job, scraped, pages):
    prometheus, _ = scraped
    kept = {
        series.labels["__name__"]
        for series in prometheus.instant(f'{{job="{job}", __name__!~"up|scrape_.+"}}', None)
    }
    exposed = set(re.findall(r"^# TYPE (\w+) ", pages[1][f"/{job}/metrics"], re.MULTILINE))
    # At that hour a node has room for every pod, and none has just ended.
    not_then = {"kube_pod_status_unschedulable", "kube_pod_container_status_terminated_reason"}
    # All of the demo's pods are in the hub's namespace.
    not_then.add("jupyterhub_user_namespace_info")
    assert {metric for metric in METRICS if _job(metric) == job} - not_then <= kept
    kept = {re.sub("_(bucket|count|sum)$", "", one) if one not in exposed else one for one in kept}
    assert exposed - kept == ({"python_info"} if job == "groups-exporter" else set())


@pytest.mark.prometheus
def test_no_repeated_container_is_stored(scraped, pages):
    prometheus, _ = scraped
    stored = prometheus.instant('count by (__name__) ({job="cadvisor", __name__=~".+"})', None)
    names = prometheus.instant('{job="cadvisor", __name__=~"container_.+", name=""}', None)
    lines = pages[1]["/cadvisor/metrics"].splitlines()
    assert stored
    assert not names
    assert any(line.startswith("container_") and "name=" not in line for line in lines)


@pytest.mark.prometheus
@pytest.mark.parametrize(
    "kind",
    # Nobody idles or has a Dask worker just now.
    [kind for kind in usage.KINDS if kind not in (usage.IDLE_SERVERS, usage.CPU_OF_DASK)],
    ids=lambda kind: kind.recorded.by_user.name,
)
def test_each_use_reaches_its_groups(kind, scraped):
    """Usage, owners and memberships of different jobs find each other by the labels that stay."""
    prometheus, _ = scraped
    # The board's choices are `demo` and one group; here every group is wanted.
    query = plain(Raw().by_group(kind).replace("$group", ".+"))
    found = prometheus.instant(query, time.time())
    assert "power-users" in {series.labels["usergroup"] for series in found}
