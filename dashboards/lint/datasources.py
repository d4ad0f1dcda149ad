"""Which type of data source a query goes to, by what is said of it on the dashboard."""

from collections.abc import Iterable, Iterator, Mapping

from dashboards.schema.datasources import MIXED, PROMETHEUS, PROMQL, DataSource, data_source
from dashboards.schema.values import Json


def types(parts: Iterable[Json], chosen: Mapping[str, str]) -> Iterator[str]:
    """Yield the type of each part's data source, "" where one is named but its type not said.

    ``chosen`` has the types that variables choose, by the variables' names.
    """
    for part in parts:
        source = data_source(part.get("datasource"), chosen)
        if source.uid == MIXED:
            continue
        kind = source.type or _by_name(source)
        if kind or source.uid:
            yield PROMETHEUS if kind in PROMQL else kind


def _by_name(source: DataSource) -> str:
    """Return the type of a source whose uid alone tells it, "" for others."""
    if source.of_grafana or source.uid.startswith("-- "):
        return "grafana"
    return "loki" if "loki" in source.uid.lower() and "$" not in source.uid else ""
