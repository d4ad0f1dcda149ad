"""Tables of the exporter's settings and metrics, from what they describe."""

from collections.abc import Iterator

from docs_build.markdown import table
from exporter.config.settings import SETTINGS, flag, variable
from exporter.core.metrics import ALL_METRICS


def settings() -> str:
    """Return a table with a row for each setting."""
    return table(("flag, variable", "default", "meaning"), _settings())


def _settings() -> Iterator[tuple[str, ...]]:
    for name, setting in SETTINGS.items():
        defaults = [f"`{setting.default}`"] if setting.default else []
        if setting.hub_variable:
            defaults.append(f"what the hub sets, `{setting.hub_variable}`")
        key = "" if setting.in_file else "<br>not in the file"
        yield (
            f"`{flag(name)}`<br>`{variable(name)}`{key}",
            ", or ".join(defaults),
            _escaped(setting.help),
        )


def _escaped(text: str) -> str:
    """Return text whose backslashes Markdown leaves there."""
    return text.replace("\\", "\\\\")


def metrics() -> str:
    """Return a table with a row for each metric."""
    return table(
        ("metric", "labels", "type", "meaning"),
        (
            (
                f"`{metric.name}`",
                ", ".join(f"`{label}`" for label in metric.labels),
                metric.kind,
                metric.help,
            )
            for metric in ALL_METRICS
        ),
    )
