"""Fixtures of the whole suite live in plugins, one for each real part."""

pytest_plugins = ["tests.hub_fixtures", "tests.prometheus_fixtures"]
