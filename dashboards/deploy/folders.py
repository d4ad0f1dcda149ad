"""The folder that boards go to: by the titles on the way to it, or by its uid."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.grafana import Folder, Grafana
from dashboards.grafana.errors import RefusedError

FOLDER = "groupscope"
"""The folder's title unless told otherwise, and its uid: the one that provisioning uses too."""

GENERAL = "general"
"""Grafana's own name for the top level, where a folder's uid is asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that boards go to, and those that have to be created first, outermost first."""

    folder: Folder
    missing: tuple[Folder, ...] = ()


def titles(path: str) -> tuple[str, ...]:
    """Return the titles on the way to a folder: ``"Ops / Hubs"`` is Hubs in Ops."""
    return tuple(filter(None, (title.strip() for title in path.split("/"))))


def folder_uid(path: str) -> str:
    """Return the uid of a folder that we create, always the same: at most 40 of ``a-z0-9-``.

    ``groupscope`` for the folder of that title, ``groupscope-ops-team-1ff2a53c`` for "Ops team".
    """
    if path == FOLDER:
        return FOLDER
    words = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:19].strip("-")
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    return "-".join(filter(None, (FOLDER, words, digest)))


def choose_folder(title: str, uid: str, visible: Sequence[Folder]) -> Folder | None:
    """Return the folder of that title, ours (of that uid) first; None if there is none.

    Raises RefusedError when several have the title and none of them is ours.
    """
    titled = [folder for folder in visible if folder.title == title]
    ours = [folder for folder in titled if folder.uid == uid]
    if len(titled) > 1 and not ours:
        raise RefusedError(
            f"Grafana has {len(titled)} folders called “{title}”. Rename all but one, or name "
            "the one by its uid with --folder-uid."
        )
    return next(iter(ours or titled), None)


def place_at(grafana: Grafana, path: str) -> Place:
    """Return the folder at the end of that path of titles, and what of the path is missing."""
    visible = grafana.folders()
    whole = [one for one in visible if one.title == path.strip()]
    if "/" in path and len(whole) == 1:
        # It is a title with a slash in it.
        return Place(whole[0])
    missing: list[Folder] = []
    parent = ""
    walked: list[str] = []
    folder = Folder(FOLDER, FOLDER)
    for title in titles(path):
        walked.append(title)
        uid = folder_uid("/".join(walked))
        found = None
        if not missing:
            # A folder of our uid under another title was renamed or moved: it is still ours.
            visible = grafana.folders(parent) if parent else visible
            found = choose_folder(title, uid, visible) or grafana.folder(uid)
        folder = found or Folder(uid, title, parent)
        if found is None:
            missing.append(folder)
        parent = folder.uid
    return Place(folder, tuple(missing))


def place_of(grafana: Grafana, uid: str) -> Place:
    """Return the folder of that uid. Raises RefusedError if there is none that one may see."""
    if uid == GENERAL:
        return Place(Folder("", "General"))
    folder = grafana.folder(uid)
    if folder is None:
        raise RefusedError(
            f"Grafana has no folder with the uid {uid} that this login sees. Its address in a "
            "browser ends in the uid: …/dashboards/f/UID."
        )
    return Place(folder)
