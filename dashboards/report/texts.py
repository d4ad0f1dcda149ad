"""A text panel's Markdown as markup: paragraphs, lists, headings, **bold**, *stressed*, `code`."""

import re

from dashboards.report.html import Html, element, escape, joined, joined_inline, text

_MARKED = re.compile(r"(\*\*|\*|`)(?=\S)(.+?)(?<=\S)\1")
_ELEMENTS = {"**": "strong", "*": "em", "`": "code"}


def paragraphs(markdown: str) -> Html:
    """Return a text's blocks, which empty lines part; what is not known stays as it is written."""
    blocks = (block.strip("\n") for block in re.split(r"\n\s*\n", markdown))
    return joined(*(_block(block) for block in blocks if block.strip()))


def _block(block: str) -> Html:
    lines = block.splitlines()
    if all(line.startswith("- ") for line in lines):
        return element("ul", *(element("li", _inline(line[2:])) for line in lines), class_="words")
    heading = re.fullmatch(r"#{1,4} (.+)", block)
    if heading:
        return element("h4", _inline(heading[1]))
    return element("p", _inline(block), class_="words")


def _inline(line: str) -> Html:
    parts: list[Html] = []
    place = 0
    for found in _MARKED.finditer(line):
        parts.append(escape(line[place : found.start()]))
        parts.append(text(_ELEMENTS[found[1]], found[2]))
        place = found.end()
    return joined_inline(*parts, escape(line[place:]))
