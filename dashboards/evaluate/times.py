"""Grafana's way of writing times: ``now-7d``, ``now-1M/M``, an ISO date or time; Unix times.

Grafana's Unix times are milliseconds and Prometheus' are seconds: their size tells which.
"""

import math
import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

_EPOCH = re.compile(r"\d{9,}(?:\.\d+)?", re.ASCII)
_STEP = re.compile(
    r"(?P<sign>[+-])(?P<count>\d{0,6})(?P<unit>[smhdwMQy])|/1?f?(?P<round>[smhdwMQy])", re.ASCII
)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONTHS = {"M": 1, "Q": 3, "y": 12}
_LAST_MS = timedelta(milliseconds=1)
_FIRST_MS = 10**11
"""As seconds, the year 5138; as milliseconds, 1973, which no Prometheus has seen."""
_FIRST_US = 10**14
"""As milliseconds, the year 5138; as microseconds, 1973."""


class TimeError(ValueError):
    """A text that is no time; the message says what is."""


def parse(text: str, now: datetime, *, end: bool = False) -> datetime:
    """Return the time in UTC; ``end`` rounds ``/d`` up to the day's last millisecond.

    Days and months are UTC's and weeks begin on Monday. A time without a zone is UTC.
    Raises TimeError.
    """
    text = text.strip()
    try:
        if text.startswith("now"):
            steps = "".join(text.removeprefix("now").split())
            return _math(text, steps, now.astimezone(UTC), end=end)
        base, _, steps = text.partition("||")
        return _math(text, "".join(steps.split()), _absolute(base.strip()), end=end)
    except (ValueError, OverflowError, OSError) as error:
        if isinstance(error, TimeError):
            raise
        raise _no_time(text) from error


def _absolute(text: str) -> datetime:
    if _EPOCH.fullmatch(text):
        number = float(text)
        if number >= _FIRST_US:
            raise TimeError(
                f"{text!r} seems to be in microseconds or less. Write seconds or milliseconds "
                "since 1970."
            )
        return datetime.fromtimestamp(number if number < _FIRST_MS else number / 1000, UTC)
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _math(text: str, math: str, time: datetime, *, end: bool) -> datetime:
    position = 0
    while position < len(math):
        step = _STEP.match(math, position)
        if step is None:
            raise _no_time(text)
        position = step.end()
        if unit := step["round"]:
            time = _floor(time, unit)
            if end:
                time = _shifted(time, unit, 1) - _LAST_MS
        else:
            count = int(step["count"] or 1)
            time = _shifted(time, step["unit"], count if step["sign"] == "+" else -count)
    return time


def _shifted(time: datetime, unit: str, count: int) -> datetime:
    if unit in _SECONDS:
        return time + timedelta(seconds=count * _SECONDS[unit])
    months = time.year * 12 + time.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    # The 31st of a month that has 30 days is its 30th.
    day = min(time.day, monthrange(year, month + 1)[1])
    return time.replace(year=year, month=month + 1, day=day)


def _floor(time: datetime, unit: str) -> datetime:
    if unit in "smh":
        zeroed = {"microsecond": 0, "second": 0, "minute": 0}
        kept = {"s": ("microsecond",), "m": ("microsecond", "second")}.get(unit, tuple(zeroed))
        return time.replace(**dict.fromkeys(kept, 0))  # type: ignore[arg-type]
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "d":
            return day
        case "w":
            return day - timedelta(days=day.weekday())
        case "M":
            return day.replace(day=1)
        case "Q":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case _:
            return day.replace(month=1, day=1)


def _no_time(text: str) -> TimeError:
    return TimeError(
        f"{text!r} is no time. Write now-7d, now/d, 2026-03-17, 2026-03-17T09:30, "
        "or seconds or milliseconds since 1970."
    )


def from_now(then: float, now: float) -> str:
    """Return how long ago (or ahead) Unix seconds are, as Grafana does: ``3 days ago``."""
    words = _distance(abs(now - then))
    return f"in {words}" if then > now else f"{words} ago"


def _distance(seconds: float) -> str:
    minutes, hours, days = (_js_round(seconds / size) for size in (60, 3600, 86_400))
    months = _js_round(seconds / 86_400 * 4800 / 146_097)
    years = _js_round(seconds / 86_400 * 400 / 146_097)
    steps = (
        (_js_round(seconds) < 45, "a few seconds"),
        (minutes <= 1, "a minute"),
        (minutes < 45, f"{minutes} minutes"),
        (hours <= 1, "an hour"),
        (hours < 22, f"{hours} hours"),
        (days <= 1, "a day"),
        (days < 26, f"{days} days"),
        (months <= 1, "a month"),
        (months < 11, f"{months} months"),
        (years <= 1, "a year"),
    )
    return next((words for fits, words in steps if fits), f"{years} years")


def _js_round(value: float) -> int:
    return math.floor(value + 0.5)
