"""The pages, and the server that gives them out while the refresher runs beside it."""

import asyncio
import logging
import os
import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from exporter.hub import Hub, open_client
from exporter.metrics import CONTENT_TYPE
from exporter.refresh import Refresher
from exporter.settings import Settings, SettingsError

_log = logging.getLogger(__name__)

_INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>groupscope exporter</title>
<h1>groupscope exporter</h1><p>JupyterHub's group memberships for Prometheus: \
<a href="metrics">metrics</a>.</p></html>
"""


def create_app(refresher: Refresher) -> Starlette:
    """Return the pages ``/metrics``, ``/healthz`` (``ok``: the process answers) and ``/``."""

    async def metrics(_: Request) -> Response:
        return Response(refresher.exposition(), headers={"Content-Type": CONTENT_TYPE})

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def index(_: Request) -> Response:
        return HTMLResponse(_INDEX)

    app = Starlette(
        routes=[Route("/", index), Route("/healthz", healthz), Route("/metrics", metrics)]
    )
    app.router.redirect_slashes = False
    return app


async def serve(settings: Settings) -> None:
    """Refresh and serve until SIGTERM or SIGINT.

    Raises ``SettingsError`` if the address can't be had. Any fault in the refresher ends the
    server too: a process that answers scrapes but never refreshes would go stale unseen.
    """
    with _listen(settings.host, settings.port) as listener:
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{shown}:{listener.getsockname()[1]}/metrics"
        async with open_client(settings.hub_url, settings.hub_token.value) as client:
            hub = Hub(client, page_size=settings.page_size, timeout=settings.timeout)
            refresher = Refresher(
                hub.snapshot,
                namespace=settings.namespace,
                windows=settings.active_windows,
                interval=settings.interval,
            )
            server = uvicorn.Server(
                uvicorn.Config(
                    create_app(refresher),
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=5,
                )
            )
            _log.info(
                "Serving %s; reading %s every %g s; namespace %s.",
                *(address, settings.hub_url, settings.interval, settings.namespace),
            )
            if not settings.loopback:
                _log.warning(
                    "The page holds usernames, and %s is not a loopback address: "
                    "make sure that only Prometheus can reach it.",
                    settings.host,
                )
            async with asyncio.TaskGroup() as tasks:
                refreshing = tasks.create_task(refresher.run())
                await server.serve(sockets=[listener])
                refreshing.cancel()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # Only a failed look-up of the host's name has a negative number and its own text.
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise SettingsError(
            f"Can't listen on {host} port {port} ({reason}): choose others with --host and --port."
        ) from None
