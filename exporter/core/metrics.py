"""Every metric of the exporter, an entry each: its name, meaning, labels, type and value.

An entry is all it takes: ``/metrics``, the page in docs/, the demo's history, what the linter knows
and what Prometheus keeps are made of it or held to it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import Metric

from exporter import __version__
from exporter.core.errors import Reason
from exporter.core.status import Status

Samples = Iterable[tuple[Sequence[str], float]]
"""Label values, in the order of the label names, with a number."""


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """A metric's name, label names and meaning; the docs and ``# HELP`` are made of it.

    Label names are sorted. The meaning holds no double quote, which the text format and
    OpenMetrics would write differently.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    kind: Literal["gauge", "counter"] = "gauge"

    def family(self, samples: Samples) -> Metric:
        """Return the metric with its samples, as prometheus-client encodes them."""
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


@dataclass(frozen=True, slots=True)
class SelfMetric(MetricDefinition):
    """A metric on the exporter itself.

    ``value`` takes the exporter's status and returns a number, or with a label one for each of the
    label's values.
    """

    value: Callable[[Status], float | Mapping[str, float]] = field(kw_only=True)

    def samples(self, status: Status) -> Samples:
        """Yield the label values and the number of each sample."""
        value = self.value(status)
        if not isinstance(value, Mapping):
            return (((), value),)
        return (((label,), number) for label, number in value.items())


USER_GROUP_INFO = MetricDefinition(
    "jupyterhub_user_group_info",
    "Always 1: the user is a member of the group; none stands for no group, "
    "other for groups that are not exported.",
    ("namespace", "usergroup", "username", "username_escaped", "username_safe"),
)
USER_GROUP_SHARE = MetricDefinition(
    "jupyterhub_user_group_share",
    "The part of the user's usage that the group answers for; the shares of one user sum to 1.",
    ("namespace", "usergroup", "username"),
)
USER_NAMESPACE_INFO = MetricDefinition(
    "jupyterhub_user_namespace_info",
    "Always 1: KubeSpawner puts pods of the user into user_namespace; only with "
    "user_namespace_template.",
    ("namespace", "user_namespace", "username"),
)
GROUP_MEMBERS = MetricDefinition(
    "jupyterhub_group_members",
    "Members of the group now; 0 for an empty group.",
    ("namespace", "usergroup"),
)
GROUP_ACTIVE_MEMBERS = MetricDefinition(
    "jupyterhub_group_active_members",
    "Members of the group whose last activity on the hub lies within the window.",
    ("namespace", "usergroup", "window"),
)

LAST_SUCCESS = SelfMetric(
    "jupyterhub_groups_exporter_last_success_timestamp_seconds",
    "Unix time of the hub data being served; 0 before the first successful refresh.",
    value=lambda status: status.last_success,
)
LAST_DURATION = SelfMetric(
    "jupyterhub_groups_exporter_last_refresh_duration_seconds",
    "How long the last refresh took, successful or not; 0 before the first has ended.",
    value=lambda status: status.last_duration,
)
FAILURES = SelfMetric(
    "jupyterhub_groups_exporter_refresh_failures_total",
    "Refreshes that failed, by reason.",
    ("reason",),
    "counter",
    # Every reason is there, if only as 0.
    value=lambda status: {reason: status.failures[reason] for reason in Reason},
)
HUB_REACHABLE = SelfMetric(
    "jupyterhub_groups_exporter_hub_reachable",
    "1 if the hub answered the last refresh, if only with an error; else 0.",
    value=lambda status: status.hub_reachable,
)
USERS = SelfMetric(
    "jupyterhub_groups_exporter_users",
    "Users in the data being served.",
    value=lambda status: status.sizes.users,
)
GROUPS = SelfMetric(
    "jupyterhub_groups_exporter_groups",
    "Groups in the data being served; none and other are not counted.",
    value=lambda status: status.sizes.groups,
)
MEMBERSHIPS = SelfMetric(
    "jupyterhub_groups_exporter_memberships",
    "Series of jupyterhub_user_group_info in the data being served.",
    value=lambda status: status.sizes.memberships,
)
EXPOSITION_BYTES = SelfMetric(
    "jupyterhub_groups_exporter_exposition_bytes",
    "Bytes of the memberships in a scrape without compression.",
    value=lambda status: status.sizes.page,
)
STATE_WRITE_FAILURES = SelfMetric(
    "jupyterhub_groups_exporter_state_write_failures_total",
    "How often the state file could not be written.",
    kind="counter",
    value=lambda status: status.state_write_failures,
)
REFRESH_INTERVAL = SelfMetric(
    "jupyterhub_groups_exporter_refresh_interval_seconds",
    "The setting: seconds from one refresh to the next while all is well.",
    value=lambda status: status.refresh_interval,
)
MAX_AGE = SelfMetric(
    "jupyterhub_groups_exporter_max_age_seconds",
    "The setting: seconds without a successful refresh after which memberships end.",
    value=lambda status: status.max_age,
)
BUILD_INFO = SelfMetric(
    "jupyterhub_groups_exporter_build_info",
    "Always 1: the exporter's version.",
    ("version",),
    value=lambda _: {__version__: 1},
)

# All of this module's, in its order.
SELF_METRICS = tuple(each for each in (*globals().values(),) if isinstance(each, SelfMetric))
MEMBERSHIP_METRICS = tuple(
    each
    for each in (*globals().values(),)
    if isinstance(each, MetricDefinition) and not isinstance(each, SelfMetric)
)
ALL_METRICS: tuple[MetricDefinition, ...] = (*MEMBERSHIP_METRICS, *SELF_METRICS)
