"""The exporter against a real JupyterHub."""

import asyncio
import subprocess
import sys
from collections import Counter
from datetime import datetime

import pytest
from kubespawner.slugs import escape_slug, safe_slug

from exporter.core.errors import HubError, Reason
from exporter.refresh import Refresher
from harness.hub import FULL, free_ports, running_hub, wait_for
from tests.support.exporter_values import tally, text
from tests.support.hub import people
from tests.support.hub.asking import opened, read
from tests.support.hub.exporting import OWN, exporter, samples

pytestmark = pytest.mark.hub

# What the exporter must find, from how the hub was set up.
GROUPS_OF = {
    name: {group for group, members in people.GROUPS.items() if name in members}
    for name in people.ALL
}


def groups_of(snapshot):
    return {user.name: set(user.groups) for user in snapshot.users}


@pytest.mark.parametrize("page_size", [7, 200, 100_000])
def test_all_users_and_groups_whatever_the_page_size(hub, page_size):
    snapshot = read(hub.api_url, hub.tokens["full"], page_size)
    assert len(snapshot.users) == len(people.ALL) > 200
    assert groups_of(snapshot) == GROUPS_OF
    assert set(snapshot.groups) == set(people.GROUPS)
    assert snapshot.activity_known


def test_the_page_of_a_real_hub(hub):
    snapshot = read(hub.api_url, hub.tokens["full"])
    found = samples(text(snapshot, "jhub"))
    info = [labels for labels, _ in found["jupyterhub_user_group_info"]]
    expected = [
        {
            "namespace": "jhub",
            "usergroup": group,
            "username": name,
            "username_escaped": escape_slug(name),
            "username_safe": safe_slug(name, max_length=48),
        }
        for name, groups in GROUPS_OF.items()
        for group in groups or {"none"}
    ]

    def order(labels):
        return labels["username"], labels["usergroup"]

    assert sorted(info, key=order) == sorted(expected, key=order)
    assert Counter(row["usergroup"] for row in info)["none"] == len(people.LONERS)
    assert {labels["usergroup"]: n for labels, n in found["jupyterhub_group_members"]} == {
        **{group: len(names) for group, names in people.GROUPS.items()},
        "none": len(people.LONERS),
    }
    shares = Counter()
    for labels, share in found["jupyterhub_user_group_share"]:
        shares[labels["username"]] += share
    assert dict(shares) == pytest.approx(dict.fromkeys(people.ALL, 1))


@pytest.mark.prometheus
def test_promtool_accepts_a_real_page(hub):
    page = text(read(hub.api_url, hub.tokens["full"]), "jhub")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=page, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_least_scopes_give_all_but_empty_groups_and_activity(hub):
    snapshot = read(hub.api_url, hub.tokens["least"])
    assert groups_of(snapshot) == GROUPS_OF
    assert set(tally(snapshot).groups) == set(people.GROUPS) - {"empty"}
    assert not snapshot.activity_known
    assert "jupyterhub_group_active_members" not in text(snapshot, "jhub")
    # Asking without the right to would be three warnings in the hub's log at each refresh.
    assert "Not authorizing access to /jh/hub/api/groups" not in hub.log.read_text()


def test_without_activity_only_that_is_absent(hub):
    snapshot = read(hub.api_url, hub.tokens["no-activity"])
    assert (snapshot.activity_known, tally(snapshot).members["empty"]) == (False, 0)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("no-list", "The hub knows the token, but it lacks the scope list:users (403)."),
        ("no-groups", "The token may not read the groups of 240 of 240 users."),
        ("some-groups", "The token may not read the groups of 238 of 240 users."),
    ],
)
def test_a_missing_scope(hub, token, message):
    with pytest.raises(HubError) as caught:
        read(hub.api_url, hub.tokens[token])
    assert caught.value.reason is Reason.SCOPE
    assert str(caught.value).startswith(message)


def test_the_wrong_path_of_a_hub_under_a_base_url(hub):
    with pytest.raises(HubError) as caught:
        read(hub.api_url.replace("/jh/", "/"), hub.tokens["full"])
    assert caught.value.reason is Reason.HTTP
    assert "hub_url ends in /jh/hub/api" in str(caught.value)


