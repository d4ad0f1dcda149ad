"""Grafana's API, as far as the commands need it: values in, values out.

Every failure is a ``GrafanaError`` (``dashboards.grafana.errors``).
"""

from dashboards.grafana.address import split_url
from dashboards.grafana.api import Grafana
from dashboards.grafana.connection import ConnectionOptions, Credentials, RetryPolicy
from dashboards.grafana.values import Existing, Folder, Manager, SearchHit, Version

__all__ = [
    "ConnectionOptions",
    "Credentials",
    "Existing",
    "Folder",
    "Grafana",
    "Manager",
    "RetryPolicy",
    "SearchHit",
    "Version",
    "split_url",
]
