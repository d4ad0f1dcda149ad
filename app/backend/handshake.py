"""How Grafana and the backend find each other: the protocol of HashiCorp's go-plugin.

Source: its documentation, "internals" and "writing plugins without Go".
"""

from collections.abc import Mapping
from pathlib import Path

COOKIE = ("grafana_plugin_type", "datasource")
PROTOCOL = "2"
_CORE_PROTOCOL = "1"


class HandshakeError(Exception):
    """Not started by a Grafana that we can speak with; ``str()`` says so and what to do."""


def require_grafana(environ: Mapping[str, str]) -> None:
    """Raise ``HandshakeError`` unless a Grafana with our version of the protocol started us."""
    name, value = COOKIE
    if environ.get(name) != value:
        raise HandshakeError(
            "This is the backend of groupscope's Grafana app: Grafana starts it by itself, once "
            "the app's folder lies in its plugin folder. To serve Prometheus without Grafana, use "
            "groupscope-exporter."
        )
    versions = environ.get("PLUGIN_PROTOCOL_VERSIONS", PROTOCOL)
    if PROTOCOL not in versions.split(","):
        raise HandshakeError(
            f"This Grafana speaks version {versions} of the plugin protocol, the backend version "
            f"{PROTOCOL}: install a release of the app for this Grafana."
        )
    if environ.get("PLUGIN_CLIENT_CERT"):
        raise HandshakeError(
            "The program that started the backend asks for mutual TLS, which Grafana does not: "
            "the backend's socket is open to its own user only."
        )


def line(socket: Path) -> str:
    """Return the one line that tells where the backend listens."""
    return f"{_CORE_PROTOCOL}|{PROTOCOL}|unix|{socket}|grpc"
