"""The pods that are nobody's: the hub's own and those of the monitoring."""

from dataclasses import dataclass

from demo.nodes import CORE
from demo.people import NAMESPACE
from demo.schedule import GIB
from demo.series import hexadecimal

SUPPORT = "support"
"""The namespace of Prometheus."""


@dataclass(frozen=True, slots=True)
class Component:
    """A pod that always runs; what it uses and has reserved: cores and bytes."""

    name: str
    container: str
    cores: float
    memory: float
    cpu_request: float
    memory_request: float
    cpu_limit: float
    memory_limit: float
    image: str
    received: float = 0.0
    """Bytes a second from the network, and to it."""
    sent: float = 0.0
    namespace: str = NAMESPACE
    node: str = CORE.name

    @property
    def pod(self) -> str:
        """Return the pod's name, as a Deployment gives it."""
        return f"{self.name}-5d9c7b6f4-x2x7q"

    @property
    def uid(self) -> str:
        """Return the pod's uid."""
        return f"00000000-0000-0000-0000-{hexadecimal(self.name, '')[:12]}"


HUB = Component(
    *("hub", "hub", 0.08, 0.3 * GIB, 0.2, 0.5 * GIB, 2.0, 1 * GIB),
    *("quay.io/jupyterhub/k8s-hub:4.3.0", 9e3, 4e4),
)
NFS = Component(
    *("nfs-server", "nfs-server", 0.15, 0.8 * GIB, 0.2, 1 * GIB, 1.0, 2 * GIB),
    *("quay.io/nfs-ganesha/ganesha:V7.2", 6e6, 2.2e7),
)
PROMETHEUS = Component(
    *("prometheus-server", "prometheus-server", 0.25, 1.6 * GIB, 0.5, 2 * GIB, 1.0, 3 * GIB),
    *("quay.io/prometheus/prometheus:v3.5.0", 1.4e5, 3e4, SUPPORT),
)
COMPONENTS = (
    HUB,
    Component(
        *("proxy", "chp", 0.02, 0.06 * GIB, 0.2, 0.5 * GIB, 1.0, 1 * GIB),
        *("quay.io/jupyterhub/configurable-http-proxy:5.1.0", 2e5, 9e5),
    ),
    Component(
        *("user-placeholder", "pause", 0.0, 0.001 * GIB, 0.2, 0.5 * GIB, 0.2, 0.5 * GIB),
        "registry.k8s.io/pause:3.10",
    ),
    NFS,
    PROMETHEUS,
)
