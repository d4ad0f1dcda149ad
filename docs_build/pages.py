"""Fill the generated parts of the pages and lay all of them out alike.

A generated part stands between two comments, which no reader sees::

    <!-- generated: exporter-settings -->
    (whatever the function of that name in docs_build.fragments returns)
    <!-- end -->
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import mdformat

ROOT = Path(__file__).parent.parent

PART = re.compile(
    r"^<!-- generated: (?P<name>\S+) -->\n.*?^<!-- end -->$", re.DOTALL | re.MULTILINE
)

Fragments = Mapping[str, Callable[[], str]]


class PageError(Exception):
    """A page has a part that nothing generates; the message names both."""


def pages(root: Path = ROOT) -> Iterator[Path]:
    """Yield every page that is laid out: those at the root, and those of docs/."""
    yield from sorted(root.glob("*.md"))
    yield from sorted((root / "docs").rglob("*.md"))


def names(text: str) -> list[str]:
    """Return the names of a page's generated parts, in their order."""
    return [part["name"] for part in PART.finditer(text)]


def finished(text: str, fragments: Fragments) -> str:
    """Return a page with its parts filled, laid out. Raises PageError."""
    return laid_out(filled(text, fragments))


def filled(text: str, fragments: Fragments) -> str:
    """Return a page with what its generated parts are to hold. Raises PageError."""

    def part(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in fragments:
            raise PageError(f"nothing generates {name!r}. There are: {', '.join(fragments)}")
        return f"<!-- generated: {name} -->\n\n{fragments[name]().strip()}\n\n<!-- end -->"

    return PART.sub(part, text)


def laid_out(text: str) -> str:
    """Return Markdown as .mdformat.toml says it."""
    return mdformat.text(text, options=_options(), extensions=("frontmatter", "gfm", "tables"))


def _options() -> Mapping[str, object]:
    return tomllib.loads((ROOT / ".mdformat.toml").read_text("utf-8"))
