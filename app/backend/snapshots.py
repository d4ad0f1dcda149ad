"""Where the last good data are kept, so that a backend that was killed has some at once."""

import logging
import os
import stat
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from exporter.config.settings import SettingsError
from exporter.snapshot.file import SnapshotFile

_log = logging.getLogger(__name__)


class SnapshotDirectory:
    """A folder with a file for each organization; ``chosen`` is its path, or ``none``.

    Unless chosen it is one in the system's folder for temporary files, with mode 0700, as the data
    hold usernames. One that belongs to others or is open to them is not used, which is said in
    the log; then nothing is kept.
    """

    def __init__(self, chosen: str | None) -> None:
        # Another for each Grafana with a plugin folder of its own.
        program = sha256(sys.executable.encode()).hexdigest()[:8]
        own = Path(tempfile.gettempdir()) / f"groupscope-{os.geteuid()}-{program}"
        folder = Path(chosen) if chosen else own
        trouble = None if chosen == "none" else _trouble(folder, private=not chosen)
        if trouble:
            _log.warning(
                "The folder %s is not used (%s), so the last good data are not kept for the next "
                "start. Name another with state_folder, or none.",
                *(folder, trouble),
            )
        self._folder = None if trouble or chosen == "none" else folder

    def file(self, org_id: int, hub_url: str, *, forget: bool = False) -> SnapshotFile | None:
        """Return the file of an organization; None, said in the log, if none can be kept.

        With ``forget`` what it holds is removed.
        """
        if self._folder is None:
            return None
        path = self._folder / f"organization-{org_id}"
        snapshot_file = SnapshotFile(path, hub_url)
        try:
            snapshot_file.check()
            if forget:
                path.unlink(missing_ok=True)
        except (SettingsError, OSError) as error:
            _log.warning("The last good data are not kept for the next start. %s", error)
            return None
        return snapshot_file


def _trouble(folder: Path, *, private: bool) -> str | None:
    try:
        folder.mkdir(mode=0o700, parents=not private, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        return error.strerror
    if not stat.S_ISDIR(status.st_mode):
        return "it is no folder"
    if private and (status.st_uid != os.geteuid() or status.st_mode & 0o077):
        return "others own it, or can read or write there"
    return None
