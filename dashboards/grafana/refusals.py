"""Why Grafana refused to save a dashboard, and what to do next.

Grafana answers one HTTP status for several causes and tells them apart by a word in the answer's
field ``status``, or by its message alone. The words are those of Grafana 12.4
(pkg/services/dashboards/errors.go, pkg/api/apierrors/dashboard.go); ``name-exists`` is that of
Grafana up to 10, which had each title once in a folder.
"""

from dashboards.grafana.errors import StatusError, from_files
from dashboards.grafana.values import Manager

GIT = "repo"
"""The kind of a manager that is a Git repository: changes have to be made there."""

_BY_REASON = {
    "version-mismatch": (
        "Someone else saved {name} in Grafana at the same moment, and deploy left that as it is. "
        "Look at its version history, then run deploy again."
    ),
    "plugin-dashboard": (
        "{name} in Grafana belongs to a plugin: {message} Take it over with --overwrite, or deploy "
        "yours under another uid."
    ),
    "name-exists": (
        "Grafana has another dashboard called {name} in that folder, and allows no second one "
        "of that title. Rename one of them, or name another folder with --folder."
    ),
    "not-found": (
        "{name} was deleted in Grafana at the same moment. Run deploy again to create it."
    ),
    "empty-name": "The dashboard with the uid {uid} has no title. Give it one.",
    "title-too-long": "The title of {name} is too long for Grafana ({message}). Shorten it.",
    "tag-too-long": "A tag of {name} is too long for Grafana ({message}). Shorten it.",
}

# Causes that Grafana has no word for: parts of its message, in lower case.
_BY_MESSAGE = {
    "refresh interval is too low": (
        "{name} refreshes more often than this Grafana allows (min_refresh_interval in its "
        "settings). Give the board a longer refresh, or none."
    ),
    "cannot be changed to a folder": (
        "Grafana has a folder with the uid {uid}, so {name} cannot have it. Give the board "
        "another uid."
    ),
    "same uid already exists": (
        "Grafana has another dashboard with the uid {uid}. Give {name} another uid."
    ),
    "same slug": (
        "Grafana has another dashboard called {name} in that folder. Rename one of them, or name "
        "another folder with --folder."
    ),
    "too large": ("{name} is too large for Grafana ({message}). Make two boards of it."),
    "folder not found": (
        "The folder for {name} was deleted in Grafana at the same moment. Run deploy again, and "
        "it is created again."
    ),
    "managed by a repository": (
        "{name} comes from a Git repository (Git Sync), and Grafana lets nobody save over it. "
        "Change it in that repository, or remove it there and run deploy again."
    ),
    "resource manager": (
        "{name} is managed by another tool in Grafana ({message}). Remove it there, then run "
        "deploy again."
    ),
}

_NOT_AS_READ = (
    "Grafana did not save {name}, because what it has is not what deploy read ({status}, {reason}: "
    "{message}). Look at the dashboard there, then run deploy again."
)


def unsaved(error: StatusError, uid: str, title: str) -> str:
    """Return why a dashboard was not saved and what to do; the error's own text if unknown."""
    if "provisioned" in error.message.lower():
        return from_files(title, "")
    message = error.message.strip()
    known = _BY_REASON.get(error.reason) or next(
        (text for part, text in _BY_MESSAGE.items() if part in message.lower()), ""
    )
    # A 412 without a known word says only that Grafana does not have what was expected.
    if not known and error.status in (409, 412):
        known = _NOT_AS_READ
    return known.format(
        name=f"“{title}”",
        uid=uid,
        message=message,
        status=error.status,
        reason=error.reason or "no reason",
    ) or str(error)


def managed(title: str, manager: Manager) -> str:
    """Return the sentence that says which tool manages a dashboard."""
    name = f"“{title}”"
    match manager.kind:
        case "plugin":
            return f"{name} in Grafana belongs to the plugin {manager.identity}."
        case "repo":
            return f"{name} comes from the Git repository {manager.identity} (Git Sync)."
        case kind:
            by = f"{kind} ({manager.identity})" if manager.identity else kind
            return f"{name} is managed by {by} in Grafana."
