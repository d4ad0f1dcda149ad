"""Panels that explain."""

from grafanalib.core import Panel

from dashboards.kit.panels.base import visualization


def text(title: str, markdown: str) -> Panel:
    """Return a text, in Markdown; lists and **bold** are shown in reports, too.

    Links to boards belong to values: in a text, Grafana under a path of its own breaks them.
    """
    return visualization(
        kind="text",
        title=title,
        options={"mode": "markdown", "content": markdown},
        maxDataPoints=None,
    )
