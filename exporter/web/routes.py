"""The pages: metrics for those who may read them, and whether the exporter is well."""

from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from exporter.refresh import Refresher
from exporter.web.auth import Access
from exporter.web.scrape import scrape

_INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>groupscope exporter</title>
<h1>groupscope exporter</h1><p>JupyterHub's group memberships for Prometheus: \
<a href="metrics">metrics</a>.</p></html>
"""


def create_app(
    refresher: Refresher,
    access: Access,
    prefix: str | None = None,
) -> Starlette:
    """Return the pages, at the root and under ``prefix`` (such as ``/services/groupscope/``).

    ``/metrics`` is for those whom ``access`` lets in. ``/healthz`` (``ok``: the process answers),
    ``/readyz`` (200 with fresh data, else 503) and ``/`` are for everybody and hold no names.
    """

    async def metrics(request: Request) -> Response:
        refusal = await access.refusal(request.headers.get("Authorization"))
        if refusal:
            return PlainTextResponse(f"{refusal.message}\n", refusal.status, {**refusal.headers})
        headers, parts = scrape(
            refresher.served,
            request.headers.get("Accept", ""),
            request.headers.get("Accept-Encoding", ""),
        )
        return _parts(parts, headers)

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        if refresher.problem:
            return PlainTextResponse(f"not ready: {refresher.problem}\n", 503)
        return PlainTextResponse("ok\n")

    async def index(_: Request) -> Response:
        return HTMLResponse(_INDEX)

    pages = {"": index, "metrics": metrics, "healthz": healthz, "readyz": readyz}
    app = Starlette(
        routes=[
            Route(f"{base}{name}", page)
            for base in dict.fromkeys(("/", prefix or "/"))
            for name, page in pages.items()
        ]
    )
    app.router.redirect_slashes = False
    return app


def _parts(parts: Sequence[bytes], headers: dict[str, str]) -> Response:
    """Return an answer that is sent part by part: joined, each scrape would hold it all again."""

    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    length = str(sum(map(len, parts)))
    return StreamingResponse(body(), headers={**headers, "Content-Length": length})
