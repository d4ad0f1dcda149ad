"""Fixtures of the whole suite live in plugins, one for each real part."""

from collections import Counter

pytest_plugins = ["tests.hub_fixtures", "tests.prometheus_fixtures"]

REAL_PARTS = {
    "hub": "JupyterHub",
    "prometheus": "Prometheus or promtool",
    "cassette": "recorded answers of a Grafana",
    "browser": "Chromium",
    "grafana": "a running Grafana",
}


def pytest_terminal_summary(terminalreporter):
    """Say how many of the tests that passed talked to which real part."""
    passed = terminalreporter.stats.get("passed", [])
    parts = Counter(mark for report in passed for mark in REAL_PARTS if mark in report.keywords)
    if passed:
        counts = [f"{parts[mark]} {part}" for mark, part in REAL_PARTS.items() if parts[mark]]
        alone = sum(not set(REAL_PARTS) & set(report.keywords) for report in passed)
        terminalreporter.write_line(f"Ran against: {', '.join([*counts, f'{alone} nothing else'])}")
