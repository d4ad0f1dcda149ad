"""Find words that are not used, in the pages and in every text of the code that users read."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from docs_build import pages
from docs_build.words import WORDS, Word

PACKAGES = ("app", "benchmarks", "dashboards", "demo", "exporter", "harness")
"""Where texts for users stand: help, errors, messages of lint, titles and descriptions."""

# What is no prose: blocks and spans of code, comments, and where links lead; and what is generated,
# which is looked at where it is written.
_NO_PROSE = (
    pages.PART,
    re.compile(r"^ *(```+).*?^ *\1$", re.DOTALL | re.MULTILINE),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"`[^`\n]+(?:\n[^`\n]+)?`"),
    re.compile(r"(?<=\])\([^)\s]+\)"),
)
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A word that is not used: where, which, and what to write."""

    place: str
    line: int
    found: str
    word: Word

    def __str__(self) -> str:
        """Return the finding as compilers write it."""
        return f"{self.place}:{self.line}: “{self.found}”: write {self.word.instead}"


def findings(root: Path = pages.ROOT) -> Iterator[Finding]:
    """Yield what is found in all pages and packages."""
    for page in pages.pages(root):
        yield from in_page(page.read_text("utf-8"), page.relative_to(root).as_posix())
    for package in PACKAGES:
        for module in sorted((root / package).rglob("*.py")):
            place = module.relative_to(root).as_posix()
            yield from in_code(module.read_text("utf-8"), place)


def in_page(text: str, place: str) -> Iterator[Finding]:
    """Yield what is found in Markdown; code in it is no prose."""
    for pattern in _NO_PROSE:
        text = pattern.sub(_blank, text)
    yield from _found(text, place, 1)


def in_code(text: str, place: str) -> Iterator[Finding]:
    """Yield what is found in the strings of Python.

    Docstrings are for those who read the code, but for those of commands, which are their help.
    """
    tree = ast.parse(text)
    help_ = {id(node.body[0]) for node in ast.walk(tree) if _is_command(node)}
    for_readers = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and id(node) not in help_
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in for_readers and len(node.value.split()) >= _FEWEST_WORDS:
            yield from _found(node.value, place, node.lineno)


def _is_command(node: ast.AST) -> TypeGuard[ast.FunctionDef]:
    """Return whether this is a command or a group of them, whose docstring is its help."""
    return isinstance(node, ast.FunctionDef) and any(
        re.search(r"\b(command|group)\b", ast.unparse(it)) for it in node.decorator_list
    )


def _found(text: str, place: str, line: int) -> Iterator[Finding]:
    for word in WORDS:
        for match in word.pattern.finditer(text):
            yield Finding(place, line + text.count("\n", 0, match.start()), match[0], word)


def _blank(match: re.Match[str]) -> str:
    """Return as many lines, so that findings name the right one."""
    return "\n" * match[0].count("\n") or "…"
