"""Which data source a query is for: the report asks one Prometheus and says what it cannot ask."""

from collections.abc import Sequence

from dashboards.evaluate.choice import Choice
from dashboards.schema.datasources import MIXED, PROMETHEUS, PROMETHEUS_API, data_source
from dashboards.schema.values import Json

KIND = "datasource"
"""The kind of a choice whose only value is the name of a data source's plugin."""


def choice(variable: Json) -> Choice:
    """Return a choice of data source: in titles the kind's name, in fields the plugin's id."""
    plugin = str(variable.get("query") or PROMETHEUS)
    name = str(variable["name"])
    word = "Prometheus" if plugin in PROMETHEUS_API else plugin
    return Choice(
        name, str(variable.get("label") or name), (word,), kind=KIND, fields={"plugin": plugin},
        hidden=True,
    )  # fmt: skip


def inputs(board: Json) -> tuple[Choice, ...]:
    """Return what an exported board asks for when it is imported: ``${DS_PROMETHEUS}``."""
    return tuple(
        choice({"name": wanted["name"], "query": wanted.get("pluginId")})
        for wanted in board.get("__inputs", ())
        if wanted.get("type") == "datasource" and wanted.get("name")
    )


def other_than_prometheus(reference: object, choices: Sequence[Choice]) -> str:
    """Return what a data source is, “loki”, if it is no Prometheus; "" if it is, or may be."""
    chosen = {each.name: each.fields["plugin"] for each in choices if each.kind == KIND}
    source = data_source(reference, chosen)
    if source.of_grafana:
        return source.of_grafana
    if not source.type or source.type in {*PROMETHEUS_API, "datasource"} or source.uid == MIXED:
        return ""
    return f"“{source.type}”"
