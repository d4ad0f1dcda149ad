"""What Prometheus' rules record of hubs, memberships and the exporter; ``recorded_usage`` has use.

A name says ``level:metric:operations``, and the level is the labels that are left.
"""

from dashboards.metrics.metric import Attributed, Job, Metric

JOB = Job("", "groupscope's recording rules", "")
HUB = ("namespace",)
USER = ("namespace", "username")
GROUP = ("namespace", "usergroup")
MEMBERSHIP = ("namespace", "username", "usergroup")


def gauge(name: str, help_: str, labels: tuple[str, ...], unit: str = "") -> Metric:
    """Return a metric that is recorded for each hub."""
    return Metric(name, help_, "gauge", labels, unit=unit, namespaced=True, job=JOB)


USERS_ELSEWHERE = gauge(
    "namespace:users_elsewhere:count",
    "Users of the hub of whom it is not known which namespace their pods are in. If any, use is "
    "unknown.",
    HUB,
)
OWNERS_KNOWN = gauge(
    "namespace:kube_pod_annotations:group",
    "1 if it is known whose the hub's pods are, and so their use.",
    HUB,
)
CPU_KNOWN = gauge(
    "namespace:container_cpu_usage_seconds:group", "1 if the hub's CPU is known.", HUB
)
MEMORY_KNOWN = gauge(
    "namespace:container_memory_working_set_bytes:group", "1 if the hub's memory is known.", HUB
)
SIZES_KNOWN = gauge(
    "namespace:dirsize_total_size_bytes:group", "1 if the hub's home directories are known.", HUB
)
MEMBERSHIPS_KNOWN = gauge(
    "namespace:jupyterhub_group_members:group",
    "1 if the hub's memberships are known, gaps of up to 15 minutes bridged.",
    HUB,
)
GROUP_MEMBERS = gauge(
    "namespace_usergroup:jupyterhub_group_members:max",
    "Members of the group, 0 for an empty one.",
    GROUP,
)
USER_GROUP = Attributed(
    gauge(
        "namespace_username_usergroup:jupyterhub_user_group_info:max",
        "1 for each membership, gaps of up to 15 minutes bridged.",
        MEMBERSHIP,
    ),
    gauge(
        "namespace_username_usergroup:jupyterhub_user_group_share:max",
        "The part of the user's use that counts in the group, gaps of up to 15 minutes bridged.",
        MEMBERSHIP,
    ),
    "namespace_username_usergroup:jupyterhub_user_group_${attribution}:max",
)
SERVER_STARTS = gauge(
    "namespace_username:server_starts:sum",
    "Notebook servers of the user that began to run in the five minutes.",
    USER,
)

EXPORTER_OVERDUE = Metric(
    "groupscope:exporter_overdue:seconds",
    "Since the last success of an exporter for which that is too long ago; 0 if there was none.",
    "gauge",
    ("job", "instance"),
    unit="seconds",
    job=JOB,
)
MEMBERSHIPS_ENDED = Metric(
    "groupscope:memberships_ended:seconds",
    "The same, of exporters that serve no memberships while no other serves those of their hub.",
    "gauge",
    ("job", "instance"),
    unit="seconds",
    job=JOB,
)
EXPORTER_FAILURES = Metric(
    "groupscope:exporter_failures:recent",
    "Failed refreshes of an exporter within 20 minutes, if any.",
    "gauge",
    ("job", "instance", "reason"),
    job=JOB,
)
HUB_USERS = Metric(
    "groupscope:hub_users:max",
    "Users of each hub, whatever address its exporter has.",
    "gauge",
    ("job", "namespace"),
    job=JOB,
)
