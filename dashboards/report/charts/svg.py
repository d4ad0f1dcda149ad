"""From a figure's SVG to one for the page: its colours, no fixed size, ids that no other has."""

import re

from dashboards.report.colors import COUNT, Look

TEXT, GRID = "#010101", "#020202"
"""Colours that stand for the style sheet's."""

_STYLED = {TEXT: "currentColor", GRID: "var(--grid)"} | {
    f"#0300{index:02x}": f"var(--s{index})" for index in range(COUNT)
}
_STAND_IN = re.compile(r"#(?:010101|020202|0300[0-9a-f]{2})\b")
_LEFT_OUT = re.compile(r"<metadata>.*?</metadata>|<style .*?</style>", re.DOTALL)


def ink(look: Look) -> str:
    """Return the colour that stands for a look's."""
    return f"#0300{look.color:02x}"


def cleaned(document: str, name: str) -> str:
    """Return the SVG element of a document; its ids begin with ``name``: pages hold many."""
    text = _LEFT_OUT.sub("", document[document.index("<svg") :])
    # Tags only: names of series may look like colours or ids.
    return re.sub(r"<[^>]*>", lambda tag: _styled(tag[0], name), text).strip()


def _styled(tag: str, name: str) -> str:
    if tag.startswith("<svg"):
        tag = re.sub(r' (?:width|height|version|xmlns(?::\w+)?)="[^"]*"', "", tag)
        return tag.replace("<svg", '<svg focusable="false"', 1)
    if tag.startswith("<g "):
        tag = re.sub(r' id="[^"]*"', "", tag)
    tag = _STAND_IN.sub(lambda color: _STYLED[color[0]], tag)
    tag = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{name}-", tag)
    return tag.replace("xlink:href", "href")
