"""The Kubernetes namespaces in which KubeSpawner puts each user's pods.

KubeSpawner with ``enable_user_namespaces`` makes the name of a namespace of its
``user_namespace_template``. For the user ``user_1`` of a hub in the namespace ``jhub``:

| template | namespaces |
|---|---|
| ``{hubnamespace}-{username}`` | ``jhub-user-1---79b0aa00``, ``jhub-user-5f1`` |
| ``{hubnamespace}-{escaped_username}`` | ``jhub-user-5f1`` |
| ``u-{safe_username:.10}`` | ``u-user-1---7`` |
| ``{unescaped_username}`` | none: ``user_1`` is not a valid name |

``{username}`` stands for two names, where they differ: that of KubeSpawner 7 and that of
KubeSpawner 6 or ``slug_scheme = "escape"``. A hub has both at once after an upgrade, since
KubeSpawner keeps the namespace of a server in the hub's database.

Source: kubespawner 6.2 and 7.1, ``KubeSpawner._expand_user_properties`` and ``load_state``. The
tests compare the names with those of kubespawner itself.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

from exporter.core import slugs

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names: an RFC 1123 label.
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
NO_NAMESPACE = "is no Kubernetes namespace: a-z, 0-9 and - inside, at most 63"
_FIELDS = (
    *("hubnamespace", "namespace"),
    *("username", "safe_username", "escaped_username", "unescaped_username"),
)
_UNKNOWABLE = {
    "userid": "the hub's API does not give",
    **dict.fromkeys(
        (
            *("servername", "safe_servername", "escaped_servername", "unescaped_servername"),
            *("user_server", "safe_user_server", "escaped_user_server"),
        ),
        "differs between the servers of a user, which the exporter does not read",
    ),
}
# A width could make a name of any size.
_CUT = re.compile(r"(\.[0-9]{1,4})?")


def is_namespace(name: str) -> bool:
    """Return whether Kubernetes accepts the name for a namespace."""
    return _NAMESPACE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class UserNamespaceTemplate:
    """KubeSpawner's ``user_namespace_template``.

    Raises ValueError, whose text follows the setting's, for a template that KubeSpawner could not
    expand, that is the same for all users, or of which no namespace can be made.
    """

    text: str

    def __post_init__(self) -> None:
        _check_fields(self.text)
        if set(self._expanded("a", "x")) & set(self._expanded("a", "y")):
            raise ValueError(
                "is the same for all users: it needs a field for the user, such as {username}"
            )
        self.check("a")

    def check(self, hub: str) -> None:
        """Raise ValueError if there can be no such namespaces for a hub in the namespace ``hub``.

        A user's name may be one letter, but no shorter.
        """
        made = next(self._expanded(hub, "x"))
        if not is_namespace(made):
            raise ValueError(f"makes {made!r} of the user x, which {NO_NAMESPACE}")

    def names(self, hub: str, user: str) -> tuple[str, ...]:
        """Return the namespaces that KubeSpawner may use for the user: none, one or two.

        ``hub`` is the namespace of the hub. What is not a valid name is left out: Kubernetes
        refuses such a namespace, and the user's servers do not start.
        """
        return tuple(filter(is_namespace, dict.fromkeys(self._expanded(hub, user))))

    def _expanded(self, hub: str, user: str) -> Iterator[str]:
        safe, escaped = slugs.safe(user), slugs.escaped(user)
        for username in (safe, escaped):
            yield self.text.format(
                hubnamespace="user" if hub == "default" else hub,
                namespace=hub,
                username=username,
                safe_username=safe,
                escaped_username=escaped,
                unescaped_username=user,
            ).rstrip("-")


def _check_fields(template: str) -> None:
    """Raise ValueError for a field that the exporter can't fill."""
    try:
        fields = [
            (name, spec or "", conversion)
            for _, name, spec, conversion in string.Formatter().parse(template)
            if name is not None
        ]
    except ValueError as error:
        raise ValueError(
            f"is not a template such as {{hubnamespace}}-{{username}}: {error}"
        ) from None
    for name, spec, conversion in fields:
        if name in _UNKNOWABLE:
            raise ValueError(f"has the field {{{name}}}, which {_UNKNOWABLE[name]}")
        if name not in _FIELDS:
            raise ValueError(f"has the unknown field {{{name}}}. There are: {', '.join(_FIELDS)}")
        if conversion or not _CUT.fullmatch(spec):
            raise ValueError(
                f"formats the field {{{name}}} in a way that is not supported: the only one is a "
                f"largest length, such as {{{name}:.20}}"
            )


@dataclass(frozen=True, slots=True)
class NamespaceCounts:
    """How many user namespaces there are.

    ``series`` is the number of (user, namespace) pairs; ``shared`` are namespaces of more than
    one user, ``without`` users for whom no valid namespace can be made.
    """

    series: int = 0
    shared: int = 0
    without: int = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What is odd about them, in a sentence each, without names."""
        texts = {
            "Users whose name makes no valid namespace, so that their servers cannot start: {}.": (
                self.without
            ),
            "Namespaces shared by several users, so that a namespace alone does not identify its "
            "user: {}.": self.shared,
        }
        return tuple(text.format(number) for text, number in texts.items() if number)


class NamespaceTally:
    """Counts the namespaces of users, added user by user."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._shared: set[str] = set()
        self._series = self._without = 0

    def add(self, names: tuple[str, ...]) -> None:
        """Count the namespaces of one user."""
        self._shared.update(name for name in names if name in self._seen)
        self._seen.update(names)
        self._series += len(names)
        self._without += not names

    @property
    def counts(self) -> NamespaceCounts:
        """What was counted so far."""
        return NamespaceCounts(self._series, len(self._shared), self._without)
