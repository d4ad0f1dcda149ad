"""The pods of the hub itself, which are nobody's: no annotation, so never in a group."""

from dataclasses import dataclass

from demo.people import NAMESPACE
from demo.schedule import GIB, NODES
from demo.series import hexadecimal


@dataclass(frozen=True, slots=True)
class Component:
    """A pod that always runs, and what it uses: cores and bytes."""

    name: str
    cores: float
    memory: float
    node: str = NODES[0]
    namespace: str = NAMESPACE

    @property
    def pod(self) -> str:
        """Return the pod's name, as a Deployment gives it."""
        return f"{self.name}-5d9c7b6f4-x2x7q"

    @property
    def uid(self) -> str:
        """Return the pod's uid."""
        return f"00000000-0000-0000-0000-{hexadecimal(self.name, '')[:12]}"


COMPONENTS = (
    Component("hub", 0.08, 0.3 * GIB),
    Component("proxy", 0.02, 0.06 * GIB),
    Component("user-placeholder", 0.0, 0.001 * GIB),
)
