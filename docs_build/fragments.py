"""What is generated: the name of each part of a page, and the function that writes it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from docs_build import alerts, boards, commands, demo, exporter, lint_rules, make, metrics

FRAGMENTS: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "boards": boards.of_readme,
        "commands": commands.reference,
        "demo-answers": demo.answers,
        "exporter-alerts": alerts.of_exporter,
        "exporter-metrics": exporter.metrics,
        "exporter-settings": exporter.settings,
        "gallery": boards.gallery,
        "hub-alerts": alerts.of_hubs,
        "lint-rules": lint_rules.reference,
        "make-targets": make.targets,
        "metrics-read": metrics.read,
        "recorded-exporter": metrics.recorded_of_exporter,
        "recorded-series": metrics.recorded,
    }
)
