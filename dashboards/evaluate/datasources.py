"""Which data source a query is for: the report asks one Prometheus and says what it cannot ask."""

from collections.abc import Sequence

from dashboards.evaluate.interpolate import VARIABLE, Choice
from dashboards.schema.values import Json

KIND = "datasource"
"""The kind of a choice whose only value is the name of a data source's plugin."""

_PROMETHEUS = frozenset(
    {
        "prometheus",
        "grafana-amazonprometheus-datasource",
        "grafana-azureprometheus-datasource",
        "victoriametrics-datasource",
        "victoriametrics-metrics-datasource",
    }
)
# Grafana's own, which have no server: uid → what people see.
_BUILT_IN = {
    "-- Dashboard --": "another panel of the dashboard",
    "-- Grafana --": "Grafana itself",
    "grafana": "Grafana itself",
    "__expr__": "Grafana's expressions",
    "-100": "Grafana's expressions",
}
MIXED = "-- Mixed --"


def choice(variable: Json) -> Choice:
    """Return a choice of data source: in titles the kind's name, in fields the plugin's id."""
    plugin = str(variable.get("query") or "prometheus")
    name = str(variable["name"])
    word = "Prometheus" if plugin in _PROMETHEUS else plugin
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
    plugin, uid = "", ""
    if isinstance(reference, dict):
        plugin, uid = str(reference.get("type", "")), str(reference.get("uid", ""))
    elif isinstance(reference, str):
        uid = reference
    found = VARIABLE.fullmatch(uid)
    if found:
        name = found[1] or found[2] or found[4]
        fields = next(
            (
                choice_.fields
                for choice_ in choices
                if choice_.name == name and choice_.kind == KIND
            ),
            {},
        )
        plugin = fields.get("plugin", plugin)
    if uid in _BUILT_IN or plugin == "__expr__":
        return _BUILT_IN.get(uid, _BUILT_IN["__expr__"])
    if not plugin or plugin in _PROMETHEUS or plugin == "datasource" or uid == MIXED:
        return ""
    return f"“{plugin}”"
