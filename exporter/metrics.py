"""Snapshots and the exporter's own state, as Prometheus metric families and bytes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from exporter import slugs
from exporter.errors import Reason
from exporter.memberships import (
    DEFAULT_WINDOWS,
    Snapshot,
    Window,
    active_members,
    group_names,
    members,
    memberships,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's name, label names and meaning; the docs and ``# HELP`` are made of it."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"

    def family(self, samples: Iterable[tuple[Sequence[str], float]]) -> Metric:
        """Return the metric with one sample for each (label values, value)."""
        metric = Metric(self.name.removesuffix("_total"), self.help, self.kind)
        for values, number in samples:
            metric.add_sample(self.name, dict(zip(self.labels, values, strict=True)), number)
        return metric


USER_GROUP_INFO = Series(
    "jupyterhub_user_group_info",
    'Always 1: the user is a member of the group; usergroup="none" for a user in no group.',
    ("namespace", "usergroup", "username", "username_escaped", "username_safe"),
)
USER_GROUP_SHARE = Series(
    "jupyterhub_user_group_share",
    "The part of the user's usage that the group answers for; the shares of one user sum to 1.",
    ("namespace", "usergroup", "username"),
)
GROUP_MEMBERS = Series(
    "jupyterhub_group_members",
    'Members of the group now; 0 for an empty group; usergroup="none" for users in no group.',
    ("namespace", "usergroup"),
)
GROUP_ACTIVE_MEMBERS = Series(
    "jupyterhub_group_active_members",
    "Members of the group whose last activity on the hub lies within the window.",
    ("namespace", "usergroup", "window"),
)
_OWN = "jupyterhub_groups_exporter"
LAST_SUCCESS = Series(
    f"{_OWN}_last_success_timestamp_seconds",
    "Unix time of the hub data being served; 0 before the first successful refresh.",
)
LAST_DURATION = Series(
    f"{_OWN}_last_refresh_duration_seconds",
    "How long the last refresh took, successful or not; 0 before the first has ended.",
)
FAILURES = Series(
    f"{_OWN}_refresh_failures_total", "Refreshes that failed, by reason.", ("reason",), "counter"
)
HUB_REACHABLE = Series(
    f"{_OWN}_hub_reachable",
    "1 if the hub answered the last refresh, if only with an error; else 0.",
)
USERS = Series(f"{_OWN}_users", "Users in the data being served.")
GROUPS = Series(f"{_OWN}_groups", 'Groups in the data being served, "none" not counted.')
MEMBERSHIPS = Series(
    f"{_OWN}_memberships", "Series of jupyterhub_user_group_info in the data being served."
)
BUILD_INFO = Series(f"{_OWN}_build_info", "Always 1: the exporter's version.", ("version",))

MEMBERSHIP_SERIES = (USER_GROUP_INFO, USER_GROUP_SHARE, GROUP_MEMBERS, GROUP_ACTIVE_MEMBERS)
OWN_SERIES = (
    *(LAST_SUCCESS, LAST_DURATION, FAILURES, HUB_REACHABLE),
    *(USERS, GROUPS, MEMBERSHIPS, BUILD_INFO),
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is being served: users, groups without ``"none"``, series of the info metric."""

    users: int = 0
    groups: int = 0
    memberships: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """The exporter on itself: Unix time, seconds, and failures so far for every reason."""

    last_success: float = 0.0
    last_duration: float = 0.0
    hub_reachable: bool = False
    sizes: Sizes = Sizes()
    failures: Mapping[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))


def sizes(snapshot: Snapshot) -> Sizes:
    """Return the sizes of what ``membership_families`` makes of the snapshot."""
    rows = sum(max(1, len(user.groups)) for user in snapshot.users)
    return Sizes(len(snapshot.users), len(group_names(snapshot)), rows)


def membership_families(
    snapshot: Snapshot, namespace: str, windows: Sequence[Window] = DEFAULT_WINDOWS
) -> list[Metric]:
    """Return info, share, members and active members of the snapshot, in this order.

    ``render`` makes of it, for one user in one group::

        jupyterhub_user_group_info{namespace="hub",usergroup="staff",username="Ann",
                                   username_escaped="-41nn",username_safe="ann---…"} 1.0
        jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="staff"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="none"} 0.0
        jupyterhub_group_active_members{namespace="hub",usergroup="staff",window="24h"} 1.0

    Without ``snapshot.activity_known`` the last is left out: unknown is not 0. The families'
    samples carry no timestamp; they can also be written as history, stamped ``taken_at``.
    """
    rows = list(memberships(snapshot))
    encoded = {u.name: (slugs.escaped(u.name), slugs.safe(u.name)) for u in snapshot.users}
    families = [
        USER_GROUP_INFO.family(
            ((namespace, row.group, row.username, *encoded[row.username]), 1) for row in rows
        ),
        USER_GROUP_SHARE.family(((namespace, row.group, row.username), row.share) for row in rows),
        GROUP_MEMBERS.family(
            ((namespace, group), count) for group, count in members(snapshot).items()
        ),
    ]
    if snapshot.activity_known:
        families.append(
            GROUP_ACTIVE_MEMBERS.family(
                ((namespace, group, window.label), count)
                for window in windows
                for group, count in active_members(snapshot, window).items()
            )
        )
    return families


def own_families(status: Status, version: str) -> list[Metric]:
    """Return ``jupyterhub_groups_exporter_*``, every reason of failure included, if only as 0."""
    return [
        LAST_SUCCESS.family([((), status.last_success)]),
        LAST_DURATION.family([((), status.last_duration)]),
        FAILURES.family(((reason,), status.failures[reason]) for reason in Reason),
        HUB_REACHABLE.family([((), status.hub_reachable)]),
        USERS.family([((), status.sizes.users)]),
        GROUPS.family([((), status.sizes.groups)]),
        MEMBERSHIPS.family([((), status.sizes.memberships)]),
        BUILD_INFO.family([((version,), 1)]),
    ]


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def render(families: Iterable[Metric]) -> bytes:
    """Return the families in Prometheus' text format 0.0.4, UTF-8, labels sorted by name.

    Two results put one after the other are a valid page if no family is in both.
    """
    return generate_latest(_Families(families))
