"""How long the hub is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.core.backoff import CEILING, LONGEST_RETRY_AFTER, RefreshSchedule


def steady(interval):
    return RefreshSchedule(interval, chance=lambda: 0.5)


@pytest.mark.parametrize(("took", "pause"), [(0, 60), (5, 55), (30, 30), (50, 50), (90, 60)])
def test_after_success(took, pause):
    assert steady(60.0).after_success(took) == pause


@pytest.mark.parametrize(
    ("interval", "pauses"),
    [
        (60.0, [60, 120, 240, 300, 300]),
        (1.0, [1, 2, 4, 8, 16]),
        # Who asks more rarely does not wait that long after a failure.
        (900.0, [300, 300, 300, 300, 300]),
    ],
)
def test_after_failures(interval, pauses):
    assert [steady(interval).after_failure(n) for n in range(1, 6)] == pauses


@pytest.mark.parametrize(
    ("asked", "pause"), [(0, 60), (30, 60), (200, 210), (1000, 1015), (10**9, 3615)]
)
def test_the_hub_may_ask_for_more(asked, pause):
    assert steady(60.0).after_failure(1, asked) == pause


@given(
    st.floats(1, 10_000),
    st.integers(1, 10**6),
    st.floats(0, 1e12),
    st.floats(0, 1, exclude_max=True),
)
def test_bounds(interval, failures, asked, chance):
    pace = RefreshSchedule(interval, chance=lambda: chance)
    longest = CEILING * 1.1
    assert 0.9 * min(interval, CEILING) <= pace.after_failure(failures) <= longest
    waited = pace.after_failure(failures, asked)
    assert min(asked, LONGEST_RETRY_AFTER) <= waited <= LONGEST_RETRY_AFTER * 1.1


def test_a_hub_cannot_ask_for_longer_than_the_data_are_kept():
    assert RefreshSchedule(60.0, longest=500.0, chance=lambda: 0.5).after_failure(1, 3600) == 515


def test_exporters_that_started_together_do_not_stay_together():
    pauses = {RefreshSchedule(60.0).after_success(0) for _ in range(50)}
    assert len(pauses) > 40
    assert all(54 <= pause <= 66 for pause in pauses)
