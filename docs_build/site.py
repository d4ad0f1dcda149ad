"""The pages as a site: copied with what lies at the repository's root, then built by Sphinx.

In the repository, a page links to others as they lie there. On the site, those of the root lie
beside those of docs/, so links are led there; the rest is Sphinx', which fails on a broken one.
"""

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sphinx.cmd.build import main as sphinx

from docs_build.nav import NAV
from docs_build.pages import ROOT

CONFIG = Path(__file__).with_name("sphinx")
LOGO = ROOT / "app/frontend/src/img/logo.svg"

OF_THE_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
"""A file at the root → its page on the site."""

MOVED = frozenset({"alerts.md", "hub-alerts.md"})
"""Old addresses, which alerts of earlier releases name: for the repository alone."""

_LINK = re.compile(r"\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def build(target: Path) -> int:
    """Build the site into a directory; return 0, or what Sphinx ends with after a warning."""
    pages = target.parent / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT / "docs", pages)
    for name in MOVED:
        (pages / name).unlink()
    for path, text in _relinked():
        (pages / path).write_text(text, "utf-8")
    with (pages / "index.md").open("a", encoding="utf-8") as index:
        index.write("".join(_toctree(caption, names) for caption, names in NAV.items()))
    strict = ("-q", "-n", "-W", "--keep-going")
    logo = ("-D", f"html_logo={LOGO}", "-D", f"html_favicon={LOGO}")
    cache = ("-E", "-d", str(target.parent / "doctrees"))
    return sphinx([*strict, *logo, *cache, "-c", str(CONFIG), str(pages), str(target)])


def _relinked() -> Iterator[tuple[str, str]]:
    """Yield each page's place on the site and its text with links within the site."""
    for page in (ROOT / "docs").rglob("*.md"):
        place = page.relative_to(ROOT / "docs").as_posix()
        if place not in MOVED:
            yield place, relinked(page.read_text("utf-8"), f"docs/{place}")
    for name, place in OF_THE_ROOT.items():
        yield place, relinked((ROOT / name).read_text("utf-8"), name)


def relinked(text: str, place: str) -> str:
    """Return a page that lies there in the repository, with links to places on the site."""
    folder = posixpath.dirname(place)

    def link(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, match["path"]))
        target = OF_THE_ROOT.get(path, path.removeprefix("docs/"))
        start = folder.removeprefix("docs").lstrip("/") or "."
        return f"]({posixpath.relpath(target, start)}{match['anchor'] or ''})"

    return _LINK.sub(link, text)


def _toctree(caption: str, names: tuple[str, ...]) -> str:
    entries = "\n".join(names)
    return f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"
