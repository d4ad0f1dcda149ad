"""A hub as the exporter's own client reads it."""

import asyncio
import time
from contextlib import asynccontextmanager

from exporter.config.parsers import Secret
from exporter.hub.api import open_client
from exporter.hub.client import Hub
from exporter.web.tls import hub_context


@asynccontextmanager
async def opened(url, token, page_size=1000):
    async with open_client(url, hub_context(None, None, None)) as client:
        yield Hub(
            client,
            lambda: Secret(token),
            page_size=page_size,
            timeout=10,
            max_memberships=10_000,
        )


def read(url, token, page_size=1000):
    async def once():
        async with opened(url, token, page_size) as hub:
            return await hub.snapshot(time.time())

    return asyncio.run(once())
