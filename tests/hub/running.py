"""A real JupyterHub with its proxy, in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

CONFIG = Path(__file__).with_name("jupyterhub_config.py")

LEAST = ["list:users", "read:users:groups"]
FULL = [*LEAST, "list:groups", "read:users:activity"]
SCOPES = {
    "full": FULL,
    "least": LEAST,
    "no-activity": [*LEAST, "list:groups"],
    "no-list": ["read:users:groups"],
    "no-groups": ["list:users"],
    "some-groups": ["list:users", "read:users:groups!group=staff"],
    "admin": ["admin:users", "admin:servers", "admin:groups", "tokens"],
}


def free_ports(count):
    """Return ports that nobody listens on at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_for(condition, seconds, what):
    """Return what the condition first returns that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


class RunningHub:
    """A hub, where it is and its tokens by the names of ``SCOPES``."""

    def __init__(self, process, api_url, public_url, tokens, log):
        self.process = process
        self.api_url = api_url
        self.public_url = public_url
        self.tokens = tokens
        self.log = log

    def request(self, method, path, token="admin", **kwargs):
        answer = httpx.request(
            method,
            f"{self.api_url}/{path}",
            headers={"Authorization": f"Bearer {self.tokens[token]}"},
            timeout=30,
            trust_env=False,
            **kwargs,
        )
        answer.raise_for_status()
        return answer

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@contextmanager
def running_hub(
    folder, *, base_url="/", users=(), groups=None, services=(), service_scopes=None, env=None
):
    """Start a hub and its proxy on free loopback ports; stop them at the end."""
    public_port, hub_port, proxy_port = free_ports(3)
    tokens = {name: f"token-of-{name}-{os.urandom(8).hex()}" for name in SCOPES}
    settings = {
        "folder": str(folder),
        "base_url": base_url,
        "users": list(users),
        "groups": groups or {},
        "public_port": public_port,
        "hub_port": hub_port,
        "proxy_port": proxy_port,
        "tokens": tokens,
        "scopes": SCOPES,
        "services": list(services),
        "service_scopes": service_scopes or {},
    }
    log = folder / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG)],
            cwd=folder,
            env={
                **os.environ,
                "TEST_HUB": json.dumps(settings),
                "CONFIGPROXY_AUTH_TOKEN": os.urandom(16).hex(),
                **(env or {}),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    api_url = f"http://127.0.0.1:{hub_port}{base_url}hub/api"
    hub = RunningHub(process, api_url, f"http://127.0.0.1:{public_port}{base_url}", tokens, log)

    client = httpx.Client(trust_env=False, verify=False)

    def answers():
        assert process.poll() is None, log.read_text()
        try:
            # The whole hub, proxy included: the hub's own port answers before it is ready.
            return client.get(f"{hub.public_url}hub/api/").is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(answers, 60, "the hub")
        yield hub
    finally:
        hub.stop()
