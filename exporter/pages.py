"""The hub's answers, as values: JSON in, users and group names out, or a ``HubError``.

Messages name the field that is wrong, never its content: that may be a username.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.errors import HubError, Reason
from exporter.memberships import User


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, and the offset of the next part, None after the last."""

    items: Sequence[dict[str, object]]
    next_offset: int | None


def parse_page(answer: object, offset: int) -> Page:
    """Read ``{"items": [...], "_pagination": {"next": {"offset": 200, ...} | null, ...}}``.

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
    items = answer.get("items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise _shape("a page without a list of items")
    following = answer["_pagination"].get("next")
    if following is None or not items:
        # The total of a filtered scope is wrong: `next` goes on after the last item.
        return Page(items, None)
    next_offset = following.get("offset") if isinstance(following, dict) else None
    if not isinstance(next_offset, int) or next_offset <= offset:
        raise _shape("a page whose next one does not come after it")
    return Page(items, next_offset)


def parse_users(items: Sequence[dict[str, object]]) -> tuple[tuple[User, ...], bool]:
    """Return the users, each name once, and whether their last activity is known.

    Activity is known if every user has the key: null is a user who was never active, no key
    is a scope that lacks. A user without ``groups`` is an error: they may be in some.
    """
    hidden = sum("groups" not in item for item in items)
    if hidden:
        raise HubError(
            Reason.SCOPE,
            f"The token may not read the groups of {hidden} of {len(items)} users. "
            "Give its service the scope read:users:groups, without a filter.",
        )
    by_name = {user.name: user for user in map(_user, items)}
    return tuple(by_name.values()), all("last_activity" in item for item in items)


def parse_group_names(items: Iterable[dict[str, object]]) -> tuple[str, ...]:
    """Return the groups' names, each once."""
    return tuple(dict.fromkeys(_text(item.get("name"), "a group's name") for item in items))


def parse_scopes(answer: object) -> tuple[str, ...]:
    """Return the token's scopes, expanded, from ``GET user``: ``("list:users", ...)``."""
    scopes = answer.get("scopes") if isinstance(answer, dict) else None
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise _shape(
            "JSON that does not tell the token's scopes; JupyterHub 2.0 or newer is needed"
        )
    return tuple(scopes)


def _user(item: dict[str, object]) -> User:
    groups = item["groups"]
    if not isinstance(groups, list):
        raise _shape("a user whose groups are not a list")
    return User(
        name=_text(item.get("name"), "a user's name"),
        groups=tuple(dict.fromkeys(_text(group, "the name of a user's group") for group in groups)),
        last_activity=_seconds(item.get("last_activity")),
    )


def _text(field: object, what: str) -> str:
    if not isinstance(field, str) or not field:
        raise _shape(f"{what} that is not a text")
    try:
        field.encode()
    except UnicodeEncodeError:
        # JSON can spell half a surrogate pair, which no exposition can hold.
        raise _shape(f"{what} that is not Unicode") from None
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


def _shape(what: str) -> HubError:
    return HubError(Reason.SHAPE, f"The hub answered with {what}.")
