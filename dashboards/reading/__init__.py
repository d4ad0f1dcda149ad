"""Dashboards from anywhere, each as the classic (v1) dict that lint and report look at.

``files`` reads paths, ``resources`` what one document holds, ``schema_v2`` converts dashboards of
Grafana's schema v2. Whatever cannot be read is an ``Unread`` with its reason; the rest goes on.
"""

from dashboards.reading.files import Read, read_files
from dashboards.reading.resources import dashboard
from dashboards.reading.values import Found, ReadError, Unread

__all__ = ["Found", "Read", "ReadError", "Unread", "dashboard", "read_files"]
