"""A file's bytes as JSON values: JSON or YAML, in any of Unicode's encodings."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.reading import lines, yaml_documents
from dashboards.reading.values import LineOf, Path, ReadError

_DEEPEST = 150
"""Levels of nesting: Grafana's own dashboards have about 20."""
_LONGEST_NUMBER = 400
"""Characters: what a browser reads has 309 digits at the most, then it is infinite."""


@dataclass(frozen=True, slots=True)
class Document:
    """A value, and the lines of the file on which its parts stand."""

    content: Any
    line_of: LineOf
    text_at: yaml_documents.TextAt = yaml_documents.no_text
    """The line on which a text of several lines begins, by its path; 0 if it is no such text."""


def decoded(raw: bytes) -> str:
    """Return a file's text, without a byte order mark. Raises ReadError."""
    # RFC 8259 and YAML both tell the encoding by the first bytes.
    try:
        text = raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError as error:
        raise ReadError(
            f"is not text in UTF-8, UTF-16 or UTF-32: {error.reason} at byte {error.start}."
        ) from error
    return text.removeprefix("\ufeff")


def documents(text: str, *, is_yaml: bool) -> Iterator[Document]:
    """Yield the documents of a text: one of JSON, some of YAML. Raises ReadError."""
    if not is_yaml:
        yield Document(loaded(text), lines.of_json(text))
        return
    for content, line_of, text_at in yaml_documents.documents(text):
        yield Document(_shallow(content), line_of, text_at)


def loaded(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a JSON text. Raises ReadError."""
    if not text.strip():
        raise ReadError("is empty.")
    try:
        content = json.loads(text, parse_constant=_no_number, parse_int=_whole)
    except ValueError as error:
        raise ReadError(f"is not JSON: {error}.") from error
    except RecursionError as error:
        raise _too_deep() from error
    return _shallow(content)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number in it has {len(digits)} characters")
    return int(digits)


def _shallow(content: Any) -> Any:  # noqa: ANN401
    """Return the value. Raises ReadError if nobody could walk through it."""
    level = [content]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return content
    raise _too_deep()


def _too_deep() -> ReadError:
    return ReadError(f"is nested more than {_DEEPEST} levels deep.")


def at(line_of: LineOf, prefix: Path) -> LineOf:
    """Return the lines of a part of a document, by the paths within that part."""
    return lambda path: line_of((*prefix, *path))
