"""Markup from text: whatever is not markup yet goes through ``escape``."""

from html import escape as _escape
from typing import NewType

Html = NewType("Html", str)
"""Text that is markup already."""

# Characters that no HTML document may hold, or that hide the order of what is read.
_UNSEEN = {
    **dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�"),
    **dict.fromkeys((*range(8234, 8239), *range(8294, 8298)), "�"),
    **dict.fromkeys(range(55296, 57344), "�"),
}


def escape(text: str) -> Html:
    """Return a text as markup that shows it, in an element or between quotes."""
    return Html(_escape(visible(text), quote=True))


def visible(text: str) -> str:
    """Return a text whose control characters are shown as �."""
    return text.translate(_UNSEEN)


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


def joined_inline(*parts: Html) -> Html:
    """Return the parts with nothing in between."""
    return Html("".join(parts))
