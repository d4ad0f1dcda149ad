"""What the Grafana app's pages ask Prometheus, as a file for their TypeScript.

The pages hold no PromQL: these are the boards' named queries, and panels of the boards. They get
both of a source's kinds, and choose: what is recorded is quick, what is scraped is always there.
"""

import json

from dashboards import catalog
from dashboards.catalog.app_boards import app_uid
from dashboards.kit.boards import USER_GROUPS
from dashboards.kit.panels import RANGE_POINTS
from dashboards.kit.scope import ALL
from dashboards.queries import groups, ranges, usage
from dashboards.queries.sources import Raw, Recorded, Source
from dashboards.schema.values import Json, panels

_HOURS = {
    "cpuHours": usage.CPU,
    "gibHours": usage.MEMORY_GIB,
    "gpuHours": usage.GPUS_HELD,
}

_CHARTS = ("CPU", "Memory", "GPUs held", "Running servers")


def text() -> str:
    """Return the file: ``{"all": ".+", "raw": {"queries": {…}, …}, "recorded": {…}, …}``."""
    content = {
        "all": ALL,
        "board": USER_GROUPS.uid,
        "appBoard": app_uid(USER_GROUPS.uid),
        "rangePoints": RANGE_POINTS,
        # Whether there is anything of a moment tells whether what is recorded goes back so far.
        "recordedSince": Recorded().memberships_known(),
        "raw": _of(Raw()),
        "recorded": _of(Recorded()),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _of(source: Source) -> Json:
    """Return what is asked of one kind of source."""
    return {
        "minStep": source.min_step,
        "queries": {
            "groups": {name: _by_group(source, kind) for name, kind in _HOURS.items()},
            "selection": {
                **{name: ranges.hours_of_selection(source, kind) for name, kind in _HOURS.items()},
                "people": ranges.people_who_took_part(source),
                "unknownHours": ranges.hours_without_memberships(source),
            },
            "members": {
                name: ranges.hours_by_member(source, kind) for name, kind in _HOURS.items()
            },
        },
        "charts": _charts(recorded=isinstance(source, Recorded)),
    }


def _by_group(source: Source, kind: usage.Usage) -> str:
    """Return the hours of each group; 0 for those that used nothing, if that is known."""
    return groups.zero_filled(source, ranges.hours_by_group(source, kind), kind.known)


def _charts(*, recorded: bool) -> list[Json]:
    """Return the User groups board's panels of one group's use over time, in their order here."""
    board = catalog.load("user-groups", recorded=recorded)
    by_title = {panel["title"]: panel for panel in panels(board)}
    kept = ("title", "description", "type", "options", "fieldConfig")
    return [
        {
            **{key: by_title[title][key] for key in kept},
            "query": by_title[title]["targets"][0]["expr"],
            "legend": by_title[title]["targets"][0]["legendFormat"],
        }
        for title in _CHARTS
    ]
