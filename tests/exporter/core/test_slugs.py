"""Our encodings of a username are KubeSpawner's."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kubespawner.slugs import escape_slug, safe_slug

from exporter.core.slugs import escaped, safe
from tests.support.exporter_values import USERNAMES


@pytest.mark.parametrize(
    ("name", "expected_safe", "expected_escaped"),
    [
        ("alice", "alice", "alice"),
        ("Alice", "alice---3bc51062", "-41lice"),
        ("user_1", "user-1---79b0aa00", "user-5f1"),
        (
            "my.name@example.com",
            "my-name-example-com---079bf795",
            "my-2ename-40example-2ecom",
        ),
        # A byte below 16 has one digit.
        ("a\nb", "a-b---" + safe_slug("a\nb")[-8:], "a-ab"),
    ],
)
def test_known_names(name, expected_safe, expected_escaped):
    assert (safe(name), escaped(name)) == (expected_safe, expected_escaped)


@given(USERNAMES)
@example("-")
@example("1a")
@example("9" * 35 + "-b")
@example("1" * 34 + "-b" + "c" * 30)
@example("a" * 48)
@example("a" * 49)
@example("a--b")
@example("a-")
@example("名前")
@example("İ")
def test_same_as_kubespawner(name):
    assert safe(name) == safe_slug(name, max_length=48)
    assert escaped(name) == escape_slug(name)


@given(USERNAMES, st.integers(12, 80))
def test_same_as_kubespawner_at_any_length(name, max_length):
    assert safe(name, max_length) == safe_slug(name, max_length=max_length)
