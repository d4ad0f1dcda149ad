"""The Grafana app's services, through a real gRPC channel, on a real JupyterHub."""

import csv
import gzip
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.backend.settings import setting_name
from exporter.core.messages import Message
from harness.hub import free_ports, wait_for
from tests.support.hub import people
from tests.support.plugin_backend import form, lines, running_backend

pytestmark = pytest.mark.hub

EVERYTHING = [
    "groups",
    "groups/staff/members",
    "groups/none/members",
    "groups/no-such/members",
    "metrics",
    "report",
    "report?group=staff",
    "report?format=csv",
    "report?format=csv&group=staff",
    "report?format=pdf",
    "nothing",
    "",
]
SEEN_BY_ALL = ["groups", "report", "report?group=staff", "report?format=csv"]
WITH_NAMES = [
    "groups/staff/members",
    "groups/none/members",
    "metrics",
    "report?format=csv&group=staff",
]
# Names that are part of no other text of an answer.
NAMES = [name for name in people.ALL if len(name) > 6 or not name.isascii()]


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    with running_backend(tmp_path_factory.mktemp("backend")) as running:
        yield running


@pytest.fixture
def settings(hub):
    return form(hub)


def names_in(text):
    return [name for name in NAMES if name in text or name.replace("\\", "\\\\") in text]


def test_groups_are_counted(backend, settings):
    found = backend.resource("groups", settings, role="Viewer").json()
    by_name = {group.pop("name"): group for group in found["groups"]}
    assert {name: it["members"] for name, it in by_name.items()} == {
        **{name: len(members) for name, members in people.GROUPS.items()},
        "none": len(people.LONERS),
    }
    assert {group["hub"] for group in by_name.values()} == {found["hub"]} == {"jhub"}
    assert set(by_name["staff"]["active"]) == {"24h", "7d", "30d"}
    assert found["users"] == len(people.ALL)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["refreshed"])
    assert 0 <= found["age_seconds"] < 120
    assert (found["stale"], found["error"], found["names"]) == (False, None, False)


@pytest.mark.parametrize("group", people.GROUPS)
@pytest.mark.parametrize("role", ["Editor", "Admin"])
def test_members_are_named_to_editors(backend, settings, group, role):
    found = backend.resource(f"groups/{group}/members", settings, role=role).json()
    assert found["group"] == group
    named = [it["name"] for it in found["members"]]
    assert sorted(named) == sorted(people.GROUPS[group])
    assert all(group in it["groups"] for it in found["members"])
    assert found["stale"] is False


def test_who_is_in_no_group_is_listed_too(backend, settings):
    found = backend.resource("groups/none/members", settings).json()
    assert {it["name"] for it in found["members"]} == set(people.LONERS)


@pytest.mark.parametrize("role", ["Viewer", "None", "", "admin", "Owner"])
@pytest.mark.parametrize("url", EVERYTHING)
def test_a_viewer_never_sees_a_name(backend, settings, url, role):
    got = backend.resource(url, settings, role=role)
    told = got.text + json.dumps(got.headers)
    assert names_in(told) == []
    assert "token-of-" not in told
    if url in WITH_NAMES:
        assert got.status == 403
        assert "Editor" in got.json()["error"]
    elif url in SEEN_BY_ALL:
        assert got.status == 200
        assert "staff" in got.text


@pytest.mark.parametrize("url", [*WITH_NAMES, "report", "report?group=staff"])
def test_an_editor_sees_names(backend, settings, url):
    got = backend.resource(url, settings, role="Editor")
    assert got.status == 200
    assert "Alice" in got.text or "Loner" in got.text


def test_viewers_see_names_if_the_settings_say_so(backend, hub):
    def statuses(settings, **who):
        return {backend.resource(url, settings, **who).status for url in WITH_NAMES}

    open_to_all, shut = form(hub, namesForViewers=True), form(hub, namesForViewers=False)
    assert statuses(open_to_all, role="Viewer", org=7) == {200}
    for role in ("None", ""):
        assert statuses(open_to_all, role=role, org=7) == {403}
    # In another organization nothing is changed by it.
    assert statuses(form(hub), role="Viewer", org=1) == {403}
    assert statuses(shut, role="Viewer", org=7, updated=2) == {403}


def test_what_there_is_not(backend, settings):
    missing = backend.resource("groups/no-such/members", settings)
    assert (missing.status, missing.json()) == (
        404,
        {"error": "There is no such group, or it is not exported: `groups` lists those there are."},
    )
    assert backend.resource("nothing", settings).status == 404
    assert backend.resource("report?format=pdf", settings).status == 400
    for method in ("POST", "PUT", "DELETE"):
        refused = backend.resource("groups", settings, method=method)
        assert (refused.status, refused.headers["Allow"]) == (405, ["GET"])


