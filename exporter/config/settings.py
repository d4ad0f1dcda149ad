"""Every setting, once: the fields of ``Settings``.

The flag, the environment variable, the key in the configuration file, ``--help`` and the table
in the documentation are all made of these fields; a new setting is a new field.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from exporter.config import parsers
from exporter.config.parsers import Secret
from exporter.core.groups import GroupPolicy, Pattern, Weight
from exporter.core.memberships import DEFAULT_WINDOWS, Window
from exporter.core.messages import ExplainedError
from exporter.core.namespaces import UserNamespaceTemplate


class SettingsError(ExplainedError):
    """A setting is missing or wrong; the message is one sentence that says what to set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What there is to know of a setting beside its name and type.

    ``parse`` makes a value of a text and raises ValueError with a reason. ``hub_variable`` is
    the variable in which JupyterHub gives it to a service that it starts, ``from_hub`` takes it
    out of that. ``default`` is a text like any other; ``unset`` is the value without one.
    """

    help: str
    parse: Callable[[str], Any]
    default: str | None = None
    unset: Any = None
    metavar: str = "TEXT"
    hub_variable: str | None = None
    from_hub: Callable[[str], str] = str
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
        Secret | None,
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
        Setting(
            "File that holds the token, instead of hub_token. It is read again when it changes.",
            Path,
            metavar="FILE",
        ),
    ]
    hub_ca_file: Annotated[
        Path | None,
        Setting(
            "Certificate authorities (PEM) to trust for a hub with https, instead of the system's.",
            Path,
            metavar="FILE",
            hub_variable="JUPYTERHUB_SSL_CLIENT_CA",
        ),
    ]
    hub_cert_file: Annotated[
        Path | None,
        Setting(
            "Client certificate (PEM) for the hub; one with internal_ssl asks for it.",
            Path,
            metavar="FILE",
            hub_variable="JUPYTERHUB_SSL_CERTFILE",
        ),
    ]
    hub_key_file: Annotated[
        Path | None,
        Setting(
            "Key (PEM) of hub_cert_file.",
            Path,
            metavar="FILE",
            hub_variable="JUPYTERHUB_SSL_KEYFILE",
        ),
    ]
    namespace: Annotated[
        str,
        Setting(
            "Kubernetes namespace of the users' pods: the label `namespace` of each series. "
            "In a pod it is the pod's own unless set. With user_namespace_template it is that of "
            "the hub.",
            parsers.namespace,
        ),
    ]
    user_namespace_template: Annotated[
        UserNamespaceTemplate | None,
        Setting(
            "KubeSpawner's setting of the same name, such as {hubnamespace}-{username}, if "
            "KubeSpawner has enable_user_namespaces.",
            UserNamespaceTemplate,
            metavar="TEMPLATE",
        ),
    ]
    groups_allow: Annotated[
        tuple[Pattern, ...],
        Setting(
            "Groups to export, all others are not: names, or /regular expressions/ that match a "
            "whole name; a comma within one is written \\,.",
            parsers.patterns,
            unset=(),
            metavar="LIST",
        ),
    ]
    groups_deny: Annotated[
        tuple[Pattern, ...],
        Setting(
            "Groups not to export, written as in groups_allow, over which it wins.",
            parsers.patterns,
            unset=(),
            metavar="LIST",
        ),
    ]
    group_priority: Annotated[
        tuple[Pattern, ...],
        Setting(
            "Groups that answer for their members' usage before all others, the first first, "
            "written as in groups_allow: the shares of a user are among those of one entry.",
            parsers.patterns,
            unset=(),
            metavar="LIST",
        ),
    ]
    group_weights: Annotated[
        tuple[Weight, ...],
        Setting(
            "How much groups count in the shares of a user, such as lab=3,/course-.*/=0.5; "
            "others count 1.",
            parsers.weights,
            unset=(),
            metavar="LIST",
        ),
    ]
    auth: Annotated[
        str | None,
        Setting(
            "Who may read the metrics: token (those who send one of auth_token_file), hub (those "
            "whose JupyterHub token has auth_scope) or none (everybody who can reach it). Unless "
            "set: token with an auth_token_file, hub behind the hub's proxy, none on a loopback "
            "address.",
            parsers.one_of("token", "hub", "none"),
            metavar="MODE",
        ),
    ]
    auth_token_file: Annotated[
        Path | None,
        Setting(
            "File with the bearer tokens that may read the metrics, one a line. It is read again "
            "when it changes.",
            Path,
            metavar="FILE",
        ),
    ]
    auth_scope: Annotated[
        str,
        Setting(
            "Scope that a JupyterHub token needs to read the metrics, such as read:metrics or "
            "access:services!service=groupscope.",
            parsers.scope,
            "read:metrics",
            metavar="SCOPE",
        ),
    ]
    host: Annotated[
        str,
        Setting(
            "Address to listen on. On any but a loopback address, auth has to be chosen.",
            parsers.text,
            "127.0.0.1",
            metavar="ADDRESS",
            hub_variable="JUPYTERHUB_SERVICE_URL",
            from_hub=parsers.host_of,
        ),
    ]
    port: Annotated[
        int,
        Setting(
            "Port to listen on; 0 takes a free one.",
            parsers.integer(0, 65_535),
            "9098",
            metavar="PORT",
            hub_variable="JUPYTERHUB_SERVICE_URL",
            from_hub=parsers.port_of,
        ),
    ]
    prefix: Annotated[
        str | None,
        Setting(
            "Path under which the hub's proxy passes requests on, such as /services/groupscope/.",
            parsers.prefix,
            metavar="PATH",
            hub_variable="JUPYTERHUB_SERVICE_PREFIX",
        ),
    ]
    tls_cert_file: Annotated[
        Path | None,
        Setting(
            "Certificate (PEM) to listen with https. It is read again when it changes.",
            Path,
            metavar="FILE",
        ),
    ]
    tls_key_file: Annotated[
        Path | None,
        Setting("Key (PEM) of tls_cert_file.", Path, metavar="FILE"),
    ]
    interval: Annotated[
        float,
        Setting(
            "Seconds, or such as 5m, from the start of one refresh to the start of the next, at "
            "least 1. After failures it is doubled, but no more than 300.",
            parsers.seconds(1),
            "60",
            metavar="SECONDS",
        ),
    ]
    max_age: Annotated[
        float,
        Setting(
            "Seconds without a successful refresh after which the memberships are no longer "
            "served.",
            parsers.seconds(1),
            "3600",
            metavar="SECONDS",
        ),
    ]
    timeout: Annotated[
        float,
        Setting(
            "Seconds to wait for each answer of the hub.",
            parsers.seconds(0.1),
            "10",
            metavar="SECONDS",
        ),
    ]
    page_size: Annotated[
        int,
        Setting(
            "Users to request from the hub at once; it sends no more than its api_page_max_limit.",
            parsers.integer(1, 1000),
            "1000",
            metavar="NUMBER",
        ),
    ]
    max_memberships: Annotated[
        int,
        Setting(
            "Memberships above which an answer is taken for a fault and not kept in memory.",
            parsers.integer(1, 10_000_000),
            "1000000",
            metavar="NUMBER",
        ),
    ]
    state_file: Annotated[
        Path | None,
        Setting(
            "File for the last good data, which a restarted exporter serves until the hub "
            "answers. It holds usernames; only its owner can read it.",
            Path,
            metavar="FILE",
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
            parsers.one_of("debug", "info", "warning", "error"),
            "info",
            metavar="LEVEL",
        ),
    ]
    log_format: Annotated[
        str,
        Setting(
            "How to log: human, json, or auto, which is human on a terminal.",
            parsers.one_of("auto", "human", "json"),
            "auto",
            metavar="FORMAT",
        ),
    ]

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the listener."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def group_policy(self) -> GroupPolicy:
        """Which groups are exported, and the shares of each."""
        return GroupPolicy(
            self.groups_allow, self.groups_deny, self.group_priority, self.group_weights
        )

    @property
    def access(self) -> str | None:
        """``auth``, or what stands for it if it is not set; None if it has to be chosen."""
        if self.auth:
            return self.auth
        if self.auth_token_file:
            return "token"
        if self.prefix:
            return "hub"
        return "none" if self.loopback else None


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
