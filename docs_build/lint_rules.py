"""The page of lint rules, from the rules themselves."""

from collections.abc import Iterator

from dashboards.lint.examples import Example
from dashboards.lint.registry import Rule, rules
from docs_build.markdown import table

_LINES = 30
"""A longer example is cut there."""


def reference() -> str:
    """Return a table of all rules, then a section for each with its examples."""
    rows = ((f"[{rule.name}](#{rule.name})", rule.severity.value, rule.summary) for rule in rules())
    sections = ("\n".join(_section(rule)) for rule in rules())
    return "\n\n".join([table(("rule", "severity", "requires"), rows), *sections])


def _section(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.name}", "", f"{rule.summary} {rule.why}", "")
    yield from ("Good:", "", *_code(rule.good), "", "Bad:", "", *_code(rule.bad), "")


def _code(example: Example) -> list[str]:
    lines = example.shown.splitlines()
    shown = lines if len(lines) <= _LINES else [*lines[:_LINES], "…"]
    return [f"```{example.language}", *shown, "```"]
