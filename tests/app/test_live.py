"""The app in a real Grafana, over a real JupyterHub, scraped by a real Prometheus.

Needs a Grafana, which no registry has, with the app in its plugin folder
(docs/how-to/grafana-app.md): give GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD (an admin's). It
changes the settings of the app, and disables it in the end.
"""

import json
import os
from urllib.parse import quote

import httpx
import pytest

from app.backend import APP_ID
from dashboards import catalog
from dashboards.catalog.app_boards import app_uid
from harness.hub import free_ports, running_hub, wait_for
from harness.processes import Processes, free_port
from harness.prometheus import start_prometheus
from tests.support.grafana_recorder import run
from tests.support.hub import people
from tests.support.plugin_backend import form

pytestmark = [
    pytest.mark.grafana,
    pytest.mark.hub,
    pytest.mark.skipif("not os.environ.get('GRAFANA_URL')", reason="no GRAFANA_URL"),
]

APP = f"/api/plugins/{APP_ID}"
ROLES = ("Viewer", "Editor", "Admin")
# What a group may be called that an address may not; JupyterHub's own API can't name some either.
ODD = {"a/b": ["Alice"], "100%25 ": ["Alice"], "what? #1": ["user_1"], "../x": ["user_1"]}


@pytest.fixture(scope="module")
def odd_hub(tmp_path_factory):
    with running_hub(
        tmp_path_factory.mktemp("hub"), users=people.ALL, groups={**people.GROUPS, **ODD}
    ) as running:
        yield running


def save(grafana, settings, *, enabled=True):
    json_data, secrets = settings
    body = {"enabled": enabled, "pinned": False, "jsonData": json_data, "secureJsonData": secrets}
    grafana.post(f"{APP}/settings", json=body).raise_for_status()


def set_up(grafana, settings):
    """Save the settings and wait for the backend to have them: Grafana keeps them for seconds."""
    save(grafana, settings)
    wanted = settings[0]["hubUrl"]

    def has_them():
        texts = [it["text"] for it in health(grafana).json()["details"]["findings"]]
        return any(wanted in text or "No connection" in text for text in texts)

    wait_for(has_them, "the settings")


@pytest.fixture(scope="module")
def app(grafana, odd_hub):
    set_up(grafana, form(odd_hub))
    wait_for(lambda: health(grafana).status_code == 200, "the first refresh")
    yield
    save(grafana, ({}, {}), enabled=False)


def health(client):
    return client.get(f"{APP}/health")


@pytest.fixture(scope="module")
def clients(grafana, app):
    """Return a client for each role: a service account's token, as Prometheus would have it."""
    made, clients = [], {}
    for role in ROLES:
        name = f"groupscope-test-{role}"
        for old in grafana.get("/api/serviceaccounts/search", params={"query": name}).json()[
            "serviceAccounts"
        ]:
            grafana.delete(f"/api/serviceaccounts/{old['id']}").raise_for_status()
        account = grafana.post("/api/serviceaccounts", json={"name": name, "role": role}).json()
        made.append(account["id"])
        key = grafana.post(
            f"/api/serviceaccounts/{account['id']}/tokens", json={"name": name}
        ).json()["key"]
        clients[role] = httpx.Client(
            base_url=grafana.base_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )
    yield clients
    for client in clients.values():
        client.close()
    for each in made:
        grafana.delete(f"/api/serviceaccounts/{each}").raise_for_status()


def resource(client, path):
    return client.get(f"{APP}/resources/{path}")


def test_health_is_green_with_all_findings(grafana, app):
    answer = health(grafana)
    assert (answer.status_code, answer.json()["status"]) == (200, "OK")
    details = answer.json()["details"]
    assert details["users"] == len(people.ALL)
    assert {it["level"] for it in details["findings"]} == {"ok"}


def test_grafana_shows_no_secret(grafana, app, odd_hub):
    answer = grafana.get(f"{APP}/settings")
    assert answer.json()["secureJsonFields"] == {"hubToken": True}
    assert odd_hub.tokens["full"] not in answer.text


def test_resources_by_role(clients):
    expected = {
        "groups": {"Viewer": 200, "Editor": 200, "Admin": 200},
        "groups/staff/members": {"Viewer": 403, "Editor": 200, "Admin": 200},
        "metrics": {"Viewer": 403, "Editor": 200, "Admin": 200},
        "report": {"Viewer": 200, "Editor": 200, "Admin": 200},
        "report?format=csv": {"Viewer": 200, "Editor": 200, "Admin": 200},
        "report?format=csv&group=staff": {"Viewer": 403, "Editor": 200, "Admin": 200},
        "groups/no-such/members": {"Viewer": 403, "Editor": 404, "Admin": 404},
    }
    found = {
        path: {role: resource(client, path) for role, client in clients.items()}
        for path in expected
    }
    assert {
        path: {role: answer.status_code for role, answer in by_role.items()}
        for path, by_role in found.items()
    } == expected
    for by_role in found.values():
        assert "Alice" not in by_role["Viewer"].text
    assert "Alice" in found["report"]["Editor"].text


