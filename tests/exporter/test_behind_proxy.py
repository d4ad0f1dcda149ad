"""The exporter as a service with a ``url``: anybody can reach it through a real hub's proxy."""

import json
import sys
from dataclasses import dataclass

import httpx
import pytest

from dashboards.evaluate.prometheus import Prometheus
from harness.hub import (
    FULL,
    PATIENCE_SECONDS,
    RunningHub,
    free_ports,
    running_hub,
    wait_for,
)
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.hub.exporting import samples

pytestmark = pytest.mark.hub

GROUPS = {"staff": ["ann-of-staff", "bob-of-staff"], "empty": []}
NAMES = [*GROUPS["staff"], "loner-of-none"]
READER = "bob-of-staff"
ACCESS = "access:services!service=by-access"
MEMBERSHIPS = {("ann-of-staff", "staff"), ("bob-of-staff", "staff"), ("loner-of-none", "none")}
FILE_TOKEN = "of-the-file-0123456789"
PUBLIC = ["", "healthz", "readyz"]
NOT_THERE = [
    "metrics/",
    "/metrics",
    "%6detrics/",
    "../groupscope/metrics/",
    "debug",
    "metrics.json",
]


@dataclass
class Behind:
    """A hub with the exporter thrice behind its proxy, by whom it lets in."""

    hub: RunningHub
    ports: dict[str, int]
    given: list[str]
    """Every token that a test was given."""

    def get(self, path="metrics", token=None, *, of="groupscope", scheme="Bearer"):
        """Return the answer through the public URL."""
        return get(f"{self.hub.public_url}services/{of}/{path}", token, scheme)

    def token(self, **owner):
        """Return a fresh token of a user, and its path in the hub's API."""
        (name,) = owner.values()
        made = self.hub.request("POST", f"users/{name}/tokens", json={}).json()
        self.given.append(made["token"])
        return made["token"], f"users/{name}/tokens/{made['id']}"

    def lines(self):
        """Return the exporters' lines in the hub's log, and the others."""
        lines = self.hub.log.read_text().splitlines()
        ours = [line for line in lines if line.startswith("{")]
        return [json.loads(line) for line in ours], [line for line in lines if line not in ours]


def get(url, token=None, scheme="Bearer"):
    headers = {"Authorization": f"{scheme} {token}"} if token else {}
    return httpx.get(url, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS)


def memberships(answer):
    assert answer.status_code == 200, answer.text
    rows = samples(answer.text)["jupyterhub_user_group_info"]
    return {(labels["username"], labels["usergroup"]) for labels, _ in rows}


def refused(answer, status):
    """Assert a refusal that holds no name of a user or group."""
    assert answer.status_code == status, answer.text
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="groupscope"')
    assert_no_names(answer)


def assert_no_names(answer):
    whole = f"{answer.headers}{answer.text}"
    assert not [name for name in (*NAMES, "staff", "jupyterhub_user_group_info") if name in whole]


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    folder = tmp_path_factory.mktemp("behind-proxy")
    tokens = folder / "readers"
    tokens.write_text(f"{FILE_TOKEN}\n")
    flags = {
        "groupscope": [],
        "by-access": ["--auth-scope", ACCESS],
        "by-file": ["--auth-token-file", str(tokens)],
    }
    ports = dict(zip(flags, free_ports(len(flags)), strict=True))
    command = [sys.executable, "-m", "exporter", "--namespace", "jhub"]
    services = [
        {"name": n, "url": f"http://127.0.0.1:{ports[n]}", "command": [*command, *flags[n]]}
        for n in flags
    ]
    readers = {"prometheus": "token-of-prometheus-0123456789", "other": "token-of-other-0123456789"}
    services += [{"name": name, "api_token": token} for name, token in readers.items()]
    with running_hub(
        folder,
        base_url="/jh/",
        users=NAMES,
        groups=GROUPS,
        services=services,
        service_scopes={
            **dict.fromkeys(flags, FULL),
            "prometheus": ["read:metrics"],
            "other": ["list:users"],
        },
        user_scopes={ACCESS: [READER]},
        log_level="INFO",
    ) as hub:
        hub.tokens.update(readers)
        running = Behind(hub, ports, [*hub.tokens.values(), FILE_TOKEN])
        for name in flags:
            wait_for(lambda name=name: running.get("readyz", of=name).is_success, hub.log)
        yield running


