"""Fixtures of the whole suite live in plugins, one for each real part."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes no example wrong: no test depends on how long one takes.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = [
    "tests.support.grafana_fixtures",
    "tests.support.hub_fixtures",
    "tests.support.plugin_fixtures",
    "tests.support.prometheus_fixtures",
]

REAL_PARTS = {
    "hub": "JupyterHub",
    "prometheus": "Prometheus or promtool",
    "cassette": "recorded answers of a Grafana",
    "browser": "Chromium",
    "grafana": "a running Grafana",
}

# The modules that take longest, which begin first: a worker that had one last would keep the others
# waiting.
LONGEST = (
    "test_fuzzed_clusters",
    "test_compose",
    "test_user_groups",
    "test_hub_alerts",
    "test_users",
    "test_packaging",
    "test_faults",
    "test_benchmarks",
    "test_installing",
)


def pytest_collection_modifyitems(items):
    """Put the longest modules first; all of a module's tests stay together."""

    def rank(item):
        return LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST)

    items.sort(key=rank)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Note on the report which real parts the test talks to."""
    report = yield
    marks = {mark.name for mark in item.iter_markers()}
    report.real_parts = sorted(marks & REAL_PARTS.keys())
    return report


def pytest_terminal_summary(terminalreporter):
    """Say how many of the tests that passed talked to which real part."""
    passed = terminalreporter.stats.get("passed", [])
    if passed:
        parts = Counter(mark for report in passed for mark in report.real_parts)
        counts = [f"{parts[mark]} {part}" for mark, part in REAL_PARTS.items() if parts[mark]]
        alone = sum(not report.real_parts for report in passed)
        terminalreporter.write_line(f"Ran against: {', '.join([*counts, f'{alone} nothing else'])}")
