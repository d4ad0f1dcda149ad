"""Which groups are exported, and under which label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.groups import Pattern
from tests.exporter_values import GROUPS, exported


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
        # It is the hub's name that is matched, not the label.
        (["none (group)"], [], ("other",)),
    ],
)
def test_allow_and_deny(allow, deny, labels):
    assert exported(allow, deny).labels(("staff", "gpu", "none")) == labels


def test_no_group_is_none_whatever_is_exported():
    assert exported().labels(()) == ("none",)
    assert exported(["staff"]).labels(()) == ("none",)
    assert exported().own_labels == ("none",)
    assert exported(["staff"]).own_labels == exported(deny=["x"]).own_labels == ("none", "other")


@given(st.lists(GROUPS, unique=True, min_size=1))
def test_no_two_groups_share_a_label_and_none_has_ours(groups):
    labels = exported().labels(tuple(groups))
    assert len(set(labels)) == len(groups)
    assert not {"none", "other"} & set(labels)


@given(GROUPS.filter(lambda name: name[0] != "/"), GROUPS)
def test_a_denied_name_is_that_group_alone(group, other):
    denied = exported(deny=[group])
    assert denied.label(group) is None
    assert (denied.label(other) is None) == (other == group)
