"""The folder that boards go to: found by its path of titles, or by its uid."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.grafana import Folder, Grafana
from dashboards.grafana.errors import RefusedError

FOLDER = "groupscope"
"""The default folder's title and uid, which provisioning uses, too."""

GENERAL = "general"
"""What Grafana calls the top level where it takes a folder's uid."""


@dataclass(frozen=True, slots=True)
class ResolvedFolder:
    """The folder that boards go to, and the folders that must be created first, outermost first."""

    folder: Folder
    missing: tuple[Folder, ...] = ()


def split_titles(path: str) -> tuple[str, ...]:
    """Return the titles of a folder's path, outermost first: ``"Ops / Hubs"`` is Hubs in Ops."""
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


def resolve_folder_path(grafana: Grafana, path: str) -> ResolvedFolder:
    """Return the folder at the end of a path of titles, and the folders of it that are missing.

    Raises RefusedError when a title is ambiguous.
    """
    visible = grafana.folders()
    same_title = [folder for folder in visible if folder.title == path.strip()]
    if "/" in path and len(same_title) == 1:
        # It is a title with a slash in it.
        return ResolvedFolder(same_title[0])
    missing: list[Folder] = []
    parent_uid = ""
    titles: list[str] = []
    folder = Folder(FOLDER, FOLDER)
    for title in split_titles(path):
        titles.append(title)
        uid = folder_uid("/".join(titles))
        existing = None
        if not missing:
            # A folder of our uid under another title was renamed or moved: it is still ours.
            visible = grafana.folders(parent_uid) if parent_uid else visible
            existing = choose_folder(title, uid, visible) or grafana.folder(uid)
        folder = existing or Folder(uid, title, parent_uid)
        if existing is None:
            missing.append(folder)
        parent_uid = folder.uid
    return ResolvedFolder(folder, tuple(missing))


def resolve_folder_uid(grafana: Grafana, uid: str) -> ResolvedFolder:
    """Return the folder of that uid. Raises RefusedError if this login sees none."""
    if uid == GENERAL:
        return ResolvedFolder(Folder("", "General"))
    folder = grafana.folder(uid)
    if folder is None:
        raise RefusedError(
            f"Grafana has no folder with the uid {uid} that this login sees. Its address in a "
            "browser ends in the uid: …/dashboards/f/UID."
        )
    return ResolvedFolder(folder)
