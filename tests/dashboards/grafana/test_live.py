"""Every panel of every board in a real Grafana, fed by a real Prometheus with the demo's history.

Needs a Grafana, which no registry has: set GRAFANA_URL, GRAFANA_USER and GRAFANA_PASSWORD (an
admin's). The suite makes a data source for its own Prometheus there, and removes it.
"""

import pytest

from dashboards import catalog
from dashboards.boards.support import SWITCHES
from dashboards.evaluate import data, interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.timing import Timing
from dashboards.schema import intervals
from demo.people import DAY, HOUR

pytestmark = [
    pytest.mark.grafana,
    pytest.mark.prometheus,
    pytest.mark.skipif("not os.environ.get('GRAFANA_URL')", reason="no GRAFANA_URL"),
]

CHOICES = (
    Choice("hub", "Hub", ("demo",), regex=True),
    Choice("group", "Group", ("lab", "workshop", "power-users"), regex=True),
    Choice("attribution", "Attribution", ("info",)),
    Choice("user", "User", (), everything=True, all_value=".+", regex=True),
    *(Choice(name, label, ("1",)) for name, label in SWITCHES.items()),
)
NOTHING_WITHIN = {
    "Servers near their memory limit": 30,
    "Failed pods": 2,
    "Failed containers": 2,
}
"""Where nothing is an answer: within so many days there was nothing."""
UID = "groupscope-test-suite"


@pytest.fixture(scope="module")
def source(grafana, simulated):
    """Return the uid of a Prometheus data source on the simulated history."""
    body = {
        "uid": UID,
        "name": UID,
        "type": "prometheus",
        "access": "proxy",
        "url": simulated.url,
        "jsonData": {"timeInterval": "1m", "httpMethod": "POST"},
    }
    grafana.delete(f"/api/datasources/uid/{UID}")
    grafana.post("/api/datasources", json=body).raise_for_status()
    yield UID
    grafana.delete(f"/api/datasources/uid/{UID}").raise_for_status()


def _panels():
    return [
        pytest.param(panel, id=f"{name}: {panel['title']}{' recorded' * recorded}")
        for name in catalog.names()
        for recorded in (False, True)
        for panel in data.panels(catalog.load(name, recorded=recorded))
        if panel.get("targets")
    ]


@pytest.mark.parametrize("days", [2, 14, 30])
@pytest.mark.parametrize("panel", _panels())
def test_panel_has_data_and_our_interpolation_is_grafanas(panel, days, grafana, source, simulated):
    """Grafana answers each query without an error, with data, and asks what the report asks."""
    end = simulated.world.now - HOUR
    length = round(days * DAY * 1000)
    points = panel.get("maxDataPoints") or data.BOARD_WIDTH * panel["gridPos"]["w"] // 24
    minimum = intervals.parse(panel["interval"])
    queries = []
    for target in panel["targets"]:
        # The browser replaces the board's variables, the server the built-in ones.
        expr = interpolate.query(target["expr"], CHOICES, _KEEP)
        queries.append(
            {
                **target,
                "expr": expr,
                "datasource": {"type": "prometheus", "uid": source},
                "intervalMs": intervals.panel_interval(length, points, minimum),
                "maxDataPoints": points,
            }
        )
    body = {
        "queries": queries,
        "from": str(round(end * 1000) - length),
        "to": str(round(end * 1000)),
    }
    answer = grafana.post("/api/ds/query", json=body)
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    for target in panel["targets"]:
        result = results[target["refId"]]
        assert "error" not in result
        frames = result["frames"]
        # What grew since the range began is not known where the history began later.
        unknown = "offset $__range" in target["expr"] and end - days * DAY < simulated.world.start
        found = any(frame["data"]["values"] and frame["data"]["values"][0] for frame in frames)
        assert found or unknown or days <= NOTHING_WITHIN.get(panel["title"], 0)
        timing = Timing.of(length, points, minimum, intervals.parse(target["interval"]))
        executed = frames[0]["schema"]["meta"]["executedQueryString"]
        ours = interpolate.query(target["expr"], CHOICES, timing)
        assert executed.removeprefix("Expr: ").partition("\nStep:")[0] == ours
        step = executed.partition("\nStep: ")[2]
        assert intervals.go_text(timing.step) == step


class _Keep(Timing):
    """Leaves the built-in variables as they are."""

    def variables(self):
        return {}


_KEEP = _Keep(0, 0, 0)
