"""The order of the pages on the site. One that is not here fails its build."""

from collections.abc import Mapping
from types import MappingProxyType

NAV: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Tutorials": ("tutorials/first-answer", "tutorials/first-board"),
        "Install and use": (
            "how-to/install-exporter",
            "how-to/exporter-access",
            "how-to/exporter-groups",
            "how-to/kubernetes",
            "how-to/recording-rules",
            "how-to/backfill",
            "how-to/deploy",
            "how-to/several-grafanas",
            "how-to/provision",
            "how-to/grafana-app",
            "how-to/reports",
            "how-to/custom-boards",
            "how-to/lint",
            "how-to/migrate",
            "how-to/demo-in-containers",
        ),
        "Boards": (
            "gallery",
            "reference/boards/home",
            "reference/boards/user-groups",
            "reference/boards/users",
            "reference/boards/activity",
            "reference/boards/home-directories",
            "reference/boards/usage-report",
            "reference/boards/hub",
            "reference/boards/cluster",
            "reference/boards/support",
        ),
        "Reference": (
            "reference/exporter-settings",
            "reference/exporter-metrics",
            "reference/exporter-failures",
            "reference/exporter-alerts",
            "reference/hub-alerts",
            "reference/metrics",
            "reference/recorded-series",
            "reference/commands",
            "reference/deploy",
            "reference/lint-rules",
            "reference/grafana-app",
            "glossary",
        ),
        "Explanation": (
            "explanation/attribution",
            "explanation/performance",
            "architecture",
            "explanation/dashboard-architecture",
        ),
        "Project": ("contributing", "changelog"),
    }
)
