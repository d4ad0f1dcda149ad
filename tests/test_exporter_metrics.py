"""The exposition, as full text and as the parser of prometheus-client reads it back."""

# ruff: noqa: E501 - the exposition format has no line breaks of its own

import subprocess

import pytest
from hypothesis import given
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import Reason
from exporter.memberships import Snapshot, User, Window
from exporter.metrics import (
    MEMBERSHIP_SERIES,
    OWN_SERIES,
    Sizes,
    Status,
    membership_families,
    own_families,
    render,
    sizes,
)
from tests.test_exporter_memberships import SNAPSHOTS

SMALL = Snapshot(
    users=(
        User("Ann", ("staff", "gpu", 'odd"\\\ngroup'), last_activity=99_990.0),
        User("bob", (), last_activity=None),
    ),
    groups=("staff", "empty"),
    taken_at=100_000.0,
)
INFO = "jupyterhub_user_group_info"
SMALL_TEXT = r"""# HELP jupyterhub_user_group_info Always 1: the user is a member of the group; usergroup="none" for a user in no group.
# TYPE jupyterhub_user_group_info gauge
jupyterhub_user_group_info{namespace="hub",usergroup="staff",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="gpu",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="odd\"\\\ngroup",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="none",username="bob",username_escaped="bob",username_safe="bob"} 1.0
# HELP jupyterhub_user_group_share The part of the user's usage that the group answers for; the shares of one user sum to 1.
# TYPE jupyterhub_user_group_share gauge
jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="gpu",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="odd\"\\\ngroup",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="none",username="bob"} 1.0
# HELP jupyterhub_group_members Members of the group now; 0 for an empty group; usergroup="none" for users in no group.
# TYPE jupyterhub_group_members gauge
jupyterhub_group_members{namespace="hub",usergroup="empty"} 0.0
jupyterhub_group_members{namespace="hub",usergroup="gpu"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="odd\"\\\ngroup"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="staff"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="none"} 1.0
# HELP jupyterhub_group_active_members Members of the group whose last activity on the hub lies within the window.
# TYPE jupyterhub_group_active_members gauge
jupyterhub_group_active_members{namespace="hub",usergroup="empty",window="5m"} 0.0
jupyterhub_group_active_members{namespace="hub",usergroup="gpu",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="odd\"\\\ngroup",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="staff",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="none",window="5m"} 0.0
"""
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
# HELP jupyterhub_groups_exporter_hub_reachable 1 if the hub answered the last refresh, if only with an error; else 0.
# TYPE jupyterhub_groups_exporter_hub_reachable gauge
jupyterhub_groups_exporter_hub_reachable 1.0
# HELP jupyterhub_groups_exporter_users Users in the data being served.
# TYPE jupyterhub_groups_exporter_users gauge
jupyterhub_groups_exporter_users 2.0
# HELP jupyterhub_groups_exporter_groups Groups in the data being served, "none" not counted.
# TYPE jupyterhub_groups_exporter_groups gauge
jupyterhub_groups_exporter_groups 4.0
# HELP jupyterhub_groups_exporter_memberships Series of jupyterhub_user_group_info in the data being served.
# TYPE jupyterhub_groups_exporter_memberships gauge
jupyterhub_groups_exporter_memberships 4.0
# HELP jupyterhub_groups_exporter_build_info Always 1: the exporter's version.
# TYPE jupyterhub_groups_exporter_build_info gauge
jupyterhub_groups_exporter_build_info{version="1.2.3"} 1.0
"""


def small_status():
    return Status(
        last_success=1.8e9,
        last_duration=0.25,
        hub_reachable=True,
        sizes=sizes(SMALL),
        failures=dict.fromkeys(Reason, 0) | {Reason.TIMEOUT: 3},
    )


def test_memberships_full_text():
    families = membership_families(SMALL, "hub", (Window("5m", 300),))
    assert render(families).decode() == SMALL_TEXT


def test_own_full_text():
    assert sizes(SMALL) == Sizes(users=2, groups=4, memberships=4)
    assert render(own_families(small_status(), "1.2.3")).decode() == OWN_TEXT


def test_unknown_activity_is_absent_rather_than_zero():
    hidden = Snapshot(SMALL.users, SMALL.groups, SMALL.taken_at, activity_known=False)
    full, without = (membership_families(each, "hub") for each in (SMALL, hidden))
    assert [family.name for family in full] == [series.name for series in MEMBERSHIP_SERIES]
    assert without == full[:-1]


@given(SNAPSHOTS)
def test_every_name_comes_back_out_of_the_text(snapshot):
    text = render(membership_families(snapshot, "hub")).decode()
    info = next(f for f in text_string_to_metric_families(text) if f.name == INFO)
    assert [(s.labels["username"], s.labels["usergroup"]) for s in info.samples] == [
        (user.name, group) for user in snapshot.users for group in user.groups or ("none",)
    ]
    assert sizes(snapshot).memberships == len(info.samples)


def test_counters_and_only_they_are_named_total():
    for series in (*MEMBERSHIP_SERIES, *OWN_SERIES):
        assert series.name.endswith("_total") == (series.kind == "counter"), series.name


@pytest.mark.prometheus
def test_promtool_finds_nothing_to_improve():
    text = render(membership_families(SMALL, "hub")) + render(own_families(small_status(), "1"))
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
