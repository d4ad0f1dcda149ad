"""Every client of ours sends a request again that a kept connection lost, and no other."""

import asyncio
import json
import re
import ssl
import threading

import httpx
import pytest
from certipy import Certipy

from dashboards.evaluate.errors import UnreachableError
from dashboards.evaluate.prometheus import Prometheus
from dashboards.grafana.connection import ConnectionOptions, RetryPolicy
from dashboards.grafana.errors import GrafanaUnusableError
from exporter.config.parsers import Secret
from exporter.core.errors import HubError, Reason
from exporter.core.memberships import User
from exporter.hub.api import open_client
from exporter.hub.client import Hub
from exporter.resending import IDEMPOTENT, AsyncClient, Client
from exporter.web.hub_tokens import HubTokens
from exporter.web.tls import hub_context
from tests.support.closing_server import Closing, closing_server
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

LOST = ["closed", "reset"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    store = Certipy(store_dir=str(tmp_path_factory.mktemp("certificates")))
    store.create_ca("ours")
    return store.create_signed_pair("server", "ours", alt_names=["IP:127.0.0.1"])["files"]


def nothing(_: str) -> bytes:
    return b"{}"


def sync_client(server: Closing, requests, **options):
    """Send requests (a method and extensions each) one after the other; return the statuses."""
    with Client(trust_env=False, **options) as client:
        url = f"{'https' if options else 'http'}://{server.address}/"
        return [
            client.request(method, url, extensions=marks).status_code for method, marks in requests
        ]


def async_client(server: Closing, requests, **options):
    async def run():
        async with AsyncClient(trust_env=False, **options) as client:
            url = f"{'https' if options else 'http'}://{server.address}/"
            return [
                (await client.request(method, url, extensions=marks)).status_code
                for method, marks in requests
            ]

    return asyncio.run(run())


CLIENTS = pytest.mark.parametrize("run", [sync_client, async_client])
GET, POST, QUERY = ("GET", {}), ("POST", {}), ("POST", IDEMPOTENT)


@CLIENTS
@pytest.mark.parametrize("end", LOST)
@pytest.mark.parametrize("request_", [GET, ("HEAD", {}), QUERY], ids=["GET", "HEAD", "query"])
def test_what_a_kept_connection_lost_is_sent_once_more(run, end, request_):
    with closing_server(nothing, end=end) as server:
        assert run(server, [GET, request_]) == [200, 200]
    assert server.seen == [(0, "GET"), (0, request_[0]), (1, request_[0])]


@CLIENTS
@pytest.mark.parametrize("end", LOST)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_could_do_something_twice_is_not_sent_again(run, end, method):
    with (
        closing_server(nothing, end=end) as server,
        pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
    ):
        run(server, [GET, (method, {})])
    assert server.seen == [(0, "GET"), (0, method)]


@CLIENTS
@pytest.mark.parametrize("end", LOST)
def test_what_a_new_connection_lost_is_not_sent_again(run, end):
    with (
        closing_server(nothing, 0, end=end) as server,
        pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
    ):
        run(server, [GET])
    assert server.seen == [(0, "GET")]


@CLIENTS
def test_it_is_sent_once_more_and_not_twice(run):
    with (
        closing_server(nothing, 1, 0) as server,
        pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)),
    ):
        run(server, [GET, GET])
    assert server.seen == [(0, "GET"), (0, "GET"), (1, "GET")]


@CLIENTS
@pytest.mark.parametrize("end", LOST)
def test_with_tls(run, end, certificates):
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(certificates["cert"], certificates["key"])
    trusting = ssl.create_default_context(cafile=certificates["ca"])
    with closing_server(nothing, end=end, tls=serving) as server:
        assert run(server, [GET, GET, GET], verify=trusting) == [200] * 3
    assert [number for number, _ in server.seen] == [0, 0, 1, 2]


def test_it_goes_out_on_a_new_connection_though_others_are_kept():
    """As after a pause in which the other side has begun to close all of them."""

    async def run(server):
        async with AsyncClient(trust_env=False) as client:
            url = f"http://{server.address}/"
            await asyncio.gather(*(client.get(url) for _ in range(3)))
            assert sorted(server.seen) == [(number, "GET") for number in range(3)]
            return (await client.get(url)).status_code

    together = threading.Barrier(3)

    def answer(_: str) -> bytes:
        # The first three only when all have come, each on a connection of its own.
        if not together.broken and len(server.seen) <= 3:
            together.wait(10)
        return b"{}"

    with closing_server(answer) as server:
        assert asyncio.run(run(server)) == 200
    assert [number for number, _ in server.seen[4:]] == [3]


