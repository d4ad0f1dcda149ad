"""What all kinds of panels share; the one module that knows grafanalib's habits.

grafanalib's own panel classes still write options of Grafana 6 and 7 (``fieldOptions``,
``intervalFactor`` 2, a null data source). ``_Visualization`` keeps grafanalib's common panel
and writes today's options.
"""

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase
from typing import Any, Required, TypedDict, cast

import attr
from grafanalib.core import Panel

from dashboards.kit import palette
from dashboards.kit.links import Link
from dashboards.kit.requirements import Requirement
from dashboards.kit.thresholds import Thresholds, ValueMappings, value_mappings
from dashboards.kit.units import DECIMALS, WHOLE
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
"""Grafana's colors by a line's name: a group or a node has the same one on every panel."""

Queries = str | Sequence[tuple[str, str]]
"""One query, or several, each with its legend: ``[(used, "used"), (reserved, "requested")]``."""


class About(TypedDict, total=False):
    """What panels of all kinds take.

    ``description`` is what the panel counts and what not. Where it finds nothing, it says
    ``no_value``, or what it ``requires``.
    """

    description: Required[str]
    no_value: str
    requires: Requirement | None


class Common(About, total=False):
    """What panels of all kinds but tables take, whose columns have units and links of their own.

    Without ``decimals``, single numbers have those of their unit (``units.DECIMALS``); on lines,
    what is counted one by one (``units.WHOLE``) has none, and Grafana chooses for the rest. No two
    points of a line are nearer than ``step``. A click follows the ``link``.
    """

    unit: Required[str]
    decimals: int | None
    step: str
    link: Link | None


ABOUT = {name: name in About.__required_keys__ for name in About.__annotations__}
COMMON = {name: name in Common.__required_keys__ for name in Common.__annotations__} | ABOUT
"""The arguments' names, and whether each is required."""


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


def with_legends(query: Queries, legend: str = "") -> list[tuple[str, str]]:
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
    common: Common,
    *,
    options: Mapping[str, Any],
    instant: bool,
    form: str = "time_series",
    points: int | None = None,
    color: str = BY_NAME,
    custom: Mapping[str, Any] | None = None,
    minimum: float | None = 0,
    maximum: float | None = None,
    overrides: Sequence[dict[str, Any]] = (),
    transformations: Sequence[dict[str, Any]] = (),
    no_value: str = "",
    short_no_value: bool = False,
    thresholds: Thresholds | None = None,
    mappings: ValueMappings | None = None,
    display_name: str | None = None,
) -> Panel:
    """Return a panel of any kind.

    ``points`` bounds those of a query. ``no_value`` is for panels that are not given another;
    with ``short_no_value`` there is no room for a sentence.
    """
    checked(title, common, COMMON)
    description, step = common["description"], common.get("step", MIN_STEP)
    no_value = common.get("no_value") or no_value
    if required := common.get("requires"):
        no_value = required.short if short_no_value else required.sentence
        description = f"{description} Needs {required.name}."
    link = common.get("link")
    defaults: dict[str, Any] = {
        "color": {"mode": color},
        "custom": dict(custom or {}),
        "decimals": decimals(common),
        "displayName": display_name,
        "links": [link.json] if link else None,
        "mappings": value_mappings(mappings) if mappings else None,
        "max": maximum,
        "min": minimum,
        "noValue": no_value or None,
        "unit": common["unit"],
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


def checked(title: str, given: Mapping[str, Any], known: Mapping[str, bool]) -> None:
    """Raise TypeError for arguments that are not known, or missing, as Python does."""
    wrong = sorted(given.keys() - known.keys())
    missing = [name for name, required in known.items() if required and name not in given]
    if wrong or missing:
        problems = [
            *(f"there is no {name}=" for name in wrong),
            *(f"{name}= is missing" for name in missing),
        ]
        raise TypeError(f"The panel {title!r}: {', '.join(problems)}.")


def decimals(common: Common) -> int | None:
    """Return how many decimals a panel shows; None leaves it to Grafana."""
    given = common.get("decimals")
    return 0 if given is None and common["unit"] in WHOLE else given


def of_number(common: Common) -> Common:
    """Return the arguments of a panel of single numbers: with their unit's decimals."""
    given = common.get("decimals")
    return {**common, "decimals": DECIMALS.get(common["unit"]) if given is None else given}


def override(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return Grafana's override of the line or column of that name; None values are left out."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [
            {"id": key, "value": value} for key, value in properties.items() if value is not None
        ],
    }


def fixed_styles(queries: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the colors and dashes of lines whose legends are in ``palette.NAMES``."""
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