def test_nobody_sees_a_name_without_a_token(behind):
    for of in behind.ports:
        refused(behind.get(of=of), 401)
        refused(behind.get("%6detrics", of=of), 401)
        # The proxy logs the addresses that it is asked for: no place for a token.
        refused(behind.get("metrics?token=in-the-address", of=of), 401)
        for path in PUBLIC:
            answer = behind.get(path, of=of)
            assert answer.status_code == 200
            assert_no_names(answer)
        for path in NOT_THERE:
            answer = behind.get(path, of=of)
            assert answer.status_code in {401, 404}
            assert_no_names(answer)


def test_nobody_sees_a_name_at_its_own_port(behind):
    for of, port in behind.ports.items():
        for path in ("/metrics", f"/jh/services/{of}/metrics"):
            refused(get(f"http://127.0.0.1:{port}{path}"), 401)
            refused(get(f"http://127.0.0.1:{port}{path}", "wrong"), 401)


def test_a_service_s_token_with_read_metrics(behind):
    token = behind.hub.tokens["prometheus"]
    for scheme in ("Bearer", "bearer", "token"):
        assert memberships(behind.get(token=token, scheme=scheme)) == MEMBERSHIPS
    refused(behind.get(token=token, scheme="Basic"), 401)
    port = behind.ports["groupscope"]
    url = f"{behind.hub.public_url}services/groupscope/metrics"
    head = httpx.head(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert (head.status_code, head.content) == (200, b"")
    assert httpx.head(url, trust_env=False).status_code == 401
    for path in ("/metrics", "/jh/services/groupscope/metrics"):
        assert memberships(get(f"http://127.0.0.1:{port}{path}", token)) == MEMBERSHIPS


def test_tokens_that_the_hub_knows_but_that_may_not_read(behind):
    user, _ = behind.token(user=READER)
    for token in (user, behind.hub.tokens["other"], behind.hub.tokens["admin"]):
        answer = behind.get(token=token)
        refused(answer, 403)
        assert 'error="insufficient_scope", scope="read:metrics"' in str(answer.headers)
        assert answer.text == (
            "This token lacks the scope read:metrics: add it to a role of its owner.\n"
        )


def test_a_user_who_may_access_the_service(behind):
    """The role gives access to one service; the hub hands the scope on to the user's tokens."""
    token, _ = behind.token(user=READER)
    assert memberships(behind.get(of="by-access", token=token)) == MEMBERSHIPS
    for other in (behind.token(user="ann-of-staff")[0], behind.hub.tokens["prometheus"]):
        refused(behind.get(of="by-access", token=other), 403)


def test_a_revoked_token(behind):
    token, path = behind.token(user=READER)
    unused, unused_path = behind.token(user=READER)
    assert behind.get(of="by-access", token=token).status_code == 200
    behind.hub.request("DELETE", path)
    behind.hub.request("DELETE", unused_path)
    refused(behind.get(of="by-access", token=unused), 401)
    # The yes is kept for 30 s, by the exporter that was asked only.
    refused(behind.get(of="groupscope", token=token), 401)


def test_a_token_of_the_file(behind):
    assert memberships(behind.get(of="by-file", token=FILE_TOKEN)) == MEMBERSHIPS
    # The hub's tokens are nothing here, and the file's nothing elsewhere.
    refused(behind.get(of="by-file", token=behind.hub.tokens["prometheus"]), 401)
    refused(behind.get(of="groupscope", token=FILE_TOKEN), 401)


def test_many_scrapes_are_one_question_to_the_hub(behind):
    """What a visitor costs the hub: one GET of /user with their own token, in 30 s."""
    token, _ = behind.token(user=READER)

    def questions():
        lines = behind.lines()[1]
        return sum(f"GET /jh/hub/api/user ({READER}@" in line for line in lines)

    before = questions()
    for _ in range(5):
        assert behind.get(of="by-access", token=token).status_code == 200
    assert questions() == before + 1


def test_a_visit_counts_as_activity_of_the_token_s_user(behind):
    """Why Prometheus should have a service's token: a user's is active at every check of it."""

    def last_activity():
        return behind.hub.request("GET", "users/loner-of-none").json()["last_activity"]

    token, _ = behind.token(user="loner-of-none")
    behind.get(token=behind.hub.tokens["prometheus"])
    assert last_activity() is None
    refused(behind.get(token=token), 403)
    assert last_activity() is not None


@pytest.mark.prometheus
def test_a_real_prometheus_scrapes_through_the_proxy(behind, tmp_path):
    token = tmp_path / "token"
    token.write_text(behind.hub.tokens["prometheus"])
    public = httpx.URL(behind.hub.public_url)
    job = {
        "job_name": "groupscope",
        "metrics_path": f"{public.path}services/groupscope/metrics",
        "authorization": {"credentials_file": str(token)},
        "static_configs": [{"targets": [f"{public.host}:{public.port}"]}],
    }
    without = {n: v for n, v in job.items() if n != "authorization"} | {"job_name": "without"}
    config = tmp_path / "prometheus.yml"
    config.write_text(
        json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [job, without]})
    )
    with Processes(tmp_path) as processes, httpx.Client(trust_env=False) as client:
        url = start_prometheus(processes, config, tmp_path / "data", free_port(0))
        prometheus = Prometheus(client, url)

        def asked(query):
            return {
                tuple(
                    row.labels[label]
                    for label in ("job", "username", "usergroup", "namespace")
                    if label in row.labels
                ): row.values[-1]
                for row in prometheus.instant(query, None)
            }

        wait_for(lambda: len(asked("up")) == 2, "both scrapes")
        assert asked("up") == {("groupscope",): 1, ("without",): 0}
        assert asked("jupyterhub_user_group_info") == {
            ("groupscope", *row, "jhub"): 1 for row in MEMBERSHIPS
        }


