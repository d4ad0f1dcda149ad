"""Counts of events, in the real promtool: whole numbers, and true ones.

A hub's history is made up: events of several kinds, a new address now and then, kinds that appear
with their first event. What Prometheus sees of it at each scrape is asked for windows of all sizes.
"""

import random
from dataclasses import dataclass

import pytest

from dashboards.kit.scope import EVERYTHING
from dashboards.queries import counters
from tests.support import promtool
from tests.support.small_clusters import braces

pytestmark = pytest.mark.prometheus

END = 6 * 3600
COUNTER, CREATED, TARGET = "events_total", "events_created", "users"
STEPS = [15, 60, 120]


@dataclass(frozen=True)
class Hub:
    """A hub's process: its address, its life, and the times of its events by kind."""

    address: str
    born: int
    dies: int
    events: dict
    known: tuple = ()
    """Kinds that it has a counter for before the first event."""

    def counted(self, kind, second):
        """Return what its counter says, None where it has none."""
        mine = [time for time in self.events.get(kind, ()) if self.born <= time <= second]
        there = self.born <= second < self.dies and (mine or kind in self.known)
        return len(mine) if there else None

    def created(self, kind):
        return self.born if kind in self.known else min(self.events[kind])


def hubs(seed, step):
    """Return processes one after another; the last scrape of each sees all of its events."""
    chance = random.Random(seed)
    moves = sorted(chance.sample(range(1800, END - 1800, 60), 2))
    found, born = [], -3600
    for number, dies in enumerate([*moves, END + 1]):
        last = dies - 2 * step
        events = {kind: _events(chance, born, last) for kind in ("error", "quota", "image")}
        found.append(Hub(f"hub-{number}", born, dies, events, ("error",)))
        born = dies + chance.randint(0, 240)
    return found


def _events(chance, since, until):
    """Return times: of many events at one moment, or of a few over a while; several such."""
    begins = [chance.randint(since, max(since, until - 1)) for _ in range(chance.randint(1, 4))]
    each = [
        [begin] * chance.randint(1, 40) if chance.random() < 0.5 else range(begin, until, 700)
        for begin in begins
    ]
    return sorted(time for times in each for time in times)


def lines(several, step, *, created, job="hub", **more):
    """Yield what Prometheus has of them, scraped in these steps."""
    for hub in several:
        scrapes = range(0, END + 1, step)
        on = {"namespace": "h", "job": job, "instance": hub.address, **more}
        alive = [3 if hub.born <= second < hub.dies else None for second in scrapes]
        yield _line(TARGET, on, alive)
        for kind in hub.events:
            values = [hub.counted(kind, second) for second in scrapes]
            yield _line(COUNTER, {**on, "kind": kind}, values)
            if created:
                times = [None if value is None else hub.created(kind) for value in values]
                yield _line(CREATED, {**on, "kind": kind}, times)


def _line(metric, labels, values):
    texts = []
    for value in values:
        was_there = bool(texts) and texts[-1] not in ("_", "stale")
        texts.append(f"{value:g}" if value is not None else "stale" if was_there else "_")
    return {"series": metric + braces(**labels), "values": " ".join(texts)}


def seen_within(several, since, until, step, *, created):
    """Return how many events of all kinds showed in scrapes after ``since``, up to ``until``."""
    count = 0
    for hub in several:
        first = -(-max(hub.born, 0) // step) * step
        for times in hub.events.values():
            for time in times:
                seen = -(-max(time, first) // step) * step
                if not since < seen <= until or seen >= hub.dies:
                    continue
                # Before its target's first scrape, an event is known by the time of birth only.
                count += time > first or (created and hub.born > since)
    return count


def expression(window, *, created):
    born = CREATED if created else "nobody_knows"
    counted = counters.count(
        EVERYTHING, COUNTER, window, born=f"last_over_time({born}[{window}])", target=TARGET
    )
    return counters.total(EVERYTHING, (), counted)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("created", [True, False], ids=["created", "not-created"])
@pytest.mark.parametrize("seed", range(3))
def test_counts_are_true(seed, created, step, tmp_path):
    several = hubs(seed, step)
    asked = []
    for minutes in (20, 60, 180):
        for end in range(minutes, END // 60 + 1, minutes):
            since = (end - minutes) * 60
            if since == 0:
                # What was before the history's beginning nobody knows.
                continue
            true = seen_within(several, since, end * 60, step, created=created)
            asked.append(
                {
                    "expr": expression(f"{minutes}m", created=created),
                    "eval_time": f"{end}m",
                    "exp_samples": [{"labels": "{}", "value": true}],
                }
            )
    assert len({question["exp_samples"][0]["value"] for question in asked}) > 5
    test = {
        "interval": f"{step}s",
        "input_series": [*lines(several, step, created=created)],
        "promql_expr_test": asked,
    }
    said = promtool.failures(tmp_path, test)
    assert not said, said


@pytest.mark.parametrize("more", [{}, {"service": "hub"}, {"instance": "by-service"}])
def test_what_two_jobs_scrape_counts_once(more, tmp_path):
    several, minutes = hubs(1, 60), 180
    true = seen_within(several, END - minutes * 60, END, 60, created=True)
    question = {
        "expr": expression(f"{minutes}m", created=True),
        "eval_time": f"{END // 60}m",
        "exp_samples": [{"labels": "{}", "value": true}],
    }
    test = {
        "interval": "60s",
        "input_series": [
            *lines(several, 60, created=True),
            *lines(several[-1:], 60, created=True, job="other", **more),
        ],
        "promql_expr_test": [question],
    }
    assert true > 5
    said = promtool.failures(tmp_path, test)
    assert not said, said


def test_a_hub_started_again_that_counts_more_than_the_one_before(tmp_path):
    """Nothing falls, so that its birth alone tells."""
    on = {"namespace": "h", "job": "hub", "instance": "hub", "kind": "error"}
    target = {name: on[name] for name in ("namespace", "job", "instance")}
    test = {
        "interval": "60s",
        "input_series": [
            {"series": TARGET + braces(**target), "values": "3x120"},
            {"series": COUNTER + braces(**on), "values": "7x60 9x59"},
            {"series": CREATED + braces(**on), "values": "-9000x60 3650x59"},
        ],
        "promql_expr_test": [
            {
                "expr": expression("30m", created=True),
                "eval_time": f"{minute}m",
                "exp_samples": [{"labels": "{}", "value": count}],
            }
            for minute, count in ((50, 0), (70, 9), (89, 9), (100, 0))
        ],
    }
    said = promtool.failures(tmp_path, test)
    assert not said, said


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("created", [True, False], ids=["created", "not-created"])
def test_a_birth_is_within_each_window_that_sees_it_first(created, step, tmp_path):
    """Also where it was created shortly before the window, or is in its very first scrape."""
    hub = Hub("hub", -3600, END + 1, {"quota": [3659] * 30, "error": []}, ("error",))
    asked = [
        {
            "expr": expression("20m", created=created),
            "eval_time": f"{minute}m",
            "exp_samples": [
                {
                    "labels": "{}",
                    "value": seen_within([hub], since, minute * 60, step, created=created),
                }
            ],
        }
        for minute in range(58, 90)
        for since in [(minute - 20) * 60]
    ]
    assert [question["exp_samples"][0]["value"] for question in asked].count(30) == 20
    test = {
        "interval": f"{step}s",
        "input_series": [*lines([hub], step, created=created)],
        "promql_expr_test": asked,
    }
    said = promtool.failures(tmp_path, test)
    assert not said, said
