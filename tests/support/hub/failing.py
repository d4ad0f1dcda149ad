"""Starts of servers that fail, each in its own way, and how to have a hub go through all of them.

The way is the user's name up to the hyphen: the server of ``exits-1`` ends by itself.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
from jupyterhub.spawner import SimpleLocalProcessSpawner
from tornado import web

from harness.hub import wait_for

SLOW_SPAWN_TIMEOUT = 2
"""After so many seconds a request for a start is answered, whether it has ended or not."""
HTTP_TIMEOUT = 5
START_TIMEOUT = 6
LONG = 60

AT_ONCE = ("raises", "http500", "http403", "hook")

TRUE = {
    "raises": 1,  # Spawner.start raises an exception of its own,
    "http500": 1,  # or HTTPError(500);
    "http403": 1,  # pre_spawn_hook refuses with HTTPError(403),
    "hook": 1,  # or fails;
    "exits": 3,  # the server ends by itself;
    "silent": 1,  # it never answers;
    "hangs": 1,  # Spawner.start does not return;
    "throttled": 1,  # concurrent_spawn_limit is reached,
    "crowded": 1,  # or active_server_limit.
}
"""How many servers did not start in each way, once ``fail_in_each_way`` is done."""


class Failing(SimpleLocalProcessSpawner):
    """Starts a server, unless its user's name says otherwise."""

    async def start(self):
        match self.user.name.partition("-")[0]:
            case "raises":
                raise RuntimeError("no such image")
            case "http500":
                raise web.HTTPError(500, reason="no such image")
            case "hangs":
                await asyncio.sleep(60)
            case "exits":
                self.cmd = ["false"]
            case "silent":
                self.cmd = ["sleep", "60"]
        return await super().start()


def refuse(spawner):
    """Refuse or fail, as a pre_spawn_hook."""
    match spawner.user.name.partition("-")[0]:
        case "well":
            spawner.start_timeout = spawner.http_timeout = LONG
        case "http403":
            raise web.HTTPError(403, reason="quota")
        case "hook":
            raise ValueError("no quota for that user")
        case "policy":
            # Since JupyterHub 6.
            from jupyterhub.spawner import SpawnException

            raise SpawnException("The quota is spent.", reason="quota")


def configure(c):
    """Have a hub start servers so."""
    c.JupyterHub.spawner_class = Failing
    c.Spawner.pre_spawn_hook = refuse
    c.Spawner.start_timeout = START_TIMEOUT
    c.Spawner.http_timeout = HTTP_TIMEOUT
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": SLOW_SPAWN_TIMEOUT}
    c.JupyterHub.concurrent_spawn_limit = 3
    c.JupyterHub.active_server_limit = 3


def fail_in_each_way(hub, also=()):
    """Start servers of a hub until TRUE holds, and of the users ``also``; some seconds."""

    def start(user):
        headers = {"Authorization": f"Bearer {hub.tokens['admin']}"}
        url = f"{hub.api_url}/users/{user}"
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
            client.post(url).raise_for_status()
            return client.post(f"{url}/server").status_code

    for user in (*AT_ONCE, *also):
        assert start(user) >= 400, user
    with ThreadPoolExecutor(3) as pool:
        for users, refused in (
            (("exits-1", "exits-2", "silent-1"), "throttled"),
            (("well", "exits-3", "hangs-1"), "crowded"),
        ):
            if "well" in users:
                assert start("well") in (201, 202)
                _wait_for_pending(hub, 0)
            begun = [pool.submit(start, user) for user in users if user != "well"]
            _wait_for_pending(hub, len(begun))
            assert start(refused) == 429
            # 202: it is still waited for.
            assert {each.result() for each in begun} <= {202, 500}
            _wait_for_pending(hub, 0)


def _wait_for_pending(hub, count):
    def pending():
        users = hub.request("GET", "users").json()
        return [s for user in users for s in user["servers"].values() if s["pending"] == "spawn"]

    wait_for(lambda: len(pending()) == count, f"{count} starts that are pending")
