"""Home: its numbers are those of the boards that it leads to, and what grew is true."""

import re

import pytest

from dashboards import catalog
from dashboards.evaluate import data
from demo import truth
from demo.people import DAY, GROUPS
from demo.truth import Range
from exporter.core.groups import NO_GROUP
from tests.support.board_answers import answers, rows
from tests.support.ranges import END

EVERY = (*GROUPS, NO_GROUP)

# Both it and the range before lie wholly in the history.
SHOWN = Range(END - 6 * DAY, END)
OTHERS = [name for name in catalog.names() if name != "home"]


def asked(name, recorded):
    """Return the queries of a board by panel."""
    return {
        panel["title"]: [target["expr"] for target in panel.get("targets", ())]
        for panel in data.panels(catalog.load(name, recorded=recorded))
        if panel["type"] != "row"
    }


@pytest.mark.parametrize("recorded", [False, True], ids=["raw", "recorded"])
def test_its_numbers_are_those_of_other_boards(recorded):
    # So what their tests say of these numbers is true here, too.
    known = {
        query for name in OTHERS for several in asked(name, recorded).values() for query in several
    }
    own = {
        (title, number)
        for title, queries in asked("home", recorded).items()
        for number, query in enumerate(queries)
        if query not in known
    }
    # How much more CPU than before: the next test.
    assert own == {("Use by group", 2)}


def test_every_number_leads_to_a_board_that_explains_it():
    uids = {catalog.load(name)["uid"] for name in OTHERS}
    led = set()
    for panel in data.panels(catalog.load("home")):
        if panel["type"] == "stat":
            (link,) = panel["fieldConfig"]["defaults"]["links"]
            led.add(
                re.match(r"/d/([^?]+)\?\$\{__url_time_range\}&\$\{__all_variables\}", link["url"])[
                    1
                ]
            )
    assert led <= uids
    assert len(led) >= 5


@pytest.mark.prometheus
@pytest.mark.parametrize("recorded", [False, True], ids=["raw", "recorded"])
def test_how_much_more_each_group_used_than_before(simulated, recorded):
    panels = answers(simulated, "home", SHOWN, recorded=recorded)
    said = rows(panels["Use by group"], "Group")
    length = SHOWN.end - SHOWN.start
    now, before = (
        truth.by_group(simulated.world, span, truth.cpu)
        for span in (SHOWN, Range(SHOWN.start - length, SHOWN.start))
    )
    assert set(said) == set(EVERY)
    compared = [group for group in EVERY if before.get(group, 0) > 0.5]
    assert len(compared) > 4
    for group in compared:
        right = now.get(group, 0) / before[group] - 1
        assert said[group]["CPU, change"] == pytest.approx(right, abs=0.02 * (1 + right) + 0.01)
