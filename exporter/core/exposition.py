"""The memberships as text, part by part, and as the page that scrapes get.

The text is written here rather than by prometheus-client, which needs ten times the time and
memory for 100,000 users; the tests hold the two against each other.
"""

import asyncio
import zlib
from collections.abc import Collection, Iterator, Sequence

from exporter.core import slugs
from exporter.core.errors import HubError, Reason
from exporter.core.groups import GroupPolicy
from exporter.core.memberships import DEFAULT_WINDOWS, EVERY_GROUP, Snapshot, Tally, User, Window
from exporter.core.messages import Message
from exporter.core.metrics import (
    GROUP_ACTIVE_MEMBERS,
    GROUP_MEMBERS,
    USER_GROUP_INFO,
    USER_GROUP_SHARE,
    USER_NAMESPACE_INFO,
)
from exporter.core.namespaces import NamespaceCounts, NamespaceTally, UserNamespaceTemplate
from exporter.core.status import Sizes

_INFO = USER_GROUP_INFO.line
_SHARE = USER_GROUP_SHARE.line
_USER_NAMESPACE = USER_NAMESPACE_INFO.line
_GZIP = 16 + zlib.MAX_WBITS
_PART_BYTES = 100_000
MOST_BYTES = 512 * 2**20


class MembershipWriter:
    """The memberships of a snapshot as text, part by part; then ``sizes`` are known.

    For one user in one group::

        jupyterhub_user_group_info{namespace="hub",usergroup="staff",username="Ann",
                                   username_escaped="-41nn",username_safe="ann---…"} 1.0
        jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 1.0
        jupyterhub_user_namespace_info{namespace="hub",user_namespace="hub-ann---…",
                                       username="Ann"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="staff"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="none"} 0.0
        jupyterhub_group_active_members{namespace="hub",usergroup="staff",window="24h"} 1.0

    Without ``template`` the third is left out, and without ``snapshot.activity_known`` the last:
    unknown is not 0. All are gauges without timestamps, so that the text is the same in
    Prometheus' text format 0.0.4 and in OpenMetrics 1.0. ``tally`` counts the users, once all
    parts are made.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        namespace: str,
        windows: Sequence[Window] = DEFAULT_WINDOWS,
        policy: GroupPolicy = EVERY_GROUP,
        template: UserNamespaceTemplate | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._hub = namespace
        self._namespace = escaped(namespace)
        self._template = template
        self._namespaces = NamespaceTally()
        self._policy = policy
        self._shares: dict[tuple[str, ...], dict[str, float]] = {}
        self.tally = Tally(snapshot, windows, policy)
        self._rows = 0
        self._share_rows = 0

    def parts(self) -> Iterator[bytes]:
        """Yield the text in parts, each of which takes a few milliseconds to make."""
        yield USER_GROUP_INFO.head.encode()
        yield from _joined(line for user in self.snapshot.users for line in self._info(user))
        yield USER_GROUP_SHARE.head.encode()
        yield from _joined(line for user in self.snapshot.users for line in self._parts(user))
        if self._template:
            yield USER_NAMESPACE_INFO.head.encode()
            template = self._template
            yield from _joined(
                line for user in self.snapshot.users for line in self._in(template, user)
            )
        yield from _joined(self.group_lines())

    @property
    def sizes(self) -> Sizes:
        """What all parts hold; ``page`` is left to who encodes them."""
        return Sizes(len(self.snapshot.users), len(self.tally.groups), self._rows)

    @property
    def namespaces(self) -> NamespaceCounts | None:
        """The users' namespaces, counted once all parts are made; None without a template."""
        return self._namespaces.counts if self._template else None

    def labels(self, user: User) -> Collection[str]:
        """Return the groups that a user counts under: at least one, in the user's order."""
        return self._known_shares(user.groups)

    def group_lines(self) -> Iterator[str]:
        """Yield the series that name groups but no user, once all parts are made."""
        yield GROUP_MEMBERS.head
        for label, count in self.tally.members.items():
            yield GROUP_MEMBERS.line % (self._namespace, escaped(label), float(count))
        if not self.snapshot.activity_known:
            return
        yield GROUP_ACTIVE_MEMBERS.head
        for window, counts in self.tally.active.items():
            for label, count in counts.items():
                values = self._namespace, escaped(label), window.label, float(count)
                yield GROUP_ACTIVE_MEMBERS.line % values

    @property
    def series(self) -> int:
        """How many series all parts hold."""
        windows = len(self.tally.active) if self.snapshot.activity_known else 0
        of_users = self._rows + self._share_rows + self._namespaces.counts.series
        return of_users + len(self.tally.members) * (1 + windows)

    def _info(self, user: User) -> Iterator[str]:
        shares = self._known_shares(user.groups)
        self.tally.add(user, shares)
        self._rows += len(shares)
        # The two encodings have no character that needs escaping.
        encoded = slugs.escaped(user.name), slugs.safe(user.name)
        name = escaped(user.name)
        for label in shares:
            yield _INFO % (self._namespace, escaped(label), name, *encoded, 1.0)

    def _parts(self, user: User) -> Iterator[str]:
        name = escaped(user.name)
        for label, share in self._known_shares(user.groups).items():
            if share:
                self._share_rows += 1
                yield _SHARE % (self._namespace, escaped(label), name, share)

    def _in(self, template: UserNamespaceTemplate, user: User) -> Iterator[str]:
        names = template.names(self._hub, user.name)
        self._namespaces.add(names)
        username = escaped(user.name)
        for name in names:
            yield _USER_NAMESPACE % (self._namespace, name, username, 1.0)

    def _known_shares(self, groups: tuple[str, ...]) -> dict[str, float]:
        shares = self._shares.get(groups)
        if shares is None:
            shares = self._shares[groups] = self._policy.shares(groups)
        return shares


