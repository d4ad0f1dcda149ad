"""The hub's answers, as values: JSON in, users and group names out, or a ``HubError``.

Messages name the field that is wrong, never its content: that may be a username.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exporter.core.errors import HubError, Reason
from exporter.core.memberships import User
from exporter.core.messages import Message

Item = dict[str, object]

# JupyterHub's database keeps 255 characters; a series with far longer labels is an attack.
LONGEST_NAME = 1024


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Part of a list, how long the hub says the whole is, and the offset of the next part.

    ``next_offset`` is None after the last. ``total`` is too large under a filtered scope.
    """

    items: Sequence[Item]
    total: int
    next_offset: int | None


def parse_page(answer: object, offset: int) -> ResultPage:
    """Read ``{"items": [...], "_pagination": {"total": 230, "next": {"offset": 200} | null}}``.

    ``offset`` is the one asked for: a next one that is not larger would never end. Source:
    JupyterHub's documentation, "Using JupyterHub's REST API", pagination.
    """
    if isinstance(answer, list):
        raise _shape(
            "a plain list, which it cuts off at its page size. JupyterHub 2.0 or newer is needed; "
            "if it is, something between drops or changes the Accept header"
        )
    if not isinstance(answer, dict) or not isinstance(answer.get("_pagination"), dict):
        raise _shape("JSON that is not a page of a JupyterHub list")
    items, total = answer.get("items"), answer["_pagination"].get("total")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _shape("a page without a list of items")
    if type(total) is not int or total < 0:
        raise _shape("a page that does not tell how many items there are in all")
    following = answer["_pagination"].get("next")
    if following is None or not items:
        # The total of a filtered scope is wrong: `next` goes on after the last item.
        return ResultPage(items, total, None)
    next_offset = following.get("offset") if isinstance(following, dict) else None
    if type(next_offset) is not int or next_offset <= offset:
        raise _shape("a page whose next one does not come after it")
    return ResultPage(items, total, next_offset)


class Users:
    """The users of all pages, each name once.

    Equal names of groups, and equal sets of them, are one object: of 100,000 users in 1,000
    groups that is a third of the memory.
    """

    def __init__(self, most_memberships: int) -> None:
        self._most = most_memberships
        self._by_name: dict[str, User] = {}
        self._groups: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._names: dict[str, str] = {}
        self._memberships = 0
        self._items = 0
        self._hidden = 0
        self._activity_known = True

    def add(self, items: Sequence[Item]) -> None:
        """Take the users of one page; raise ``HubError`` if one is none, or there are too many."""
        for item in items:
            self._items += 1
            self._activity_known &= "last_activity" in item
            if "groups" not in item:
                self._hidden += 1
                continue
            user = self._user(item)
            self._memberships += max(1, len(user.groups))
            self._by_name[user.name] = user
        if self._memberships + self._hidden > self._most:
            raise _too_many(self._most)

    def __len__(self) -> int:
        return len(self._by_name) + self._hidden

    def all(self) -> tuple[User, ...]:
        """Return the users; one without ``groups`` is an error, as they may be in some."""
        if self._hidden:
            raise HubError(
                Reason.SCOPE,
                f"The token may not read the groups of {self._hidden} of {self._items} users. "
                "Give its service the scope read:users:groups, without a filter.",
            )
        return tuple(self._by_name.values())

    @property
    def activity_known(self) -> bool:
        """Whether every user has the key: null is one who never was active, no key a scope."""
        return self._activity_known

    def _user(self, item: Item) -> User:
        groups = item["groups"]
        if not isinstance(groups, list):
            raise _shape("a user whose groups are not a list")
        names = dict.fromkeys(_name(group, "the name of a user's group") for group in groups)
        found = tuple(self._names.setdefault(name, name) for name in names)
        return User(
            name=_filled_name(item.get("name"), "a user's name"),
            groups=self._groups.setdefault(found, found),
            last_activity=_seconds(item.get("last_activity")),
        )


class GroupNames:
    """The names of the groups of all pages, each once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: dict[str, None] = {}
        self._items = 0

    def add(self, items: Sequence[Item]) -> None:
        """Take the groups of one page; raise ``HubError`` if one is none, or there are too many."""
        self._items += len(items)
        if self._items > self._most:
            raise _too_many(self._most)
        self._names |= dict.fromkeys(_name(item.get("name"), "a group's name") for item in items)

    def __len__(self) -> int:
        return len(self._names)

    def all(self) -> tuple[str, ...]:
        """Return the names in the hub's order."""
        return tuple(self._names)


def parse_scopes(answer: object) -> tuple[str, ...]:
    """Return the token's scopes, expanded, from ``GET user``: ``("list:users", ...)``."""
    scopes = answer.get("scopes") if isinstance(answer, dict) else None
    if not isinstance(scopes, list) or not all(_is_word(scope) for scope in scopes):
        raise _shape(
            "JSON that does not tell the token's scopes; JupyterHub 2.0 or newer is needed"
        )
    return tuple(scopes)


def parse_version(answer: object) -> str:
    """Return the hub's version from ``GET /``: ``"6.1.1"``."""
    version: Any = answer.get("version") if isinstance(answer, dict) else None
    if not _is_word(version):
        raise _shape("JSON that does not tell its version")
    return str(version)


def _is_word(field: object) -> bool:
    """Whether a scope or a version is what it can be; people are shown it as it is."""
    if not isinstance(field, str) or len(field) > LONGEST_NAME:
        return False
    # A filter of a scope holds the name of a user or group.
    return field.isprintable() and not field.startswith(" ")


def _filled_name(field: object, what: str) -> str:
    if not field:
        raise _shape(f"{what} that is not a text")
    return _name(field, what)


def _name(field: object, what: str) -> str:
    """Return a name; that of a group may be empty, as a claim of an authenticator may make it."""
    if not isinstance(field, str):
        raise _shape(f"{what} that is not a text")
    if len(field) > LONGEST_NAME:
        raise _shape(f"{what} that is longer than {LONGEST_NAME} characters")
    # JSON can spell half a surrogate pair, which no exposition can hold.
    if not field.isascii() and any("\ud800" <= character <= "\udfff" for character in field):
        raise _shape(f"{what} that is not Unicode")
    return field


def _seconds(field: object) -> float | None:
    if field is None:
        return None
    try:
        moment = datetime.fromisoformat(field)  # type: ignore[arg-type]  # TypeError is caught
        # The hub's own times are UTC, with a Z since JupyterHub 0.9.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        raise _shape("a last activity that is not a time") from None


def _too_many(most: int) -> HubError:
    return _shape(
        Message(
            "more than {most} memberships or groups. If the hub is that large, allow more with "
            "{max_memberships}",
            most=most,
        )
    )


def _shape(what: Message | str) -> HubError:
    return HubError(Reason.SHAPE, Message("The hub answered with {what}.", what=what))
