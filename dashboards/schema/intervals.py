"""Steps and intervals as Grafana's Prometheus data source reckons them, in milliseconds.

Read from Grafana 12.4: pkg/promlib/models/query.go, grafana-plugin-sdk-go's backend/gtime.
"""

import re

SAFE_POINTS = 11_000
"""Prometheus answers no more points a series."""

_UNITS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "M": 2_629_800_000,
    "y": 31_557_600_000,
}
_DURATION = re.compile(r"[<>]?(\d+(?:\.\d+)?)(ms|[smhdwMy])")

# Up to this many milliseconds → rounded to that many.
_NICE = (
    (10, 1),
    (15, 10),
    (35, 20),
    (75, 50),
    (150, 100),
    (350, 200),
    (750, 500),
    (1_500, 1_000),
    (3_500, 2_000),
    (7_500, 5_000),
    (12_500, 10_000),
    (17_500, 15_000),
    (25_000, 20_000),
    (45_000, 30_000),
    (90_000, 60_000),
    (210_000, 120_000),
    (450_000, 300_000),
    (750_000, 600_000),
    (1_050_000, 900_000),
    (1_500_000, 1_200_000),
    (2_700_000, 1_800_000),
    (5_400_000, 3_600_000),
    (9_000_000, 7_200_000),
    (16_200_000, 10_800_000),
    (32_400_000, 21_600_000),
    (86_400_000, 43_200_000),
    (604_800_000, 86_400_000),
    (1_814_400_000, 604_800_000),
    (63_072_000_000, 2_592_000_000),
)
_YEAR = 31_536_000_000
_MOST = 10**15


def parse(text: str) -> int:
    """Return ``"1m"`` as 60000, ``"90"`` (seconds, as Grafana has it) as 90000.

    Raises ValueError.
    """
    text = text.strip("<> ")
    if text.isdecimal():
        return int(text) * 1000
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    return round(float(found[1]) * _UNITS[found[2]])


def rounded(interval: float) -> int:
    """Return the nice interval near one: 235636 ms (30 days at 11,000 points) is 5 minutes."""
    return next((nice for limit, nice in _NICE if interval <= limit), _YEAR)


def step(length: int, points: int, minimum: int) -> int:
    """Return the step of a query: nice, of about ``points`` points, and of no more than 11,000.

    An exact division below the minimum is the minimum; above it the nice value counts, even if
    that is a little less.
    """
    exact = length // points
    wanted = minimum if exact < minimum else rounded(exact)
    return max(wanted, rounded(length // SAFE_POINTS))


def panel_interval(length: int, points: int, minimum: int) -> int:
    """Return the interval that Grafana's browser part reckons for a panel."""
    return max(rounded(length / points), minimum)


def rate_interval(interval: int, minimum: int) -> int:
    """Return ``$__rate_interval``: four scrapes, or a step and a scrape if that is more."""
    return max(interval + minimum, 4 * minimum)


def text(milliseconds: int) -> str:
    """Return ``$__interval``'s text, which has one unit only: 90000 is ``1m``."""
    for unit, size in (("y", _YEAR), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        if milliseconds >= size:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds // 1000}s" if milliseconds >= 1000 else f"{max(milliseconds, 1)}ms"


def go_text(milliseconds: int) -> str:
    """Return ``$__rate_interval``'s text as Go writes durations: 300000 is ``5m0s``."""
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, fraction = divmod(rest, 1000)
    seconds = f"{whole}s" + (f"{fraction}ms" if fraction else "")
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def aligned(time: float, step_ms: int) -> float:
    """Return Unix seconds rounded down to a multiple of the step, in UTC."""
    return (round(time * 1000) // step_ms) * step_ms / 1000


def parsed(text: str, otherwise: str) -> int:
    """Return what ``parse`` does, at most 30,000 years; else what it makes of the other text."""
    try:
        return min(parse(text), _MOST)
    except (ValueError, OverflowError):
        return parse(otherwise)