def _joined(lines: Iterator[str]) -> Iterator[bytes]:
    """Yield the lines some hundred kilobytes at a time.

    By their length, not their number: a user of odd characters in 10,000 groups has lines of
    20 kB. As bytes: a text with one such character takes four for each of all.
    """
    part = bytearray()
    for line in lines:
        part += line.encode()
        if len(part) >= _PART_BYTES:
            yield bytes(part)
            part.clear()
    yield bytes(part)


def escaped(value: str) -> str:
    r"""Return a label's value as both formats write it: ``\\``, ``\"`` and ``\n``."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


class CachedExposition:
    """The memberships as bytes, plain and in gzip: added to while made, then only read.

    What changes from scrape to scrape comes after them: in gzip as the end of the same stream,
    since not every reader goes on to a second one.
    """

    def __init__(self) -> None:
        self._identity: list[bytes] = []
        self._gzipped: list[bytes] = []
        self._compressor = zlib.compressobj(wbits=_GZIP)
        self.size = 0
        """Bytes of what was added, uncompressed."""

    def add(self, part: bytes) -> None:
        """Add a part, in a few milliseconds for some 100 kB; raise ``HubError`` if it is too much.

        What a hub with the default of ``max_memberships`` needs is half of the limit.
        """
        self._identity.append(part)
        self._gzipped.append(self._compressor.compress(part))
        self.size += len(part)
        if self.size > MOST_BYTES:
            raise HubError(
                Reason.SHAPE,
                Message(
                    "The memberships would make a page of more than {most} MiB. Export fewer "
                    "groups, with {groups_allow} or {groups_deny}.",
                    most=MOST_BYTES // 2**20,
                ),
            )

    def close(self) -> None:
        """Make all that was added part of the stream."""
        self._gzipped.append(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        self._gzipped = [b"".join(self._gzipped)]

    def identity(self, end: bytes) -> Sequence[bytes]:
        """Return the page and ``end``, as the parts of one body."""
        return (*self._identity, end)

    def gzipped(self, end: bytes) -> Sequence[bytes]:
        """Return the page and ``end`` in gzip, as the parts of one body."""
        compressor = self._compressor.copy()
        return (*self._gzipped, compressor.compress(end) + compressor.flush())


async def make_exposition(text: MembershipWriter) -> CachedExposition:
    """Return the page of a text; raise ``HubError`` if it is too large.

    Between its parts other work, such as a scrape, has its turn.
    """
    page = CachedExposition()
    for part in text.parts():
        page.add(part)
        await asyncio.sleep(0)
    page.close()
    return page
