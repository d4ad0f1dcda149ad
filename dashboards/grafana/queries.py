"""PromQL through Grafana: the body of a query, and the samples in its data frames.

The shapes are Grafana 12.4's: https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/data_source/#query-a-data-source
"""

from collections.abc import Iterator
from typing import Any

from dashboards.grafana.values import DataSource, Sample
from dashboards.schema.values import Json

QUERIES = "/ds/query"

_REF_ID = "A"


def instant_query(data_source: DataSource, expression: str) -> Json:
    """Return the body of a query for one moment: now."""
    query = {
        "refId": _REF_ID,
        "datasource": {"type": "prometheus", "uid": data_source.uid},
        "expr": expression,
        "instant": True,
        "range": False,
        "format": "time_series",
        "intervalMs": 60_000,
        "maxDataPoints": 1,
    }
    return {"from": "now-1m", "to": "now", "queries": [query]}


def read_samples(answer: Any) -> Iterator[Sample]:  # noqa: ANN401 - JSON
    """Yield the last value of each series. Raises LookupError, TypeError or ValueError."""
    for frame in answer["results"][_REF_ID]["frames"]:
        columns = frame["data"]["values"]
        for field, column in zip(frame["schema"]["fields"], columns, strict=True):
            if field["type"] == "number" and column:
                yield Sample(field.get("labels") or {}, float(column[-1]))
