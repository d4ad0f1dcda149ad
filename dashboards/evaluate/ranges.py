"""Which range is meant: what the caller or the board says, and a panel's own.

Read from Grafana 12.4 (public/app/features/dashboard-scene/scene/panel-timerange,
packages/grafana-data: datetime/rangeutil.ts).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from dashboards.evaluate import times
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.interpolate import words
from dashboards.evaluate.model import TimeRange
from dashboards.schema.values import Json

# What Grafana takes for a dashboard that says none.
_FROM, _TO = "now-6h", "now"


def of_board(board: Json, start: str | None, end: str | None, now: datetime) -> TimeRange:
    """Return the range that is given, or the board's own. Raises TimeError."""
    default = board.get("time", {})
    first = start or default.get("from") or _FROM
    last = end or default.get("to") or _TO
    try:
        begin, finish = times.parse(first, now), times.parse(last, now, end=True)
    except times.TimeError as error:
        if start and end:
            raise
        own = f"The board's own range is {first} to {last}. Give --from and --to."
        raise times.TimeError(f"{error} {own}" if not (start or end) else str(error)) from error
    span = TimeRange(begin, finish, now if "now" in first or "now" in last else None)
    if span.start < span.end:
        return span
    change = "Change --from or --to."
    if begin == finish:
        raise times.TimeError(f"The range begins and ends at {_said(begin)}: it is empty. {change}")
    raise times.TimeError(
        f"The range ends at {_said(finish)}, before it begins at {_said(begin)}. {change}"
    )


def _said(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def notes(span: TimeRange, now: datetime) -> Iterator[str]:
    """Yield what is to be known of a range in which there can be nothing."""
    if span.start > now:
        yield (f"The range begins at {_said(span.start)}, in the future: now is {_said(now)}.")
    elif span.end < _BEFORE_PROMETHEUS:
        yield (
            f"The range ends at {_said(span.end)}, before there was a Prometheus. Times are "
            "dates, or seconds or milliseconds since 1970."
        )


_BEFORE_PROMETHEUS = datetime.fromisoformat("2012-11-24T00:00:00+00:00")
"""The first commit."""


def of_panel(
    panel: Json, span: TimeRange, choices: Sequence[Choice]
) -> tuple[TimeRange, list[str]]:
    """Return a panel's range, and what is to be known of it if it is its own.

    ``timeFrom`` counts back from now, and only where the board's range does; ``timeShift`` moves
    what is shown into the past.
    """
    since = words(panel.get("timeFrom") or "", choices).strip()
    shift = words(panel.get("timeShift") or "", choices).strip()
    notes: list[str] = []
    whole = span
    try:
        if since and span.now is not None:
            text = since if since.startswith("now") else f"now-{since}"
            span = TimeRange(times.parse(text, span.now), span.now, span.now)
            notes.append(f"This panel's own range: the last {since}.")
        if shift:
            start, end = (times.parse(f"now-{shift}", time) for time in (span.start, span.end))
            span = TimeRange(start, end, span.now)
            notes.append(f"This panel shows what was {shift} earlier.")
        if span.start >= span.end:
            return whole, [f"Grafana shows another range here, {since!r}, which is empty."]
    except times.TimeError:
        return whole, [f"Grafana shows another range here, {since or shift!r}, which is no time."]
    return span, notes
