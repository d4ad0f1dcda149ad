"""Grafana's API, as far as deploying and looking at dashboards needs it: values in and out.

Whatever fails becomes a ``GrafanaError`` (``dashboards.grafana.errors``).
"""

from dashboards.grafana.address import split_url
from dashboards.grafana.api import Grafana
from dashboards.grafana.connection import Connection, Credentials, Patience
from dashboards.grafana.values import Existing, Folder, Found, Manager, Version

__all__ = [
    "Connection",
    "Credentials",
    "Existing",
    "Folder",
    "Found",
    "Grafana",
    "Manager",
    "Patience",
    "Version",
    "split_url",
]
