"""The pages, over a real socket is in test_exporter_process.py; here the routes."""

import asyncio

import httpx
import pytest

from exporter.app import create_app
from exporter.memberships import Snapshot, User
from exporter.refresh import Refresher

SNAPSHOT = Snapshot(users=(User("ann", ("staff",)),), groups=("staff",), taken_at=1000.0)


@pytest.fixture
def refresher():
    async def fetch(_):
        return SNAPSHOT

    ready = Refresher(fetch, namespace="hub")
    asyncio.run(ready.refresh())
    return ready


def ask(refresher, path, method="GET"):
    async def once():
        transport = httpx.ASGITransport(create_app(refresher))
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return await client.request(method, path)

    return asyncio.run(once())


def test_metrics(refresher):
    answer = ask(refresher, "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.content == refresher.exposition()
    assert b'username="ann"' in answer.content


def test_head(refresher):
    answer = ask(refresher, "/metrics", "HEAD")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(refresher.exposition())


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_pages_without_names(path, refresher):
    answer = ask(refresher, path)
    assert answer.status_code == 200
    assert "ann" not in answer.text


def test_index_links_to_the_metrics(refresher):
    assert '<a href="metrics">' in ask(refresher, "/").text


@pytest.mark.parametrize("path", ["/metrics/", "/metric", "/api"])
def test_unknown_paths(path, refresher):
    assert ask(refresher, path).status_code == 404


def test_only_reading(refresher):
    assert ask(refresher, "/metrics", "POST").status_code == 405
