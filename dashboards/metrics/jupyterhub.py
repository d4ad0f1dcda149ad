"""What JupyterHub says of itself at ``/hub/metrics``; the scrape adds the hub's namespace.

Names begin with another word where ``JUPYTERHUB_METRICS_PREFIX`` is set: then no board finds them.
"""

from dashboards.metrics.metric import Histogram, Job, Metric

JOB = Job(
    "jupyterhub",
    "JupyterHub",
    "https://jupyterhub.readthedocs.io/en/stable/reference/monitoring.html",
    adds=("namespace",),
)

JUPYTERHUB_RUNNING_SERVERS = Metric(
    "jupyterhub_running_servers",
    "Notebook servers that run.",
    "gauge",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_TOTAL_USERS = Metric(
    "jupyterhub_total_users",
    "Users that the hub lists.",
    "gauge",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_ACTIVE_USERS = Metric(
    "jupyterhub_active_users",
    "Users who were active within a period: 24h, 7d or 30d. Counted once an hour.",
    "gauge",
    ("period",),
    namespaced=True,
    since="3.1",
    job=JOB,
)
JUPYTERHUB_SERVER_SPAWN_DURATION_SECONDS = Histogram(
    "jupyterhub_server_spawn_duration_seconds",
    "How long servers took to start, or until the start had failed. Before 6.0 without reason.",
    "histogram",
    ("status", "reason"),
    bucket="jupyterhub_server_spawn_duration_seconds_bucket",
    count="jupyterhub_server_spawn_duration_seconds_count",
    sum="jupyterhub_server_spawn_duration_seconds_sum",
    created="jupyterhub_server_spawn_duration_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_SERVER_STOP_SECONDS = Histogram(
    "jupyterhub_server_stop_seconds",
    "How long servers took to stop, or until that had failed.",
    "histogram",
    ("status",),
    count="jupyterhub_server_stop_seconds_count",
    sum="jupyterhub_server_stop_seconds_sum",
    created="jupyterhub_server_stop_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_REQUEST_DURATION_SECONDS = Histogram(
    "jupyterhub_request_duration_seconds",
    "How long the hub took to answer a request.",
    "histogram",
    ("method", "handler", "code"),
    bucket="jupyterhub_request_duration_seconds_bucket",
    count="jupyterhub_request_duration_seconds_count",
    sum="jupyterhub_request_duration_seconds_sum",
    created="jupyterhub_request_duration_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_PROXY_ADD_DURATION_SECONDS = Histogram(
    "jupyterhub_proxy_add_duration_seconds",
    "How long the proxy took to add a route to a server, or until that had failed.",
    "histogram",
    ("status",),
    count="jupyterhub_proxy_add_duration_seconds_count",
    sum="jupyterhub_proxy_add_duration_seconds_sum",
    created="jupyterhub_proxy_add_duration_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_PROXY_DELETE_DURATION_SECONDS = Histogram(
    "jupyterhub_proxy_delete_duration_seconds",
    "How long the proxy took to delete a route to a server, or until that had failed.",
    "histogram",
    ("status",),
    count="jupyterhub_proxy_delete_duration_seconds_count",
    sum="jupyterhub_proxy_delete_duration_seconds_sum",
    created="jupyterhub_proxy_delete_duration_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
JUPYTERHUB_PROXY_POLL_DURATION_SECONDS = Histogram(
    "jupyterhub_proxy_poll_duration_seconds",
    "How long the proxy took to list its routes.",
    "histogram",
    count="jupyterhub_proxy_poll_duration_seconds_count",
    sum="jupyterhub_proxy_poll_duration_seconds_sum",
    created="jupyterhub_proxy_poll_duration_seconds_created",
    unit="seconds",
    namespaced=True,
    since="1.3",
    job=JOB,
)
