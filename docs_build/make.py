"""The targets of the Makefile, as ``make help`` lists them."""

import re

from docs_build.markdown import table
from docs_build.pages import ROOT

_TARGET = re.compile(r"^(?P<name>[a-z-]+):.*## (?P<help>.+)$", re.MULTILINE)


def targets() -> str:
    """Return a row for each target: ``| `make test` | everything … |``."""
    found = _TARGET.finditer((ROOT / "Makefile").read_text("utf-8"))
    return table(
        ("command", "what it does"), ((f"`make {it['name']}`", it["help"]) for it in found)
    )
