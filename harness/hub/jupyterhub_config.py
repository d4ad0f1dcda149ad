"""Configuration of the harness' hubs; what differs comes as JSON in HARNESS_HUB."""

import importlib
import json
import os
import sys
from pathlib import Path

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.proxy import Proxy

settings = json.loads(os.environ["HARNESS_HUB"])
folder = Path(settings["folder"])
here = Path(__file__).parent


class PlainNames(DummyAuthenticator):  # type: ignore[misc]
    """Takes usernames as they are: the default makes them lower case."""

    def normalize_username(self, username: str) -> str:
        """Return the username unchanged."""
        return username


class NoProxy(Proxy):  # type: ignore[misc]
    """Remembers the routes and passes nothing on."""

    should_start = False

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.routes: dict[str, dict[str, object]] = {}

    async def add_route(self, routespec: str, target: str, data: object) -> None:
        """Remember a route."""
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec: str) -> None:
        """Forget a route."""
        self.routes.pop(routespec, None)

    async def get_all_routes(self) -> dict[str, dict[str, object]]:
        """Return the routes."""
        return self.routes


c = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub provides it
c.JupyterHub.authenticator_class = PlainNames
c.Authenticator.allow_all = True
c.Authenticator.allowed_users = set(settings["users"])
c.JupyterHub.load_groups = {
    name: {"users": members} for name, members in settings["groups"].items()
}
c.JupyterHub.bind_url = f"http://127.0.0.1:{settings['public_port']}{settings['base_url']}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings['hub_port']}{settings['base_url']}"
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.allow_named_servers = True
c.JupyterHub.log_level = settings["log_level"]
if settings["internal_ssl"]:
    # The proxy of PyPI refuses the hub's --api-ssl-… and --client-ssl-… options.
    c.JupyterHub.internal_ssl = True
    c.JupyterHub.internal_certs_location = str(folder / "internal-ssl")
    c.JupyterHub.proxy_class = NoProxy
c.ConfigurableHTTPProxy.command = [str(Path(sys.executable).with_name("configurable-http-proxy"))]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings['proxy_port']}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.cmd = [sys.executable, str(here / "server.py")]
c.JupyterHub.services = [
    {"name": name, "api_token": settings["tokens"][name]} for name in settings["scopes"]
] + settings["services"]
c.JupyterHub.load_roles = [
    {"name": f"{name}-role", "services": [name], "scopes": scopes}
    for name, scopes in {**settings["scopes"], **settings["service_scopes"]}.items()
] + [
    {"name": f"users-of-{number}", "users": users, "scopes": [scope]}
    for number, (scope, users) in enumerate(settings["user_scopes"].items())
]
if settings["configure"]:
    # The folder that holds the packages.
    sys.path.insert(0, str(here.parents[1]))
    importlib.import_module(settings["configure"]).configure(c)
