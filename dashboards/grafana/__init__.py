"""Grafana's API, as far as the commands need it: values in, values out.

Every failure is a ``GrafanaError`` (``dashboards.grafana.errors``).
"""

from dashboards.grafana.address import split_url
from dashboards.grafana.api import Grafana
from dashboards.grafana.connection import ConnectionOptions, Credentials, RetryPolicy
from dashboards.grafana.values import (
    DataSource,
    Existing,
    Folder,
    Manager,
    Sample,
    SearchHit,
    Version,
)

__all__ = [
    "ConnectionOptions",
    "Credentials",
    "DataSource",
    "Existing",
    "Folder",
    "Grafana",
    "Manager",
    "RetryPolicy",
    "Sample",
    "SearchHit",
    "Version",
    "split_url",
]
