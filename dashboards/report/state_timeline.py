"""A state timeline's bands: how long a series kept one state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dashboards.evaluate.model import Series
from dashboards.report.field_config import FieldConfig, field_config
from dashboards.schema.values import Json


@dataclass(frozen=True, slots=True)
class Band:
    """From when to when (Unix s), the word for it and its color, one of Grafana's."""

    start: float
    end: float
    word: str
    color: str


@dataclass(frozen=True, slots=True)
class Row:
    """A series and its bands from left to right."""

    name: str
    bands: tuple[Band, ...]


def rows(panel: Json, series: Sequence[Series], step: float) -> tuple[Row, ...]:
    """Return a row for each series; neighbors of one word and color are one band."""
    return tuple(
        Row(line.name, tuple(_bands(line, step, field_config(panel, line.name, line.query))))
        for line in series
    )


def _bands(line: Series, step: float, config: FieldConfig) -> Iterator[Band]:
    open_band: Band | None = None
    for time, value in zip(line.times, line.values, strict=True):
        band = Band(time, time + step, config.text(value), config.color_of(value) or "text")
        if open_band is None:
            open_band = band
        elif (open_band.word, open_band.color) == (band.word, band.color) and (
            time - open_band.end < 0.5 * step
        ):
            open_band = replace(open_band, end=band.end)
        else:
            yield open_band
            open_band = band
    if open_band is not None:
        yield open_band


def states(rows_: Sequence[Row]) -> dict[str, str]:
    """Return the words that there are and the color of each, in the order in which they begin."""
    bands = sorted((band for row in rows_ for band in row.bands), key=lambda band: band.start)
    return {band.word: band.color for band in bands}
