"""How Grafana's variables stand in queries and texts.

Read from @grafana/scenes 6.39 (variables/constants.ts, VARIABLE_REGEX).
"""

import re
from typing import NamedTuple

VARIABLE = re.compile(
    r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:^}]+))?(?::([^}]+))?\}", re.ASCII
)
"""``$name``, ``[[name:format]]``, ``${name.field:format}``."""


class Reference(NamedTuple):
    """A variable as a text names it; field and format are "" where the text has none."""

    name: str
    field: str
    format: str


def reference(match: re.Match[str]) -> Reference:
    """Return what a match of ``VARIABLE`` names."""
    return Reference(match[1] or match[2] or match[4], match[5] or "", match[3] or match[6] or "")


def names(text: str) -> list[str]:
    """Return the variables that a text names, in order: ``$hub``, ``${hub:regex}``, ``[[hub]]``."""
    named = (reference(match).name for match in VARIABLE.finditer(text))
    # $1 is a group of a regular expression.
    return [name for name in named if not name[0].isdigit()]


def only_variable(text: str) -> str:
    """Return the name of the variable that a text is, "" if it is none, or more than that."""
    match = VARIABLE.fullmatch(text)
    return reference(match).name if match else ""
