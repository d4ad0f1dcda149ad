"""The process: the refresher, and beside it the server that gives out its pages."""

import asyncio
import logging
import socket
from collections.abc import Coroutine
from functools import partial
from typing import NoReturn

from starlette.applications import Starlette

from exporter.config.files import FileError
from exporter.config.parsers import Secret
from exporter.config.settings import Settings, SettingsError
from exporter.core.errors import HubError, Reason
from exporter.hub.client import Hub
from exporter.refresh import Refresher, tune_gc
from exporter.web.auth import Access, BearerTokens, Open
from exporter.web.hub_tokens import HubTokens
from exporter.web.routes import create_app
from exporter.web.server import allow_open_files, answer, listen
from exporter.web.tls import Listener
from exporter.wiring import make_refresher, open_hub, open_snapshot_file

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
        secured = _secured(settings)
        async with open_hub(settings) as hub:
            access = _access(settings, hub)
            refresher = make_refresher(settings, hub, open_snapshot_file(settings))
            app = create_app(refresher, access, settings.prefix)
            with listen(settings.host, settings.port) as listener:
                _log_start(settings, listener.getsockname()[1])
                await _run(refresher, app, listener, secured)
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


def _secured(settings: Settings) -> Listener | None:
    if settings.tls_cert_file and settings.tls_key_file:
        return Listener(settings.tls_cert_file, settings.tls_key_file)
    return None


def _access(settings: Settings, hub: Hub) -> Access:
    if settings.access == "token" and settings.auth_token_file:
        return BearerTokens(settings.auth_token_file)
    if settings.access == "hub":
        return HubTokens(partial(_scopes, hub), settings.auth_scope)
    if settings.access == "none":
        return Open()
    raise SettingsError(f"Nobody was chosen who may read the page: access is {settings.access}.")


async def _scopes(hub: Hub, token: str) -> tuple[str, ...] | None:
    """Return the scopes of a visitor's token, None for one that the hub refuses."""
    try:
        return await hub.scopes(Secret(token))
    except HubError as error:
        if error.reason is Reason.AUTH:
            return None
        raise


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
