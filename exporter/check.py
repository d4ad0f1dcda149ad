"""``groupscope-exporter check``: what the exporter would find, in plain words."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, Self

from exporter.config.settings import Settings, flag
from exporter.core.errors import HubError
from exporter.core.exposition import CachedExposition, MembershipWriter, make_exposition
from exporter.core.groups import NO_GROUP, OTHER_GROUPS, GroupPolicy
from exporter.core.messages import Message, worded
from exporter.core.namespaces import NamespaceCounts
from exporter.core.status import Sizes
from exporter.hub import scopes
from exporter.snapshot.file import SnapshotFile
from exporter.text import counted
from exporter.web.auth import BearerTokens
from exporter.web.tls import listener_context
from exporter.wiring import open_hub


@dataclass(frozen=True, slots=True)
class Inventory:
    """Users and groups, and the scrape that they make; ``seconds`` and bytes.

    ``in_other`` are users whose groups are all not exported; ``unmatched`` are the patterns of
    the settings that match no group of the hub.
    """

    seconds: float
    sizes: Sizes
    in_no_group: int
    in_other: int
    series: int
    packed: int
    unmatched: tuple[str, ...] = ()
    namespaces: NamespaceCounts | None = None

    @classmethod
    def of(
        cls, text: MembershipWriter, page: CachedExposition, policy: GroupPolicy, seconds: float
    ) -> Self:
        """Return what there is in a text that the page was made of."""
        snapshot, members = text.snapshot, text.tally.members
        hubs_own = {*snapshot.groups}.union(*(user.groups for user in snapshot.users))
        return cls(
            seconds,
            replace(text.sizes, page=page.size),
            members.get(NO_GROUP, 0),
            members.get(OTHER_GROUPS, 0),
            text.series,
            sum(map(len, page.gzipped(b""))),
            policy.unmatched(hubs_own),
            text.namespaces,
        )


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How far it came: what is None was not reached, and ``problem`` says why."""

    version: str | None = None
    scopes: tuple[str, ...] | None = None
    found: Inventory | None = None
    problem: HubError | None = None


async def check(settings: Settings) -> CheckReport:
    """Ask the hub once for everything; raise ``FileError`` if a file of the settings is wrong."""
    if settings.auth_token_file:
        BearerTokens(settings.auth_token_file)
    if settings.state_file:
        SnapshotFile(settings.state_file, settings.hub_url).check()
    if settings.tls_cert_file:
        listener_context(settings.tls_cert_file, settings.tls_key_file)
    version = held = None
    async with open_hub(settings) as hub:
        try:
            version = await hub.version()
            held = await hub.scopes()
            started = time.monotonic()
            snapshot = await hub.snapshot(time.time())
            seconds = time.monotonic() - started
            policy = settings.group_policy
            text = MembershipWriter(
                *(snapshot, settings.namespace, settings.active_windows, policy),
                settings.user_namespace_template,
            )
            page = await make_exposition(text)
        except HubError as error:
            return CheckReport(version, held, problem=error)
    return CheckReport(version, held, Inventory.of(text, page, policy, seconds))


Level = Literal["ok", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report: how bad it is, what it is about (or "", as the one before) and it."""

    level: Level
    topic: str
    text: Message | str


def lines(report: CheckReport, settings: Settings) -> Iterator[str]:
    """Yield the report, line by line; what is wrong comes last, with the next step."""
    return (f"{each.topic:<8}{worded(each.text, flag)}" for each in findings(report, settings))


def findings(report: CheckReport, settings: Settings) -> Iterator[Finding]:
    """Yield what there is to say; what is wrong comes last, with the next step."""
    held, found, problem = report.scopes, report.found, report.problem
    if report.version:
        yield Finding("ok", "Hub", f"JupyterHub {report.version} at {settings.hub_url}")
    if held is not None:
        yield Finding("ok", "Token", "accepted")
        for wanted in scopes.HUB_SCOPES:
            lacks: Level = "error" if wanted.required else "warn"
            level: Level = "ok" if wanted.name in held else lacks
            yield Finding(level, "Scope", f"{wanted.name:<20} {_held(wanted, held)}")
        extra = scopes.unneeded(held)
        if extra:
            shown = ", ".join(extra[:3]) + (f" and {len(extra) - 3} more" if extra[3:] else "")
            text = f"Not needed: {shown}. A token that may do less is safer."
            yield Finding("warn", "", text)
    if found:
        sizes, other = found.sizes, f", {found.in_other:,} only in groups that are not exported"
        users = f"{counted(sizes.users, 'user')}, {found.in_no_group:,} of them in no group"
        users += other if found.in_other else ""
        groups = counted(sizes.groups, "group")
        yield Finding("ok", "Found", f"{users}; {groups}; read in {found.seconds:.2f} s")
        scrape = f"{found.series:,} series for {counted(sizes.memberships, 'membership')}"
        size = f"{_size(sizes.page)}, {_size(found.packed)} with gzip"
        yield Finding("ok", "Scrape", f"{scrape}, {size}")
        if found.namespaces:
            yield from _namespaces(found.namespaces)
        for pattern in found.unmatched:
            yield Finding("warn", "Groups", f"No group of the hub is matched by {pattern}.")
    none = "no fresh data" if found else "no data"
    if problem:
        result = Message(
            "{none} ({reason}). {problem}", none=none, reason=problem.reason, problem=problem
        )
        yield Finding("error", "Result", result)
    elif found and scopes.filters(held or (), "list:users"):
        part = "for these users; for all, if there are more, give list:users without a filter"
        yield Finding("ok", "Result", f"all is well {part}")
    else:
        yield Finding("ok", "Result", "all is well")


def _namespaces(counts: NamespaceCounts) -> Iterator[Finding]:
    found = counted(counts.series, "namespace")
    text = Message("{found} of users, by {user_namespace_template}", found=found)
    yield Finding("ok", "Pods", text)
    for problem in counts.problems:
        yield Finding("warn", "", problem)


def _held(wanted: scopes.HubScope, held: tuple[str, ...]) -> str:
    if wanted.name in held:
        return "yes"
    # By kind, as a filter can name a user: ("!group=a", "!user=b") → only for 1 group, 1 user.
    kinds = Counter(part[1:].partition("=")[0] for part in scopes.filters(held, wanted.name))
    if kinds:
        return f"only for {', '.join(counted(n, kind) for kind, n in sorted(kinds.items()))}"
    return f"missing: {'needed for' if wanted.required else 'it would add'} {wanted.adds}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
