"""Who deployed a dashboard in Grafana, and whether somebody changed it since.

Grafana's version history tells: each version that deploy saved says so in its message. The stamp in
the dashboard alone would not do. Grafana's pages drop it when somebody saves there, and whoever
goes back to an older version, or imports a copy, brings an old stamp back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboards.deploy.provenance import (
    Origin,
    Ownership,
    is_deploy_message,
    ownership,
    stamped_origin,
)
from dashboards.grafana import Existing, Grafana, Manager, Version
from dashboards.grafana.errors import StatusError

_VERSIONS_READ = 10
"""How many versions are looked at; each comes with its whole content."""

_INITIAL = "Initial save"
"""What Grafana's list has as the first version's message, whatever it was saved with (12.4)."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whether a dashboard is as deploy saved it, who deployed it, and what else maintains it.

    ``origin`` is None if deploy did not save it, ``manager`` None if only people do.
    """

    ownership: Ownership
    origin: Origin | None = None
    manager: Manager | None = None


def read_provenance(grafana: Grafana, existing: Existing) -> Provenance:
    """Return a dashboard's provenance by its history, or by its stamp if that may not be read."""
    uid = str(existing.content.get("uid") or "")
    try:
        versions = grafana.versions(uid, limit=_VERSIONS_READ)
    except StatusError as error:
        if error.status not in (403, 404):
            raise
        return provenance_by_stamp(existing)
    for version in _with_messages(grafana, uid, versions):
        if is_deploy_message(version.message):
            saved = version.content or grafana.version(uid, version.number).content
            is_current = version.number == existing.version
            return Provenance(
                Ownership.AS_DEPLOYED if is_current else Ownership.CHANGED_SINCE,
                stamped_origin(saved),
            )
    by_stamp = provenance_by_stamp(existing)
    # No version read is deploy's, so somebody has saved since, if it ever was.
    changed = by_stamp.ownership is Ownership.AS_DEPLOYED
    return replace(by_stamp, ownership=Ownership.CHANGED_SINCE) if changed else by_stamp


def provenance_by_stamp(existing: Existing) -> Provenance:
    """Return a dashboard's provenance by the stamp in it."""
    return Provenance(ownership(existing.content), stamped_origin(existing.content))


def _with_messages(grafana: Grafana, uid: str, versions: Iterable[Version]) -> Iterable[Version]:
    """Yield the versions with the messages that they were saved with."""
    for version in versions:
        yield grafana.version(uid, version.number) if version.message == _INITIAL else version