def test_the_logs_hold_no_token_and_the_exporters_no_name(behind):
    """After all that came before: run alone, it makes one visit of each kind itself."""
    token, path = behind.token(user=READER)
    behind.get(of="by-access", token=token)
    behind.get(of="groupscope", token=token)
    behind.hub.request("DELETE", path)
    behind.get(of="groupscope", token="wrong-0123456789")
    log = behind.hub.log.read_text()
    assert not [given for given in (*behind.given, "wrong-0123456789") if given in log]
    ours, _ = behind.lines()
    assert len([line for line in ours if line["message"].startswith("Refreshed in")]) >= 3
    assert {line["level"] for line in ours} == {"INFO"}
    assert not [name for name in (*NAMES, "staff") if name in str(ours)]


def test_open_to_all_behind_the_proxy_is_refused(tmp_path):
    """The hub ends too, as with any service of its own that does not start."""
    service = {
        "name": "groupscope",
        "url": f"http://127.0.0.1:{free_ports(1)[0]}",
        "command": [sys.executable, "-m", "exporter", "--namespace", "jhub", "--auth", "none"],
    }
    with pytest.raises(AssertionError) as caught, running_hub(tmp_path, services=[service]):
        pass
    log = str(caught.value)
    assert (
        "Error: --auth none, but the hub's proxy passes /services/groupscope/ on for anybody who "
        "can reach the hub. Choose: --auth-token-file FILE for those who send a bearer token of "
        "that file, --auth hub for JupyterHub tokens with the scope read:metrics; or remove `url` "
        "from the service in the hub's configuration.\n"
    ) in log
    assert "Service groupscope exited with status 2" in log
