"""Markup from text: whatever is not markup yet goes through ``escape``."""

from html import escape as _escape
from typing import NewType

from dashboards.report.visible import visible

Html = NewType("Html", str)
"""Text that is markup already."""


def escape(text: str) -> Html:
    """Return a text as markup that shows it, in an element or between quotes."""
    return Html(_escape(visible(text), quote=True))


def element(name: str, *inside: Html, **attributes: str | None) -> Html:
    """Return an element; ``class_`` and ``aria_label`` lose and change their underscores.

    An attribute of None is left out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{written}>{''.join(inside)}</{name}>")


def text(name: str, content: str, **attributes: str | None) -> Html:
    """Return an element that holds a text."""
    return element(name, escape(content), **attributes)


def joined(*parts: Html) -> Html:
    """Return the parts one after the other, each on its line."""
    return Html("\n".join(part for part in parts if part))
