"""A real JupyterHub with the demo's people and groups.

The cluster is simulated, so nobody needs to log in or start a server. ``make demo`` and
docker-compose.yml set the DEMO_* variables.
"""

import os
import secrets
import sys
from pathlib import Path

from jupyterhub.auth import DummyAuthenticator

from demo import state
from demo.people import GROUPS, NAMESPACE

folder = Path(os.environ["DEMO_FOLDER"]).resolve()
# Apart where the exporter runs by itself: it may read its token, not the hub's database.
tokens = Path(os.environ.get("DEMO_TOKENS", folder)).resolve()
host = os.environ.get("DEMO_HOST", "127.0.0.1")
port = os.environ.get("DEMO_HUB_PORT", "8000")
api_port = os.environ.get("DEMO_HUB_API_PORT", "8081")
proxy_port = os.environ.get("DEMO_PROXY_PORT", "8001")
exporter_port = os.environ.get("DEMO_EXPORTER_PORT")
world_file = os.environ["DEMO_WORLD"]
world = state.read(Path(world_file))


class PlainNames(DummyAuthenticator):  # type: ignore[misc]
    """Takes usernames as they are; the default would make them lower case."""

    def normalize_username(self, username: str) -> str:
        """Return the username unchanged."""
        return username


def token(name: str) -> str:
    """Return the token in a file of that name, made at first: for those who cannot be told it."""
    file = tokens / f"{name}-token"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(32))
    return file.read_text().strip()


c = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub provides it
c.JupyterHub.bind_url = f"http://{host}:{port}"
c.JupyterHub.hub_bind_url = f"http://{host}:{api_port}"
if host != "127.0.0.1":
    c.JupyterHub.hub_connect_url = f"http://127.0.0.1:{api_port}"
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.log_level = "WARN"
c.JupyterHub.authenticator_class = PlainNames
# Nobody can log in: there is nothing to log in for.
c.DummyAuthenticator.password = secrets.token_hex(16)
c.Authenticator.allow_all = True
c.Authenticator.allowed_users = {person.username for person in world.people}
c.JupyterHub.load_groups = {
    group: {"users": [m.username for m in world.memberships if m.group == group]}
    for group in GROUPS
}
c.JupyterHub.spawner_class = "simple"
c.ConfigurableHTTPProxy.command = [str(Path(sys.executable).with_name("configurable-http-proxy"))]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")

activity: dict[str, object] = {
    "name": "activity",
    "api_token": token("activity"),
    "command": [sys.executable, "-m", "demo", "activity", "--world", world_file],
}
exporter: dict[str, object] = {"name": "groups-exporter", "api_token": token("exporter")}
if exporter_port:
    # Started by the hub, which gives it the API's URL and its token. It has no `url`: what has
    # one can be reached by anybody through the hub's proxy.
    exporter["command"] = [sys.executable, "-m", "exporter"]
    exporter["environment"] = {
        "GROUPSCOPE_NAMESPACE": NAMESPACE,
        "GROUPSCOPE_PORT": exporter_port,
        "GROUPSCOPE_INTERVAL": "15",
    }
c.JupyterHub.services = [activity, exporter]
c.JupyterHub.load_roles = [
    {
        "name": "groups-exporter",
        "services": ["groups-exporter"],
        "scopes": ["list:users", "read:users:groups", "list:groups", "read:users:activity"],
    },
    {"name": "activity", "services": ["activity"], "scopes": ["users:activity"]},
]
