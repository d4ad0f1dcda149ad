"""Which groups are exported, and under which label."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.core.groups import Pattern
from tests.support.exporter_values import GROUPS, group_policy


@pytest.mark.parametrize(
    ("pattern", "group", "matches"),
    [
        ("staff", "staff", True),
        ("staff", "staff-2", False),
        ("a.c", "abc", False),
        ("/a.c/", "abc", True),
        ("/staff/", "staff-2", False),
        ("/course-.*/", "course-1", True),
        ("/course-.*/", "my course-1", False),
        ("/a|ab/", "ab", True),
        # No expression between them: a name.
        ("//", "//", True),
        ("/", "/", True),
    ],
)
def test_patterns(pattern, group, matches):
    assert Pattern(pattern).matches(group) is matches


def test_no_expression():
    with pytest.raises(ValueError, match=r"^holds /\(/, which is no regular expression: missing"):
        Pattern("/(/")


@pytest.mark.parametrize(
    ("allow", "deny", "labels"),
    [
        ([], [], ("staff", "gpu", "none (group)")),
        (["staff"], [], ("staff",)),
        ([], ["/.*/"], ("other",)),
        (["/s.*/", "gpu"], ["gpu"], ("staff",)),
        (["none"], [], ("none (group)",)),
        (["typo", "/s.*f/"], ["x"], ("staff",)),
        # It is the hub's name that is matched, not the label.
        (["none (group)"], [], ("other",)),
    ],
)
def test_allow_and_deny(allow, deny, labels):
    shares = group_policy(allow, deny).shares(("staff", "gpu", "none"))
    assert shares == dict.fromkeys(labels, 1 / len(labels))
    assert tuple(shares) == labels


def test_no_group_is_none_whatever_is_exported():
    assert group_policy().shares(()) == {"none": 1}
    assert group_policy(["staff"], [], ["staff"], [("staff", 3)]).shares(()) == {"none": 1}
    assert group_policy().reserved_labels == ("none",)
    assert (
        group_policy(["staff"]).reserved_labels
        == group_policy(deny=["x"]).reserved_labels
        == ("none", "other")
    )


def test_a_group_without_a_name_has_a_label():
    """An empty label is none in Prometheus."""
    assert group_policy().label("") == "(no name)"
    assert group_policy().label("(no name)") == "(no name) (group)"
    assert group_policy(deny=["/|x/"]).label("") is None


def test_patterns_that_match_nothing():
    found = group_policy(["staff", "Stuff"], ["/x.*/", "gpu"], ["Stuff"], [("/.*/", 1), ("y", 2)])
    assert found.unmatched(["staff", "gpu"]) == ("Stuff", "/x.*/", "y")


@given(st.lists(GROUPS, unique=True, min_size=1))
def test_no_two_groups_share_a_label_and_none_has_ours(groups):
    labels = group_policy().shares(tuple(groups))
    assert len(set(labels)) == len(groups)
    assert not {"none", "other"} & set(labels)


@given(GROUPS.filter(lambda name: name[0] != "/"), GROUPS)
def test_a_denied_name_is_that_group_alone(group, other):
    denied = group_policy(deny=[group])
    assert denied.label(group) is None
    assert (denied.label(other) is None) == (other == group)


@pytest.mark.parametrize(
    ("priority", "weights", "shares"),
    [
        ([], [], {"lab": 1 / 3, "course-1": 1 / 3, "course-2": 1 / 3}),
        ([], [("lab", 2)], {"lab": 0.5, "course-1": 0.25, "course-2": 0.25}),
        ([], [("/course-.*/", 0)], {"lab": 1, "course-1": 0, "course-2": 0}),
        # The first that matches counts.
        (
            [],
            [("course-1", 2), ("/course-.*/", 1), ("lab", 0)],
            {"lab": 0, "course-1": 2 / 3, "course-2": 1 / 3},
        ),
        # Nobody else is there to answer for it.
        ([], [("/.*/", 0)], {"lab": 1 / 3, "course-1": 1 / 3, "course-2": 1 / 3}),
        (["lab"], [], {"lab": 1, "course-1": 0, "course-2": 0}),
        (["/course-.*/", "lab"], [], {"lab": 0, "course-1": 0.5, "course-2": 0.5}),
        (["staff"], [], {"lab": 1 / 3, "course-1": 1 / 3, "course-2": 1 / 3}),
        # Among those that come first, weights decide.
        (["/course-.*/"], [("course-2", 3)], {"lab": 0, "course-1": 0.25, "course-2": 0.75}),
    ],
)
def test_who_answers_for_the_usage(priority, weights, shares):
    found = group_policy(priority=priority, weights=weights).shares(("lab", "course-1", "course-2"))
    assert found == pytest.approx(shares)


def test_a_group_that_is_not_exported_answers_for_nothing():
    found = group_policy(deny=["lab"], priority=["lab"]).shares(("lab", "course-1"))
    assert found == {"course-1": 1}


PATTERNS = GROUPS.filter(lambda name: name[0] != "/") | st.sampled_from(
    ["/.*/", "/n.*/", "/[a-m]*/"]
)


@given(
    st.lists(GROUPS, unique=True, max_size=12),
    st.lists(PATTERNS, max_size=4),
    st.lists(st.tuples(PATTERNS, st.floats(0, 1e6)), max_size=4),
    st.lists(PATTERNS, max_size=2),
)
def test_shares_of_each_user_sum_to_one(groups, priority, weights, deny):
    shares = group_policy(deny=deny, priority=priority, weights=weights).shares(tuple(groups))
    assert shares
    assert all(0 <= share <= 1 for share in shares.values())
    assert sum(map(Fraction, shares.values())) == pytest.approx(1, abs=1e-12)
