"""docs/lint-rules.md, made of the rules themselves."""

import sys
from collections.abc import Iterator
from pathlib import Path

from dashboards.lint.examples import Example
from dashboards.lint.registry import Rule, rules

_HEADING = """\
# Lint rules

Made of the rules themselves, in `dashboards/lint/rules/`; `make build` writes this page. How to run
them: [lint.md](lint.md).
"""


def page() -> str:
    """Return the page's text."""
    table = ["| rule | severity | asks for |", "|---|---|---|"]
    table += [
        f"| [{rule.name}](#{rule.name}) | {rule.severity.value} | {rule.summary} |"
        for rule in rules()
    ]
    sections = ("\n".join(_section(rule)) for rule in rules())
    return "\n".join([_HEADING, *table, "", *sections])


def _section(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.name}", "", f"{rule.summary} {rule.why}", "")
    yield from ("Good:", "", *_code(rule.good), "", "Not so:", "", *_code(rule.bad), "")


def _code(example: Example) -> list[str]:
    lines = example.shown.splitlines()
    shown = lines if len(lines) <= _LINES else [*lines[:_LINES], "…"]
    return [f"```{example.language}", *shown, "```"]


_LINES = 30


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
