"""Every query of every board has an answer on the demo's history, which has every source."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards import catalog
from dashboards.evaluate import data, interpolate, variables
from dashboards.evaluate.model import TimeRange
from tests.support.panels import required_by
from tests.support.prometheus_fixtures import NOW

pytestmark = pytest.mark.prometheus

END = datetime.fromtimestamp(NOW, UTC) - timedelta(hours=1)
SPAN = TimeRange(END - timedelta(days=7), END)


def _targets():
    return [
        pytest.param(name, recorded, panel, target, id=f"{name}: {panel['title']} {which}")
        for name in catalog.names()
        for recorded in (False, True)
        for panel in data.panels(catalog.load(name, recorded=recorded))
        for target in panel.get("targets", ())
        for which in [f"{target['refId']}{' recorded' * recorded}"]
    ]


@pytest.fixture(scope="module")
def chosen(simulated):
    """Return a function for what a board has chosen when it is opened."""
    found = {}

    def of(name, recorded):
        if (name, recorded) not in found:
            board = catalog.load(name, recorded=recorded)
            found[name, recorded] = variables.resolve(board, {}, simulated.prometheus, SPAN)
        return found[name, recorded]

    return of


@pytest.mark.parametrize(("name", "recorded", "panel", "target"), _targets())
def test_query_has_an_answer(simulated, chosen, name, recorded, panel, target):
    timing = data._timing(panel, target, SPAN, chosen(name, recorded))
    query = interpolate.query(target["expr"], chosen(name, recorded), timing)
    answer = data._ask(query, panel, target, timing, SPAN, simulated.prometheus)
    # The demo has every source. Where finding nothing is an answer, the panel has words for it.
    words = panel["fieldConfig"]["defaults"].get("noValue")
    assert answer or (words and not required_by(panel))
