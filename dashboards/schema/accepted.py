"""What Grafana's API refuses to save, by a dashboard's own content.

The limits are Grafana 12.4's: pkg/services/dashboards/service/dashboard_service.go
(ValidateBasicDashboardProperties, ValidateDashboardRefreshInterval) and
pkg/registry/apis/dashboard/register.go (validateDashboardTags). It counts bytes. Grafana before 12
keeps titles in a column of 189 characters (pkg/services/sqlstore/migrations/dashboard_mig.go),
which PostgreSQL and MySQL enforce.
"""

import re
from collections.abc import Iterator

from dashboards.schema.values import Json, text

UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
MOST_TITLE_BYTES = 5000
MOST_TITLE_OF_OLDER = 189
MOST_TAG_BYTES = 50
SHORTEST_REFRESH_SECONDS = 5.0
"""min_refresh_interval of Grafana's defaults.ini; an admin can set another."""

_UNITS = {
    "ms": 0.001,
    "s": 1,
    "m": 60,
    "h": 3600,
    "d": 86_400,
    "w": 604_800,
    "M": 2_592_000,
    "y": 31_536_000,
}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhdwMy]))+")


def refusals(board: Json) -> Iterator[str]:
    """Yield why Grafana would not save a dashboard, apart from its uid, as ends of a sentence."""
    yield from _of_title(board.get("title"))
    tags = board.get("tags")
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, str) and (size := _bytes(tag)) > MOST_TAG_BYTES:
            yield f"has a tag of {size} bytes, “{tag}”: Grafana takes {MOST_TAG_BYTES}"
    yield from _of_refresh(text(board.get("refresh")))


def _of_title(title: object) -> Iterator[str]:
    if not isinstance(title, str) or not title.strip():
        yield "has no title: Grafana saves no dashboard without one"
    elif (size := _bytes(title)) > MOST_TITLE_BYTES:
        yield f"has a title of {size} bytes: Grafana takes {MOST_TITLE_BYTES}"
    elif len(title) > MOST_TITLE_OF_OLDER:
        yield (
            f"has a title of {len(title)} characters: Grafana before 12 takes "
            f"{MOST_TITLE_OF_OLDER} with PostgreSQL or MySQL"
        )


def _of_refresh(refresh: str) -> Iterator[str]:
    if refresh in ("", "auto"):
        return
    if not _DURATION.fullmatch(refresh):
        yield f"has the refresh interval “{refresh}”, which is no duration such as 1m"
    elif _seconds(refresh) < SHORTEST_REFRESH_SECONDS:
        yield (
            f"is refreshed every {refresh}: Grafana takes {SHORTEST_REFRESH_SECONDS:g}s at least, "
            "unless its min_refresh_interval is shorter"
        )


def _seconds(duration: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])", duration)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _bytes(value: str) -> int:
    return len(value.encode("utf-8", "replace"))
