"""Ranges of the simulated history to open boards over, and how near a sum is to the truth."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from demo import truth
from demo.people import DAY, GROUPS, HOUR
from demo.recorded import EACH, OFFSET
from demo.truth import Range
from demo.usage import MINUTE
from exporter.core.groups import NO_GROUP
from tests.support.prometheus_fixtures import NOW

EVERY = (*GROUPS, NO_GROUP)

END = NOW - HOUR + 1
"""A second after a full hour: the steps of the ranges begin and end with them, as their ends are
known to a step. At the full hour Prometheus 2 would count the step before the range, too."""

WEEK = Range(END - 7 * DAY, END)
RAGGED = Range(END - 13 * DAY, END + 7 * MINUTE)
MONTH = Range(END - 30 * DAY, END)
# The workshop's two days of the fixed world; a test below holds the world to it.
WORKSHOP = Range(
    datetime(2026, 3, 10, tzinfo=UTC).timestamp(), datetime(2026, 3, 12, tzinfo=UTC).timestamp()
)
MORNING = Range(END - 6 * HOUR, END)


# Of the truth; and never more than two minutes of one thing, for groups that hardly used any.
TOLERANCE = 0.01
SLACK_HOURS = 2 / 60

# The board's definition, said once more here: the oracle shares no code with the queries.
IDLE = truth.idle_servers


def close(said, true, tolerance=TOLERANCE, slack=SLACK_HOURS):
    """Whether a sum over time is right."""
    return said == pytest.approx(true, rel=tolerance, abs=slack)


def same_groups(said, true, groups, tolerance=TOLERANCE, slack=SLACK_HOURS):
    """Assert that each selected group's number is right, and that no other group is there."""
    assert set(said) <= set(groups)
    for group in groups:
        assert close(said.get(group, 0.0), true.get(group, 0.0), tolerance, slack), group


def last_recorded(time):
    """Return when something was recorded last."""
    return (time - OFFSET) // EACH * EACH + OFFSET


def at_the_ends(world, span, measure, groups, split):
    """Return by user the hours that the five minutes at either end of a range amount to."""
    ends = (Range(span.start - EACH, span.start), Range(span.end - EACH, span.end))
    found = Counter()
    for end in ends:
        found.update(truth.by_user(world, end, measure, groups, split=split))
    return found
