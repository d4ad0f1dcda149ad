"""What the pages say of installing, held against the files and programs that it is about."""

import re
import shutil
import subprocess

import httpx
import pytest
import yaml

from dashboards.evaluate.prometheus import Prometheus
from dashboards.rules import alerts
from exporter.config.load import load
from harness.hub import running_hub
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.pages import page, unwrapped
from tests.support.paths import ROOT
from tests.support.requirements import PINNED

EXPORTER, KUBERNETES, ALERTS = (
    page(name)
    for name in ("how-to/install-exporter", "how-to/kubernetes", "reference/exporter-alerts")
)
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
PROMETHEUS = ROOT / "provisioning/prometheus/prometheus.yml"
JOBS = {it["job_name"]: it for it in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]}


def snippets(page, containing, language="yaml"):
    """Return the documents of the one block that holds this."""
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if containing in block]
    return list(yaml.safe_load_all(block))


def test_the_exporter_in_the_hubs_pod_asks_the_hub_on_loopback(monkeypatch):
    (values,) = snippets(EXPORTER, "loadRoles")
    program, *arguments = values["hub"]["services"]["groupscope"]["command"]
    assert program == "groupscope-exporter"
    given = dict(it.removeprefix("--").replace("-", "_").split("=") for it in arguments)
    # What the hub gives the service: its Service, which its own network policy closes to it.
    environment = {
        "JUPYTERHUB_API_URL": "http://hub:8081/hub/api",
        "JUPYTERHUB_API_TOKEN": "abc",
        "POD_NAMESPACE": "jhub",
    }
    settings = load({**given, "namespace": "jhub"}, environment)
    assert settings.hub_url == "http://localhost:8081/hub/api"
    assert settings.host == "0.0.0.0"


def test_the_dockerfile_takes_an_image_that_is_supported():
    (block,) = re.findall(r"```dockerfile\n(.*?)```", EXPORTER, re.DOTALL)
    (tag,) = re.findall(r"^FROM quay\.io/jupyterhub/k8s-hub:(\S+)$", block, re.MULTILINE)
    assert tag in PINNED
    assert f"{min(PINNED)} or newer" in unwrapped(EXPORTER)
    assert "pip freeze > /src/hub.txt && pip install -c /src/hub.txt /src/groupscope\n" in block


def test_service_monitors_find_what_the_jobs_find():
    exporter, hub = snippets(KUBERNETES, "kind: ServiceMonitor")
    (service,) = snippets(KUBERNETES, "kind: Service\n")
    for key, value in exporter["spec"]["selector"]["matchLabels"].items():
        assert service["metadata"]["labels"][key] == value
    assert exporter["metadata"]["namespace"] == service["metadata"]["namespace"]
    (endpoint,) = exporter["spec"]["endpoints"]
    assert endpoint["port"] in [port["name"] for port in service["spec"]["ports"]]
    assert endpoint["honorLabels"] is JOBS["groups-exporter"]["honor_labels"] is True
    (endpoint,) = hub["spec"]["endpoints"]
    job = JOBS["jupyterhub"]
    assert endpoint["path"] == job["metrics_path"]
    (keep,) = [it for it in job["relabel_configs"] if it.get("action") == "keep"]
    assert endpoint["port"] == keep["regex"]
    (selector,) = job["kubernetes_sd_configs"][0]["selectors"]
    labels = [f"{key}={value}" for key, value in hub["spec"]["selector"]["matchLabels"].items()]
    assert selector["label"] in labels


@pytest.mark.hub
@pytest.mark.prometheus
def test_a_hub_that_calls_its_series_otherwise_is_read_as_any(tmp_path):
    """The page's rule before those of the job, in a real Prometheus that scrapes a real hub."""
    (snippet,) = snippets(KUBERNETES, "hub_(.+)")
    rules = [*snippet["metric_relabel_configs"], *JOBS["jupyterhub"]["metric_relabel_configs"]]
    with (
        running_hub(tmp_path, env={"JUPYTERHUB_METRICS_PREFIX": "hub"}) as hub,
        Processes(tmp_path) as processes,
        httpx.Client(timeout=60, trust_env=False) as client,
    ):
        address = httpx.URL(hub.api_url)
        job = {
            "job_name": "jupyterhub",
            "metrics_path": address.path.replace("/api", "/metrics"),
            "authorization": {"credentials": hub.tokens["metrics"]},
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "static_configs": [{"targets": [f"{address.host}:{address.port}"]}],
        }
        for name, relabelling in (("jupyterhub", rules), ("as-it-is", rules[1:])):
            job = {**job, "job_name": name, "metric_relabel_configs": relabelling}
            config = tmp_path / f"{name}.yml"
            config.write_text(yaml.safe_dump({"scrape_configs": [job]}))
            url = start_prometheus(processes, config, tmp_path / name, free_port(0))
            prometheus = Prometheus(client, url)
            processes.wait("prometheus", lambda of=prometheus: of.instant("up == 1", None))
            found = prometheus.instant('{__name__=~"jupyterhub_.+"}', None)
            names = {series.labels["__name__"] for series in found}
            # Without the rule, nothing is left of it.
            expected = {"jupyterhub_running_servers", "jupyterhub_total_users"}
            assert names >= expected if name == "jupyterhub" else names == set()


def test_promtool_of_this_system_checks_the_configuration_or_says_what_the_page_quotes():
    done = subprocess.run(
        ["promtool", "check", "config", "--syntax-only", PROMETHEUS],
        capture_output=True,
        text=True,
        check=False,
    )
    (quoted,) = re.findall(r"`(field \w+ not found)`", KUBERNETES)
    assert done.returncode == 0 or quoted in done.stdout + done.stderr


def test_sed_puts_an_address_before_every_runbook(tmp_path):
    (command,) = re.findall(r"^\$ (sed -i .*runbook_url.*)$", ALERTS, re.MULTILINE)
    shutil.copytree(ROOT / "provisioning/prometheus/rules", tmp_path / "rules")
    subprocess.run(["sh", "-e", "-c", command], cwd=tmp_path, check=True)
    count = 0
    for file in (tmp_path / "rules").glob("*.yml"):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                if url := rule.get("annotations", {}).get("runbook_url"):
                    assert re.fullmatch(
                        r"https://git\.example\.org/groupscope/docs/\S+\.md#\S+", url
                    )
                    count += 1
    assert count > 15
    assert alerts.FILE_NAME in command


def test_the_changelog_has_the_form_that_it_names():
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\]( - \d{4}-\d\d-\d\d)?", it) for it in headings[1:])
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) - kinds == {
        "To upgrade",
        "Numbers that were wrong",
    }


def test_the_changelog_says_of_each_wrong_number_whether_its_past_can_be_had():
    table = CHANGELOG.partition("### Numbers that were wrong")[2].partition("\n### ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", table, re.MULTILINE)
    heading, _, *rows = rows
    assert heading == ("number", "wrong until now", "from 0.2.0 on", "the past")
    assert len(rows) >= 6
    assert all(re.match(r"Backfill|No\b|Not recorded", past) for *_, past in rows)
