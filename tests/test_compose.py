"""docker-compose.yml and the Dockerfile: valid, closed to others, and right when they are run.

The suite needs no container engine. The last test runs each service's command as the files state
it, in the order of ``depends_on`` and waiting with the files' own health checks. What a container
would see under a path or a name is found by translating mounts to directories here, and
``service:port`` to a free port on loopback. Only Grafana cannot be had as a program.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from configparser import ConfigParser
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest
import yaml

from app.backend import APP_ID
from app.backend import settings as app_settings
from app.backend.settings import INI, GrafanaIni, InstanceSettings, variable
from dashboards import catalog
from dashboards.evaluate import data, variables
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.metrics.recorded import USERS_ELSEWHERE
from dashboards.queries.sources import RECORDED_EACH
from dashboards.schema import intervals
from demo import grafana, state
from demo.people import DAY, GROUPS
from exporter.core.groups import NO_GROUP
from harness.processes import LOOPBACK, Processes, free_port
from tests.support.paths import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
LONG_RUNNING = sorted(set(SERVICES) - {"history"})
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
BUILT = {service["image"] for service in SERVICES.values() if "build" in service}


def _mounts(service):
    """Yield ``(source, target, mode)`` of a service's volumes."""
    for volume in SERVICES[service].get("volumes", ()):
        source, target, *mode = volume.split(":")
        yield source, target, *(mode or ["rw"])


def _schema():
    """Return the compose specification's JSON schema, which check-jsonschema ships."""
    wanted = "builtin_schemas/vendor/compose-spec.json"
    package = distribution("check-jsonschema")
    (file,) = [file for file in package.files or () if str(file).endswith(wanted)]
    return json.loads(Path(package.locate_file(file)).read_text("utf-8"))


@pytest.mark.slow
def test_file_is_valid_by_the_compose_specification():
    import jsonschema  # takes a second or two

    validator = jsonschema.Draft202012Validator(_schema())
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    # The schema does refuse: a misspelt key, and a condition that is none.
    broken = {**COMPOSE, "services": {"hub": {"image": "x", "comand": "y"}}}
    assert not validator.is_valid(broken)
    condition = {"depends_on": {"history": {"condition": "service_done"}}, "image": "x"}
    assert not validator.is_valid({**COMPOSE, "services": {"hub": condition}})


def test_no_environment_variable_is_needed():
    assert not re.search(r"\$(?!\$)", TEXT)
    assert not any("env_file" in service for service in SERVICES.values())


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_published_on_loopback_only(service):
    for port in SERVICES[service].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    assert "network_mode" not in SERVICES[service]


def test_only_what_people_look_at_is_published():
    assert {name for name, service in SERVICES.items() if "ports" in service} == {
        "hub",
        "prometheus",
        "grafana",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_may_do_little(service):
    given = SERVICES[service]
    assert given["read_only"] is True
    assert given["cap_drop"] == ["ALL"]
    assert given["security_opt"] == ["no-new-privileges:true"]
    assert given["init"] is True
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "userns_mode"} & given.keys()
    assert "docker.sock" not in str(given)


