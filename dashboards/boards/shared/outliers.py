"""Tables of the servers and users that stand out, for each board that shows them.

``link`` is where a user's name leads to.
"""

from grafanalib.core import Panel

from dashboards.kit import alert_thresholds
from dashboards.kit.links import Link
from dashboards.kit.panels import Column, table
from dashboards.kit.units import CORES, RATIO, SECONDS
from dashboards.queries import servers
from dashboards.queries.sources import Source


def _who(source: Source) -> dict[str, str]:
    return {"username": "User", **source.scope.hub_columns("Hub")}


def servers_older(source: Source, link: Link, description: str) -> Panel:
    """Return the servers that have run for longer than ``limits.LONG_HOURS``."""
    return table(
        f"Servers older than {alert_thresholds.LONG_HOURS} h",
        [Column("Age", servers.old(source.scope), SECONDS, 0)],
        labels={**_who(source), "pod": "Pod"},
        sort_by="Age",
        links={"username": link},
        no_value="none",
        description=description,
    )


def users_heavy(source: Source, link: Link, description: str) -> Panel:
    """Return the users whose pods use more than ``limits.CPU_HEAVY`` cores."""
    return table(
        "Users above half a core",
        [Column("CPU", servers.heavy_users(source), CORES, 2)],
        labels=_who(source),
        sort_by="CPU",
        links={"username": link},
        no_value="nobody",
        description=description,
    )


def servers_near_limit(source: Source, link: Link, description: str) -> Panel:
    """Return the servers that use most of the memory that they may."""
    of_limit = Column(
        "Memory of limit",
        servers.near_memory_limit(source.scope),
        RATIO,
        0,
        thresholds=alert_thresholds.MEMORY_OF_LIMIT,
    )
    return table(
        "Servers near their memory limit",
        [of_limit],
        labels={**_who(source), "pod": "Pod"},
        sort_by="Memory of limit",
        links={"username": link},
        no_value="nobody",
        description=description,
    )
