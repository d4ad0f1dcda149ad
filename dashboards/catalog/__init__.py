"""The boards there are: groupscope's own, by name, and those of others beside them."""

from dashboards.catalog.builtin import (
    COLLECTION,
    UnknownBoardError,
    exemptions,
    load,
    names,
    rendered,
    unknown,
)

__all__ = [
    "COLLECTION",
    "UnknownBoardError",
    "exemptions",
    "load",
    "names",
    "rendered",
    "unknown",
]
