"""How the exporter is: what its metrics on itself are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.core.errors import Reason


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is being served; ``page`` is in bytes."""

    users: int = 0
    groups: int = 0
    memberships: int = 0
    page: int = 0


EMPTY = Sizes()


@dataclass(frozen=True, slots=True)
class Status:
    """The exporter at one moment: Unix time, seconds, and failures so far for every reason.

    ``refresh_interval`` and ``max_age`` are settings, in seconds.
    """

    last_success: float = 0.0
    last_duration: float = 0.0
    hub_reachable: bool = False
    sizes: Sizes = EMPTY
    failures: Mapping[Reason, int] = field(default_factory=lambda: dict.fromkeys(Reason, 0))
    state_write_failures: int = 0
    refresh_interval: float = field(kw_only=True)
    max_age: float = field(kw_only=True)
