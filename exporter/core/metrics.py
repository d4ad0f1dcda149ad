"""Every series of the exporter: its name, labels, type and meaning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Metric


@dataclass(frozen=True, slots=True)
class Series:
    """A metric's name, label names and meaning; the docs and ``# HELP`` are made of it.

    Label names are sorted. The meaning holds no double quote, which the text format and
    OpenMetrics would write differently.
    """

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

    @property
    def head(self) -> str:
        """The lines before a gauge's samples, in the text format and in OpenMetrics."""
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n"

    @property
    def line(self) -> str:
        """A sample's line, to be filled by ``%`` with escaped label values and the number."""
        inside = ",".join(f'{label}="%s"' for label in self.labels)
        return f"{self.name}{{{inside}}} %s\n"


USER_GROUP_INFO = Series(
    "jupyterhub_user_group_info",
    "Always 1: the user is a member of the group; none stands for no group, "
    "other for groups that are not exported.",
    ("namespace", "usergroup", "username", "username_escaped", "username_safe"),
)
USER_GROUP_SHARE = Series(
    "jupyterhub_user_group_share",
    "The part of the user's usage that the group answers for; the shares of one user sum to 1.",
    ("namespace", "usergroup", "username"),
)
USER_NAMESPACE_INFO = Series(
    "jupyterhub_user_namespace_info",
    "Always 1: KubeSpawner puts pods of the user into user_namespace; only with "
    "user_namespace_template.",
    ("namespace", "user_namespace", "username"),
)
GROUP_MEMBERS = Series(
    "jupyterhub_group_members",
    "Members of the group now; 0 for an empty group.",
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
GROUPS = Series(
    f"{_OWN}_groups", "Groups in the data being served; none and other are not counted."
)
MEMBERSHIPS = Series(
    f"{_OWN}_memberships", "Series of jupyterhub_user_group_info in the data being served."
)
EXPOSITION_BYTES = Series(
    f"{_OWN}_exposition_bytes", "Bytes of the memberships in a scrape without compression."
)
STATE_WRITE_FAILURES = Series(
    f"{_OWN}_state_write_failures_total",
    "How often the state file could not be written.",
    kind="counter",
)
REFRESH_INTERVAL = Series(
    f"{_OWN}_refresh_interval_seconds",
    "The setting: seconds from one refresh to the next while all is well.",
)
MAX_AGE = Series(
    f"{_OWN}_max_age_seconds",
    "The setting: seconds without a successful refresh after which memberships end.",
)
BUILD_INFO = Series(f"{_OWN}_build_info", "Always 1: the exporter's version.", ("version",))

MEMBERSHIP_SERIES = (
    *(USER_GROUP_INFO, USER_GROUP_SHARE, USER_NAMESPACE_INFO),
    *(GROUP_MEMBERS, GROUP_ACTIVE_MEMBERS),
)
OWN_SERIES = (
    *(LAST_SUCCESS, LAST_DURATION, FAILURES, HUB_REACHABLE),
    *(USERS, GROUPS, MEMBERSHIPS, EXPOSITION_BYTES),
    *(STATE_WRITE_FAILURES, REFRESH_INTERVAL, MAX_AGE, BUILD_INFO),
)
