"""Counts are functions of a snapshot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.core.memberships import Snapshot, User, Window
from tests.support.exporter_values import SNAPSHOTS, group_policy, tally

SMALL = Snapshot(
    users=(
        User("ann", ("staff", "gpu"), last_activity=1000.0),
        User("bob", ("staff",), last_activity=400.0),
        User("cyn", (), last_activity=None),
    ),
    groups=("staff", "empty"),
    taken_at=1000.0,
)
NO_STAFF = group_policy(deny=["staff"])


def test_small():
    counts = tally(SMALL)
    assert counts.groups == ("empty", "gpu", "staff")
    assert counts.members == {"empty": 0, "gpu": 1, "staff": 2, "none": 1}


def test_users_whose_groups_are_not_exported_count_as_other():
    counts = tally(SMALL, policy=NO_STAFF)
    assert counts.groups == ("empty", "gpu")
    assert counts.members == {"empty": 0, "gpu": 1, "none": 1, "other": 1}


@pytest.mark.parametrize(
    ("seconds", "staff"),
    [(599, 1), (600, 2), (1, 1)],
    ids=["just outside", "on the edge", "now"],
)
def test_active_within_window(seconds, staff):
    window = Window("w", seconds)
    assert tally(SMALL, (window,)).active == {
        window: {"empty": 0, "gpu": 1, "staff": staff, "none": 0}
    }


def test_an_empty_hub_still_counts_nobody_in_no_group():
    nobody = Snapshot((), (), taken_at=0.0)
    assert tally(nobody).members == {"none": 0}
    assert tally(nobody, policy=NO_STAFF).members == {"none": 0, "other": 0}


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_slices_are_all_users_in_their_order(size):
    slices = list(SMALL.slices(size))
    assert [user for part in slices for user in part] == list(SMALL.users)
    assert max(map(len, slices)) <= size


@given(SNAPSHOTS)
def test_every_user_is_counted_once_in_each_group(snapshot):
    counts = tally(snapshot)
    assert sum(counts.members.values()) == sum(max(1, len(u.groups)) for u in snapshot.users)
    every = {*snapshot.groups}.union(*(user.groups for user in snapshot.users))
    assert len(counts.groups) == len(every)
    assert set(counts.members) == {*counts.groups, "none"}


@given(SNAPSHOTS, st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_longer_window_never_counts_fewer(snapshot, one, other):
    short, long = (Window(str(s), s) for s in sorted((one, other)))
    counts = tally(snapshot, (short, long))
    few, many = counts.active[short], counts.active[long]
    assert all(few[group] <= many[group] <= counts.members[group] for group in few)
