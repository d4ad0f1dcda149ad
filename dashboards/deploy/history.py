"""Whose a dashboard in Grafana is, and whether somebody changed it since it was deployed.

Grafana's version history tells: what deploy saved says so in the version's message. The mark in the
dashboard alone would not do. Grafana's pages leave it out when somebody saves there, and one who
goes back to an older version, or imports a copy, brings an old mark back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboards.deploy.provenance import Origin, Standing, deployed_by, is_deploys, standing
from dashboards.grafana import Existing, Grafana, Manager, Version
from dashboards.grafana.errors import StatusError

_LOOKS_BACK = 10
"""How many versions are looked at; each comes with its whole content."""

_INITIAL = "Initial save"
"""What Grafana's list says of a dashboard's first version, whatever it was told (seen on 12.4)."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a dashboard is to us, who deployed it, if deploy did, and what else maintains it."""

    standing: Standing
    origin: Origin | None = None
    manager: Manager | None = None


def lineage(grafana: Grafana, existing: Existing) -> Lineage:
    """Return whose a dashboard is, by its history, or by its mark if one may not read that."""
    uid = str(existing.content.get("uid") or "")
    try:
        versions = grafana.versions(uid, limit=_LOOKS_BACK)
    except StatusError as error:
        if error.status not in (403, 404):
            raise
        return by_mark(existing)
    for version in _with_messages(grafana, uid, versions):
        if is_deploys(version.message):
            found = version.content or grafana.version(uid, version.number).content
            current = version.number == existing.version
            return Lineage(
                Standing.AS_DEPLOYED if current else Standing.CHANGED_SINCE, deployed_by(found)
            )
    found_by_mark = by_mark(existing)
    # None of them is deploy's, so somebody has saved since, if it ever was.
    changed = found_by_mark.standing is Standing.AS_DEPLOYED
    return replace(found_by_mark, standing=Standing.CHANGED_SINCE) if changed else found_by_mark


def by_mark(existing: Existing) -> Lineage:
    """Return whose a dashboard is by the mark in it."""
    return Lineage(standing(existing.content), deployed_by(existing.content))


def _with_messages(grafana: Grafana, uid: str, versions: Iterable[Version]) -> Iterable[Version]:
    """Yield the versions with the messages that they were saved with."""
    for version in versions:
        yield grafana.version(uid, version.number) if version.message == _INITIAL else version
