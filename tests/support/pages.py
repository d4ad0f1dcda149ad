"""The pages of docs/, as tests hold them against what they are about."""

import mdformat

from tests.support.paths import ROOT


def page(name: str) -> str:
    """Return a page of docs/ as it is: ``page("how-to/deploy")``."""
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def unwrapped(text: str) -> str:
    """Return a page with a paragraph a line, so that a sentence is found where it is wrapped."""
    return mdformat.text(text, options={"wrap": "no"}, extensions=("frontmatter", "gfm", "tables"))
