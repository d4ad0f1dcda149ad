"""Backfilling as docs/how-to/backfill.md says it."""

import re
import shlex
import subprocess
from datetime import UTC, datetime

from dashboards.rules import recording
from tests.support.pages import page

PAGE = page("how-to/backfill")


def backfill(folder, url, start, end, output="data", file=None):
    """Run the page's command, with this machine's names and times in the place of its own."""
    (text,) = re.findall(r"^\$ (promtool tsdb create-(?:.*\\\n)+.*)$", PAGE, re.MULTILINE)
    ours = {
        "--url": url,
        "--start": iso(start),
        "--end": iso(end),
        "--output-dir": str(folder / output),
    }
    words = shlex.split(text.replace("\\\n", " "))
    command = [
        ours.get(before, word) for before, word in zip(["", *words[:-1]], words[:-1], strict=False)
    ]
    assert set(ours) < set(words)
    assert words[-1].endswith(f"/{recording.FILE_NAME}")
    command.append(str(file or folder / "rules" / recording.FILE_NAME))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr


def iso(time):
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
