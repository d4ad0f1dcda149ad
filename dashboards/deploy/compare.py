"""How two dashboards differ: in words by panel, and as a diff of the JSON."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboards.deploy.provenance import content
from dashboards.reading import ReadError, dashboard
from dashboards.schema.canonical import dumps
from dashboards.schema.values import Json, mapping, objects, text

_NAMES = {
    "fieldConfig": "fields",
    "gridPos": "place",
    "maxDataPoints": "number of points",
    "datasource": "data source",
    "interval": "min interval",
}


def changes(old: Json, new: Json) -> list[str]:
    """Return in words what is new, gone or changed, from the board's settings to its last panel.

    Panels are matched by id, or else by title. A dashboard of schema v2 is compared as its v1
    equivalent.
    """
    before, after = _classic(old), _classic(new)
    if before == after:
        return []
    return list(_changes(before, after)) or ["order of panels changed"]


def _classic(board: Json) -> Json:
    """Return a dashboard's content in schema v1; unchanged if it cannot be converted."""
    try:
        return content(dashboard(board) or board)
    except ReadError:
        return content(board)


def _changes(old: Json, new: Json) -> Iterator[str]:
    described_below = {"panels", "templating"}
    for key in _differing(old, new):
        if key not in described_below:
            yield f"{_NAMES.get(key, key)} {_verb(old, new, key)}"
    yield from _variables(old, new)
    yield from _panels(old, new)


def _variables(old: Json, new: Json) -> Iterator[str]:
    before, after = (
        {text(it.get("name")): it for it in objects(mapping(board.get("templating")).get("list"))}
        for board in (old, new)
    )
    for name in _differing(before, after):
        yield f"variable {name} {_verb(before, after, name)}"


def _panels(old: Json, new: Json) -> Iterator[str]:
    before, after = list(_flat(old)), list(_flat(new))
    pairs = _matched(before, after)
    gone = [panel for panel in before if not any(panel is old_panel for old_panel, _ in pairs)]
    for panel in after:
        match = next((old_panel for old_panel, new_panel in pairs if new_panel is panel), None)
        name = _name(panel)
        if match is None:
            yield f"{name} new"
        elif parts := list(_parts(match, panel)):
            yield f"{name}: {', '.join(parts)}"
    for panel in gone:
        yield f"{_name(panel)} gone"


def _matched(before: Sequence[Json], after: Sequence[Json]) -> list[tuple[Json, Json]]:
    """Return pairs of old and new panels: of one title and kind, or else of one id."""
    pairs: list[tuple[Json, Json]] = []
    for key in (("title", "type", "id"), ("title", "type"), ("id", "type")):
        for panel in after:
            if any(panel is paired for _, paired in pairs):
                continue
            for candidate in before:
                free = not any(candidate is paired for paired, _ in pairs)
                if free and all(candidate.get(name) == panel.get(name) for name in key):
                    pairs.append((candidate, panel))
                    break
    return pairs


def _parts(old: Json, new: Json) -> Iterator[str]:
    """Yield what differs in a panel: its title, its queries one by one, the rest by name."""
    if old.get("title") != new.get("title"):
        yield f"was called “{old.get('title', '')}”"
    before, after = (_queries(panel) for panel in (old, new))
    for ref in _differing(before, after):
        yield f"query {ref} {_verb(before, after, ref)}"
    if [*before] != [*after] and before.keys() == after.keys():
        yield "order of queries changed"
    for key in _differing(old, new):
        # A row's panels have lines of their own, and ids mean nothing to people.
        if key not in ("title", "targets", "panels", "id"):
            yield f"{_NAMES.get(key, key)} {_verb(old, new, key)}"


def _queries(panel: Json) -> dict[str, Any]:
    targets = objects(panel.get("targets"))
    return {str(target.get("refId", n)): target for n, target in enumerate(targets)}


def _flat(board: Json) -> Iterator[Json]:
    for panel in objects(board.get("panels")):
        yield panel
        yield from objects(panel.get("panels"))


def _name(panel: Json) -> str:
    kind = "row" if panel.get("type") == "row" else "panel"
    return f"{kind} “{panel.get('title') or panel.get('id', '?')}”"


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    keys = [*new, *(key for key in old if key not in new)]
    return [key for key in keys if old.get(key) != new.get(key)]


def _verb(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> str:
    if key not in old:
        return "new"
    return "changed" if key in new else "gone"


def unified(old: Json, new: Json, old_name: str, new_name: str, context: int = 3) -> list[str]:
    """Return the lines of a unified diff of the two dashboards' files."""
    return list(
        difflib.unified_diff(
            dumps(_classic(old)).splitlines(),
            dumps(_classic(new)).splitlines(),
            old_name,
            new_name,
            lineterm="",
            n=context,
        )
    )