@CLIENTS
def test_an_answer_that_has_begun_is_not_asked_for_again(run):
    with (
        closing_server(nothing, end="amid the answer") as server,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        run(server, [GET, GET])
    assert server.seen == [(0, "GET"), (0, "GET")]


HUB = {
    "user": {"kind": "service", "name": "x", "scopes": ["list:users", "read:users:groups"]},
    "users": {
        "items": [{"name": "ann", "groups": ["staff"]}],
        "_pagination": {"offset": 0, "total": 1, "next": None},
    },
}


def hub_answer(target: str) -> bytes:
    return json.dumps(HUB[target.partition("?")[0].rsplit("/", 1)[-1]]).encode()


def with_hub(server, work):
    """Return what ``work`` makes of a hub at the server."""

    async def run():
        url = f"http://{server.address}/hub/api"
        async with open_client(url, hub_context(None, None, None)) as client:
            hub = Hub(client, lambda: Secret("t"), page_size=100, timeout=20, max_memberships=100)
            return await work(hub)

    return asyncio.run(run())


@pytest.mark.parametrize("end", LOST)
def test_the_exporters_hub(end):
    async def twice(hub):
        return [await hub.snapshot(taken_at=2e9) for _ in range(2)]

    with closing_server(hub_answer, end=end) as server:
        snapshots = with_hub(server, twice)
    assert [each.users for each in snapshots] == [(User("ann", ("staff",)),)] * 2
    assert [number for number, _ in server.seen] == [0, 0, 1, 2, 2, 3]


def test_the_exporters_hub_that_breaks_off_each_new_connection():
    with closing_server(hub_answer, 0) as server, pytest.raises(HubError) as caught:
        with_hub(server, lambda hub: hub.snapshot(taken_at=2e9))
    assert caught.value.reason is Reason.CONNECT
    assert server.seen == [(0, "GET")]


@pytest.mark.parametrize("end", LOST)
def test_the_tokens_of_visitors(end):
    """A scrape is not refused for it."""

    async def visits(hub):
        access = HubTokens(lambda token: hub.scopes(Secret(token)), "list:users")
        return [await access.refusal(f"Bearer {token}") for token in ("a", "b")]

    with closing_server(hub_answer, end=end) as server:
        assert with_hub(server, visits) == [None, None]
    assert [number for number, _ in server.seen] == [0, 0, 1]


VECTOR = b'{"status": "success", "data": {"resultType": "vector", "result": []}}'


@pytest.mark.parametrize("end", LOST)
def test_queries_of_prometheus(end):
    with closing_server(lambda _: VECTOR, end=end) as server, Client(trust_env=False) as client:
        prometheus = Prometheus(client, f"http://{server.address}")
        assert [prometheus.instant("up", None) for _ in range(2)] == [[], []]
    assert server.seen == [(0, "POST"), (0, "POST"), (1, "POST")]


def test_a_prometheus_that_breaks_off_each_new_connection():
    with closing_server(nothing, 0) as server, Client(trust_env=False) as client:
        prometheus = Prometheus(client, f"http://{server.address}")
        with pytest.raises(UnreachableError):
            prometheus.instant("up", None)
    assert server.seen == [(0, "POST")]


BROKE = "The connection broke; trying again in 0 s (1 of 1)"


def grafana(server, told):
    patience = RetryPolicy(attempts=2, first_wait=0.01, longest_wait=0.01)
    return ConnectionOptions(
        f"http://{server.address}", "t", retry_policy=patience, notify=told
    ).open()


@pytest.mark.parametrize("end", LOST)
def test_grafana(end):
    told = []
    with closing_server(nothing, end=end) as server:
        requests = grafana(server, told.append)
        assert [requests.request("look", "GET", "/health") for _ in range(3)] == [{}] * 3
    # Nobody has to wait, and nothing is said.
    assert told == []
    assert [number for number, _ in server.seen] == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_change_in_grafana_is_only_tried_again_as_after_any_fault(method):
    """Those who make it see to it that it does nothing twice: test_deploy_faults."""
    told = []
    with closing_server(nothing) as server:
        requests = grafana(server, told.append)
        requests.request("look", "GET", "/health")
        requests.request("change", method, "/x", body={})
    assert (told, server.seen) == ([BROKE], [(0, "GET"), (0, method), (1, method)])


def test_a_grafana_that_breaks_off_each_new_connection():
    """It is waited for as after any fault."""
    told = []
    with closing_server(nothing, 0) as server:
        requests = grafana(server, told.append)
        with pytest.raises(GrafanaUnusableError):
            requests.request("look", "GET", "/health")
    assert (told, server.seen) == ([BROKE], [(0, "GET"), (1, "GET")])


def test_a_grafana_that_breaks_off_amid_an_answer():
    told = []
    with closing_server(nothing, end="amid the answer") as server:
        requests = grafana(server, told.append)
        assert [requests.request("look", "GET", "/health") for _ in range(2)] == [{}, {}]
    assert (told, server.seen) == ([BROKE], [(0, "GET"), (0, "GET"), (1, "GET")])


def test_there_is_no_other_client():
    """Each of the packages opens its clients of httpx in one place."""
    own = re.compile(r"httpx\.(?:Async)?Client\(")
    packages = ("benchmarks", "dashboards", "demo", "exporter")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if own.search(file.read_text("utf-8"))}
    assert found == {"exporter/resending.py"}
