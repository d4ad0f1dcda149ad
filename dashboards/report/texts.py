"""A text panel's Markdown as markup; HTML in it is shown as it is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from dashboards.report.visible import visible

# As Grafana's text panel: GitHub's tables, and a line's end is one.
_MARKDOWN = MarkdownIt("js-default", {"breaks": True, "html": False})
_RENDERER = RendererHTML()

_HEADING = "h4"
"""What all headings are: they stand below the panel's own title."""

_ELSEWHERE = ("https://", "http://", "mailto:")
"""What a link may lead to. A path of Grafana's leads nowhere from a file."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text with its markup."""

    html: Markup
    template: ClassVar[str] = "words.html"


def words(markdown: str) -> Words:
    """Return a text panel's Markdown with headings of one size and no pictures, which load."""
    tokens = list(_safe(_MARKDOWN.parse(markdown)))
    html = _RENDERER.render(tokens, _MARKDOWN.options, {})
    # A character reference may stand for what nobody sees.
    return Words(Markup(visible(html)))


def _safe(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            yield token.copy(tag=_HEADING)
        elif token.children is not None:
            yield token.copy(children=list(_inline(token.children)))
        else:
            yield token


def _inline(tokens: Iterable[Token]) -> Iterator[Token]:
    linked = False
    for token in tokens:
        if token.type == "link_open":
            linked = str(token.attrs["href"]).startswith(_ELSEWHERE)
            if linked:
                yield token.copy(attrs={**token.attrs, "rel": "noreferrer"})
        elif token.type == "link_close":
            if linked:
                yield token
        elif token.type == "image":
            alternative = _RENDERER.renderInlineAsText(token.children or [], _MARKDOWN.options, {})
            yield Token("text", "", 0, content=alternative)
        else:
            yield token
