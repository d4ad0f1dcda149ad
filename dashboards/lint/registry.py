"""The rules by their names; ``rule`` is how one is added."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

from dashboards.lint.examples import Example
from dashboards.lint.model import Board, Problem, Severity

Check = Callable[[Board], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is called, what it looks for, why, and examples that its test runs."""

    name: str
    summary: str
    why: str
    check: Check
    good: Example
    bad: Example
    severity: Severity


_RULES: dict[str, Rule] = {}

_MODULES = ("queries", "metrics", "panels", "boards", "saving")


def rule(
    name: str,
    *,
    why: str,
    good: Example,
    bad: Example,
    severity: Severity = Severity.ERROR,
) -> Callable[[Check], Check]:
    """Make a function a rule. Its docstring's first line says what it asks for."""

    def register(check: Check) -> Check:
        summary = (check.__doc__ or "").strip().partition("\n")[0]
        if name in _RULES:
            raise ValueError(f"Two rules are called {name}.")
        _RULES[name] = Rule(name, summary, why, check, good, bad, severity)
        return check

    return register


def rules() -> tuple[Rule, ...]:
    """Return all rules, in the order in which they are explained."""
    for module in _MODULES:
        import_module(f"dashboards.lint.rules.{module}")
    return tuple(_RULES.values())
