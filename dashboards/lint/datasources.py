"""Which type of data source a query goes to, by what is said of it on the dashboard."""

from collections.abc import Iterable, Iterator, Mapping

from dashboards.lint.stand_ins import VARIABLE, variable
from dashboards.schema.values import Json, mapping, objects, text

PROMETHEUS = "prometheus"
# Data sources that ask in PromQL, too: Amazon's and Azure's Prometheus.
_PROMETHEUS_LIKE = ("grafana-amazonprometheus-datasource", "grafana-azureprometheus-datasource")
_MIXED = "-- Mixed --"


def types(parts: Iterable[Json], chosen: Mapping[str, str]) -> Iterator[str]:
    """Yield the type of each part's data source, "" where one is named but its type not said.

    Grafana finds a source by its uid, so where that is a variable, its type counts; ``chosen`` has
    these types by the variables' names.
    """
    for part in parts:
        named = part.get("datasource")
        uid = named if isinstance(named, str) else text(mapping(named).get("uid"))
        if uid == _MIXED:
            continue
        kind = chosen.get(_only_variable(uid)) or text(mapping(named).get("type")) or _by_name(uid)
        if kind or uid:
            yield PROMETHEUS if kind in _PROMETHEUS_LIKE else kind


def chosen_types(board: Json) -> Mapping[str, str]:
    """Return the types of data sources that variables choose, or an import asks for."""
    asked = objects(board.get("__inputs"))
    inputs = {text(each.get("name")): text(each.get("pluginId")) for each in asked}
    return inputs | {
        text(each.get("name")): text(each.get("query"))
        for each in objects(mapping(board.get("templating")).get("list"))
        if each.get("type") == "datasource"
    }


def _only_variable(uid: str) -> str:
    """Return the name of the variable that a text is, "" if it is none, or more than that."""
    match = VARIABLE.fullmatch(uid)
    return variable(match) if match else ""


def _by_name(uid: str) -> str:
    """Return the type of a source of Grafana's own, "" for others."""
    if uid.startswith("-- ") or uid in ("grafana", "__expr__"):
        return "grafana"
    return "loki" if "loki" in uid.lower() and "$" not in uid else ""