def test_a_revoked_token_is_told_and_the_last_data_stay(hub, caplog):
    """A token that the hub really gave out and really took back."""
    given = hub.request("POST", "users/Loner/tokens", json={"scopes": ["read:users!user=Loner"]})
    hub.request("DELETE", f"users/Loner/tokens/{given.json()['id']}")
    tokens = iter([hub.tokens["full"], given.json()["token"], hub.tokens["full"]])

    async def fetch(now):
        async with opened(hub.api_url, next(tokens)) as asked:
            return await asked.snapshot(now)

    async def three_times():
        subject = Refresher(fetch, namespace="jhub")
        served = []
        for _ in range(3):
            await subject.refresh()
            served.append(subject.served)
        return served

    good, failed, again = asyncio.run(three_times())
    assert [each.status.failures[Reason.AUTH] for each in (good, failed, again)] == [0, 1, 1]
    assert failed.page is good.page
    assert good.status.last_success == failed.status.last_success < again.status.last_success
    assert "Refresh failed (auth). The hub refuses the token (403): it is wrong" in caplog.text
    assert given.json()["token"] not in caplog.text


def test_named_servers_count_their_user_once_and_as_active(hub):
    def active(snapshot):
        page = samples(text(snapshot, "jhub"))
        rows = page["jupyterhub_group_active_members"]
        return {r["usergroup"]: n for r, n in rows if r["window"] == "24h"}

    def servers():
        found = hub.request("GET", "users/user_1").json()["servers"]
        return len(found) == 2 and all(server["ready"] for server in found.values())

    before = read(hub.api_url, hub.tokens["full"])
    try:
        for server in ("one", "two"):
            hub.request("POST", f"users/user_1/servers/{server}")
        wait_for(servers, "two servers")
        now = datetime.now().astimezone().isoformat()
        hub.request("POST", "users/user_1/activity", json={"last_activity": now})
        snapshot = read(hub.api_url, hub.tokens["full"])
    finally:
        for server in ("one", "two"):
            hub.request("DELETE", f"users/user_1/servers/{server}", json={"remove": True})
    assert [user.name for user in snapshot.users].count("user_1") == 1
    assert tally(snapshot).members == tally(before).members
    assert active(snapshot)["staff"] == 1
    assert active(snapshot)["empty"] == 0
    assert active(snapshot)["none"] == active(before)["none"]


def test_as_a_service_that_the_hub_starts_and_after_the_hub_has_gone(tmp_path):
    """The hub gives URL and token; a second exporter, by itself, sees the hub stop."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "exporter", "--namespace", "jhub", "--port", str(port)]
    with (
        running_hub(
            tmp_path,
            users=["Loner"],
            groups={"staff": ["ann", "bob"], "empty": []},
            services=[{"name": "groupscope", "command": command}],
            service_scopes={"groupscope": FULL},
        ) as hub,
        exporter(
            *("--hub-url", hub.api_url, "--namespace", "jhub", "--port", "0", "--interval", "1"),
            GROUPSCOPE_HUB_TOKEN=hub.tokens["least"],
        ) as alone,
    ):
        alone.wait_for_log("Refreshed in")
        before = alone.samples()
        managed = wait_for(lambda: page_of(port), hub.log.read_text())
        expected = {"staff": 2.0, "empty": 0.0, "none": 1.0}
        assert {r["usergroup"]: n for r, n in managed["jupyterhub_group_members"]} == expected
        hub.stop()
        alone.wait_for_log("Refresh failed (connect). No connection to the hub at 127.0.0.1:")
        after = alone.samples()
        assert after["jupyterhub_user_group_info"] == before["jupyterhub_user_group_info"]
        assert after[f"{OWN}hub_reachable"] == [({}, 0.0)]
        assert "Still serving the data of" in alone.log
        assert hub.tokens["least"] not in alone.log
        assert alone.end() == 0


def page_of(port):
    """Return the samples of a local exporter once it has memberships, else None."""
    import httpx

    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    except httpx.TransportError:
        return None
    found = samples(answer.text)
    return found if "jupyterhub_group_members" in found else None
