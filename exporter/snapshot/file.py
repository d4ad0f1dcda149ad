"""The last good snapshot in a file, so that it survives a restart."""

import asyncio
import errno
import logging
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from exporter.config.settings import SettingsError
from exporter.core.memberships import Snapshot
from exporter.snapshot.format import MAX_FILE, MAX_LINE, UnusableSnapshotError, lines, read

_log = logging.getLogger(__name__)

_AHEAD_SECONDS = 300.0
_LEFT_OVER_SECONDS = 600.0


class SnapshotFileError(SettingsError):
    """No file can be kept at the path; ``str()`` is one sentence that says what to change."""


class SnapshotFile:
    """Keeps a snapshot of the hub at ``hub_url`` in a file; ``clock`` gives Unix time in seconds.

    ``path`` may lie behind links but must not be one: to replace what it points to would let
    whoever makes the link choose which file is overwritten, to replace the link would leave the
    file behind it stale. ``check`` and ``load`` refuse it; ``save`` never writes through it.
    """

    def __init__(self, path: Path, hub_url: str, clock: Callable[[], float] = time.time) -> None:
        self._path, self._hub_url, self._clock = path, hub_url, clock

    def check(self) -> None:
        """Raise ``SnapshotFileError`` unless a file can be put at the path; for start-up."""
        if os.path.lexists(self._path) and not stat.S_ISREG(self._path.lstat().st_mode):
            raise SnapshotFileError(
                f"The state file {self._path} is a folder, a link or a device: name a plain file."
            )
        if os.path.ismount(self._path):
            raise SnapshotFileError(
                f"The state file {self._path} is a mount: mount its folder instead."
            )
        try:
            _remove_left_overs(self._path)
            with _new_file(self._path):
                pass
        except OSError as error:
            raise SnapshotFileError(
                f"The state file {self._path} can't be written ({error.strerror}): its folder "
                f"must exist and be writable for the exporter, user id {os.geteuid()}."
            ) from None

    def load(self) -> Snapshot | None:
        """Return the snapshot; None if there is no file, or one that is damaged or foreign.

        Foreign is another format, version or hub, or a time more than 5 minutes ahead. Such a
        file is reported in one warning and stays until ``save`` replaces it.
        """
        try:
            # Non-blocking: a named pipe would wait for somebody to open its other end.
            with open(self._path, "rb", opener=_opener(os.O_NONBLOCK)) as file:
                return read(file, self._hub_url, self._clock() + _AHEAD_SECONDS)
        except FileNotFoundError:
            _log.debug("There is no state file %s yet.", self._path)
            return None
        except OSError as error:
            reason = f"it can't be read ({error.strerror})"
        except UnusableSnapshotError as error:
            reason = str(error)
        _log.warning("The state file %s is ignored until replaced: %s.", self._path, reason)
        return None

    async def save(self, snapshot: Snapshot) -> None:
        """Replace the file whole, with mode 0600, or leave the old one and raise OSError.

        The event loop is free between slices of some 500 users and while the disk works. When
        cancelled it first waits for what the disk is doing, so that nothing is left behind. More
        than ``load`` takes, 512 MiB, is an OSError, too.
        """
        await _in_thread(_remove_left_overs, self._path)
        with _new_file(self._path) as file:
            for line in lines(snapshot, self._hub_url):
                await _in_thread(_write, file, line)
            await _in_thread(_sync, file)
            await _in_thread(_replace, file, self._path)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file beside ``path``, and remove it unless it has been moved there."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with open(new, "xb", opener=_opener()) as file:
        try:
            os.fchmod(file.fileno(), 0o600)  # The umask may have taken the owner's own rights.
            yield file
        finally:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            # The first error is the one to tell, not that the rest can't be written either.
            with suppress(OSError):
                file.close()


def _opener(more: int = 0) -> Callable[[str, int], int]:
    return lambda path, flags: os.open(path, flags | os.O_NOFOLLOW | more, 0o600)


def _remove_left_overs(path: Path) -> None:
    name = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    for each in path.parent.iterdir():
        with suppress(OSError):
            # A younger one may be in the making, by the other exporter of a rolling update.
            if (
                name.fullmatch(each.name)
                and time.time() - each.lstat().st_mtime > _LEFT_OVER_SECONDS
            ):
                each.unlink()


def _write(file: BinaryIO, line: bytes) -> None:
    if len(line) > MAX_LINE or file.tell() + len(line) > MAX_FILE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    file.write(line)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _replace(file: BinaryIO, path: Path) -> None:
    Path(file.name).replace(path)
    # Not every file system can. At worst a power cut brings back the last file, whole as well.
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


async def _in_thread(work: Callable[..., None], *args: object) -> None:
    """Wait for ``work`` even when cancelled: it must not outlive the file that it works on."""
    future = asyncio.get_running_loop().run_in_executor(None, work, *args)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    failed = future.exception()
    if outcome := cancelled or failed:
        raise outcome
