"""The process: the refresher, and beside it the server that gives out its pages."""

import asyncio
import logging
import socket
from collections.abc import Coroutine
from typing import NoReturn

from starlette.applications import Starlette

from exporter.config.files import FileError
from exporter.config.settings import Settings, SettingsError
from exporter.refresh import Refresher, tune_gc
from exporter.web.routes import create_app
from exporter.web.server import allow_open_files, answer, listen
from exporter.web.tls import Listener
from exporter.wiring import access, listener, make_refresher, open_hub, open_snapshot_file

_log = logging.getLogger(__name__)

# Certificates are renewed days before they end.
_LOOK_AT_FILES_SECONDS = 30.0


async def serve(settings: Settings) -> None:
    """Refresh and serve until SIGTERM or SIGINT.

    Raises ``SettingsError`` if the address can't be had or a file is wrong. Any fault in the
    refresher ends the server too: a process that answers scrapes but never refreshes would go
    stale unseen.
    """
    tune_gc()
    allow_open_files()
    try:
        secured = listener(settings)
        async with open_hub(settings) as hub:
            readers = access(settings, hub)
            refresher = make_refresher(settings, hub, open_snapshot_file(settings))
            app = create_app(refresher, readers, settings.prefix)
            with listen(settings.host, settings.port) as listening:
                _log_start(settings, listening.getsockname()[1])
                await _run(refresher, app, listening, secured)
    except FileError as error:
        raise SettingsError(error.message) from None


async def _run(
    refresher: Refresher, app: Starlette, listener: socket.socket, secured: Listener | None
) -> None:
    async with asyncio.TaskGroup() as tasks:
        beside: list[Coroutine[None, None, NoReturn]] = [refresher.run()]
        if secured:
            beside.append(_renew(secured))
        running = [tasks.create_task(each) for each in beside]
        await answer(app, listener, secured)
        for task in running:
            task.cancel()


async def _renew(secured: Listener) -> NoReturn:
    while True:
        await asyncio.sleep(_LOOK_AT_FILES_SECONDS)
        secured.renew()


def _log_start(settings: Settings, port: int) -> None:
    scheme = "https" if settings.tls_cert_file else "http"
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    readers = {
        "token": "those who send a token of the token file",
        "hub": f"those whose JupyterHub token has the scope {settings.auth_scope}",
        "none": "everybody who can reach that address",
    }
    _log.info(
        "Serving %s://%s:%d/metrics; reading %s every %g s; namespace %s; for %s.",
        *(scheme, shown, port, settings.hub_url, settings.interval, settings.namespace),
        readers[str(settings.access)],
    )
