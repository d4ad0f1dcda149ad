"""What a query is about: which hubs, groups, users and clusters, and how use is attributed.

A ``Scope`` is given when PromQL is made, and all PromQL that depends on it is one of its methods.
So a query is finished as it is written: one board's variables, everything for a rule, one cluster
or several.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent

from dashboards.metrics.metric import Metric, name_of

ALL = ".+"
"""Every name there is, as a regular expression: a list of all groups would not fit into a URL."""

EVERY, SPLIT = "info", "share"
"""The two attributions: they end the name of the exporter's metric that has the memberships.

With ``EVERY`` use counts fully in each of a user's groups, with ``SPLIT`` it is divided among them.
"""

HUB = ("namespace",)
"""The labels that tell hubs apart: a hub is a Kubernetes namespace."""

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_TAKEN = frozenset({"namespace", "pod", "username", "usergroup"})
# What has one of these labels is in one cluster: its namesake in another cluster is another.
_IN_ONE_CLUSTER = frozenset({"namespace", "node"})


def checked_label(label: str) -> str:
    """Return a cluster label; raise ValueError with a sentence if none can have that name."""
    if not _LABEL.fullmatch(label) or label in _TAKEN:
        raise ValueError(f"{label!r} is no label of a cluster: a-z, 0-9 and _, such as cluster.")
    return label


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query is about; without arguments, what a board's variables choose.

    ``hubs``, ``groups``, ``users`` and ``clusters`` are regular expressions or variables that stand
    for one. ``cluster_label`` tells the clusters of a Thanos or Mimir apart, and is ``""`` for a
    single cluster; with ``clusters=""`` none is chosen, yet no two are added up. ``bridged``:
    in a gap of the groups exporter memberships go on for a while (``queries.memberships``).
    """

    hubs: str = "$hub"
    groups: str = "$group"
    users: str = "$user"
    attribution: str = "${attribution}"
    cluster_label: str = ""
    clusters: str = "$cluster"
    bridged: bool = False

    @classmethod
    def everything(cls, cluster_label: str = "") -> "Scope":
        """Return the scope of rules: all hubs and groups of all clusters, with no variables.

        The attribution is no variable either: ``attributed`` gives one. Gaps are bridged.
        """
        return cls(ALL, ALL, ALL, "", cluster_label, "", bridged=True)

    def all_hubs(self) -> "Scope":
        """Return the scope of all hubs, and of every other namespace: a node has pods of each."""
        return replace(self, hubs=ALL)

    @property
    def is_whole_cluster(self) -> bool:
        """Whether it is about all namespaces, rather than hubs that somebody chooses."""
        return self.hubs == ALL

    def bridging(self) -> "Scope":
        """Return the scope with gaps of the groups exporter bridged."""
        return replace(self, bridged=True)

    def attributed(self, attribution: str) -> "Scope":
        """Return the scope with one attribution, ``EVERY`` or ``SPLIT``, whatever a board's."""
        return replace(self, attribution=attribution)

    @property
    def group_matcher(self) -> str:
        """The matcher of the groups: ``usergroup=~"$group"``."""
        return f'usergroup=~"{self.groups}"'

    @property
    def user_matcher(self) -> str:
        """The matcher of the users: ``username=~"$user"``."""
        return f'username=~"{self.users}"'

    def selector(self, metric: Metric | str, *matchers: str) -> str:
        """Return ``metric{namespace=~"$hub", …}``: without it a query reads the whole cluster."""
        return self.everywhere(metric, f'namespace=~"{self.hubs}"', *matchers)

    def everywhere(self, metric: Metric | str, *matchers: str) -> str:
        """Return ``metric{…}`` for what belongs to no hub: nodes, jobs and costs."""
        several = self.cluster_label and self.clusters
        cluster = (f'{self.cluster_label}=~"{self.clusters}"',) if several else ()
        return f"{name_of(metric)}{{{', '.join((*cluster, *matchers))}}}"

    def by(self, labels: tuple[str, ...]) -> str:
        """Return ``by (namespace, pod)``, with the cluster's label where these are in one."""
        return f"by ({self._labels(labels)})"

    def on(self, labels: tuple[str, ...]) -> str:
        """Return ``on (namespace, pod)``, with the cluster's label where these are in one."""
        return f"on ({self._labels(labels)})"

    def aggregate(self, operator: str, labels: tuple[str, ...], expression: str) -> str:
        """Return ``operator by (labels) (expression)``; no labels means one number."""
        by = f" {self.by(labels)} " if labels else " "
        return f"{operator}{by}(\n{indent(expression, '  ')}\n)"

    def _labels(self, labels: tuple[str, ...]) -> str:
        apart = self.cluster_label and not _IN_ONE_CLUSTER.isdisjoint(labels)
        return ", ".join((self.cluster_label, *labels) if apart else labels)

    @property
    def hub_legend(self) -> str:
        """What a legend calls a hub: its namespace, and the cluster where there are several."""
        cluster = f", {{{{{self.cluster_label}}}}}" if self.cluster_label else ""
        return f"{{{{namespace}}}}{cluster}"

    def hub_columns(self, heading: str) -> Mapping[str, str]:
        """Return a table's columns of the hub, label → heading: the cluster's stands after it."""
        cluster = {self.cluster_label: "Cluster"} if self.cluster_label else {}
        return {"namespace": heading, **cluster}


CHOSEN = Scope()
"""What the variables of a board choose, in a single cluster."""

EVERYTHING = Scope.everything()
"""What rules are about, in a single cluster."""
