"""The app's resources: what there is under ``/api/plugins/<id>/resources/``, and for whom."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from app.backend import report
from app.backend.groups import Group, groups_of, members_of, moment
from app.backend.hub_session import Freshness, Reading
from app.backend.instances import Instance
from app.backend.resource_calls import CSV, HTML, JSON, Answer, Call, CallError, json_bytes
from exporter.core.exposition import MembershipText
from exporter.web.scrape import scrape

# A first refresh of some thousand users ends before; of more, who asks is told to ask again.
PATIENCE_SECONDS = 1.5
_MEMBERS = re.compile(r"groups/(?P<name>.+)/members", re.DOTALL)
_PART = 500  # members: a millisecond or so


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a resource is made of: there is something to serve."""

    call: Call
    instance: Instance
    reading: Reading
    text: MembershipText
    freshness: Freshness

    @property
    def sees_names(self) -> bool:
        return self.call.sees_names(self.instance)

    @property
    def namespace(self) -> str:
        return self.reading.settings.namespace

    @property
    def groups(self) -> dict[str, Group]:
        return {group.name: group for group in groups_of(self.text)}

    def group(self, name: str) -> Group:
        """Return the group of that name; raise ``CallError`` if there is none."""
        found = self.groups.get(name)
        if found is None:
            raise CallError(
                HTTPStatus.NOT_FOUND,
                "There is no such group, or it is not exported: `groups` lists those there are.",
            )
        return found

    def require_names(self) -> None:
        """Raise ``CallError`` unless who asks may be told usernames."""
        if not self.sees_names:
            raise CallError(
                HTTPStatus.FORBIDDEN,
                "This names users, and your role here may not see them: ask for the role Editor, "
                "or an Admin to allow names for Viewers in the app's configuration.",
            )


async def answer(call: Call, instance: Instance, clock: Callable[[], float] = time.time) -> Answer:
    """Return what a call gets; what it may not have, and what there is not, as an answer, too."""
    try:
        make = _route(call)
        return make(await _ready(call, instance, clock))
    except CallError as error:
        return error.answer


def _route(call: Call) -> Callable[[_Ready], Answer]:
    found = RESOURCES.get(call.path)
    members = _MEMBERS.fullmatch(call.path)
    if members:
        found = partial(_members, name=members["name"])
    if found is None:
        raise CallError(
            HTTPStatus.NOT_FOUND,
            "There is no such resource. There are: groups, groups/<name>/members, metrics, report.",
        )
    if call.method != "GET":
        raise CallError(
            HTTPStatus.METHOD_NOT_ALLOWED, "This can only be read: use GET.", {"Allow": "GET"}
        )
    return found


async def _ready(call: Call, instance: Instance, clock: Callable[[], float]) -> _Ready:
    reading = instance.reading
    if reading:
        await reading.ready(PATIENCE_SECONDS)
    if instance.broken or reading is None:
        raise _unavailable(str(instance.broken))
    served, freshness = reading.served, reading.freshness(clock())
    if served.text is None:
        if freshness.problem is None:
            raise _unavailable("The hub is being read for the first time: ask again in a moment.")
        last = served.status.last_success
        old = f" The data of {moment(last)} are too old to serve." if last else ""
        raise _unavailable(f"There are no data.{old} {freshness.problem}")
    return _Ready(call, instance, reading, served.text, freshness)


def _unavailable(message: str) -> CallError:
    return CallError(HTTPStatus.SERVICE_UNAVAILABLE, message, {"Retry-After": "5"})


def _age(freshness: Freshness) -> dict[str, object]:
    return {
        "refreshed": moment(freshness.refreshed),
        "age_seconds": freshness.age,
        "stale": freshness.stale,
        "error": freshness.problem,
    }


def _groups(ready: _Ready) -> Answer:
    body = {
        "groups": [
            {"name": it.name, "hub": ready.namespace, "members": it.members, "active": it.active}
            for it in ready.groups.values()
        ],
        "hub": ready.namespace,
        "users": len(ready.text.snapshot.users),
        **_age(ready.freshness),
        "names": ready.sees_names,
    }
    return Answer(HTTPStatus.OK, JSON, (json_bytes(body),))


def _members(ready: _Ready, name: str) -> Answer:
    # Before the group is looked for: whether there is one is told by `groups`.
    ready.require_names()
    return Answer(HTTPStatus.OK, JSON, _members_parts(ready, ready.group(name)))


def _members_parts(ready: _Ready, group: Group) -> Iterator[bytes]:
    head = {"group": group.name, **_age(ready.freshness)}
    yield json_bytes(head)[:-1] + b',"members":['
    some: list[bytes] = []
    comma = b""
    for member in members_of(ready.text, group.name):
        some.append(
            json_bytes(
                {
                    "name": member.name,
                    "last_activity": moment(member.last_activity),
                    "groups": list(ready.text.labels(member)),
                }
            )
        )
        if len(some) == _PART:
            yield comma + b",".join(some)
            some, comma = [], b","
    yield (comma + b",".join(some) if some else b"") + b"]}"


def _metrics(ready: _Ready) -> Answer:
    ready.require_names()
    given = ready.call.headers
    headers, parts = scrape(
        ready.reading.served, given.get("accept", ""), given.get("accept-encoding", "")
    )
    return Answer(HTTPStatus.OK, headers, parts)


def _report(ready: _Ready) -> Answer:
    form, name = ready.call.query.get("format", "html"), ready.call.query.get("group")
    chosen = [ready.group(name)] if name else list(ready.groups.values())
    if form == "html":
        page = report.Page(ready.namespace, ready.text, ready.freshness, names=ready.sees_names)
        return Answer(HTTPStatus.OK, HTML, page.parts(chosen))
    if form != "csv":
        raise CallError(HTTPStatus.BAD_REQUEST, "There are format=html and format=csv.")
    if not name:
        return Answer(HTTPStatus.OK, _named("groups"), report.groups_csv(ready.namespace, chosen))
    ready.require_names()
    return Answer(HTTPStatus.OK, _named("members"), report.members_csv(ready.text, chosen[0]))


def _named(what: str) -> dict[str, str]:
    return {**CSV, "Content-Disposition": f'attachment; filename="groupscope-{what}.csv"'}


RESOURCES: dict[str, Callable[[_Ready], Answer]] = {
    "groups": _groups,
    "metrics": _metrics,
    "report": _report,
}
