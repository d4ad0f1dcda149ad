"""The table below a picture: each series' swatch, name, and the numbers the panel asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dashboards.evaluate.model import PanelData, Series
from dashboards.evaluate.reduce import REDUCERS, WITHOUT_UNIT
from dashboards.kit.units import COUNT, SERIES, word
from dashboards.report.charts.axes import axis_unit
from dashboards.report.colors import DASHES, Look
from dashboards.report.html import Html, element, escape, text
from dashboards.report.settings import Settings, settings

# Units that say nothing of what the numbers are.
_PLAIN = (COUNT, SERIES, "")


def swatch(look: Look) -> Html:
    """Return a short line in a name's colour and style."""
    line = element(
        "path",
        d="M1 5H25",
        style=f"stroke:{look.css}",
        stroke_dasharray=DASHES[look.dash] or None,
    )
    return element("svg", line, class_="swatch", viewBox="0 0 26 10", aria_hidden="true")


def legend(data: PanelData, series: Sequence[Series], looks: Mapping[str, Look]) -> Html:
    """Return the legend, sorted as the panel asks; nothing where the panel shows none."""
    options = data.panel.get("options", {}).get("legend", {})
    if not options.get("showLegend", True):
        return Html("")
    calcs = [calc for calc in dict.fromkeys(options.get("calcs", ())) if calc in REDUCERS]
    rows = [(one, [REDUCERS[calc][1](one.values) for calc in calcs]) for one in series]
    column = _sorted_by(str(options.get("sortBy", "")), calcs)
    if column is not None:
        sign = -1 if options.get("sortDesc") else 1
        rows.sort(key=lambda row: _rank(row[1][column], sign))
    headings = (text("th", REDUCERS[calc][0], scope="col") for calc in calcs)
    unit = _shared_unit(data, series)
    first = text("th", f"Series, in {unit}" if unit else "Series", scope="col")
    head = element("tr", first, *headings)
    lines = (
        _line(data, one, dict(zip(calcs, values, strict=True)), looks[one.name], bare=bool(unit))
        for one, values in rows
    )
    table = element("table", element("thead", head), element("tbody", *lines), class_="legend")
    return element("div", table, class_="scroll")


def _shared_unit(data: PanelData, series: Sequence[Series]) -> str:
    """Return the unit to be said once, ``cores`` of ``suffix:cores``, or ''.

    Of numbers without a unit it is what the axis says that they are.
    """
    found = [settings(data.panel, one.name, one.query) for one in series]
    units = {axis_unit(one) for one in found}
    return units.pop() if len(units) == 1 and all(map(_bare, found)) else ""


def _bare(found: Settings) -> bool:
    """Tell whether a number would be told without its unit if that is said elsewhere."""
    return bool(word(found.unit)) or found.unit in _PLAIN


def _sorted_by(heading: str, calcs: Sequence[str]) -> int | None:
    """Return the number of the column that Grafana's heading, such as ``Last *``, names."""
    wanted = heading.removesuffix(" *")
    return next((i for i, calc in enumerate(calcs) if REDUCERS[calc][0] == wanted), None)


def _rank(value: float | None, sign: int) -> tuple[bool, float]:
    return value is None, sign * (value or 0)


def _line(
    data: PanelData, one: Series, values: Mapping[str, float | None], look: Look, *, bare: bool
) -> Html:
    found = settings(data.panel, one.name, one.query)
    if bare and word(found.unit):
        found = replace(found, unit=COUNT)
    cells = (
        text("td", replace(found, unit=WITHOUT_UNIT.get(calc, found.unit)).text(value))
        for calc, value in values.items()
    )
    return element("tr", element("th", swatch(look), escape(one.name), scope="row"), *cells)
