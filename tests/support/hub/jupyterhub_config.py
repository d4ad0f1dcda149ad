"""Configuration of the tests' hubs; what differs comes as JSON in TEST_HUB."""

import json
import os
import sys
from pathlib import Path

from jupyterhub.auth import DummyAuthenticator
from jupyterhub.proxy import Proxy

settings = json.loads(os.environ["TEST_HUB"])
folder = Path(settings["folder"])
here = Path(__file__).parent


class PlainNames(DummyAuthenticator):
    """Takes usernames as they are: the default makes them lower case."""

    def normalize_username(self, username):
        return username


class NoProxy(Proxy):
    """Remembers the routes and passes nothing on."""

    should_start = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return self.routes


c = get_config()  # noqa: F821
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
if settings["failing"]:
    # The folder above has the package ``tests``.
    sys.path.insert(0, str(here.parent.parent))
    from tests.support.hub import failing

    failing.configure(c)
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
