"""The stamp by which deploy recognizes its own dashboards.

A version that deploy saved says so in its message. The dashboard itself has a field that Grafana
does not know, keeps, and shows to nobody: which release deployed it, for which collection of
boards, under which uid, and the digest of what was deployed. Grafana's pages drop that field when
somebody saves a dashboard there.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from subprocess import SubprocessError, run

from dashboards.catalog import COLLECTION
from dashboards.schema.values import Json

KEY = "groupscope"

# Kept by the Grafana that stores a dashboard, or left by us, but not part of the dashboard.
_NOT_CONTENT = frozenset({"id", "version", KEY})


class Ownership(Enum):
    """Whether deploy saved a dashboard, and whether it was changed since."""

    AS_DEPLOYED = "as deployed"
    CHANGED_SINCE = "changed since"
    NOT_OURS = "not ours"


def content(board: Json) -> Json:
    """Return a dashboard without what belongs to the Grafana that stores it, or to deploy."""
    return {key: value for key, value in board.items() if key not in _NOT_CONTENT}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who deploys: the release of groupscope, and the collection that a board belongs to."""

    release: str
    collection: str = COLLECTION

    @property
    def message(self) -> str:
        """Return what Grafana's version history shows."""
        return f"{KEY} {self.release}"


def is_deploy_message(message: str) -> bool:
    """Tell whether a version's message is one that deploy saves with."""
    return bool(re.match(rf"{KEY} \d", message))


def stamp(board: Json, origin: Origin) -> Json:
    """Return a dashboard as it is deployed: with the stamp in it."""
    field = {
        "release": origin.release,
        "collection": origin.collection,
        "uid": board["uid"],
        "content": _digest(board),
    }
    return {**content(board), KEY: field}


def ownership(board: Json) -> Ownership:
    """Return a dashboard's ownership by its stamp; a copy with the stamp in it is not ours."""
    stamped = _read_stamp(board)
    if not stamped or stamped["uid"] != board.get("uid"):
        return Ownership.NOT_OURS
    if stamped.get("content") == _digest(board):
        return Ownership.AS_DEPLOYED
    return Ownership.CHANGED_SINCE


def stamped_origin(board: Json) -> Origin | None:
    """Return who deployed a dashboard by its stamp, None if nobody did."""
    if ownership(board) is Ownership.NOT_OURS:
        return None
    stamped = _read_stamp(board)
    return Origin(str(stamped.get("release") or ""), str(stamped.get("collection") or ""))


def _read_stamp(board: Json) -> Mapping[str, object]:
    field = board.get(KEY)
    return field if isinstance(field, dict) and isinstance(field.get("uid"), str) else {}


@cache
def release() -> str:
    """Return ``0.1.0``, with the commit if this is a checkout: ``0.1.0 (1a2b3c4)``."""
    number = version("groupscope")
    commit = _commit(Path(__file__).parents[1])
    return f"{number} ({commit})" if commit else number


def _commit(folder: Path) -> str:
    """Return the commit of a checkout, with a ``+`` if files were changed since, or ""."""
    if not (folder.parent / ".git").exists():
        return ""
    try:
        described = run(
            ["git", "describe", "--always", "--exclude=*", "--dirty=+"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, SubprocessError):
        # Without git, or one that may not look here, a checkout is as good as an installed package.
        return ""
    return described.stdout.strip()


def _digest(board: Json) -> str:
    text = json.dumps(content(board), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
