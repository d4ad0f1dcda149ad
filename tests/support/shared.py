"""What is made once for all processes that run tests at the same time: workers of pytest-xdist."""

import fcntl
import os
import shutil


def made_once(folder, make):
    """Return the folder, which ``make`` has filled, in this process or in another, or long ago.

    ``make`` is given the folder to fill; what it leaves unfinished is not taken for it later.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            fresh = folder.with_name(f"{folder.name}.unfinished")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            make(fresh)
            fresh.rename(folder)
    return folder


def session_folder(tmp_path_factory):
    """Return the directory for temporary files that all processes of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
