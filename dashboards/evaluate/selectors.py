"""Where a query's selectors are, to add matchers to them, as Grafana does for ad hoc filters.

promql_parser says what a query is made of but not where; what is added must leave the rest as it
was written. So the text is read word by word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards.evaluate.filters import Filter

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
    |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<number>0[xX][0-9a-fA-F]+|\.?\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
    |(?P<word>[a-zA-Z_:][\w:]*)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_KEYWORDS = _GROUPING | {
    "offset", "bool", "and", "or", "unless", "atan2", "inf", "nan", "start", "end",
}  # fmt: skip
_MATCHER = re.compile(
    r"""(?P<label>[\w.:]+|"(?:[^"\\]|\\.)*")\s*(?P<operator>=~|!~|!=|=)\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Selector:
    """From where to where the braces are; of a name without any, where they would be."""

    start: int
    end: int
    braces: bool


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def with_filters(query: str, filters: Sequence[Filter]) -> str:
    """Return a query whose every selector has the filters' matchers too.

    ``sum(up)`` and ``job="hub"`` make ``sum(up{job="hub"})``. A matcher of that label and value
    that is there already gets the filter's operator.
    """
    for added in filters:
        pieces: list[str] = []
        place = 0
        for selector in list(_selectors(query)):
            pieces += [query[place : selector.start], _braces(query, selector, added)]
            place = selector.end
        query = "".join([*pieces, query[place:]])
    return query


def _braces(query: str, selector: _Selector, added: Filter) -> str:
    if not selector.braces:
        return f"{{{added.matcher}}}"
    inside = query[selector.start + 1 : selector.end - 1]
    for matcher in _MATCHER.finditer(inside):
        if (matcher["label"], matcher["value"]) == (
            added.label,
            added.matcher[len(added.label + added.matching) :],
        ):
            return f"{{{inside[: matcher.start()]}{added.matcher}{inside[matcher.end() :]}}}"
    before = inside.rstrip().removesuffix(",")
    return f"{{{before}, {added.matcher}}}" if before.strip() else f"{{{added.matcher}}}"


def _selectors(query: str) -> Iterator[_Selector]:
    tokens = [
        _Token(str(token.lastgroup), token[0], token.start(), token.end())
        for token in _TOKEN.finditer(query)
        if token.lastgroup != "space"
    ]
    place = 0
    while place < len(tokens):
        token = tokens[place]
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if token.text == "{":
            end = _closing(tokens, place, "{", "}")
            yield _Selector(token.start, tokens[end].end, braces=True)
            place = end
        elif token.text == "[":
            place = _closing(tokens, place, "[", "]")
        elif token.kind == "word":
            lower = token.text.lower()
            if lower in _GROUPING and following == "(":
                place = _closing(tokens, place + 1, "(", ")")
            elif following == "{":
                end = _closing(tokens, place + 1, "{", "}")
                yield _Selector(tokens[place + 1].start, tokens[end].end, braces=True)
                place = end
            elif following != "(" and not _is_operator(lower, following):
                yield _Selector(token.end, token.end, braces=False)
        place += 1


def _is_operator(word: str, following: str) -> bool:
    """Tell a keyword, and ``sum`` of ``sum by (a) (…)``, from a metric's name."""
    return word in _KEYWORDS or following.lower() in ("by", "without")


def _closing(tokens: Sequence[_Token], place: int, opening: str, closing: str) -> int:
    """Return the number of the token that closes what one opens; the last if none does."""
    depth = 0
    for number in range(place, len(tokens)):
        if tokens[number].text == opening:
            depth += 1
        elif tokens[number].text == closing:
            depth -= 1
            if depth == 0:
                return number
    return len(tokens) - 1
