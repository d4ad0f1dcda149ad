"""Tables of the alerts, from the rule files that Prometheus loads."""

from collections.abc import Iterator

import yaml

from docs_build.markdown import table
from docs_build.pages import ROOT

_RULES = ROOT / "provisioning/prometheus/rules"


def of_exporter() -> str:
    """Return the table of the alerts on the exporter."""
    return _table("groupscope-exporter.yml")


def of_hubs() -> str:
    """Return the table of the alerts on hubs and the cluster."""
    return _table("groupscope-hubs.yml")


def _table(file: str) -> str:
    return table(("alert", "severity", "in short"), _rows(file))


def _rows(file: str) -> Iterator[tuple[str, str, str]]:
    for group in yaml.safe_load((_RULES / file).read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            if name := rule.get("alert"):
                severity, summary = rule["labels"]["severity"], rule["annotations"]["summary"]
                yield f"[`{name}`](#{name.lower()})", severity, summary
