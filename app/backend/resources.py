"""The app's resources: what there is under ``/api/plugins/<id>/resources/``, and for whom."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from app.backend import report
from app.backend.groups import Group, groups_of, members_of, moment
from app.backend.hub_session import Freshness, HubSession
from app.backend.instances import Instance
from app.backend.resource_calls import (
    CSV,
    HTML,
    JSON,
    ResourceError,
    ResourceRequest,
    ResourceResponse,
    json_bytes,
)
from exporter.core.exposition import MembershipWriter
from exporter.web.scrape import scrape

# A first refresh of some thousand users ends before; of more, who asks is told to ask again.
PATIENCE_SECONDS = 1.5
_MEMBERS = re.compile(r"groups/(?P<name>.+)/members", re.DOTALL)
_PART = 500  # members: a millisecond or so


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a resource is made of: there is something to serve."""

    request: ResourceRequest
    instance: Instance
    session: HubSession
    text: MembershipWriter
    freshness: Freshness

    @property
    def sees_names(self) -> bool:
        return self.request.sees_names(self.instance)

    @property
    def namespace(self) -> str:
        return self.session.settings.namespace

    @property
    def groups(self) -> dict[str, Group]:
        return {group.name: group for group in groups_of(self.text)}

    def group(self, name: str) -> Group:
        """Return the group of that name; raise ``ResourceError`` if there is none."""
        found = self.groups.get(name)
        if found is None:
            raise ResourceError(
                HTTPStatus.NOT_FOUND,
                "There is no such group, or it is not exported: `groups` lists those there are.",
            )
        return found

    def require_names(self) -> None:
        """Raise ``ResourceError`` unless who asks may be told usernames."""
        if not self.sees_names:
            raise ResourceError(
                HTTPStatus.FORBIDDEN,
                "This names users, and your role here may not see them: ask for the role Editor, "
                "or an Admin to allow names for Viewers in the app's configuration.",
            )


async def answer(
    request: ResourceRequest, instance: Instance, clock: Callable[[], float] = time.time
) -> ResourceResponse:
    """Return what a call gets; what it may not have, and what there is not, as an answer, too."""
    try:
        make = _route(request)
        return make(await _ready(request, instance, clock))
    except ResourceError as error:
        return error.response


def _route(request: ResourceRequest) -> Callable[[_Ready], ResourceResponse]:
    found = RESOURCES.get(request.path)
    members = _MEMBERS.fullmatch(request.path)
    if members:
        found = partial(_members, name=members["name"])
    if found is None:
        raise ResourceError(
            HTTPStatus.NOT_FOUND,
            "There is no such resource. There are: groups, groups/<name>/members, metrics, report.",
        )
    if request.method != "GET":
        raise ResourceError(
            HTTPStatus.METHOD_NOT_ALLOWED, "This can only be read: use GET.", {"Allow": "GET"}
        )
    return found


async def _ready(
    request: ResourceRequest, instance: Instance, clock: Callable[[], float]
) -> _Ready:
    session = instance.session
    if session:
        await session.ready(PATIENCE_SECONDS)
    if instance.broken or session is None:
        raise _unavailable(str(instance.broken))
    served, freshness = session.served, session.freshness(clock())
    if served.text is None:
        if freshness.problem is None:
            raise _unavailable("The hub is being read for the first time: ask again in a moment.")
        last = served.status.last_success
        old = f" The data of {moment(last)} are too old to serve." if last else ""
        raise _unavailable(f"There are no data.{old} {freshness.problem}")
    return _Ready(request, instance, session, served.text, freshness)


def _unavailable(message: str) -> ResourceError:
    return ResourceError(HTTPStatus.SERVICE_UNAVAILABLE, message, {"Retry-After": "5"})


def _age(freshness: Freshness) -> dict[str, object]:
    return {
        "refreshed": moment(freshness.refreshed),
        "age_seconds": freshness.age,
        "stale": freshness.stale,
        "error": freshness.problem,
    }


def _groups(ready: _Ready) -> ResourceResponse:
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
    return ResourceResponse(HTTPStatus.OK, JSON, (json_bytes(body),))


def _members(ready: _Ready, name: str) -> ResourceResponse:
    # Before the group is looked for: whether there is one is told by `groups`.
    ready.require_names()
    return ResourceResponse(HTTPStatus.OK, JSON, _members_parts(ready, ready.group(name)))


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


def _metrics(ready: _Ready) -> ResourceResponse:
    ready.require_names()
    given = ready.request.headers
    headers, parts = scrape(
        ready.session.served, given.get("accept", ""), given.get("accept-encoding", "")
    )
    return ResourceResponse(HTTPStatus.OK, headers, parts)


def _report(ready: _Ready) -> ResourceResponse:
    form, name = ready.request.query.get("format", "html"), ready.request.query.get("group")
    chosen = [ready.group(name)] if name else list(ready.groups.values())
    if form == "html":
        page = report.GroupReport(
            ready.namespace, ready.text, ready.freshness, names=ready.sees_names
        )
        return ResourceResponse(HTTPStatus.OK, HTML, page.parts(chosen))
    if form != "csv":
        raise ResourceError(HTTPStatus.BAD_REQUEST, "There are format=html and format=csv.")
    if not name:
        return ResourceResponse(
            HTTPStatus.OK, _named("groups"), report.groups_csv(ready.namespace, chosen)
        )
    ready.require_names()
    return ResourceResponse(
        HTTPStatus.OK, _named("members"), report.members_csv(ready.text, chosen[0])
    )


def _named(what: str) -> dict[str, str]:
    return {**CSV, "Content-Disposition": f'attachment; filename="groupscope-{what}.csv"'}


RESOURCES: dict[str, Callable[[_Ready], ResourceResponse]] = {
    "groups": _groups,
    "metrics": _metrics,
    "report": _report,
}
