"""Instant answers to tables: merge, organize, sort."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from dashboards.evaluate import tables
from dashboards.evaluate.model import Sampled, Table


def sample(value, **labels):
    return Sampled(labels, array("d", [100.0]), array("d", [value]))


def test_queries_become_columns():
    answers = {
        "A": [sample(3.0, user="ann", hub="h"), sample(1.0, user="bob", hub="h")],
        "B": [],
        "C": [sample(7.0, user="bob", hub="h"), sample(9.0, user="eve", hub="h")],
    }
    organize = {
        "excludeByName": {"Time": True, "hub": False},
        "indexByName": {"user": 0, "Value #A": 1, "Value #B": 2, "Value #C": 3, "hub": 4},
        "renameByName": {"user": "User", "Value #A": "CPU", "Value #B": "GPU", "Value #C": "Seen"},
    }
    table, unknown = tables.transformed(
        tables.frames(answers),
        [{"id": "merge", "options": {}}, {"id": "organize", "options": organize}],
    )
    assert unknown == []
    assert table == Table(
        ("User", "CPU", "GPU", "Seen", "hub"),
        (
            ("ann", 3.0, None, None, "h"),
            ("bob", 1.0, None, 7.0, "h"),
            ("eve", None, None, 9.0, "h"),
        ),
    )


def test_one_query_is_called_value_and_unknown_steps_are_named():
    table, unknown = tables.transformed(
        tables.frames({"A": [sample(3.0, user="ann")]}), [{"id": "groupBy", "options": {}}]
    )
    assert table == Table(("Time", "user", "Value"), ((100_000.0, "ann", 3.0),))
    assert unknown == ["Grafana also applies the transformation “groupBy” here."]


def test_rows_that_contradict_each_other_stay_apart():
    one = Table(("user", "pod", "A"), (("ann", "p1", 1.0),))
    two = Table(("user", "pod", "B"), (("ann", "p2", 2.0),))
    assert tables.merge([one, two]).rows == (("ann", "p1", 1.0, None), ("ann", "p2", None, 2.0))


def test_rows_without_a_value_come_last_either_way():
    table = Table(("user", "CPU"), (("ann", 1.0), ("bob", None), ("eve", 3.0)))
    down = tables.ordered(table, [{"displayName": "CPU", "desc": True}])
    up = tables.ordered(table, [{"displayName": "CPU"}])
    assert [row[0] for row in down.rows] == ["eve", "ann", "bob"]
    assert [row[0] for row in up.rows] == ["ann", "eve", "bob"]
    assert tables.ordered(table, [{"displayName": "no such"}]) == table


@given(
    st.dictionaries(st.text(), st.floats(allow_nan=False)),
    st.dictionaries(st.text(), st.floats(allow_nan=False)),
)
def test_merge_loses_nobody(one, two):
    merged = tables.merge(
        [Table(("user", "A"), tuple(one.items())), Table(("user", "B"), tuple(two.items()))]
    )
    assert (
        {row[0]: row[1:] for row in merged.rows}
        == {user: (one.get(user), two.get(user)) for user in one | two}
        if one or two
        else merged.rows == ()
    )