def test_the_exposition_is_the_exporters(backend, settings):
    got = backend.resource("metrics", settings)
    families = {it.name: it for it in text_string_to_metric_families(got.text)}
    info = families["jupyterhub_user_group_info"].samples
    assert len(info) == sum(map(len, people.GROUPS.values())) + len(people.LONERS)
    assert families["jupyterhub_groups_exporter_users"].samples[0].value == len(people.ALL)
    packed = backend.resource("metrics", settings, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == ["gzip"]
    memberships = got.text.partition("# HELP jupyterhub_groups_exporter")[0]
    assert gzip.decompress(packed.body).decode().startswith(memberships)
    opened = backend.resource(
        "metrics", settings, headers={"accept": "application/openmetrics-text; version=1.0.0"}
    )
    assert opened.text.endswith("# EOF\n")


def test_metrics_for_anybody_name_nobody(backend, hub, settings):
    backend.resource("groups", settings)
    page = backend.metrics()
    families = {it.name: it for it in text_string_to_metric_families(page)}
    labels = {name for it in families.values() for one in it.samples for name in one.labels}
    assert not {name for name in labels if name.startswith("user") and name != "usergroup"}
    assert names_in(page) == []
    members = families["jupyterhub_group_members"].samples
    assert {it.labels["usergroup"]: it.value for it in members}["staff"] == 2
    assert "jupyterhub_group_active_members" in families
    assert families["jupyterhub_groups_exporter_hub_reachable"].samples[0].value == 1
    assert "jupyterhub_user_group_info" not in families


def test_csv(backend, settings):
    def rows(url):
        got = backend.resource(url, settings)
        assert got.headers["Content-Type"] == ["text/csv; charset=utf-8"]
        assert got.headers["Content-Disposition"][0].startswith("attachment; ")
        return list(csv.DictReader(io.StringIO(got.text)))

    counted = {row["group"]: row for row in rows("report?format=csv")}
    assert set(counted["staff"]) == {
        *("hub", "group", "members", "active_24h", "active_7d", "active_30d")
    }
    assert counted["crowd"]["members"] == str(len(people.GROUPS["crowd"]))
    odd = rows("report?format=csv&group=odd%22gr%5Coup")
    assert {row["member"] for row in odd} == set(people.GROUPS['odd"gr\\oup'])


def test_the_report_is_a_page_that_runs_nothing(backend, settings):
    got = backend.resource("report", settings)
    assert got.headers["Content-Type"] == ["text/html; charset=utf-8"]
    assert "sandbox" in got.headers["Content-Security-Policy"][0]
    assert "<script" not in got.text
    assert "zoë-名前" in got.text
    assert "odd&quot;gr\\oup" in got.text
    assert got.text.endswith("</html>\n")


def test_health_is_what_check_says(backend, hub, settings):
    status, message, details = backend.health(settings)
    assert status == "OK"
    assert re.fullmatch(r"JupyterHub [\d.]+ answers: 240 users, 6 groups\.", message), message
    assert (details["users"], details["groups"]) == (len(people.ALL), len(people.GROUPS))
    assert details["age_seconds"] >= 0
    findings = {text.partition(":")[0] for text in texts(details)}
    assert findings == {"Hub", "Token", "Scope", "Found", "Scrape", "Age", "Result"}
    assert set(levels(details)) == {"ok"}
    assert names_in(json.dumps(details, ensure_ascii=False)) == []


def test_health_counts_the_namespaces_of_users(backend, hub):
    """In the app's word for the setting."""
    wanted = form(hub, userNamespaceTemplate="{hubnamespace}-{safe_username}")
    status, _, details = backend.health(wanted, org=31)
    assert status == "OK"
    assert "Pods: 240 namespaces of users, by userNamespaceTemplate" in texts(details)
    assert names_in(json.dumps(details, ensure_ascii=False)) == []


def texts(details):
    return [it["text"] for it in details["findings"]]


def levels(details):
    return [it["level"] for it in details["findings"]]


def test_health_names_the_scopes_that_lack(backend, hub):
    status, _, details = backend.health(form(hub, "least"), org=2)
    assert status == "OK"
    warned = [it["text"] for it in details["findings"] if it["level"] == "warn"]
    assert warned[0] == "Scope: list:groups missing: it would add groups without members"
    status, message, details = backend.health(form(hub, "no-groups"), org=3)
    assert status == "ERROR"
    assert "read:users:groups" in message
    assert "error" in levels(details)


@pytest.mark.parametrize(
    ("change", "secrets", "words"),
    [
        ({}, {"hubToken": "wrong"}, "The hub refuses the token (403)"),
        ({}, {}, "The hub's token is not set"),
        ({"hubUrl": ""}, None, "The URL of the hub's API is not set: give hubUrl"),
        ({"namespace": None}, None, "The namespace is not set: give namespace"),
        ({"hubUrl": "http://h/"}, None, "is not the URL of the hub's API, which ends in /hub/api"),
        ({"interval": "soon"}, None, "interval in the app's settings 'soon' is not a number"),
        ({"interval": "2h"}, None, "maxAge 3600 is less than twice interval 7200"),
        ({"groupsAllowed": ["/(/"]}, None, "groupsAllowed in the app's settings"),
        ({"groupsAllowed": [1]}, None, "groupsAllowed in the app's settings is not a text"),
        ({"namesForViewers": "yes"}, None, "namesForViewers in the app's settings is neither"),
    ],
)
def test_wrong_settings_are_told_in_the_apps_words(backend, hub, change, secrets, words):
    given, token = form(hub, **change)
    wrong = given, token if secrets is None else secrets
    org = 100 + abs(hash(words)) % 1000
    status, message, details = backend.health(wrong, org=org)
    assert status == "ERROR"
    assert words in message
    assert "--" not in message + json.dumps(details)
    assert details["users"] == 0
    got = backend.resource("groups", wrong, org=org, role="Viewer")
    assert got.status == 503
    assert words in got.json()["error"]


def test_a_hub_that_is_not_there(backend, hub, tmp_path):
    (port,) = free_ports(1)
    given, token = form(hub)
    gone = {**given, "hubUrl": f"http://127.0.0.1:{port}/hub/api"}, token
    got = backend.resource("groups", gone, org=4)
    assert got.status == 503
    error = got.json()["error"]
    assert error.startswith("There are no data. No connection to the hub at 127.0.0.1:")
    assert "hubUrl names it" in error
    status, message, details = backend.health(gone, org=4)
    assert status == "ERROR"
    assert message in error
    assert texts(details)[-1].startswith("Result: no data (connect).")
    assert backend.resource("metrics", gone, org=4).status == 503


def test_changed_settings_count_at_once(backend, hub):
    first = form(hub, groupsAllowed=["staff"])
    assert shown(backend, first, updated=10) == {"staff", "other", "none"}
    second = form(hub, groupsAllowed=["crowd"])
    assert shown(backend, second, updated=20) == {"crowd", "other", "none"}
    # A call that was under way with the old ones gets the new ones' answer.
    assert shown(backend, first, updated=10) == {"crowd", "other", "none"}
    assert shown(backend, first, updated=30) == {"staff", "other", "none"}
    wrong = form(hub)[0], {"hubToken": "wrong"}
    assert backend.resource("groups", wrong, org=9, updated=40).status == 503
    assert shown(backend, second, updated=50) == {"crowd", "other", "none"}


def shown(backend, settings, updated):
    got = backend.resource("groups", settings, org=9, updated=updated)
    return {group["name"] for group in got.json()["groups"]}


def test_organizations_do_not_see_one_another(backend, hub):
    mine, yours = form(hub, groupsAllowed=["staff"]), form(hub, groupsDenied=["/.*/"])
    assert backend.resource("groups/staff/members", mine, org=21).status == 200
    assert backend.resource("groups/staff/members", yours, org=22).status == 404
    assert backend.resource("groups", None, org=23).status == 503


def test_a_hundred_calls_at_once(backend, settings):
    urls = ["groups", "metrics", "report", "groups/crowd/members"] * 25
    alone = {url: backend.resource(url, settings).status for url in set(urls)}
    with ThreadPoolExecutor(100) as pool:
        got = list(pool.map(lambda url: backend.resource(url, settings), urls))
    assert {one.status for one in got} == set(alone.values()) == {200}
    listed = [one.json() for one, url in zip(got, urls, strict=True) if url.endswith("/members")]
    assert {len(one["members"]) for one in listed} == {len(people.GROUPS["crowd"])}


def test_a_log_line_holds_no_name_and_no_token(backend, hub):
    def refreshed():
        return [line for line in lines(backend) if line["@message"].startswith("Refreshed")]

    assert wait_for(refreshed, "a refresh")
    text = backend.log.read_text("utf-8")
    assert names_in(text) == []
    assert not [token for token in hub.tokens.values() if token in text]
    for line in lines(backend):
        assert line["@level"] in {"debug", "info", "warn", "error"}
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["@timestamp"])


def test_an_unknown_key_is_told(backend, hub):
    _, _, details = backend.health(form(hub, hubURL="http://typo/hub/api"), org=5)
    assert details["findings"][0] == {
        "level": "warn",
        "text": "Settings: jsonData has a key that is no setting: 'hubURL'. It does nothing.",
    }


def test_settings_have_the_apps_names():
    sentence = Message("Check {hub_url}, {hub_token} and {timeout}; or {page_size}.")
    assert sentence.worded(setting_name) == (
        "Check hubUrl, hubToken and timeout; or page_size in "
        "[plugin.groupscope-jupyterhub-app] of grafana.ini."
    )
