"""What the exporter asks of the hub, by scope, and what a token may do.

A scope is held as it is (``list:users``) or with a filter (``list:users!group=staff``), then for
a part of the hub only. Source: JupyterHub's documentation, "Scopes in JupyterHub".
"""

from collections.abc import Iterable
from dataclasses import dataclass

from exporter.core.metrics import GROUP_ACTIVE_MEMBERS


@dataclass(frozen=True, slots=True)
class HubScope:
    """A scope, and what it is for; ``implied`` are those that the hub gives with it."""

    name: str
    required: bool
    adds: str
    implied: frozenset[str] = frozenset()


HUB_SCOPES = (
    HubScope("list:users", True, "the users", frozenset({"read:users:name"})),
    HubScope("read:users:groups", True, "the groups of each user"),
    HubScope("list:groups", False, "groups without members", frozenset({"read:groups:name"})),
    HubScope("read:users:activity", False, GROUP_ACTIVE_MEMBERS.name),
)


def covers(held: Iterable[str], wanted: str) -> bool:
    """Return whether one of the scopes gives the wanted one: itself, or without its filter."""
    return not {wanted, wanted.partition("!")[0]}.isdisjoint(held)


def filters(held: Iterable[str], wanted: str) -> tuple[str, ...]:
    """Return ``("!group=staff",)``: for which parts only the scope is held; empty if for all."""
    held = tuple(held)
    if wanted in held:
        return ()
    return tuple(scope.removeprefix(wanted) for scope in held if scope.startswith(f"{wanted}!"))


def unneeded(held: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes that the exporter has no use for, without their filters, by name."""
    known = {wanted.name for wanted in HUB_SCOPES}.union(*(wanted.implied for wanted in HUB_SCOPES))
    return tuple(sorted({scope.partition("!")[0] for scope in held} - known))
