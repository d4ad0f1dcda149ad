"""A real JupyterHub with its proxy, in a folder of its own."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
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
    "metrics": ["read:metrics"],
    "admin": ["admin:users", "admin:servers", "admin:groups", "tokens"],
}


def free_ports(count):
    """Return ports that nobody listens on at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


# For what takes a second or so: a busy machine, with the whole suite on it, takes its time.
PATIENCE_SECONDS = 120


def wait_for(condition, what):
    """Return what the condition first returns that is true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")


class RunningHub:
    """A hub, where it is and its tokens by the names of ``SCOPES``.

    ``certificates`` is its folder of them if it has internal_ssl, else None.
    """

    def __init__(self, process, api_url, public_url, tokens, log, certificates):
        self.process = process
        self.api_url = api_url
        self.public_url = public_url
        self.tokens = tokens
        self.log = log
        self.certificates = certificates

    def verify(self):
        """Return how a client that the hub trusts speaks to it."""
        if self.certificates is None:
            return False
        context = ssl.create_default_context(cafile=self.certificates / "hub-ca_trust.crt")
        own = self.certificates / "hub-internal"
        context.load_cert_chain(own / "hub-internal.crt", own / "hub-internal.key")
        return context

    def request(self, method, path, token="admin", **kwargs):
        answer = httpx.request(
            method,
            f"{self.api_url}/{path}",
            headers={"Authorization": f"Bearer {self.tokens[token]}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
            verify=self.verify(),
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
        # A hub that ended by itself leaves its proxy behind.
        left = self.log.with_name("proxy.pid")
        if left.exists():
            with suppress(ProcessLookupError):
                os.kill(int(left.read_text()), signal.SIGTERM)


@contextmanager
def running_hub(
    folder,
    *,
    base_url="/",
    users=(),
    groups=None,
    services=(),
    service_scopes=None,
    user_scopes=None,
    internal_ssl=False,
    log_level="WARN",
    env=None,
    failing=False,
    python=sys.executable,
):
    """Start a hub and its proxy on free loopback ports; stop them at the end.

    ``failing``: its servers start as ``failing.py`` has it. ``python`` is one with another
    version of JupyterHub.
    With ``internal_ssl`` there is no proxy, as the one in Python can't do it: only the hub's own
    port answers, to those with a certificate.
    """
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
        "user_scopes": user_scopes or {},
        "internal_ssl": internal_ssl,
        "log_level": log_level,
        "failing": failing,
    }
    log = folder / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "jupyterhub", "--config", str(CONFIG)],
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
    api_url = f"{'https' if internal_ssl else 'http'}://127.0.0.1:{hub_port}{base_url}hub/api"
    public_url = f"http://127.0.0.1:{public_port}{base_url}"
    certificates = folder / "internal-ssl" if internal_ssl else None
    hub = RunningHub(process, api_url, public_url, tokens, log, certificates)
    # The whole hub, proxy included: the hub's own port answers before it is ready.
    asked = f"{api_url}/" if internal_ssl else f"{public_url}hub/api/"

    def answers():
        assert process.poll() is None, log.read_text()
        try:
            return httpx.get(asked, trust_env=False, verify=hub.verify()).is_success
        except (httpx.TransportError, OSError):
            # OSError: the certificates are not there yet.
            return False

    try:
        wait_for(answers, "the hub")
        yield hub
    finally:
        hub.stop()
