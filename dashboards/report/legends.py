"""The table below a picture: each series' swatch, name, and the numbers the panel asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from dashboards.evaluate.model import PanelData, Series
from dashboards.evaluate.reduce import REDUCERS, WITHOUT_UNIT
from dashboards.kit.units import COUNT, SERIES, word
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.report.series_style import SeriesStyle

# Units that say nothing of what the numbers are.
_PLAIN = (COUNT, SERIES, "")


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A series and its numbers, one a heading."""

    name: str
    style: SeriesStyle
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Legend:
    """The series of a picture; ``unit`` is that of all numbers, "" where each says its own."""

    unit: str
    headings: tuple[str, ...]
    rows: tuple[LegendRow, ...]
    template: ClassVar[str] = "legend.html"


def legend(
    data: PanelData, series: Sequence[Series], styles: Mapping[str, SeriesStyle]
) -> Legend | None:
    """Return the legend, sorted as the panel asks; None where the panel shows none."""
    options = data.panel.get("options", {}).get("legend", {})
    if not options.get("showLegend", True):
        return None
    calcs = [calc for calc in dict.fromkeys(options.get("calcs", ())) if calc in REDUCERS]
    rows = [(line, [REDUCERS[calc][1](line.values) for calc in calcs]) for line in series]
    column = _sorted_by(str(options.get("sortBy", "")), calcs)
    if column is not None:
        sign = -1 if options.get("sortDesc") else 1
        rows.sort(key=lambda row: _rank(row[1][column], sign))
    unit = _shared_unit(data, series)
    return Legend(
        unit=unit,
        headings=tuple(REDUCERS[calc][0] for calc in calcs),
        rows=tuple(
            LegendRow(
                line.name,
                styles[line.name],
                _numbers(data, line, dict(zip(calcs, values, strict=True)), bare=bool(unit)),
            )
            for line, values in rows
        ),
    )


def _shared_unit(data: PanelData, series: Sequence[Series]) -> str:
    """Return the unit to be said once, ``cores`` of ``suffix:cores``, or ''.

    Of numbers without a unit it is what the axis says that they are.
    """
    configs = [field_config(data.panel, line.name, line.query) for line in series]
    units = {config.axis_title for config in configs}
    return units.pop() if len(units) == 1 and all(map(_bare, configs)) else ""


def _bare(config: FieldConfig) -> bool:
    """Tell whether a number would be told without its unit if that is said elsewhere."""
    return bool(word(config.unit)) or config.unit in _PLAIN


def _sorted_by(heading: str, calcs: Sequence[str]) -> int | None:
    """Return the number of the column that Grafana's heading, such as ``Last *``, names."""
    wanted = heading.removesuffix(" *")
    return next((i for i, calc in enumerate(calcs) if REDUCERS[calc][0] == wanted), None)


def _rank(value: float | None, sign: int) -> tuple[bool, float]:
    return value is None, sign * (value or 0)


def _numbers(
    data: PanelData, line: Series, values: Mapping[str, float | None], *, bare: bool
) -> tuple[str, ...]:
    config = field_config(data.panel, line.name, line.query)
    if bare and word(config.unit):
        config = replace(config, unit=COUNT)
    return tuple(
        replace(config, unit=WITHOUT_UNIT.get(calc, config.unit)).text(value)
        for calc, value in values.items()
    )
