"""Users' pods in namespaces of their own, as KubeSpawner's ``enable_user_namespaces`` makes them.

Which namespace is whose, the exporter knows if it is given KubeSpawner's template:
``jupyterhub_user_namespace_info{namespace="jhub", user_namespace="jhub-jo", username="jo"} 1``.
The recording rules count what is used there under the hub's name. Over scraped series, and
without the setting, it is not known what a hub's users use: not 0, since their pods are there.
"""

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.groups_exporter import (
    JUPYTERHUB_GROUP_MEMBERS,
    JUPYTERHUB_USER_GROUP_INFO,
    JUPYTERHUB_USER_NAMESPACE_INFO,
)
from dashboards.metrics.jupyterhub import JUPYTERHUB_TOTAL_USERS
from dashboards.metrics.kube_state_metrics import KUBE_POD_ANNOTATIONS, KUBE_POD_LABELS
from dashboards.queries.memberships import BRIDGE, USER
from dashboards.queries.pods import ANNOTATION
from dashboards.queries.promql import binary, copied

REMEMBERED = "1d"
"""For how long a hub is known to have such users: at night there may be no pod that shows it."""


def under_hub(scope: Scope, by_user: str, window: str) -> str:
    """Return use by user, ``{namespace, username}``, with the hub's namespace for the pods'.

    It is the pods' own namespace unless the exporter says otherwise.
    """
    annotated = scope.selector(KUBE_POD_ANNOTATIONS, f'{ANNOTATION}!=""')
    users = copied(f"last_over_time({annotated}[{window}])", ("username", ANNOTATION))
    own = copied(scope.aggregate("group", USER, users), ("hub", "namespace"))
    hubs = binary(
        _resolved(scope, scope.selector(JUPYTERHUB_USER_NAMESPACE_INFO)),
        f"or {scope.on(USER)}",
        own,
    )
    joined = f"{by_user}\n* {scope.on(USER)} group_left (hub)\n{hubs}"
    # A user's two namespaces stay apart by a label of their own until they are summed.
    return scope.aggregate(
        "sum", USER, copied(joined, ("pods_in", "namespace"), ("namespace", "hub"))
    )


def _resolved(scope: Scope, series: str) -> str:
    """Return the hub of each user with a namespace of their own: ``{namespace, username, hub} 1``.

    Where two hubs claim one user's namespace, it is neither's.
    """
    # Whose a namespace is does not change: a gap of the exporter needs no more care.
    named = f"last_over_time({series}[{BRIDGE}])"
    moved = copied(named, ("hub", "namespace"), ("namespace", "user_namespace"))
    hubs = scope.aggregate("group", (*USER, "hub"), moved)
    several = f"{scope.aggregate('count', USER, hubs)} > 1"
    return binary(hubs, f"unless {scope.on(USER)}", several)


def pods_elsewhere(scope: Scope, *, resolve: bool) -> str:
    """Return 1 for each pod of a user in a namespace of the user's own, of whatever hub.

    That is a namespace which is no hub's: a hub's has memberships, the hub's own metrics, or pods
    that Zero to JupyterHub labels as hub or proxy. With ``resolve``, only those of whose user the
    exporter does not name it.
    """
    everywhere = scope.all_hubs()
    annotated = everywhere.selector(KUBE_POD_ANNOTATIONS, f'{ANNOTATION}!=""')
    named = copied(annotated, ("username", ANNOTATION))
    shared = (
        # Of a hub whose exporter is away for hours, too.
        *(
            f"last_over_time({everywhere.selector(metric)}[{REMEMBERED}])"
            for metric in (JUPYTERHUB_GROUP_MEMBERS, JUPYTERHUB_TOTAL_USERS)
        ),
        everywhere.selector(KUBE_POD_LABELS, 'label_component=~"hub|proxy"'),
        everywhere.selector(KUBE_POD_LABELS, 'label_app_kubernetes_io_component=~"hub|proxy"'),
    )
    alone = f"\nunless {scope.on(HUB)}\n".join((named, *shared))
    if not resolve:
        return f"({alone})"
    resolved = _resolved(scope, everywhere.selector(JUPYTERHUB_USER_NAMESPACE_INFO))
    return binary(alone, f"unless {scope.on(USER)}", resolved)


def memberships_elsewhere(scope: Scope, *, resolve: bool = False) -> str:
    """Return the memberships of users of each chosen hub that have such a pod, if any."""
    pods = pods_elsewhere(scope, resolve=resolve)
    return binary(scope.selector(JUPYTERHUB_USER_GROUP_INFO), "and on (username)", pods)


def elsewhere(scope: Scope, *, resolve: bool = False) -> str:
    """Return how many users of each chosen hub have such a pod, if any: ``{namespace}``."""
    users = scope.aggregate("group", USER, memberships_elsewhere(scope, resolve=resolve))
    return scope.aggregate("count", HUB, users)
