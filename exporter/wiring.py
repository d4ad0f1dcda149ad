"""From settings to the parts that run: the hub, what reads it, who may read the page, and TLS."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from exporter.config import parsers
from exporter.config.files import FileError, WatchedFile
from exporter.config.parsers import Secret
from exporter.config.settings import Settings, SettingsError
from exporter.core.backoff import RefreshSchedule
from exporter.core.errors import HubError, Reason
from exporter.hub.api import open_client
from exporter.hub.client import Hub
from exporter.refresh import Refresher
from exporter.snapshot.file import SnapshotFile
from exporter.web import tls
from exporter.web.auth import Access, BearerTokens, Open
from exporter.web.hub_tokens import HubTokens
from exporter.web.tls import Listener


@asynccontextmanager
async def open_hub(settings: Settings, authorities: str | None = None) -> AsyncIterator[Hub]:
    """Yield the settings' hub; raise ``FileError`` if a certificate or the token file is wrong.

    ``authorities`` are certificates in PEM, in place of ``hub_ca_file``.
    """
    context = tls.hub_context(
        settings.hub_ca_file, settings.hub_cert_file, settings.hub_key_file, authorities
    )
    token = _own_token(settings)
    async with open_client(settings.hub_url, context) as client:
        yield Hub(
            client,
            token,
            page_size=settings.page_size,
            timeout=settings.timeout,
            max_memberships=settings.max_memberships,
        )


def make_refresher(
    settings: Settings, hub: Hub, snapshot_file: SnapshotFile | None, *, keep_text: bool = False
) -> Refresher:
    """Return what reads the hub as the settings say."""
    return Refresher(
        hub.snapshot,
        namespace=settings.namespace,
        windows=settings.active_windows,
        policy=settings.group_policy,
        template=settings.user_namespace_template,
        schedule=RefreshSchedule(settings.interval, longest=settings.max_age / 2),
        max_age=settings.max_age,
        snapshot_file=snapshot_file,
        keep_text=keep_text,
    )


def open_snapshot_file(settings: Settings) -> SnapshotFile | None:
    """Return the settings' state file; raise ``StateError`` if none can be kept there."""
    if settings.state_file is None:
        return None
    snapshot_file = SnapshotFile(settings.state_file, settings.hub_url)
    snapshot_file.check()
    return snapshot_file


def listener(settings: Settings) -> Listener | None:
    """Return the certificate to serve with, None without one; raise ``FileError`` if it is bad."""
    if settings.tls_cert_file and settings.tls_key_file:
        return Listener(settings.tls_cert_file, settings.tls_key_file)
    return None


def access(settings: Settings, hub: Hub) -> Access:
    """Return who may read the page; raise ``FileError`` if the token file is wrong."""
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


def _own_token(settings: Settings) -> Callable[[], Secret]:
    """Return what gives the exporter's token: always the same, or what its file holds now."""
    given, path = settings.hub_token, settings.hub_token_file
    if path is None:
        if given is None:
            raise ValueError("settings without a token: sources.load makes none")
        return lambda: given
    file = WatchedFile(path, lambda content: parsers.token(content.decode()))
    file.read()

    def current() -> Secret:
        try:
            return file.read()
        except FileError as error:
            raise HubError(Reason.AUTH, error.message, asked=False) from None

    return current
