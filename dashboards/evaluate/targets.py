"""Which of a panel's queries Prometheus is asked, and what is left to Grafana."""

from collections.abc import Iterator, Sequence

from dashboards.evaluate import datasources
from dashboards.evaluate.choice import Choice
from dashboards.schema.values import Json

_WITHOUT_QUERY = frozenset({"refId", "datasource", "hide", "expr", "legendFormat", "interval"}) | {
    "format", "instant", "range", "intervalFactor", "step", "metric", "editorMode", "exemplar",
    "useBackend", "fullMetaSearch", "includeNullMetadata", "disableTextWrap", "key",
}  # fmt: skip
"""What a query of Prometheus says besides what it asks: one without ``expr`` asks nothing."""


def targets_of(panel: Json, choices: Sequence[Choice]) -> tuple[list[Json], list[str]]:
    """Return the queries that Prometheus can answer, and what else Grafana asks."""
    targets: list[Json] = []
    others: dict[str, None] = {}
    for target in panel.get("targets", ()):
        if target.get("hide"):
            continue
        reference = target.get("datasource") or panel.get("datasource")
        other = datasources.other_than_prometheus(reference, choices)
        if other:
            others[other] = None
        elif target.get("expr"):
            targets.append(target)
        elif target.keys() - _WITHOUT_QUERY:
            others["a data source that it does not name"] = None
    return targets, list(others)


def not_shown(panel: Json, others: Sequence[str]) -> Iterator[str]:
    """Yield what of a panel a page leaves out."""
    if others:
        yield f"Grafana also asks {' and '.join(others)} here; a report queries Prometheus only."
    if panel.get("repeat"):
        yield f"Grafana repeats this for each value of ${panel['repeat']}; here it is for all."