@pytest.mark.parametrize("service", LONG_RUNNING)
def test_what_runs_long_is_watched_and_started_again(service):
    given = SERVICES[service]
    assert given["restart"] == "unless-stopped"
    assert given["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} < given["healthcheck"].keys()


@pytest.mark.parametrize("service", SERVICES)
def test_conditions_can_come_true(service):
    for other, how in SERVICES[service].get("depends_on", {}).items():
        expected = "service_healthy" if other in LONG_RUNNING else "service_completed_successfully"
        assert how == {"condition": expected}
    # Whom it talks to is up before it.
    texts = [str(SERVICES[service].get(key, "")) for key in ("command", "environment")]
    texts += [(ROOT / s).read_text("utf-8") for s, _, _ in _mounts(service) if s.endswith(".yml")]
    named = {other for other in SERVICES if re.search(rf"\b{other}:\d", str(texts))}
    # Prometheus scrapes itself, too.
    assert named - {service} <= set(SERVICES[service].get("depends_on", {}))


def test_images_are_pinned():
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", DOCKERFILE, re.MULTILINE)
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", arguments["PYTHON"])
    assert re.fullmatch(r"python:3\.11\.\d+-bullseye", arguments["FREEZER"])
    named = {name for _, name in stages} | {f"${{{name}}}" for name in arguments}
    bases = {base for base, _ in stages} - named
    # The Prometheus that writes the history is the very one that reads it.
    known = {SERVICES["prometheus"]["image"], f"{grafana.IMAGE}-ubuntu"}
    assert known < bases
    (node,) = bases - known
    assert re.fullmatch(r"node:22\.\d+\.\d+-bookworm-slim", node)
    for service in SERVICES.values():
        if "build" in service:
            assert service["build"]["target"] in {name for _, name in stages}
        elif service["image"] not in BUILT:
            assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", service["image"])
    assert stages[-1] == ("runtime", "exporter")


def _waits_for(service):
    """Return the services that are up, or have ended, before this one starts."""
    before = set(SERVICES[service].get("depends_on", {}))
    return before.union(*map(_waits_for, before))


@pytest.mark.parametrize("image", sorted(BUILT))
def test_one_service_builds_an_image_and_the_others_wait_for_it(image):
    """``docker compose up`` builds all that has ``build`` at once, also what has the same tag."""
    users = [name for name, service in SERVICES.items() if service["image"] == image]
    (builder,) = [name for name in users if "build" in SERVICES[name]]
    assert SERVICES[builder].get("pull_policy", "missing") == "missing"
    for name in set(users) - {builder}:
        # No registry has it, so none is asked, and whoever starts this service builds the image.
        assert SERVICES[name]["pull_policy"] == "never"
        assert builder in _waits_for(name)


def test_build_finds_what_it_copies():
    kept = re.findall(r"^!([^/\s]+)", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in line.split()
    }
    assert {source.partition("/")[0] for source in copied} == set(kept)
    assert all((ROOT / source).exists() for source in copied)


def test_files_are_shared_by_one_user():
    users = {name: service.get("user") for name, service in SERVICES.items()}
    (user,) = set(re.findall(r"^USER (\d+:\d+)$", DOCKERFILE, re.MULTILINE))
    assert set(users.values()) == {user}
    owned = re.search(
        r"install --directory --owner=(\d+) --group=(\d+) (.+)$", DOCKERFILE, re.MULTILINE
    )
    assert f"{owned[1]}:{owned[2]}" == user
    shared = {t for name in users if name != "grafana" for s, t, _ in _mounts(name) if "/" not in s}
    assert set(owned[3].split()) == shared


def test_volumes_are_declared_and_used():
    named = {source for name in SERVICES for source, _, _ in _mounts(name) if "/" not in source}
    assert named == set(COMPOSE["volumes"])
    for name in SERVICES:
        for source, _, mode in _mounts(name):
            if "/" in source:
                assert (ROOT / source).exists()
                assert mode == "ro"
    # Only its own program writes to a volume; the history's goes on in Prometheus.
    writers = {(s, name) for name in SERVICES for s, _, mode in _mounts(name) if mode == "rw"}
    assert writers == {
        ("history", "history"),
        ("history", "prometheus"),
        ("hub", "hub"),
        ("tokens", "hub"),
        ("grafana", "grafana"),
    }


def test_grafana_shows_and_nobody_can_log_in():
    env = SERVICES["grafana"]["environment"]
    assert env["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert env["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert env["GF_AUTH_BASIC_ENABLED"] == "false"
    assert env["GF_AUTH_ANONYMOUS_ENABLED"] == "true"
    assert env["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert not [name for name in env if "PASSWORD" in name or "ADMIN_USER" in name]


def test_grafana_finds_dashboards_and_data_source():
    env = SERVICES["grafana"]["environment"]
    mount = {target: ROOT / source for source, target, _ in _mounts("grafana")}
    inside = Path("/etc/grafana/provisioning")
    datasources, dashboards, plugins = (
        mount[str(inside / name)] for name in ("datasources", "dashboards", "plugins")
    )
    (source,) = yaml.safe_load((datasources / "prometheus.yaml").read_text())["datasources"]
    (variable,) = re.findall(r"\$\{(\w+)\}", source["url"])
    address = re.fullmatch(r"http://(\w+):(\d+)", env[variable])
    listens = f"--web.listen-address=0.0.0.0:{address[2]}"
    assert listens in SERVICES[address[1]]["command"]
    (provider,) = yaml.safe_load((dashboards / "groupscope.yaml").read_text())["providers"]
    assert provider["options"]["path"] == str(inside / "dashboards")
    assert {file.stem for file in dashboards.glob("*.json")} == set(catalog.names())
    home = Path(env["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert home.parent == inside / "dashboards"
    assert (dashboards / home.name).exists()
    (app,) = yaml.safe_load((plugins / "groupscope.yaml").read_text())["apps"]
    assert (app["type"], app["disabled"]) == (APP_ID, False)
    assert app["jsonData"]["datasourceUid"] == source["uid"]


def test_grafanas_app_reads_the_demos_hub():
    """What it reads in grafana.ini are settings that there are, and the files that are mounted."""
    mount = {target: source for source, target, _ in _mounts("grafana")}
    file = ROOT / mount[SERVICES["grafana"]["environment"]["GF_PATHS_CONFIG"]]
    ini = ConfigParser()
    ini.read(file)
    (section,) = ini.sections()
    assert section == f"plugin.{APP_ID}"
    given = dict(ini[section])
    exporter = dict(flag[2:].split("=") for flag in SERVICES["exporter"]["command"])
    assert given["hub_url"] == exporter["hub-url"]
    assert given["hub_token_file"] == exporter["hub-token-file"]
    assert str(Path(given["hub_token_file"]).parent) in mount
    loaded = app_settings.load(
        InstanceSettings(), GrafanaIni.of({variable(k): v for k, v in given.items()})
    )
    assert loaded.exporter.namespace == exporter["namespace"]
    assert set(given) <= {*INI, "names_for_viewers"}
    # The image has the app where its environment says, not in the volume.
    assert f"/opt/groupscope/plugins/{APP_ID}" in DOCKERFILE
    assert f"GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS={APP_ID}" in DOCKERFILE


def test_grafana_of_make_demo_is_as_closed_to_the_internet():
    """What tells or asks somebody outside is off here too."""
    source = Path(grafana.__file__).read_text("utf-8")
    env = SERVICES["grafana"]["environment"]
    for name in re.findall(r'"(GF_(?:ANALYTICS|PLUGINS)_\w+)": "', source):
        assert f'"{name}": "{env[name]}"' in source


# What the run changes beside names and paths, for time's sake: it takes a minute as it is.
SOONER = {
    "--days=30": "--days=14",
    "scrape_interval: 20s": "scrape_interval: 5s",
    # Of the rules: what each sample tells of is the same.
    f"interval: {RECORDED_EACH}": "interval: 5s",
}


@dataclass
class Here:
    """Translates what holds in the containers to what holds on this machine."""

    folder: Path
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    sooner: list[str] = field(default_factory=list)

    def port(self, service, number):
        """Return the port on loopback that stands for a container's."""
        if (service, number) not in self.ports:
            self.ports[service, number] = free_port(0)
        return self.ports[service, number]

    def text(self, service, text):
        """Return an argument, a variable's value or a file's text as it is here."""

        def address(found):
            name = found[1] if found[1] in SERVICES else service
            return f"{LOOPBACK}:{self.port(name, found[2])}"

        names = "|".join([*SERVICES, r"0\.0\.0\.0", r"127\.0\.0\.1"])
        text = re.sub(rf"\b({names}):(\d+)\b", address, text)
        text = text.replace("0.0.0.0", LOOPBACK)
        text = re.sub(
            r"^(--port=)?(\d{4,5})$", lambda m: f"{m[1] or ''}{self.port(service, m[2])}", text
        )
        for _, target, _ in _mounts(service):
            text = re.sub(
                rf"(?<![\w/]){target}(?![\w])",
                lambda m: str(self.path(service, m[0])),
                text,
            )
        for slow, soon in SOONER.items():
            if slow in text:
                self.sooner.append(slow)
                text = text.replace(slow, soon)
        return text

    def path(self, service, target):
        """Return what is mounted there: a named volume's directory, or what is translated."""
        ((source, _, _),) = [mount for mount in _mounts(service) if mount[1] == target]
        if "/" not in source:
            volume = self.folder / "volumes" / source
            volume.mkdir(parents=True, exist_ok=True)
            return volume
        mounted = self.folder / "mounts" / service / Path(target).name
        if not mounted.exists():
            self._translate(service, ROOT / source, mounted)
        return mounted

    def _translate(self, service, source, target):
        files = source.iterdir() if source.is_dir() else [source]
        for file in files:
            to = target / file.name if source.is_dir() else target
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(self.text(service, file.read_text("utf-8")))

    def command(self, service, words):
        """Return a command with nothing in its environment but what the file gives it.

        What is mounted is there then, also what only another file names.
        """
        for _, target, _ in _mounts(service):
            self.path(service, target)
        env = SERVICES[service].get("environment", {})
        given = [f"{name}={self.text(service, value)}" for name, value in env.items()]
        program, *arguments = (self.text(service, word) for word in words)
        if program == "python":
            program = sys.executable
        return ["env", "-i", f"PATH={os.environ['PATH']}", *given, program, *arguments]


def _words(service):
    """Return entry point and command, as the images put them together."""
    entrypoints = {"prometheus": ["prometheus"]}
    # One service builds the image that others use, too.
    (target,) = {
        other["build"]["target"]
        for other in SERVICES.values()
        if "build" in other and other["image"] == SERVICES[service]["image"]
    } or {None}
    if target:
        stage = re.split(rf"^FROM \S+ AS {target}$", DOCKERFILE, flags=re.MULTILINE)[1]
        stage = re.split(r"^FROM ", stage, flags=re.MULTILINE)[0]
        found = re.search(r"^ENTRYPOINT (.+)$", stage, re.MULTILINE)
        entrypoints[service] = json.loads(found[1]) if found else []
    return [*entrypoints[service], *SERVICES[service]["command"]]


def _in_order(services):
    graph = {name: SERVICES[name].get("depends_on", {}).keys() for name in services}
    return list(TopologicalSorter(graph).static_order())


def test_prometheus_loads_the_shipped_rules():
    mounted = {target: ROOT / source for source, target, _ in _mounts("prometheus")}
    config = yaml.safe_load(mounted["/etc/prometheus/prometheus.yml"].read_text("utf-8"))
    shipped = yaml.safe_load((ROOT / "provisioning/prometheus/prometheus.yml").read_text("utf-8"))
    assert config["rule_files"] == shipped["rule_files"] == ["rules/*.yml"]
    assert mounted["/etc/prometheus/rules"] == ROOT / "provisioning/prometheus/rules"


def test_history_has_the_programs_that_it_starts():
    copied = re.search(r"^COPY --from=prometheus (.+) /usr/local/bin/$", DOCKERFILE, re.MULTILINE)
    assert set(copied[1].split()) == {"/bin/prometheus"}


RULES = yaml.safe_load((ROOT / "provisioning/prometheus/rules/groupscope-usage.yml").read_text())
RECORDS = [rule["record"] for group in RULES["groups"] for rule in group["rules"]]


def _recorded_goes_on(client, url, processes, began):
    """Assert that live rules go on where the history's end, under the same series."""

    def evaluated():
        groups = client.get(f"{url}/api/v1/rules").json()["data"]["groups"]
        (group,) = [group for group in groups if group["name"] == "groupscope-usage"]
        assert [rule["name"] for rule in group["rules"]] == RECORDS
        return {rule["health"] for rule in group["rules"]} == {"ok"}

    processes.wait("prometheus", evaluated)
    prometheus = Prometheus(client, url)
    every = f'{{__name__=~"{"|".join(RECORDS)}"}}'
    labels = defaultdict(set)
    for series in prometheus.instant(f"last_over_time({every}[14d])", began):
        labels[series.labels["__name__"]].add(frozenset(series.labels))
    # Nobody's pods are in a namespace of their own.
    assert labels.keys() == set(RECORDS) - {USERS_ELSEWHERE.name}
    live = prometheus.instant(f"last_over_time({every}[{time.time() - began:.0f}s])", None)
    # At night there may be no server, and so no use.
    assert {s.labels["__name__"] for s in live} >= {r for r in RECORDS if "group_" in r}
    for series in live:
        assert frozenset(series.labels) in labels[series.labels["__name__"]]
    # Prometheus' own first sample comes up to five minutes after its start.
    ended = max(series.times[-1] for series in prometheus.instant(f"{every}[1h]", began))
    assert 0 <= began - ended < intervals.parse(RECORDED_EACH) / 2000


def _board_shows_what_is_recorded(prometheus):
    """Assert that each panel of the mounted board shows the numbers that the raw board has."""
    now = datetime.now(UTC)
    span = TimeRange(now - timedelta(days=7), now)
    said = {}
    for recorded in (True, False):
        board = catalog.load("user-groups", recorded=recorded)
        choices = variables.resolve(board, {"group": ["lab", "power-users"]}, prometheus, span)
        panels = data.collect(board, choices, span, prometheus)
        assert not [panel.error for panel in panels if panel.error]
        said[recorded] = {panel.title: panel for panel in panels}
    mounted = json.loads((ROOT / "provisioning/grafana/dashboards/user-groups.json").read_text())
    assert mounted == catalog.load("user-groups", recorded=True)
    for title, panel in said[True].items():
        raw = said[False][title]
        groups = [{s.labels.get("usergroup") for s in one.series} for one in (panel, raw)]
        assert groups[0] == groups[1], title
        if raw.table:
            assert {row[0] for row in panel.table.rows} == {row[0] for row in raw.table.rows}
        if title.endswith("hours"):
            said_raw, said_recorded = (
                {s.labels.get("usergroup"): s.values[-1] for s in one.series}
                for one in (raw, panel)
            )
            assert said_recorded == pytest.approx(said_raw, rel=0.02), title


@pytest.mark.hub
@pytest.mark.prometheus
def test_services_run_as_the_files_state_them(tmp_path):
    here = Here(tmp_path)
    with Processes(tmp_path) as processes, httpx.Client(timeout=30, trust_env=False) as client:
        for service in _in_order(set(SERVICES) - {"grafana"}):
            command = here.command(service, _words(service))
            if service not in LONG_RUNNING:
                done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
                assert done.returncode == 0, done.stderr.decode()
                began = time.time()
                written = here.path(service, "/history")
                assert {entry.name for entry in written.iterdir()} == {"prometheus", "world.json"}
                continue
            processes.start(service, command, cwd=ROOT)
            check = here.command(service, SERVICES[service]["healthcheck"]["test"][1:])
            processes.wait(
                service,
                lambda check=check: (
                    subprocess.run(check, capture_output=True, timeout=30, check=False).returncode
                    == 0
                ),
            )
        assert sorted(here.sooner) == sorted(SOONER)
        url = f"http://{LOOPBACK}:{here.ports['prometheus', '9090']}"
        prometheus = Prometheus(client, url)
        config = yaml.safe_load((ROOT / "demo/prometheus.yml").read_text("utf-8"))
        jobs = {job["job_name"] for job in config["scrape_configs"]}
        # What the history ends with is younger than five minutes too, and no scrape.
        query = f"jupyterhub_user_group_info and timestamp(jupyterhub_user_group_info) > {began}"
        processes.wait(
            "prometheus",
            lambda: (
                len(prometheus.instant("up == 1", None)) == len(jobs)
                and bool(prometheus.instant(query, None))
            ),
        )
        processes.check()
        up = {s.labels["job"]: list(s.values) for s in prometheus.instant("up", None)}
        assert up == {job: [1.0] for job in jobs}
        world = state.read(here.path("simulator", "/history") / "world.json")
        memberships = {
            (person.username, group)
            for person in world.people
            for group in world.groups_of(person.username, time.time()) or (NO_GROUP,)
        }
        found = prometheus.instant(query, None)
        assert {(s.labels["username"], s.labels["usergroup"]) for s in found} == memberships
        assert {s.labels["namespace"] for s in found} == {"demo"}
        # The volume's history is Prometheus' own.
        long_ago = prometheus.instant("jupyterhub_group_members", time.time() - 10 * DAY)
        assert {s.labels["usergroup"] for s in long_ago} == {*GROUPS, NO_GROUP}
        _recorded_goes_on(client, url, processes, began)
        _board_shows_what_is_recorded(prometheus)
        token = here.path("exporter", "/tokens") / "exporter-token"
        assert token.stat().st_mode & 0o077 == 0
