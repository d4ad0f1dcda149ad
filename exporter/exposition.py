"""The memberships as text, part by part, and as the page that scrapes get.

The text is written here rather than by prometheus-client, which needs ten times the time and
memory for 100,000 users; the tests hold the two against each other.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter import slugs
from exporter.groups import Exported
from exporter.memberships import (
    DEFAULT_WINDOWS,
    EVERY_GROUP,
    Snapshot,
    Tally,
    User,
    Window,
)
from exporter.metrics import (
    GROUP_ACTIVE_MEMBERS,
    GROUP_MEMBERS,
    USER_GROUP_INFO,
    USER_GROUP_SHARE,
)

_INFO = USER_GROUP_INFO.line
_SHARE = USER_GROUP_SHARE.line
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is being served; ``page`` is in bytes."""

    users: int = 0
    groups: int = 0
    memberships: int = 0
    page: int = 0


NOTHING = Sizes()


class MembershipText:
    """The memberships of a snapshot as text, part by part; then ``sizes`` are known.

    For one user in one group::

        jupyterhub_user_group_info{namespace="hub",usergroup="staff",username="Ann",
                                   username_escaped="-41nn",username_safe="ann---…"} 1.0
        jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="staff"} 1.0
        jupyterhub_group_members{namespace="hub",usergroup="none"} 0.0
        jupyterhub_group_active_members{namespace="hub",usergroup="staff",window="24h"} 1.0

    Without ``snapshot.activity_known`` the last is left out: unknown is not 0. All are gauges
    without timestamps, so that the text is the same in Prometheus' text format 0.0.4 and in
    OpenMetrics 1.0.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        namespace: str,
        windows: Sequence[Window] = DEFAULT_WINDOWS,
        exported: Exported = EVERY_GROUP,
    ) -> None:
        self._snapshot = snapshot
        self._namespace = escaped(namespace)
        self._exported = exported
        self._shares: dict[tuple[str, ...], dict[str, float]] = {}
        self._tally = Tally(snapshot, windows, exported)
        self._rows = 0
        self._share_rows = 0

    def parts(self) -> Iterator[str]:
        """Yield the text in parts, each of which takes a few milliseconds to make."""
        yield USER_GROUP_INFO.head
        for users in self._snapshot.slices():
            yield "".join(line for user in users for line in self._info(user))
        yield USER_GROUP_SHARE.head
        for users in self._snapshot.slices():
            yield "".join(line for user in users for line in self._parts(user))
        yield self._of_groups()

    @property
    def sizes(self) -> Sizes:
        """What all parts hold; ``page`` is left to who encodes them."""
        return Sizes(len(self._snapshot.users), len(self._tally.groups), self._rows)

    @property
    def members(self) -> dict[str, int]:
        """Users by label, once all parts are made."""
        return self._tally.members

    @property
    def series(self) -> int:
        """How many series all parts hold."""
        windows = len(self._tally.active) if self._snapshot.activity_known else 0
        return self._rows + self._share_rows + len(self._tally.members) * (1 + windows)

    def _info(self, user: User) -> Iterator[str]:
        shares = self._known_shares(user.groups)
        self._tally.add(user, shares)
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

    def _known_shares(self, groups: tuple[str, ...]) -> dict[str, float]:
        shares = self._shares.get(groups)
        if shares is None:
            shares = self._shares[groups] = self._exported.shares(groups)
        return shares

    def _of_groups(self) -> str:
        lines = [GROUP_MEMBERS.head]
        lines += [
            GROUP_MEMBERS.line % (self._namespace, escaped(label), float(count))
            for label, count in self._tally.members.items()
        ]
        if self._snapshot.activity_known:
            lines.append(GROUP_ACTIVE_MEMBERS.head)
            lines += [
                GROUP_ACTIVE_MEMBERS.line
                % (self._namespace, escaped(label), window.label, float(count))
                for window, counts in self._tally.active.items()
                for label, count in counts.items()
            ]
        return "".join(lines)


def escaped(value: str) -> str:
    r"""Return a label's value as both formats write it: ``\\``, ``\"`` and ``\n``."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


class Page:
    """The memberships as bytes, plain and in gzip: added to while made, then only read.

    What changes from scrape to scrape comes after them: in gzip as the end of the same stream,
    since not every reader goes on to a second one.
    """

    def __init__(self) -> None:
        self._plain: list[bytes] = []
        self._packed: list[bytes] = []
        self._compressor = zlib.compressobj(wbits=_GZIP)

    def add(self, text: str) -> None:
        """Add a part; its time is a few milliseconds for some 100 kB."""
        part = text.encode()
        self._plain.append(part)
        self._packed.append(self._compressor.compress(part))

    def close(self) -> None:
        """Make all that was added part of the stream."""
        self._packed.append(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        self._packed = [b"".join(self._packed)]

    @property
    def size(self) -> int:
        """Bytes of what was added, uncompressed."""
        return sum(map(len, self._plain))

    def plain(self, end: bytes) -> Sequence[bytes]:
        """Return the page and ``end``, as the parts of one body."""
        return (*self._plain, end)

    def packed(self, end: bytes) -> Sequence[bytes]:
        """Return the page and ``end`` in gzip, as the parts of one body."""
        compressor = self._compressor.copy()
        return (*self._packed, compressor.compress(end) + compressor.flush())
