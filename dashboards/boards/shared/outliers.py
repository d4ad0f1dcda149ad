"""Tables of the servers and users that stand out; ``link`` is where a user's name leads to."""

from dashboards.kit import Column, Link, Panel, alert_thresholds, table, units
from dashboards.queries import servers
from dashboards.queries.sources import Source


def long_running_servers(source: Source, link: Link) -> Panel:
    """Return the servers that have run for longer than ``alert_thresholds.LONG_HOURS``."""
    return table(
        f"Servers older than {alert_thresholds.LONG_HOURS} h",
        [Column("Age", servers.old(source.scope), units.SECONDS)],
        labels={**_user(source), "pod": "Pod"},
        sort_by="Age",
        links={"username": link},
        no_value="none",
        description=f"Servers that have run for more than {alert_thresholds.LONG_HOURS} hours at "
        "the end of the range. Some are at work over night. Many that use nearly nothing: see "
        "whether the culler runs, and what its timeout is.",
    )


def heavy_cpu_users(source: Source, link: Link) -> Panel:
    """Return the users whose pods use more than ``alert_thresholds.CPU_HEAVY`` cores."""
    return table(
        "Users above half a core",
        [Column("CPU", servers.heavy_users(source), units.CORES)],
        labels=_user(source),
        sort_by="CPU",
        links={"username": link},
        no_value="nobody",
        description=f"Users whose pods use more than {alert_thresholds.CPU_HEAVY} cores at the end "
        "of the range, Dask workers included. That is what a hub is for; somebody at the same "
        "number for days has forgotten a loop, or mines.",
    )


def servers_near_memory_limit(source: Source, link: Link) -> Panel:
    """Return the servers that use most of the memory that they may."""
    part = Column(
        "Memory of limit",
        servers.near_memory_limit(source.scope),
        units.RATIO,
        thresholds=alert_thresholds.MEMORY_OF_LIMIT,
    )
    return table(
        "Servers near their memory limit",
        [part],
        labels={**_user(source), "pod": "Pod"},
        sort_by="Memory of limit",
        links={"username": link},
        no_value="nobody",
        description=f"Pods that use more than {alert_thresholds.MEMORY_OF_LIMIT.warn:.0%} of their "
        "memory limit at the end of the range. At 100 % the kernel or the server is killed. Tell "
        "its user, or offer a larger size.",
    )


def _user(source: Source) -> dict[str, str]:
    return {"username": "User", **source.scope.hub_columns("Hub")}
