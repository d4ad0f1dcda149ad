"""The boards as the Grafana app brings them: under uids of their own.

Grafana imports what an app brings over whatever has the same uid, at the top level, and deletes it
when the app is disabled. So the app's boards must never have the uids that deploy and provisioning
use. Their links lead to one another, and they find one another by a tag of their own.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dashboards.kit import links
from dashboards.kit.boards import BOARDS
from dashboards.schema.canonical import dumps
from dashboards.schema.values import Json

TAG = "groupscope-app"
"""Every board of the app has it, and not the tag that deployed boards find one another by."""

_PATHS: Mapping[str, str] = MappingProxyType(
    {f"/d/{board.uid}": f"/d/{TAG}-{board.name}" for board in BOARDS}
)


def app_uid(uid: str) -> str:
    """Return the uid of the app's board: ``groupscope-app-home`` for ``groupscope-home``."""
    return _PATHS[f"/d/{uid}"].removeprefix("/d/")


def of_app(board: Json) -> Json:
    """Return a board as the app brings it.

    Grafana imports an app's board again only if its ``revision`` is not the imported one's, so
    that is made from the content: an update of the app updates the boards that it changes.
    """
    tags = [TAG if tag == links.TAG else tag for tag in board["tags"]]
    own: Json = {**_linked(board), "uid": app_uid(board["uid"]), "tags": tags}
    return {**own, "revision": int(hashlib.sha256(dumps(own).encode()).hexdigest()[:7], 16)}


def _linked(part: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a part of a board whose links lead to the app's boards."""
    if isinstance(part, list):
        return [_linked(each) for each in part]
    if not isinstance(part, dict):
        return part
    linked = {key: _linked(value) for key, value in part.items()}
    if isinstance(part.get("url"), str):
        path, mark, query = part["url"].partition("?")
        linked["url"] = f"{_PATHS.get(path, path)}{mark}{query}"
    if part.get("type") == "dashboards" and links.TAG in part.get("tags", ()):
        # A list of boards by their tag.
        linked["tags"] = [TAG]
    return linked
