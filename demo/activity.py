"""Tell the hub when its users were last active, as their servers would if they were real."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import numpy as np

from demo.world import World
from exporter.resending import IDEMPOTENT, Client

PERIOD = 60.0


def changes(world: World, since: float, until: float) -> Iterator[tuple[str, float]]:
    """Yield ``(username, last activity)`` of the users who were active after ``since``."""
    for person in world.people:
        seen = float(world.last_seen(person.username, np.array([until]))[0])
        if seen > since:
            yield person.username, seen


def report(client: httpx.Client, active: Iterator[tuple[str, float]]) -> int:
    """Post each user's last activity to the hub's API; return how many. Raises httpx.HTTPError."""
    count = 0
    for username, seen in active:
        when = datetime.fromtimestamp(seen, UTC).isoformat()
        path = f"users/{quote(username, safe='')}/activity"
        body = {"last_activity": when}
        client.post(path, json=body, extensions=IDEMPOTENT).raise_for_status()
        count += 1
    return count


def keep_reporting(world: World, api_url: str, token: str) -> None:
    """Report all users once, then each minute those who are on, until interrupted."""
    headers = {"Authorization": f"token {token}"}
    with Client(base_url=api_url, headers=headers, timeout=30, trust_env=False) as client:
        since = 0.0
        while True:
            until = time.time()
            report(client, changes(world, since, until))
            since = until - PERIOD
            time.sleep(PERIOD)
