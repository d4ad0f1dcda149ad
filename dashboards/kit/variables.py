"""The variables that boards share: data source, hub, group, user, attribution."""

from typing import Any, Protocol

from grafanalib.core import Template

from dashboards.kit.scope import ALL, HUB, Scope
from dashboards.metrics.metric import Metric

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""Every panel and query names the board's variable, never one Grafana's data source."""

EVERYBODY = ".*"
"""What *All* groups stands for where those whom no exporter tells of count, too: no group fits."""

# Ask for the values again when the range changes: a group may have been deleted since.
_ON_RANGE_CHANGE = 2


class _Variable(Template):  # type: ignore[misc]
    """grafanalib's Template, but what a query finds is not preselected: Grafana takes the first."""

    def to_json_data(self) -> dict[str, Any]:
        """Return the variable's JSON: grafanalib's without its settings of Grafana 5."""
        data: dict[str, Any] = super().to_json_data()
        for old in ("useTags", "tagsQuery", "tagValuesQuery", "auto", "auto_min", "auto_count"):
            del data[old]
        data["current"] = {}
        if self.type == "custom":
            # grafanalib knows no headings: "split : share".
            pairs = (option.split(" : ") for option in self.query.split(","))
            options = [{"selected": False, "text": text, "value": value} for text, value in pairs]
            options[0]["selected"] = True
            data |= {"options": options, "current": options[0]}
        return data


def datasource() -> Template:
    """Return the choice of a Prometheus (or Thanos, Mimir) data source."""
    return _Variable(
        name="datasource", label="Data source", query="prometheus", type="datasource", regex=""
    )


class Listing(Protocol):
    """The series that have the values of variables, as a source of queries has them."""

    @property
    def scope(self) -> Scope:
        """Return what the board is about: with a cluster label, of several clusters."""

    @property
    def memberships_of(self) -> Metric:
        """Return the metric that has a series for each membership of each user."""

    @property
    def group_sizes(self) -> Metric:
        """Return the metric that has a series for each group, also of those without members."""


def cluster(scope: Scope, metric: Metric) -> list[Template]:
    """Return the choice of clusters for a board without one of hubs; none for a single cluster.

    ``metric`` is one that every cluster has.
    """
    if not scope.cluster_label:
        return []
    return [_from_labels("cluster", "Cluster", metric.name, scope.cluster_label)]


def hub(source: Listing) -> list[Template]:
    """Return the choice of hubs, by the Kubernetes namespace that each lives in.

    That of clusters is before it, if there are several. *All* are the hubs that have users: any
    namespace would be the whole cluster, with its pods that are no hub's.
    """
    scope, metric = source.scope, source.memberships_of
    series = scope.everywhere(metric) if scope.cluster_label else metric.name
    return [*cluster(scope, metric), _from_labels("hub", "Hub", series, *HUB, all_value=None)]


def group(source: Listing, *, everybody: bool = False) -> Template:
    """Return the choice of the hub's user groups, and ``none`` for users in no group.

    With ``everybody``, *All* are also those of whom nobody tells in which group they are.
    """
    series = source.scope.selector(source.group_sizes)
    all_value = EVERYBODY if everybody else ALL
    return _from_labels("group", "Group", series, "usergroup", all_value=all_value)


def user(source: Listing) -> Template:
    """Return the choice of users of the chosen groups."""
    series = source.scope.selector(source.memberships_of, source.scope.group_matcher)
    return _from_labels("user", "User", series, "username")


def attribution() -> Template:
    """Return the choice of how use is attributed to groups: see ``queries.groups``.

    The values end the name of one of the exporter's metrics.
    """
    return _Variable(
        name="attribution",
        label="Attribution",
        type="custom",
        query="every : info,split : share",
    )


def switch(name: str, label: str) -> Template:
    """Return a choice of on (1) and off (0), for lines that are not always wanted."""
    return _Variable(name=name, label=label, type="custom", query="on : 1,off : 0")


def _from_labels(
    name: str, label: str, series: str, values_of: str, *, all_value: str | None = ALL
) -> Template:
    return _Variable(
        name=name,
        label=label,
        dataSource=DATASOURCE,
        query={
            # 1 is Grafana's number for "label values".
            "qryType": 1,
            "query": f"label_values({series}, {values_of})",
            "refId": "PrometheusVariableQueryEditor-VariableQuery",
        },
        multi=True,
        includeAll=True,
        allValue=all_value,
        refresh=_ON_RANGE_CHANGE,
    )
