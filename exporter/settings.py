"""Every setting, once: the fields of ``Settings``.

The flag, the environment variable, the key in the configuration file, ``--help`` and the table
in the documentation are all made of these fields; a new setting is a new field.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from exporter import parsers
from exporter.memberships import DEFAULT_WINDOWS, Window
from exporter.parsers import Secret


class SettingsError(Exception):
    """A setting is missing or wrong; ``str()`` is one sentence that says what to set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to know of a setting beside its name and type.

    ``parse`` makes a value of a text and raises ValueError with a reason. ``hub_variable`` is
    the variable in which JupyterHub gives it to a service that it starts. ``default`` is a text
    like any other, None for a setting without one.
    """

    help: str
    parse: Callable[[str], Any]
    default: str | None = None
    metavar: str = "TEXT"
    hub_variable: str | None = None
    in_file: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, parsed. Times are in seconds; ``repr`` shows no token."""

    config: Annotated[
        Path | None,
        Setting(
            "TOML file with settings, by the names of this table.",
            Path,
            metavar="FILE",
            in_file=False,
        ),
    ]
    hub_url: Annotated[
        str,
        Setting(
            "URL of the hub's API, such as http://127.0.0.1:8081/hub/api.",
            parsers.api_url,
            metavar="URL",
            hub_variable="JUPYTERHUB_API_URL",
        ),
    ]
    hub_token: Annotated[
        Secret,
        Setting(
            "API token of the exporter's service in the hub. Others on the machine can see the "
            "flag: prefer the variable or the file.",
            parsers.token,
            metavar="TOKEN",
            hub_variable="JUPYTERHUB_API_TOKEN",
        ),
    ]
    hub_token_file: Annotated[
        Path | None,
        Setting("File that holds the token, instead of hub_token.", Path, metavar="FILE"),
    ]
    namespace: Annotated[
        str,
        Setting(
            "Kubernetes namespace of the users' pods: the label `namespace` of each series. "
            "In a pod it is the pod's own unless set.",
            parsers.namespace,
        ),
    ]
    host: Annotated[
        str,
        Setting(
            "Address to listen on. The page shows usernames to whoever can reach it.",
            parsers.text,
            "127.0.0.1",
            metavar="ADDRESS",
        ),
    ]
    port: Annotated[
        int,
        Setting(
            "Port to listen on; 0 takes a free one.",
            parsers.integer(0, 65_535),
            "9098",
            metavar="PORT",
        ),
    ]
    interval: Annotated[
        float,
        Setting(
            "Seconds from the start of one refresh to the start of the next, at least 1.",
            parsers.number(1),
            "60",
            metavar="SECONDS",
        ),
    ]
    timeout: Annotated[
        float,
        Setting(
            "Seconds to wait for each answer of the hub.",
            parsers.number(0.1),
            "10",
            metavar="SECONDS",
        ),
    ]
    page_size: Annotated[
        int,
        Setting(
            "Users to ask the hub for at once; it gives no more than its api_page_max_limit.",
            parsers.integer(1, 100_000),
            "200",
            metavar="NUMBER",
        ),
    ]
    active_windows: Annotated[
        tuple[Window, ...],
        Setting(
            "Time spans in which a user counts as active, the values of the label `window`.",
            parsers.windows,
            ",".join(window.label for window in DEFAULT_WINDOWS),
            metavar="LIST",
        ),
    ]
    log_level: Annotated[
        str,
        Setting(
            "How much to log: debug, info, warning or error.",
            parsers.log_level,
            "info",
            metavar="LEVEL",
        ),
    ]

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the listener."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


SETTINGS: dict[str, Setting] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(Settings, include_extras=True).items()
}


def flag(name: str) -> str:
    """``hub_url`` → ``--hub-url``."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """``hub_url`` → ``GROUPSCOPE_HUB_URL``."""
    return f"GROUPSCOPE_{name.upper()}"
