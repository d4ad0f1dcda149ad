"""The exporter's own series, as full text, and what holds for every series."""

# ruff: noqa: E501 - the exposition format has no line breaks of its own

import subprocess

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from exporter import __version__
from exporter.core.errors import Reason
from exporter.core.metrics import ALL_METRICS, SELF_METRICS
from exporter.core.self_metrics import SelfMetrics
from exporter.core.status import Sizes, Status

OWN_TEXT = """# HELP jupyterhub_groups_exporter_last_success_timestamp_seconds Unix time of the hub data being served; 0 before the first successful refresh.
# TYPE jupyterhub_groups_exporter_last_success_timestamp_seconds gauge
jupyterhub_groups_exporter_last_success_timestamp_seconds 1.8e+09
# HELP jupyterhub_groups_exporter_last_refresh_duration_seconds How long the last refresh took, successful or not; 0 before the first has ended.
# TYPE jupyterhub_groups_exporter_last_refresh_duration_seconds gauge
jupyterhub_groups_exporter_last_refresh_duration_seconds 0.25
# HELP jupyterhub_groups_exporter_refresh_failures_total Refreshes that failed, by reason.
# TYPE jupyterhub_groups_exporter_refresh_failures_total counter
jupyterhub_groups_exporter_refresh_failures_total{reason="connect"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="timeout"} 3.0
jupyterhub_groups_exporter_refresh_failures_total{reason="tls"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="auth"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="scope"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="http"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="not_json"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="shape"} 0.0
jupyterhub_groups_exporter_refresh_failures_total{reason="partial"} 0.0
# HELP jupyterhub_groups_exporter_hub_reachable 1 if the hub answered the last refresh, if only with an error; else 0.
# TYPE jupyterhub_groups_exporter_hub_reachable gauge
jupyterhub_groups_exporter_hub_reachable 1.0
# HELP jupyterhub_groups_exporter_users Users in the data being served.
# TYPE jupyterhub_groups_exporter_users gauge
jupyterhub_groups_exporter_users 2.0
# HELP jupyterhub_groups_exporter_groups Groups in the data being served; none and other are not counted.
# TYPE jupyterhub_groups_exporter_groups gauge
jupyterhub_groups_exporter_groups 4.0
# HELP jupyterhub_groups_exporter_memberships Series of jupyterhub_user_group_info in the data being served.
# TYPE jupyterhub_groups_exporter_memberships gauge
jupyterhub_groups_exporter_memberships 4.0
# HELP jupyterhub_groups_exporter_exposition_bytes Bytes of the memberships in a scrape without compression.
# TYPE jupyterhub_groups_exporter_exposition_bytes gauge
jupyterhub_groups_exporter_exposition_bytes 1234.0
# HELP jupyterhub_groups_exporter_state_write_failures_total How often the state file could not be written.
# TYPE jupyterhub_groups_exporter_state_write_failures_total counter
jupyterhub_groups_exporter_state_write_failures_total 5.0
# HELP jupyterhub_groups_exporter_refresh_interval_seconds The setting: seconds from one refresh to the next while all is well.
# TYPE jupyterhub_groups_exporter_refresh_interval_seconds gauge
jupyterhub_groups_exporter_refresh_interval_seconds 60.0
# HELP jupyterhub_groups_exporter_max_age_seconds The setting: seconds without a successful refresh after which memberships end.
# TYPE jupyterhub_groups_exporter_max_age_seconds gauge
jupyterhub_groups_exporter_max_age_seconds 3600.0
# HELP jupyterhub_groups_exporter_build_info Always 1: the exporter's version.
# TYPE jupyterhub_groups_exporter_build_info gauge
jupyterhub_groups_exporter_build_info{version="VERSION"} 1.0
""".replace("VERSION", __version__)

STATUS = Status(
    last_success=1.8e9,
    last_duration=0.25,
    hub_reachable=True,
    sizes=Sizes(users=2, groups=4, memberships=4, page=1234),
    failures=dict.fromkeys(Reason, 0) | {Reason.TIMEOUT: 3},
    state_write_failures=5,
    refresh_interval=60.0,
    max_age=3600.0,
)


def shown(status=STATUS):
    return generate_latest(SelfMetrics(status)).decode()


def test_full_text():
    own, process = shown().split("# HELP process_", 1)
    assert own == OWN_TEXT
    assert "process_resident_memory_bytes " in process


def test_each_series_once_and_the_process():
    names = [
        family.name
        for family in text_string_to_metric_families(
            shown(Status(refresh_interval=60.0, max_age=3600.0))
        )
    ]
    own = [name for name in names if not name.startswith("process_")]
    assert own == [metric.name.removesuffix("_total") for metric in SELF_METRICS]


def test_counters_and_only_they_are_named_total():
    for metric in ALL_METRICS:
        assert metric.name.endswith("_total") == (metric.kind == "counter"), metric.name


@pytest.mark.prometheus
def test_promtool_finds_nothing_to_improve():
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=shown(), text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
