"""Which data source a query of a dashboard goes to: its plugin's type and its uid."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards.schema.values import Json, mapping, objects, text
from dashboards.schema.variables import only_variable

PROMETHEUS = "prometheus"
PROMQL = frozenset(
    {
        PROMETHEUS,
        "grafana-amazonprometheus-datasource",
        "grafana-azureprometheus-datasource",
    }
)
"""Types of data sources that are a Prometheus: what is asked is PromQL."""
PROMETHEUS_API = PROMQL | {
    "victoriametrics-datasource",
    "victoriametrics-metrics-datasource",
}
"""… and those that answer as one, though their dashboards may ask in a language of their own."""

MIXED = "-- Mixed --"
"""The uid of a panel each of whose queries names its own."""

# Those of Grafana's own that have a name for people; uid → what they ask.
_OF_GRAFANA = {
    "-- Dashboard --": "another panel of the dashboard",
    "-- Grafana --": "Grafana itself",
    "grafana": "Grafana itself",
    "__expr__": "Grafana's expressions",
    "-100": "Grafana's expressions",
}


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source as a dashboard names it; "" for what it does not say."""

    type: str = ""
    uid: str = ""

    @property
    def of_grafana(self) -> str:
        """Return what a source without a server asks, ``Grafana itself``; "" for other sources."""
        return _OF_GRAFANA.get("__expr__" if self.type == "__expr__" else self.uid, "")


def data_source(reference: object, chosen: Mapping[str, str]) -> DataSource:
    """Return what a panel's, query's or variable's ``datasource`` names: an object, or its uid.

    Grafana finds a source by its uid, so where that is a variable, its type counts; ``chosen`` has
    these types by the variables' names.
    """
    uid = reference if isinstance(reference, str) else text(mapping(reference).get("uid"))
    kind = chosen.get(only_variable(uid)) or text(mapping(reference).get("type"))
    return DataSource(kind, uid)


def chosen_types(board: Json) -> Mapping[str, str]:
    """Return the types of data sources that variables choose, or an import asks for."""
    inputs = {
        text(each.get("name")): text(each.get("pluginId"))
        for each in objects(board.get("__inputs"))
    }
    return inputs | {
        text(each.get("name")): text(each.get("query"))
        for each in objects(mapping(board.get("templating")).get("list"))
        if each.get("type") == "datasource"
    }
