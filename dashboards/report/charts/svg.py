"""From a figure's SVG to one for the page: its colors, no fixed size, ids that no other has.

matplotlib writes no ``currentColor`` and no ``var(--s3)``: it draws in colors that stand for
them, and they are put in here.
"""

import re

from markupsafe import Markup, escape

from dashboards.report.colors import COUNT, css
from dashboards.report.visible import visible

TEXT, GRID = "#010101", "#020202"
"""Colors that stand for the style sheet's."""

_STYLED = {TEXT: "currentColor", GRID: "var(--grid)"} | {
    f"#0300{number:02x}": css(number) for number in range(COUNT)
}
_STAND_IN = re.compile(r"#(?:010101|020202|0300[0-9a-f]{2})\b")
_LEFT_OUT = re.compile(r"<metadata>.*?</metadata>|<style .*?</style>", re.DOTALL)


def ink(color: int) -> str:
    """Return the color that stands for one of the palette."""
    return f"#0300{color:02x}"


def cleaned(document: str, name: str, label: str) -> Markup:
    """Return the SVG element of a document, which ``label`` describes to who does not see it.

    Its ids begin with ``name``: pages hold many.
    """
    text = _LEFT_OUT.sub("", document[document.index("<svg") :])
    opening = f'<svg role="img" aria-label="{escape(visible(label))}" focusable="false"'
    # Tags only: names of series may look like colors or ids.
    return Markup(re.sub(r"<[^>]*>", lambda tag: _styled(tag[0], name, opening), text).strip())


def _styled(tag: str, name: str, opening: str) -> str:
    if tag.startswith("<svg"):
        tag = re.sub(r' (?:width|height|version|xmlns(?::\w+)?)="[^"]*"', "", tag)
        return opening + tag.removeprefix("<svg")
    if tag.startswith("<g "):
        tag = re.sub(r' id="[^"]*"', "", tag)
    tag = _STAND_IN.sub(lambda color: _STYLED[color[0]], tag)
    tag = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{name}-", tag)
    return tag.replace("xlink:href", "href")
