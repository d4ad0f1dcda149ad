"""Where an axis has its ticks and what stands beside them; pure arithmetic."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dashboards.kit.units import COUNT, word
from dashboards.report.field_config import FieldConfig

# Beyond these, a step of the axis is no number of Python's any more.
_LONGEST, _SHORTEST = 1e300, 1e-290
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_BINARY = frozenset({"bytes", "binBps"})
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 28, 91, 182, 364)),
)
_MONDAY = 4 * _DAY
"""The first Monday after 1970-01-01: weeks are counted from it."""


def value_ticks(
    top: float, config: FieldConfig, count: int = 5, bottom: float = 0.0
) -> tuple[list[float], list[str]]:
    """Return about ``count`` round values from 0 to the top, and their texts with units.

    Where the bottom is below 0, they begin there.

    A ``suffix:`` unit is left to ``FieldConfig.axis_title``: ``cores`` five times says nothing new.
    """
    bottom = bottom if math.isfinite(bottom) and bottom < 0 else 0.0
    if not math.isfinite(top) or (top <= 0 and bottom == 0):
        top = 1.0
    top, bottom = min(top, _LONGEST), max(bottom, -_LONGEST)
    length = max(top, 0.0) - bottom
    if length < _SHORTEST:
        top = length = 1.0
    scale = 1.0
    if config.unit in _BINARY:
        scale = 1024.0 ** max(0, math.floor(math.log(length, 1024)))
    elif config.unit == "percentunit":
        scale = 0.01
    step = _nice_step(length / scale / count)
    whole = config.decimals == 0 and config.unit != "percentunit"
    if whole:
        step = max(1.0, math.ceil(step))
    first = -math.floor(-bottom / scale / step + 1e-9)
    ticks = [i * step * scale for i in range(first, math.floor(top / scale / step + 1e-9) + 1)]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    # 0.25 needs two decimals, 0.2 one.
    if round(step * 10**decimals, 6) % 1:
        decimals += 1
    unit = COUNT if word(config.unit) else config.unit
    plain = FieldConfig(unit=unit, decimals=decimals)
    return ticks, [plain.text(tick) if tick else _zero(unit) for tick in ticks]


def _zero(unit: str) -> str:
    return "0%" if unit in ("percentunit", "percent") else "0"


def _nice_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in _NICE if nice * power >= rough * 0.999)


def time_ticks(start: float, end: float, count: int) -> tuple[list[float], list[str]]:
    """Return at most ``count`` round times (Unix s, UTC) and their texts.

    Within days ``09:00``, at midnight and for longer steps the day, ``17 Nov``.
    """
    length = max(end - start, 1)
    step = next((s for s in _TIME_STEPS if length / s <= count), _TIME_STEPS[-1])
    anchor = _MONDAY if step % (7 * _DAY) == 0 else 0
    first = math.ceil((start - anchor) / step) * step + anchor
    ticks = [float(first + i * step) for i in range(int((end - first) // step) + 1)]
    return ticks, [_time_text(tick, step) for tick in ticks]


def _time_text(tick: float, step: float) -> str:
    time = datetime.fromtimestamp(tick, UTC)
    if step < _DAY and tick % _DAY:
        return f"{time:%H:%M}"
    return f"{time.day} {time:%b %Y}" if step > 28 * _DAY else f"{time.day} {time:%b}"


def day_texts(starts: Sequence[float], count: int) -> tuple[list[float], list[str]]:
    """Return the middles of at most ``count`` of the days and their texts, ``Tue 17``."""
    every = max(1, math.ceil(len(starts) / count))
    kept = starts[::every]
    texts: list[str] = []
    month = ""
    for start in kept:
        day = datetime.fromtimestamp(start, UTC)
        # The month once, and where it changes.
        texts.append(f"{day:%a}\n{day.day}" + (f" {day:%b}" if f"{day:%b}" != month else ""))
        month = f"{day:%b}"
    half = timedelta(hours=12).total_seconds()
    return [start + half for start in kept], texts
