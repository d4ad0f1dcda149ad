"""Variables that Grafana itself defines, and what can stand for them in a query."""

# What Grafana reckons itself, and what can stand for it: durations that nobody writes.
WINDOWS = {"__interval": 293, "__rate_interval": 307, "__range": 3593}
OTHER_WINDOW = 311
TEXTS = {
    **{name: f"{seconds}s" for name, seconds in WINDOWS.items()},
    "__interval_ms": "300000",
    "__rate_interval_ms": "300000",
    "__range_ms": "3600000",
    "__range_s": "3600",
    "__from": "1700000000000",
    "__to": "1700003600000",
}
BUILT_IN = frozenset(TEXTS) | {
    "__all",
    "__dashboard",
    "__name",
    "__org",
    "__user",
    "__value",
    "__field",
    "__series",
    "__data",
    "__url",
    "__url_time_range",
    "__all_variables",
    "timeFilter",
    "__timeFilter",
    "__timezone",
    "__auto",
    "__searchFilter",
}
"""Names that Grafana defines on every dashboard."""

AUTO_INTERVAL = "__auto_interval_"
"""What stands before an interval variable's name in the name of the step Grafana reckons for it."""
