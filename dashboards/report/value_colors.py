"""Values as markup, in the colour that thresholds or words give them, and with a sign."""

from collections.abc import Mapping
from types import MappingProxyType

from dashboards.kit import palette
from dashboards.report.colors import named
from dashboards.report.html import Html, element, joined_inline, text

_SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {palette.WARN: ("▲", "to be looked at"), palette.BAD: ("◆", "to be acted on")}
)
"""Colours that ask for something also have a sign: not everybody sees them."""


def style(tone: str) -> str | None:
    """Return the style of a value's element, None where it has no colour of its own."""
    return f"color:{named(tone).css}" if tone and tone != palette.NEUTRAL else None


def sign(tone: str) -> Html:
    """Return the sign before a value that asks for something."""
    if tone not in _SIGNS:
        return Html("")
    shape, meaning = _SIGNS[tone]
    shown = text("span", shape, aria_hidden="true")
    said = text("span", f"{meaning}: ", class_="said")
    return joined_inline(element("span", shown, title=meaning, class_="sign"), said)


def linked(inside: Html, address: str | None) -> Html:
    """Return markup as a link, if it leads anywhere."""
    return element("a", inside, href=address) if address else inside
