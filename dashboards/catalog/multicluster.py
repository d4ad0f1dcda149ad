"""Boards for a Thanos or Mimir that holds several clusters, told apart by a label.

Two clusters may have hubs, pods and users of the same names. So every selector takes the label's
matcher, and every list of labels that says whose a series is takes the label: a hub is then a
namespace in a cluster.
"""

import re
from typing import Any

from dashboards.kit.variables import cluster
from dashboards.schema.canonical import plain
from dashboards.schema.values import Json

NAME = "cluster"
"""The variable; the label may be called otherwise."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HUB_MATCHER = re.compile(r'((?:exported_)?namespace=~"\$hub")')
_ASKED_OF = re.compile(r"label_values\(([\w:]+)")
# All such lists begin with the namespace: tests hold every query to it.
_HUB_NAME = "{{namespace}}"
_LABELS = re.compile(r"\b(by|on) \((namespace|node)\b")
# What is asked of the whole cluster, on purpose.
_EVERYWHERE = re.compile(
    r'\b([a-zA-Z_:][\w:]*)\{(?![^}]*(?:namespace=~"\$hub"|=~"\$cluster"))([^}]*)\}'
)


def checked_label(label: str) -> str:
    """Return the label; raise ValueError with a sentence if Prometheus has none of that name."""
    if not _LABEL.fullmatch(label) or label in {"namespace", "pod", "username", "usergroup"}:
        raise ValueError(f"{label!r} is no label of a cluster: a-z, 0-9 and _, such as cluster.")
    return label


def query(expression: str, label: str) -> str:
    """Return a query for several clusters.

    ``up{namespace=~"$hub"}`` becomes ``up{cluster=~"$cluster", namespace=~"$hub"}``, and
    ``by (namespace, pod)`` becomes ``by (cluster, namespace, pod)``.
    """
    chosen = f'{label}=~"${NAME}"'
    whole = _EVERYWHERE.sub(
        lambda found: f"{found[1]}{{{chosen}{', ' * bool(found[2])}{found[2]}}}", expression
    )
    matched = _HUB_MATCHER.sub(rf"{chosen}, \1", whole)
    return kept_apart(matched, label)


def kept_apart(expression: str, label: str) -> str:
    """Return an expression that chooses no cluster, but adds up those of no two: for rules."""
    return _LABELS.sub(rf"\1 ({label}, \2", expression)


def board(rendered: Json, label: str) -> Json:
    """Return a board, as ``render`` makes it, for several clusters."""
    variables = [_variable(variable, label) for variable in rendered["templating"]["list"]]
    names = [variable["name"] for variable in variables]
    # Without a choice of the hub a board is about the whole cluster: its nodes.
    place, series = 1, "kube_node_info"
    if "hub" in names:
        place = names.index("hub")
        (series,) = _ASKED_OF.findall(variables[place]["query"]["query"])
    variables.insert(place, plain(cluster(series, label)))
    return {
        **rendered,
        "templating": {"list": variables},
        "panels": [_panel(panel, label) for panel in rendered["panels"]],
    }


def _variable(variable: Json, label: str) -> Json:
    if variable["type"] != "query":
        return variable
    asked = variable["query"]["query"]
    if variable["name"] == "hub":
        asked = asked.replace(",", f'{{{label}=~"${NAME}"}},', 1)
    return {**variable, "query": {**variable["query"], "query": query(asked, label)}}


def _panel(panel: Json, label: str) -> Json:
    changed = {
        **panel,
        "targets": [
            {
                **target,
                "expr": query(target["expr"], label),
                # A hub's name may be another's in another cluster.
                "legendFormat": target["legendFormat"].replace(
                    _HUB_NAME, f"{_HUB_NAME}, {{{{{label}}}}}"
                ),
            }
            for target in panel.get("targets", ())
        ],
        "panels": [_panel(inner, label) for inner in panel.get("panels", ())],
        "transformations": [_with_column(each, label) for each in panel.get("transformations", ())],
    }
    return {key: value for key, value in changed.items() if key in panel}


def _with_column(transformation: Json, label: str) -> Json:
    """Return a table's order of columns with the cluster after the hub."""
    options: dict[str, Any] = transformation["options"]
    order = options.get("indexByName", {})
    if "namespace" not in order:
        return transformation
    after = order["namespace"]
    moved = {name: place + (place > after) for name, place in order.items()}
    return {
        **transformation,
        "options": {
            **options,
            "indexByName": {**moved, label: after + 1},
            "renameByName": {**options["renameByName"], label: "Cluster"},
        },
    }
