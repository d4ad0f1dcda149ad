"""The variables that boards share: data source, hub, group, user, attribution."""

from typing import Any

from grafanalib.core import Template

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""Every panel and query names the board's variable, never one Grafana's data source."""

ALL = ".+"
"""What *All* stands for: a list of every group's name would not fit into a URL."""

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


def cluster(series: str, label: str) -> Template:
    """Return the choice of clusters, by the label that tells them apart."""
    return _from_labels("cluster", "Cluster", series, label)


def hub(series: str) -> Template:
    """Return the choice of hubs, by the Kubernetes namespace that each lives in.

    ``series`` is one that every hub has, for each of its users. *All* are these hubs: any
    namespace would be the whole cluster, with its pods that are no hub's.
    """
    return _from_labels("hub", "Hub", series, "namespace", None)


def group(series: str, *, everybody: bool = False) -> Template:
    """Return the choice of the hub's user groups, and ``none`` for users in no group.

    With ``everybody``, *All* are also those of whom nobody tells in which group they are.
    """
    asked = f'{series}{{namespace=~"$hub"}}'
    return _from_labels("group", "Group", asked, "usergroup", EVERYBODY if everybody else ALL)


def user(series: str) -> Template:
    """Return the choice of users of the chosen groups; ``series`` has one for each membership."""
    asked = f'{series}{{namespace=~"$hub", usergroup=~"$group"}}'
    return _from_labels("user", "User", asked, "username")


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
    name: str, label: str, series: str, values_of: str, all_value: str | None = ALL
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
