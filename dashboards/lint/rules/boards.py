"""Rules about a board as a whole: its name, its variables, its links, what it should not hold."""

import json
import re
from collections.abc import Iterator

from dashboards.lint.examples import DATASOURCE, HUB, board, panel, query
from dashboards.lint.model import Board, Panel, Problem, Severity
from dashboards.lint.promql import AUTO_INTERVAL, BUILT_IN
from dashboards.lint.registry import rule
from dashboards.schema.accepted import UID
from dashboards.schema.datasources import PROMETHEUS
from dashboards.schema.values import Json, mapping, text
from dashboards.schema.variables import names

_LINK = re.compile(r"^(?:\$\{?__\w+\}?)?/?d/([^/?]+)")


@rule(
    "uid",
    why="Links, bookmarks and the next deploy find a dashboard by its uid. Without one Grafana "
    "makes it up, another in each Grafana.",
    good=board(uid="hub-users"),
    bad=board(uid="hub users"),
)
def uid(board: Board) -> Iterator[Problem]:
    """The uid is there, and the board's alone: up to 40 letters, digits, - and _."""
    found = board.json.get("uid")
    if not found:
        yield Problem("has no uid")
    elif not isinstance(found, str) or not UID.fullmatch(found):
        yield Problem(f"has the uid {found!r}: Grafana takes up to 40 letters, digits, - and _")
    if board.same_uid:
        others = ", ".join(board.same_uid)
        yield Problem(f"has the same uid as {others}: in one Grafana, one replaces the other")


@rule(
    "variables-defined",
    why="Grafana leaves a variable that it does not know as it is written, and Prometheus answers "
    "with an error, or with nothing.",
    good=query('sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub"})'),
    bad=query('sum by (pod) (container_memory_working_set_bytes{namespace=~"$hub", pod=~"$pod"})'),
)
def variables_defined(board: Board) -> Iterator[Problem]:
    """Each variable that is used is one of the board's."""
    own = {text(it.get("name")) for it in board.variables}
    known = own | BUILT_IN | {AUTO_INTERVAL + name for name in own}
    for it in board.panels:
        # A repeated panel has the variable of its repetition. Loki's queries have the same ones.
        for target in it.targets:
            for name in dict.fromkeys(names(target.text)):
                if name not in known:
                    yield Problem(f"${name} is no variable of this board", it, target.ref)


@rule(
    "variables-used",
    why="A choice that changes nothing makes people doubt the others.",
    good=board(templating={"list": [DATASOURCE, HUB]}),
    bad=board(templating={"list": [DATASOURCE, HUB, {"name": "pod", "type": "textbox"}]}),
    severity=Severity.WARNING,
)
def variables_used(board: Board) -> Iterator[Problem]:
    """Each variable that can be chosen is used."""
    # By other variables, in links, as what is repeated: wherever it is named.
    parts = [board.json.get(key) for key in ("panels", "rows", "links", "annotations", "title")]
    used = {*names(json.dumps(parts)), *(text(it.json.get("repeat")) for it in board.everything)}
    by_variables = [{*names(json.dumps(it))} for it in board.variables]
    for number, it in enumerate(board.variables):
        name = text(it.get("name"))
        others = (named for n, named in enumerate(by_variables) if n != number)
        # These work without being named.
        hidden = it.get("hide") == 2 or it.get("type") in ("adhoc", "groupby", "constant")
        if not hidden and name not in used and not any(name in named for named in others):
            yield Problem(f"nothing uses the variable ${name}")


@rule(
    "links",
    why="A link to a dashboard that is not there is found by the one in a hurry.",
    good=board(links=[{"title": "Docs", "type": "link", "url": "https://example.org"}]),
    bad=board(links=[{"title": "User", "type": "link", "url": "/d/no-such-board/user"}]),
)
def links(board: Board) -> Iterator[Problem]:
    """Links lead to dashboards that there are."""
    if board.known_uids is None:
        return
    found: list[tuple[Panel | None, str]] = [(None, url) for url in _urls(board.json.get("links"))]
    for it in board.everything:
        own = [it.json.get("links"), it.json.get("fieldConfig"), it.options.get("dataLinks")]
        found += [(it, url) for url in _urls(own)]
    for place, url in found:
        led = _LINK.match(url)
        if led and not names(led[1]) and led[1] not in {*board.known_uids, board.json.get("uid")}:
            yield Problem(f"leads to the dashboard {led[1]}, which is not there", place)


def _urls(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for it in part:
            yield from _urls(it)
    elif isinstance(part, dict):
        if isinstance(part.get("url"), str):
            yield part["url"]
        for it in part.values():
            if isinstance(it, dict | list):
                yield from _urls(it)


@rule(
    "leftovers",
    why="id and version belong to the Grafana that a dashboard came from: another one takes them "
    "for those of a dashboard of its own. An export for sharing names data sources as ${DS_…}, "
    "which only the import by hand replaces.",
    good=board(uid="hub-users"),
    bad=board(id=12, version=7),
    severity=Severity.WARNING,
)
def leftovers(board: Board) -> Iterator[Problem]:
    """The file holds nothing of the Grafana that it came from."""
    kept = [key for key in ("id", "version", "iteration") if board.json.get(key) not in (None, 0)]
    if kept:
        yield Problem(f"holds {' and '.join(kept)}: take them away")
    if board.json.get("__inputs"):
        yield Problem(
            "is an export for sharing (__inputs): export it without “for sharing externally”"
        )
    start = text(mapping(board.json.get("time")).get("from"))
    if start and not start.startswith("now"):
        yield Problem(f"was saved with a fixed time range, from {start}")


@rule(
    "empty-panel",
    why="A panel without a query is a hole that people ask about.",
    good=panel(title="Memory"),
    bad=panel(targets=[]),
)
def empty_panel(board: Board) -> Iterator[Problem]:
    """Each panel asks for something."""
    for it in board.panels:
        # Sources other than Prometheus ask in other ways, some without being asked.
        if not it.targets and board.source_type(it.json) not in (PROMETHEUS, ""):
            continue
        asks = any(_asks(board, target.json, it.json) for target in it.targets)
        if it.shows_data and not asks and not it.json.get("snapshotData"):
            yield Problem("has no query", it)


def _asks(board: Board, target: Json, whole: Json) -> bool:
    prometheus = board.source_type(target, whole) == PROMETHEUS
    return bool(target.get("expr")) if prometheus else bool(target)
