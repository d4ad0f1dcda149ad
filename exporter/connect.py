"""From settings to a hub that can be asked."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from exporter import parsers, tls
from exporter.api import open_client
from exporter.errors import HubError, Reason
from exporter.files import FileError, Watched
from exporter.hub import Hub
from exporter.parsers import Secret
from exporter.settings import Settings


@asynccontextmanager
async def open_hub(settings: Settings) -> AsyncIterator[Hub]:
    """Yield the settings' hub; raise ``FileError`` if a certificate or the token file is wrong."""
    context = tls.hub_context(settings.hub_ca_file, settings.hub_cert_file, settings.hub_key_file)
    token = _own_token(settings)
    async with open_client(settings.hub_url, context) as client:
        yield Hub(
            client,
            token,
            page_size=settings.page_size,
            timeout=settings.timeout,
            max_memberships=settings.max_memberships,
        )


def _own_token(settings: Settings) -> Callable[[], Secret]:
    """Return what gives the exporter's token: always the same, or what its file holds now."""
    given, path = settings.hub_token, settings.hub_token_file
    if path is None:
        if given is None:
            raise ValueError("settings without a token: sources.load makes none")
        return lambda: given
    file = Watched(path, lambda content: parsers.token(content.decode()))
    file.read()

    def current() -> Secret:
        try:
            return file.read()
        except FileError as error:
            raise HubError(Reason.AUTH, str(error), asked=False) from None

    return current
