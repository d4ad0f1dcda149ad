"""``groupscope-exporter check``: what the exporter would find, in plain words."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from exporter import scopes
from exporter.auth import BearerTokens
from exporter.connect import open_hub
from exporter.errors import HubError
from exporter.exposition import MembershipText, Sizes, make_page
from exporter.groups import NO_GROUP, OTHER_GROUPS
from exporter.settings import Settings
from exporter.state import StateFile
from exporter.tls import listener_context


@dataclass(frozen=True, slots=True)
class Found:
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


@dataclass(frozen=True, slots=True)
class Report:
    """How far it came: what is None was not reached, and ``problem`` says why."""

    version: str | None = None
    scopes: tuple[str, ...] | None = None
    found: Found | None = None
    problem: HubError | None = None


async def check(settings: Settings) -> Report:
    """Ask the hub once for everything; raise ``FileError`` if a file of the settings is wrong."""
    if settings.auth_token_file:
        BearerTokens(settings.auth_token_file)
    if settings.state_file:
        StateFile(settings.state_file, settings.hub_url).check()
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
            exported = settings.exported
            text = MembershipText(snapshot, settings.namespace, settings.active_windows, exported)
            page = await make_page(text)
        except HubError as error:
            return Report(version, held, problem=error)
    packed = sum(map(len, page.packed(b"")))
    sizes = replace(text.sizes, page=page.size)
    hubs_own = {*snapshot.groups}.union(*(user.groups for user in snapshot.users))
    unmatched = exported.unmatched(hubs_own)
    in_no_group, in_other = (text.members.get(label, 0) for label in (NO_GROUP, OTHER_GROUPS))
    found = Found(seconds, sizes, in_no_group, in_other, text.series, packed, unmatched)
    return Report(version, held, found)


def lines(report: Report, settings: Settings) -> Iterator[str]:
    """Yield the report, line by line; what is wrong comes last, with the next step."""
    held, found, problem = report.scopes, report.found, report.problem
    if report.version:
        yield _line("Hub", f"JupyterHub {report.version} at {settings.hub_url}")
    if held is not None:
        yield _line("Token", "accepted")
        for wanted in scopes.WANTED:
            yield _line("Scope", f"{wanted.name:<20} {_held(wanted, held)}")
        extra = scopes.unneeded(held)
        if extra:
            shown = ", ".join(extra[:3]) + (f" and {len(extra) - 3} more" if extra[3:] else "")
            yield _line("", f"Not needed: {shown}. A token that may do less is safer.")
    if found:
        sizes, other = found.sizes, f", {found.in_other:,} only in groups that are not exported"
        users = f"{_count(sizes.users, 'user')}, {found.in_no_group:,} of them in no group"
        users += other if found.in_other else ""
        groups = _count(sizes.groups, "group")
        yield _line("Found", f"{users}; {groups}; read in {found.seconds:.2f} s")
        scrape = f"{found.series:,} series for {_count(sizes.memberships, 'membership')}"
        yield _line("Scrape", f"{scrape}, {_size(sizes.page)}, {_size(found.packed)} with gzip")
        for pattern in found.unmatched:
            yield _line("Groups", f"No group of the hub is matched by {pattern}.")
    result = f"no data ({problem.reason}). {problem}" if problem else "all is well"
    if found and scopes.filters(held or (), "list:users"):
        result += " for these users; for all, if there are more, give list:users without a filter"
    yield _line("Result", result)


def _line(topic: str, text: str) -> str:
    return f"{topic:<8}{text}"


def _held(wanted: scopes.Wanted, held: tuple[str, ...]) -> str:
    if wanted.name in held:
        return "yes"
    # By kind, as a filter can name a user: ("!group=a", "!user=b") → only for 1 group, 1 user.
    kinds = Counter(part[1:].partition("=")[0] for part in scopes.filters(held, wanted.name))
    if kinds:
        return f"only for {', '.join(_count(n, kind) for kind, n in sorted(kinds.items()))}"
    return f"missing: {'needed for' if wanted.needed else 'it would add'} {wanted.adds}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
