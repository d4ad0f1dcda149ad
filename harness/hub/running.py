"""How a hub is started, and what there is to know of one that runs."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from harness.waiting import PATIENCE_SECONDS, wait_for

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


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on at this moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass(frozen=True, slots=True)
class RunningHub:
    """A hub, where it is and its tokens by the names of ``SCOPES``."""

    process: "subprocess.Popen[bytes]"
    api_url: str
    public_url: str
    tokens: Mapping[str, str]
    log: Path
    certificates: Path | None
    """Its folder of them if it has internal_ssl."""

    def verify(self) -> ssl.SSLContext | bool:
        """Return how a client that the hub trusts speaks to it."""
        if self.certificates is None:
            return False
        context = ssl.create_default_context(cafile=self.certificates / "hub-ca_trust.crt")
        own = self.certificates / "hub-internal"
        context.load_cert_chain(own / "hub-internal.crt", own / "hub-internal.key")
        return context

    def request(
        self,
        method: str,
        path: str,
        token: str = "admin",  # noqa: S107 - its name
        **more: Any,  # noqa: ANN401 - httpx's
    ) -> httpx.Response:
        """Return the answer of its API. Raises httpx.HTTPError."""
        answer = httpx.request(
            method,
            f"{self.api_url}/{path}",
            headers={"Authorization": f"Bearer {self.tokens[token]}"},
            timeout=PATIENCE_SECONDS,
            trust_env=False,
            verify=self.verify(),
            **more,
        )
        return answer.raise_for_status()

    def stop(self) -> None:
        """End it and its proxy."""
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
    folder: Path,
    *,
    base_url: str = "/",
    users: Iterable[str] = (),
    groups: Mapping[str, Sequence[str]] | None = None,
    services: Sequence[Mapping[str, object]] = (),
    service_scopes: Mapping[str, Sequence[str]] | None = None,
    user_scopes: Mapping[str, Sequence[str]] | None = None,
    internal_ssl: bool = False,
    log_level: str = "WARN",
    env: Mapping[str, str] | None = None,
    configure: str = "",
    python: str | Path = sys.executable,
) -> Iterator[RunningHub]:
    """Start a hub and its proxy on free loopback ports; stop them at the end.

    ``configure`` names a module whose ``configure(c)`` has the last word on its configuration.
    ``python`` is one with another version of JupyterHub.
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
        "configure": configure,
    }
    log = folder / "hub.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "jupyterhub", "--config", str(CONFIG)],
            cwd=folder,
            env={
                **os.environ,
                "HARNESS_HUB": json.dumps(settings),
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

    def answers() -> bool:
        if process.poll() is not None:
            raise AssertionError(log.read_text())
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
