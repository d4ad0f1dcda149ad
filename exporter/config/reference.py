"""The tables of docs/exporter.md, made of what they describe; the tests hold the page to them."""

from exporter.config.settings import SETTINGS, flag, variable
from exporter.core.metrics import ALL_METRICS


def settings_table() -> str:
    """Return a Markdown table with a row for each setting."""
    lines = ["| flag | variable | key in the file | default | meaning |", "|---|---|---|---|---|"]
    for name, setting in SETTINGS.items():
        defaults = [f"`{setting.default}`"] if setting.default else []
        if setting.hub_variable:
            defaults.append(f"what the hub sets, `{setting.hub_variable}`")
        default = ", or ".join(defaults)
        key = f"`{name}`" if setting.in_file else ""
        lines.append(
            f"| `{flag(name)}` | `{variable(name)}` | {key} | {default} | {setting.help} |"
        )
    return "\n".join(lines) + "\n"


def metrics_table() -> str:
    """Return a Markdown table with a row for each metric."""
    lines = ["| series | labels | type | meaning |", "|---|---|---|---|"]
    for metric in ALL_METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {labels} | {metric.kind} | {metric.help} |")
    return "\n".join(lines) + "\n"
