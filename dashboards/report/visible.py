"""Texts from elsewhere as a page may hold them."""

# Characters that no HTML document may hold, or that hide the order of what is read.
_UNSEEN = {
    **dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), "�"),
    **dict.fromkeys((*range(8234, 8239), *range(8294, 8298)), "�"),
    **dict.fromkeys(range(55296, 57344), "�"),
}


def visible(text: str) -> str:
    """Return a text whose control characters and halves of characters are shown as �."""
    return text.translate(_UNSEEN)
