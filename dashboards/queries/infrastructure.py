"""What a server that the boards rest on uses: Prometheus, or an NFS server.

Each function returns a panel's lines with their legends. Those that the board's switches turn on
(``requests``, ``limits``, ``capacity``) are there while these are.
"""

from dataclasses import dataclass

from dashboards.kit.scope import Scope
from dashboards.queries import support
from dashboards.queries.support import shown_if

Lines = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Server:
    """How the containers and the volume's claim of a server are called, of the usual charts."""

    containers: str
    claims: str


PROMETHEUS = Server(support.PROMETHEUS, support.PROMETHEUS_VOLUME)
NFS = Server(support.NFS, support.NFS_VOLUME)


def cpu(scope: Scope, server: Server) -> Lines:
    """Return the cores used, requested, allowed, and those of its nodes."""
    return _with_bounds(scope, server, "cpu", support.cores(scope, server.containers))


def memory(scope: Scope, server: Server) -> Lines:
    """Return the bytes of memory used, requested, allowed, and those of its nodes."""
    return _with_bounds(scope, server, "memory", support.memory(scope, server.containers))


def _with_bounds(scope: Scope, server: Server, resource: str, used: str) -> Lines:
    requested = support.reserved(scope, server.containers, resource)
    limit = support.allowed(scope, server.containers, resource)
    capacity = support.capacity(scope, server.containers, resource)
    return [
        (used, "used"),
        (shown_if("requests", requested), "requested"),
        (shown_if("limits", limit), "limit"),
        (shown_if("capacity", capacity), "capacity"),
    ]


def disk_used(scope: Scope, server: Server) -> str:
    """Return the bytes used on its volumes."""
    return support.disk_used(scope, server.claims)


def disk(scope: Scope, server: Server) -> Lines:
    """Return the bytes used on its volumes, and their size."""
    capacity = support.disk_capacity(scope, server.claims)
    return [(disk_used(scope, server), "used"), (shown_if("capacity", capacity), "capacity")]


def network(scope: Scope, server: Server) -> Lines:
    """Return the bytes a second that it receives and sends."""
    return [
        (support.received(scope, server.containers), "received"),
        (support.sent(scope, server.containers), "sent"),
    ]
