"""Who is in which group, and how the exporter itself is: taken from where the exporter defines it.

Names, meanings and labels are in ``exporter.core.metrics``; here is only what a query needs more.
"""

from dashboards.metrics.metric import Attributed, Job, Kind, Metric
from exporter.core import metrics
from exporter.core.metrics import MetricDefinition

JOB = Job("groups-exporter", "groupscope's exporter", "")


def _defined(definition: MetricDefinition, unit: str = "") -> Metric:
    kind: Kind = "info" if definition.name.endswith("_info") else definition.kind
    return Metric(
        *(definition.name, definition.help, kind, definition.labels),
        unit=unit,
        # What is about the exporter itself has none: it may run elsewhere than its hub.
        namespaced="namespace" in definition.labels,
        job=JOB,
    )


JUPYTERHUB_USER_GROUP_INFO = _defined(metrics.USER_GROUP_INFO)
JUPYTERHUB_USER_GROUP_SHARE = _defined(metrics.USER_GROUP_SHARE)
USER_GROUP = Attributed(
    JUPYTERHUB_USER_GROUP_INFO,
    JUPYTERHUB_USER_GROUP_SHARE,
    "jupyterhub_user_group_${attribution}",
)
"""What counts of a user's use in each of their groups."""

JUPYTERHUB_USER_NAMESPACE_INFO = _defined(metrics.USER_NAMESPACE_INFO)
JUPYTERHUB_GROUP_MEMBERS = _defined(metrics.GROUP_MEMBERS)
JUPYTERHUB_GROUP_ACTIVE_MEMBERS = _defined(metrics.GROUP_ACTIVE_MEMBERS)

JUPYTERHUB_GROUPS_EXPORTER_LAST_SUCCESS_TIMESTAMP_SECONDS = _defined(
    metrics.LAST_SUCCESS, "Unix seconds"
)
JUPYTERHUB_GROUPS_EXPORTER_LAST_REFRESH_DURATION_SECONDS = _defined(
    metrics.LAST_DURATION, "seconds"
)
JUPYTERHUB_GROUPS_EXPORTER_REFRESH_FAILURES_TOTAL = _defined(metrics.FAILURES)
JUPYTERHUB_GROUPS_EXPORTER_HUB_REACHABLE = _defined(metrics.HUB_REACHABLE)
JUPYTERHUB_GROUPS_EXPORTER_USERS = _defined(metrics.USERS)
JUPYTERHUB_GROUPS_EXPORTER_GROUPS = _defined(metrics.GROUPS)
JUPYTERHUB_GROUPS_EXPORTER_MEMBERSHIPS = _defined(metrics.MEMBERSHIPS)
JUPYTERHUB_GROUPS_EXPORTER_EXPOSITION_BYTES = _defined(metrics.EXPOSITION_BYTES, "bytes")
JUPYTERHUB_GROUPS_EXPORTER_STATE_WRITE_FAILURES_TOTAL = _defined(metrics.STATE_WRITE_FAILURES)
JUPYTERHUB_GROUPS_EXPORTER_REFRESH_INTERVAL_SECONDS = _defined(metrics.REFRESH_INTERVAL, "seconds")
JUPYTERHUB_GROUPS_EXPORTER_MAX_AGE_SECONDS = _defined(metrics.MAX_AGE, "seconds")
JUPYTERHUB_GROUPS_EXPORTER_BUILD_INFO = _defined(metrics.BUILD_INFO)

PROCESS_START_TIME_SECONDS = Metric(
    "process_start_time_seconds",
    "When the process began. Every program has it; it is kept of the exporter only.",
    "gauge",
    unit="Unix seconds",
    job=JOB,
)
