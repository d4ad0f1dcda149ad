"""Who is in which group, and how the exporter itself is: the groups exporter's, as it defines them.

Names, meanings and labels are in ``exporter.core.metrics``, where an entry is all it takes; here
are constants for those that queries read.
"""

from dashboards.metrics.metric import Attributed, Job, Kind, Metric
from exporter.core import metrics
from exporter.core.metrics import MetricDefinition

JOB = Job("groups-exporter", "groupscope's exporter", "")

_UNITS = {"_timestamp_seconds": "Unix seconds", "_seconds": "seconds", "_bytes": "bytes"}


def _metric(definition: MetricDefinition) -> Metric:
    kind: Kind = "info" if definition.name.endswith("_info") else definition.kind
    units = (unit for end, unit in _UNITS.items() if definition.name.endswith(end))
    return Metric(
        *(definition.name, definition.help, kind, definition.labels),
        unit=next(units, ""),
        # What is about the exporter itself has none: it may run elsewhere than its hub.
        namespaced="namespace" in definition.labels,
        job=JOB,
    )


EVERY = {definition: _metric(definition) for definition in metrics.ALL_METRICS}
"""All that the exporter defines."""

JUPYTERHUB_USER_GROUP_INFO = EVERY[metrics.USER_GROUP_INFO]
JUPYTERHUB_USER_GROUP_SHARE = EVERY[metrics.USER_GROUP_SHARE]
USER_GROUP = Attributed(
    JUPYTERHUB_USER_GROUP_INFO,
    JUPYTERHUB_USER_GROUP_SHARE,
    "jupyterhub_user_group_${attribution}",
)
"""What counts of a user's use in each of their groups."""

JUPYTERHUB_USER_NAMESPACE_INFO = EVERY[metrics.USER_NAMESPACE_INFO]
JUPYTERHUB_GROUP_MEMBERS = EVERY[metrics.GROUP_MEMBERS]
JUPYTERHUB_GROUP_ACTIVE_MEMBERS = EVERY[metrics.GROUP_ACTIVE_MEMBERS]
JUPYTERHUB_GROUPS_EXPORTER_LAST_SUCCESS_TIMESTAMP_SECONDS = EVERY[metrics.LAST_SUCCESS]
JUPYTERHUB_GROUPS_EXPORTER_LAST_REFRESH_DURATION_SECONDS = EVERY[metrics.LAST_DURATION]
JUPYTERHUB_GROUPS_EXPORTER_REFRESH_FAILURES_TOTAL = EVERY[metrics.FAILURES]
JUPYTERHUB_GROUPS_EXPORTER_USERS = EVERY[metrics.USERS]
JUPYTERHUB_GROUPS_EXPORTER_GROUPS = EVERY[metrics.GROUPS]
JUPYTERHUB_GROUPS_EXPORTER_MEMBERSHIPS = EVERY[metrics.MEMBERSHIPS]

PROCESS_START_TIME_SECONDS = Metric(
    "process_start_time_seconds",
    "When the process began. Every program has it; it is kept of the exporter only.",
    "gauge",
    unit="Unix seconds",
    job=JOB,
)