def test_without_a_login_there_is_nothing(app):
    with httpx.Client(base_url=os.environ["GRAFANA_URL"], trust_env=False) as nobody:
        assert resource(nobody, "groups").status_code == 401
        assert health(nobody).status_code == 401


@pytest.mark.parametrize("group", [*people.GROUPS, *ODD])
def test_every_group_can_be_named_in_an_address(clients, group):
    answer = resource(clients["Editor"], f"groups/{quote(group, safe='')}/members")
    assert answer.status_code == 200, answer.text
    assert answer.json()["group"] == group
    named = {member["name"] for member in answer.json()["members"]}
    assert named == set({**people.GROUPS, **ODD}[group])


def test_the_page_without_a_login_names_nobody(app):
    page = httpx.get(f"{os.environ['GRAFANA_URL']}/metrics/plugins/{APP_ID}", trust_env=False)
    assert page.status_code == 200
    assert 'jupyterhub_group_members{namespace="jhub",usergroup="staff"} 2.0' in page.text
    assert "username" not in page.text
    assert not [name for name in people.ALL if f'"{name}"' in page.text]


@pytest.mark.prometheus
def test_prometheus_scrapes_with_a_service_accounts_token(clients, tmp_path):
    token = clients["Editor"].headers["Authorization"].removeprefix("Bearer ")
    (tmp_path / "token").write_text(token)
    url = httpx.URL(os.environ["GRAFANA_URL"])
    config = {
        "scrape_configs": [
            {
                "job_name": "groupscope",
                "scrape_interval": "1s",
                "scheme": url.scheme,
                "metrics_path": f"{APP}/resources/metrics",
                "authorization": {"credentials_file": str(tmp_path / "token")},
                "static_configs": [{"targets": [f"{url.host}:{url.port}"]}],
            }
        ]
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))
    with Processes(tmp_path) as processes:
        config_file = tmp_path / "prometheus.yml"
        prometheus = start_prometheus(processes, config_file, tmp_path / "data", free_port(0))

        def found():
            query = {"query": 'count(jupyterhub_user_group_info{usergroup="crowd"})'}
            answer = httpx.get(f"{prometheus}/api/v1/query", params=query, trust_env=False)
            return answer.json()["data"]["result"]

        (series,) = wait_for(found, "a scrape")
        assert series["value"][1] == str(len(people.GROUPS["crowd"]))


def test_a_stopped_hub_is_red_with_words_and_its_return_green(grafana, app, odd_hub):
    (port,) = free_ports(1)
    given, token = form(odd_hub)
    set_up(grafana, ({**given, "hubUrl": f"http://127.0.0.1:{port}/hub/api"}, token))
    answer = health(grafana)
    assert answer.status_code == 400
    assert answer.json()["status"] == "ERROR"
    assert answer.json()["message"].startswith("No connection to the hub at 127.0.0.1:")
    assert "hubUrl names it" in answer.json()["message"]
    assert resource(grafana, "groups").status_code == 503
    set_up(grafana, form(odd_hub))
    wait_for(lambda: health(grafana).status_code == 200, "the hub")


BOARDS = [catalog.load(name)["uid"] for name in catalog.names()]


@pytest.fixture
def deployed(grafana):
    """Return the uid of a board that is deployed, and take it away again if it was not there."""
    uid, folder = "groupscope-support", "groupscope test app"
    if grafana.get(f"/api/dashboards/uid/{uid}").status_code == 200:
        yield uid
        return
    login = {name: os.environ[name] for name in ("GRAFANA_URL", "GRAFANA_USER", "GRAFANA_PASSWORD")}
    done = run("support", "--folder", folder, **login)
    assert done.exit_code == 0, done.output
    yield uid
    meta = grafana.get(f"/api/dashboards/uid/{uid}").json()["meta"]
    grafana.delete(f"/api/folders/{meta['folderUid']}").raise_for_status()


def test_the_apps_boards_and_deployed_ones_leave_one_another_alone(grafana, app, odd_hub, deployed):
    """Grafana imports an app's boards over others of their uids, and deletes them with the app."""

    def state():
        answer = grafana.get(f"/api/dashboards/uid/{deployed}").json()
        return answer["meta"]["folderUid"], answer["meta"]["version"], answer["dashboard"]

    def own():
        found = grafana.get("/api/search", params={"tag": "groupscope-app"}).json()
        return {it["uid"] for it in found}

    before = state()
    save(grafana, form(odd_hub), enabled=False)
    wait_for(lambda: not own(), "Grafana to delete the app's boards")
    assert state() == before
    save(grafana, form(odd_hub))
    wait_for(lambda: own() == {app_uid(uid) for uid in BOARDS}, "Grafana to import them")
    assert state() == before
