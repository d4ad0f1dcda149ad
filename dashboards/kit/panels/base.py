"""What all kinds of panels share; the one module that knows grafanalib's habits.

grafanalib's own panel classes still write options of Grafana 6 and 7 (``fieldOptions``,
``intervalFactor`` 2, a null data source). ``_Visualization`` keeps grafanalib's common panel
and writes today's options.
"""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, cast

import attr
from grafanalib.core import Panel

from dashboards.kit import palette
from dashboards.kit.links import Link
from dashboards.kit.requirements import Need
from dashboards.kit.thresholds import Thresholds, Words, mappings
from dashboards.kit.variables import DATASOURCE

MIN_STEP = "1m"
"""The scrape interval that boards are right for. Without it a data source left at its default of
15 s makes rates over four scrapes of 15 s, which hold no two samples of a scrape each minute."""

RANGE_POINTS = 1_000
"""Points of a subquery over the whole range: a week at ten minutes, a month at half an hour.

Each costs two samples a membership, whether its user was on or not, and Prometheus allows a
query 50 million: memberships can be some 20,000 before a month's query is refused.
"""

BY_NAME = "palette-classic-by-name"
"""Grafana's colours by a line's name: a group or a node has the same one on every panel."""

Queries = str | Sequence[tuple[str, str]]
"""One query, or several, each with its legend: ``[(used, "used"), (reserved, "requested")]``."""


@attr.s
class _Visualization(Panel):  # type: ignore[misc]
    """A panel of any kind, with today's ``options`` and ``fieldConfig``."""

    kind: str = attr.ib(default="")
    options: dict[str, Any] = attr.ib(factory=dict)
    defaults: dict[str, Any] = attr.ib(factory=dict)
    overrides: list[dict[str, Any]] = attr.ib(factory=list)

    def to_json_data(self) -> dict[str, Any]:
        """Return the panel's JSON as grafanalib's encoder takes it."""
        data: dict[str, Any] = self.panel_json({"type": self.kind, "options": self.options})
        data["fieldConfig"] = {"defaults": self.defaults, "overrides": self.overrides}
        return data


# grafanalib has no types: a type checker sees none of the base class's arguments.
visualization = cast("Callable[..., Panel]", _Visualization)


def asked(query: Queries, legend: str = "") -> list[tuple[str, str]]:
    """Return a panel's queries, each with its legend."""
    return [(query, legend)] if isinstance(query, str) else list(query)


def _targets(
    queries: Sequence[tuple[str, str]], *, instant: bool, step: str, form: str
) -> list[dict[str, Any]]:
    """Return Grafana's query objects, refIds A, B, … in order."""
    return [
        {
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query,
            "format": form,
            "instant": instant,
            "interval": step,
            "legendFormat": legend or "__auto",
            "range": not instant,
            "refId": letter,
        }
        for (query, legend), letter in zip(queries, ascii_uppercase[: len(queries)], strict=True)
    ]


def panel(
    kind: str,
    title: str,
    queries: Sequence[tuple[str, str]],
    *,
    description: str,
    unit: str,
    options: Mapping[str, Any],
    instant: bool,
    form: str = "time_series",
    step: str = MIN_STEP,
    points: int | None = None,
    decimals: int | None = None,
    color: str = BY_NAME,
    custom: Mapping[str, Any] | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
    overrides: Sequence[dict[str, Any]] = (),
    transformations: Sequence[dict[str, Any]] = (),
    nothing: str = "",
    needs: Need | None = None,
    thresholds: Thresholds | None = None,
    words: Words | None = None,
    link: Link | None = None,
    few_words: bool = False,
    display_name: str | None = None,
) -> Panel:
    """Return a panel of any kind.

    ``points`` bounds those of a query. What a panel says where it finds nothing is ``nothing``,
    or what it ``needs``, in ``few_words`` where there is no room for a sentence.
    """
    said = nothing or None
    if needs is not None:
        said = needs.short if few_words else needs.sentence
        description = f"{description} Needs {needs.name}."
    defaults: dict[str, Any] = {
        "color": {"mode": color},
        "custom": dict(custom or {}),
        "decimals": decimals,
        "displayName": display_name,
        "links": [link.json] if link else None,
        "mappings": mappings(words) if words else None,
        "max": maximum,
        "min": minimum,
        "noValue": said,
        "unit": unit,
    }
    if thresholds is not None or color == "thresholds":
        # Grafana's own default is green, and red from 80 on.
        steps = thresholds.steps() if thresholds else [{"color": palette.NEUTRAL, "value": None}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    return visualization(
        kind=kind,
        title=title,
        description=description,
        dataSource=DATASOURCE,
        # A range query draws a point a pixel; an instant one spends its points on the subquery.
        maxDataPoints=points or (RANGE_POINTS if instant else None),
        interval=step,
        targets=_targets(queries, instant=instant, step=step, form=form),
        options=dict(options),
        defaults=defaults,
        overrides=list(overrides),
        transformations=list(transformations),
    )


def override(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is other for the line or column of that name; None values are left out."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key, "value": value} for key, value in properties.items() if value is not None
        ],
    }


def meanings(queries: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the colours and dashes of lines whose legends have a meaning of their own."""
    return [
        override(
            legend,
            {
                "color": {"mode": "fixed", "fixedColor": palette.NAMES[legend]},
                "custom.lineStyle": _line_style(legend),
            },
        )
        for _, legend in queries
        if legend in palette.NAMES
    ]


def _line_style(legend: str) -> dict[str, Any] | None:
    dash = palette.DASHES.get(legend)
    return {"fill": "dash", "dash": list(dash)} if dash else None
