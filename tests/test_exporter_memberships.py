"""Memberships, shares and counts are functions of a snapshot."""

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.memberships import (
    Membership,
    Snapshot,
    User,
    Window,
    active_members,
    group_names,
    members,
    memberships,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
GROUPS = NAMES.filter(lambda name: name != "none")
USERS = st.lists(
    st.builds(
        User,
        name=NAMES,
        groups=st.lists(GROUPS, unique=True, max_size=7).map(tuple),
        last_activity=st.none() | st.floats(0, 2e9),
    ),
    unique_by=lambda user: user.name,
    max_size=20,
).map(tuple)
SNAPSHOTS = st.builds(
    Snapshot,
    users=USERS,
    groups=st.lists(GROUPS, unique=True, max_size=5).map(tuple),
    taken_at=st.floats(1e9, 2e9),
)

SMALL = Snapshot(
    users=(
        User("ann", ("staff", "gpu"), last_activity=1000.0),
        User("bob", ("staff",), last_activity=400.0),
        User("cyn", (), last_activity=None),
    ),
    groups=("staff", "empty"),
    taken_at=1000.0,
)


def test_small():
    assert list(memberships(SMALL)) == [
        Membership("ann", "staff", 0.5),
        Membership("ann", "gpu", 0.5),
        Membership("bob", "staff", 1.0),
        Membership("cyn", "none", 1.0),
    ]
    assert group_names(SMALL) == ("empty", "gpu", "staff")
    assert members(SMALL) == {"empty": 0, "gpu": 1, "staff": 2, "none": 1}


@pytest.mark.parametrize(
    ("seconds", "staff"),
    [(599, 1), (600, 2), (1, 1)],
    ids=["just outside", "on the edge", "now"],
)
def test_active_within_window(seconds, staff):
    assert active_members(SMALL, Window("w", seconds)) == {
        "empty": 0,
        "gpu": 1,
        "staff": staff,
        "none": 0,
    }


def test_an_empty_hub_still_counts_nobody_in_no_group():
    assert members(Snapshot((), (), taken_at=0.0)) == {"none": 0}


@given(SNAPSHOTS)
def test_shares_of_each_user_sum_to_one(snapshot):
    shares = defaultdict(list)
    for row in memberships(snapshot):
        assert 0 < row.share <= 1
        shares[row.username].append(row.share)
    assert set(shares) == {user.name for user in snapshot.users}
    for parts in shares.values():
        assert sum(map(Fraction, parts)) == pytest.approx(1, abs=1e-12)


@given(SNAPSHOTS)
def test_counts_add_up(snapshot):
    counts = members(snapshot)
    assert sum(counts.values()) == len(list(memberships(snapshot)))
    assert set(counts) == {*group_names(snapshot), "none"}
    assert set(snapshot.groups) <= set(counts)


@given(SNAPSHOTS, st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_longer_window_never_counts_fewer(snapshot, one, other):
    short, long = sorted((one, other))
    few = active_members(snapshot, Window("short", short))
    many = active_members(snapshot, Window("long", long))
    assert all(few[group] <= many[group] <= members(snapshot)[group] for group in few)
