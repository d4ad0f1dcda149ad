"""The pages; over a real socket they are in test_exporter_process.py."""

import asyncio

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from exporter.core.errors import HubError, Reason
from exporter.core.memberships import Snapshot, User
from exporter.refresh import Refresher
from exporter.web.auth import BearerTokens, Open
from exporter.web.routes import create_app
from tests.support.exporter_values import text
from tests.support.hub.exporting import OWN, samples

SNAPSHOT = Snapshot(users=(User("ann", ("staff",)),), groups=("staff",), taken_at=1000.0)


TEXT = text(SNAPSHOT)
# As Prometheus 2.42 sends it.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def refreshed(outcome):
    async def fetch(_):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    ready = Refresher(fetch, namespace="hub", clock=lambda: SNAPSHOT.taken_at)
    asyncio.run(ready.refresh())
    return ready


@pytest.fixture(scope="module")
def refresher():
    return refreshed(SNAPSHOT)


@pytest.fixture(scope="module")
def empty():
    return refreshed(HubError(Reason.CONNECT, "No connection."))


def ask(refresher, path, method="GET", access=None, prefix=None, **headers):
    async def once():
        transport = httpx.ASGITransport(create_app(refresher, access or Open(), prefix))
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            sent = {"Accept-Encoding": "identity"} | {
                name.replace("_", "-"): value for name, value in headers.items()
            }
            return await client.request(method, path, headers=sent)

    return asyncio.run(once())


def test_metrics(refresher):
    answer = ask(refresher, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith(TEXT)
    assert samples(answer.text)[f"{OWN}users"] == [({}, 1.0)]
    assert "content-encoding" not in answer.headers


def test_gzip(refresher):
    answer = ask(refresher, "/metrics", Accept_Encoding="deflate, gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith(TEXT)
    assert f"{OWN}build_info" in answer.text


def test_openmetrics(refresher):
    answer = ask(refresher, "/metrics", Accept=PROMETHEUS)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.startswith(TEXT)
    families = {family.name: family for family in read_openmetrics(answer.text)}
    assert families["jupyterhub_user_group_info"].samples[0].labels["username"] == "ann"
    assert families[f"{OWN}refresh_failures"].type == "counter"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head(refresher, encoding):
    headers = {"Accept_Encoding": encoding}
    whole = ask(refresher, "/metrics", **headers)
    answer = ask(refresher, "/metrics", "HEAD", **headers)
    assert answer.status_code == 200
    # The process' own memory and time may have one digit more.
    length = int(answer.headers["content-length"])
    assert length == pytest.approx(int(whole.headers["content-length"]), abs=30)
    assert length > 1000


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_pages_without_names(path, refresher):
    answer = ask(refresher, path)
    assert answer.status_code == 200
    assert "ann" not in answer.text


def test_without_data_it_lives_but_is_not_ready(empty):
    assert ask(empty, "/healthz").status_code == 200
    ready = ask(empty, "/readyz")
    assert (ready.status_code, ready.text) == (503, "not ready: no data yet\n")
    scrape = ask(empty, "/metrics", Accept_Encoding="gzip")
    assert scrape.status_code == 200
    assert "jupyterhub_user_group_info{" not in scrape.text
    assert (({"reason": "connect"}, 1.0)) in samples(scrape.text)[f"{OWN}refresh_failures_total"]


def test_index_links_to_the_metrics(refresher):
    assert '<a href="metrics">' in ask(refresher, "/").text


@pytest.mark.parametrize("path", ["metrics", "healthz", "readyz", ""])
def test_under_the_hubs_proxy_and_directly(path, refresher):
    direct, proxied = (
        ask(refresher, f"{base}{path}", prefix="/services/x/") for base in ("/", "/services/x/")
    )
    assert direct.status_code == proxied.status_code == 200
    assert direct.text.splitlines()[:5] == proxied.text.splitlines()[:5]
    assert ask(refresher, f"/services/y/{path}", prefix="/services/x/").status_code == 404


def test_only_those_with_a_token_read_the_metrics(refresher, tmp_path):
    file = tmp_path / "tokens"
    file.write_text("first\nsecond\n")
    access = BearerTokens(file)
    for path in ("/metrics", "/services/x/metrics"):
        for given in ({}, {"Authorization": "Bearer third"}, {"Authorization": "Basic Zmlyc3Q="}):
            for method in ("GET", "HEAD"):
                answer = ask(refresher, path, method, access, "/services/x/", **given)
                assert answer.status_code == 401
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert "ann" not in answer.text
        for token in ("first", "second"):
            answer = ask(
                *(refresher, path, "GET", access, "/services/x/"), Authorization=f"Bearer {token}"
            )
            assert "ann" in answer.text
    for path in ("/", "/healthz", "/readyz"):
        assert ask(refresher, path, access=access).status_code == 200


@pytest.mark.parametrize("path", ["/metrics/", "/metric", "/api", "/services/x/"])
def test_unknown_paths(path, refresher):
    assert ask(refresher, path).status_code == 404


def test_only_reading(refresher):
    assert ask(refresher, "/metrics", "POST").status_code == 405
