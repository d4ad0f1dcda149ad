"""The demo against the metric contract: it simulates all of it, or says what it leaves out."""

from collections import defaultdict

import pytest

from dashboards.metrics import contract
from demo import exporter_series, scrape_series
from demo.exporters import NOT_SIMULATED, cluster
from demo.membership_series import exporter
from demo.world import make_world
from tests.support.prometheus_fixtures import DAYS, NOW


@pytest.fixture(scope="module")
def served():
    """Return ``{metric: (its jobs, all of its labels)}`` of the demo's history."""
    world = make_world(NOW, DAYS)
    exporters = (*cluster(world), *exporter(world), *exporter_series.series(world))
    found = defaultdict(lambda: (set(), set()))
    for series in (*exporters, *scrape_series.series(world, exporters)):
        jobs, labels = found[series.metric]
        jobs.add(series.job)
        labels.update(name for name, _ in series.labels)
    return dict(found)


def test_what_the_demo_does_not_have_of_the_contract_is_said_with_a_reason(served):
    missing = set()
    for metric in contract.SCRAPED:
        parts = {part.name for part in metric.series()}
        missing |= parts - served.keys()
        # Starts that succeed have no reason, and only of them there are buckets.
        labels = set().union(*(served[name][1] for name in parts & served.keys()))
        missing |= set(metric.labels) - labels if parts & served.keys() else set()
    assert missing == NOT_SIMULATED.keys()


@pytest.mark.parametrize("job", contract.JOBS, ids=lambda job: job.name)
def test_a_metric_comes_from_the_job_that_the_contract_names(job, served):
    names = served.keys() & set(contract.kept(job))
    assert names
    assert {name: served[name][0] for name in names} == {name: {job.name} for name in names}


def test_the_demo_has_nothing_that_is_not_in_the_contract(served):
    # Prometheus adds it to each scrape.
    assert served.keys() - contract.SERIES.keys() == {"scrape_samples_scraped"}
