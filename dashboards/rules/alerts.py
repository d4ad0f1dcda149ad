"""Prometheus' alerts about hubs and the cluster, from the same named queries as the boards.

Each fires at a number of ``dashboards.kit.alert_thresholds`` and has a section in
docs/reference/hub-alerts.md. Alerts on the groups exporter are a file of their own, written by
hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent

from dashboards.kit import alert_thresholds
from dashboards.kit.scope import EVERYTHING, Scope
from dashboards.queries import hub, namespaces, nodes, pod_health, servers

FILE_NAME = "groupscope-hubs.yml"
GROUP_NAME = "groupscope-hubs"
PAGE = "docs/reference/hub-alerts.md"

_HEADING = f"""\
# Alerts about hubs and the cluster. Written by `python -m dashboards build` from the boards' own
# queries. What each means and what to do: {PAGE}
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert: since when it must hold, how urgent it is, and what it says."""

    name: str
    expr: str
    wait: str
    severity: str
    summary: str
    description: str


def alerts(scope: Scope = EVERYTHING) -> Iterator[Alert]:
    """Yield all alerts, in the order of their page."""
    oom_kills = pod_health.oom_kills_by_hub(scope, alert_thresholds.MEMORY_KILLS_WINDOW)
    yield Alert(
        "GroupscopeStartsFail",
        f"{hub.failed_starts_by_hub(scope, alert_thresholds.SPAWN_WINDOW)}\n"
        f">= {alert_thresholds.FAILED_STARTS}",
        "2m",
        "critical",
        "Servers do not start.",
        '{{ printf "%.0f" $value }} servers of the hub in {{ $labels.namespace }} did not start '
        f"within {alert_thresholds.SPAWN_WINDOW.removesuffix('m')} minutes.",
    )
    yield Alert(
        "GroupscopePodsStuck",
        pod_health.of_hubs(scope, pod_health.pending_too_long_by_reason(scope)),
        "5m",
        "warning",
        "Pods wait to run and do not.",
        "{{ $value }} pods in {{ $labels.namespace }} have waited for more than "
        f"{alert_thresholds.PENDING_MINUTES} minutes: "
        "{{ $labels.reason }}.",
    )
    yield Alert(
        "GroupscopeUsersNotCounted",
        namespaces.elsewhere(scope, resolve=True),
        "15m",
        "warning",
        "Users' pods are in namespaces of their own.",
        "{{ $value }} users of the hub in {{ $labels.namespace }} have pods in a namespace of "
        "their own, so that what its groups use is unknown.",
    )
    yield Alert(
        "GroupscopeHubKilled",
        pod_health.of_hubs(scope, pod_health.hub_kills(scope, "30m")),
        "0m",
        "critical",
        "A part of a hub ran out of memory and was started again.",
        "The container {{ $labels.container }} of {{ $labels.pod }} in {{ $labels.namespace }} "
        "used more memory than it may, and was killed.",
    )
    yield Alert(
        "GroupscopeMemoryKills",
        pod_health.of_hubs(scope, f"{oom_kills}\n>= {alert_thresholds.MEMORY_KILLS}"),
        "0m",
        "warning",
        "Several servers ran out of memory.",
        "{{ $value }} servers or workers in {{ $labels.namespace }} were killed within an hour "
        "because they used more memory than they may.",
    )
    yield from _volumes(scope)
    yield Alert(
        "GroupscopePoolFull",
        f"{nodes.fullest_commitment(scope)}\n>= {alert_thresholds.COMMITMENT.bad:g}",
        "30m",
        "warning",
        "A node pool is full.",
        "Pods have reserved {{ $value | humanizePercentage }} of the CPU or memory of the pool "
        "{{ $labels.pool }}, for half an hour.",
    )
    yield Alert(
        "GroupscopeIdleLargeServer",
        servers.idle_large(scope),
        "15m",
        "info",
        "A large server does nearly nothing.",
        "The server {{ $labels.pod }} of {{ $labels.username }} in {{ $labels.namespace }} "
        "reserves {{ $value | humanize1024 }}B of memory and has done nearly nothing for "
        f"{alert_thresholds.IDLE_LARGE_HOURS} hours.",
    )


def _volumes(scope: Scope) -> Iterator[Alert]:
    said = (
        "{{ $value | humanizePercentage }} of the volume {{ $labels.persistentvolumeclaim }} in "
        "{{ $labels.namespace }} is left."
    )
    shared = pod_health.volume_left(scope, *pod_health.SHARED)
    database = pod_health.database_left(scope)
    for name, left, part, severity, summary in (
        (
            "GroupscopeSharedVolumeLow",
            shared,
            alert_thresholds.SHARED_VOLUME_LEFT.warn,
            "warning",
            "A shared volume fills up.",
        ),
        (
            "GroupscopeSharedVolumeFull",
            shared,
            alert_thresholds.SHARED_VOLUME_LEFT.bad,
            "critical",
            "A shared volume is nearly full.",
        ),
        (
            "GroupscopeDatabaseVolumeLow",
            database,
            alert_thresholds.DATABASE_LEFT.warn,
            "warning",
            "The volume of a hub's database fills up.",
        ),
        (
            "GroupscopeDatabaseVolumeFull",
            database,
            alert_thresholds.DATABASE_LEFT.bad,
            "critical",
            "The volume of a hub's database is nearly full.",
        ),
    ):
        expr = pod_health.of_hubs(scope, f"{left}\n< {part:g}")
        yield Alert(name, expr, "10m", severity, summary, said)


def text(cluster_label: str | None = None) -> str:
    """Return the rules file. A label that tells clusters apart stays in all that is summed."""
    scope = Scope.everything(cluster_label or "")
    rules = "".join(_text(alert) for alert in alerts(scope))
    return f"{_HEADING}groups:\n  - name: {GROUP_NAME}\n    rules:{rules}"


def _text(alert: Alert) -> str:
    return f"""
      - alert: {alert.name}
        expr: |
{indent(alert.expr, " " * 10)}
        for: {alert.wait}
        labels:
          severity: {alert.severity}
        annotations:
          summary: {alert.summary}
          description: >-
            {alert.description}
          runbook_url: {PAGE}#{alert.name.lower()}
"""
