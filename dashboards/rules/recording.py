"""Prometheus' recording rules, from the same named queries as the boards.

Two layers: what each user uses and who is in which group, and of these, what each group uses, in
both attributions. Prometheus evaluates a group in order, so the second layer reads what the first
has recorded at the same moment. VictoriaMetrics' vmalert writes what it has recorded only later:
for it the second layer has the first's expressions in it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from textwrap import indent

from dashboards.kit.scope import EVERY, EVERYTHING, HUB, SPLIT, Scope
from dashboards.metrics import recorded
from dashboards.queries import memberships, namespaces, pod_kinds
from dashboards.queries.sources import (
    RECORDED_EACH,
    joined,
)
from dashboards.queries.usage import (
    CPU_KNOWN,
    KINDS,
    MEMORY_KNOWN,
    OWNERS_KNOWN,
    SIZES_KNOWN,
    server_starts_by_user,
)

FILE_NAME = "groupscope-usage.yml"
GROUP_NAME = "groupscope-usage"

_ATTRIBUTIONS = (EVERY, SPLIT)


class Engine(StrEnum):
    """What evaluates the rules."""

    PROMETHEUS = "prometheus"
    VICTORIAMETRICS = "victoriametrics"


_HEADING = """\
# What users and groups use, for boards built with --recorded.
# Written by `python -m dashboards build{option}`. About the time before: docs/how-to/backfill.md.
#
# {order}
"""
_HEADINGS = {
    Engine.PROMETHEUS: _HEADING.format(
        option="",
        order="One group, in this order: the rules by group read those by user as they are at the "
        "same moment.",
    ),
    Engine.VICTORIAMETRICS: _HEADING.format(
        option=f" --for {Engine.VICTORIAMETRICS}",
        order="For vmalert: no rule reads what another one records.",
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule: its name, and what it records."""

    record: str
    expr: str


def by_user(scope: Scope = EVERYTHING) -> list[Rule]:
    """Return the first layer: what is known, who is in which group, and use by user."""
    return list(_by_user(scope))


def _by_user(scope: Scope) -> Iterator[Rule]:
    yield Rule(recorded.USERS_ELSEWHERE.name, namespaces.elsewhere(scope, resolve=True))
    for known in (OWNERS_KNOWN, CPU_KNOWN, MEMORY_KNOWN, SIZES_KNOWN):
        there = known.within(scope, RECORDED_EACH)
        yield Rule(known.recorded.name, scope.aggregate("group", HUB, there))
    yield Rule(recorded.MEMBERSHIPS_KNOWN.name, memberships.memberships_known(scope))
    yield Rule(recorded.GROUP_MEMBERS.name, memberships.sizes(scope))
    for attribution in _ATTRIBUTIONS:
        parts = memberships.shares(scope.attributed(attribution))
        yield Rule(recorded.USER_GROUP.name(attribution), parts)
    for usage in (*KINDS, *pod_kinds.KINDS):
        used = usage.by_user(scope, RECORDED_EACH)
        if usage.known.of_pods:
            used = namespaces.under_hub(scope, used, RECORDED_EACH)
        yield Rule(usage.recorded.by_user.name, used)
    starts = server_starts_by_user(scope, RECORDED_EACH)
    yield Rule(recorded.SERVER_STARTS.name, namespaces.under_hub(scope, starts, RECORDED_EACH))


def by_group(scope: Scope = EVERYTHING, engine: Engine = Engine.PROMETHEUS) -> list[Rule]:
    """Return the second layer: use by group in both attributions, of what the first records."""
    read = _just_now if engine is Engine.PROMETHEUS else _inlined(by_user(scope))
    return [
        Rule(
            usage.recorded.of_groups(attribution),
            scope.aggregate(
                "sum",
                ("namespace", "usergroup"),
                joined(
                    scope,
                    read(usage.recorded.by_user.name),
                    read(recorded.USER_GROUP.name(attribution)),
                ),
            ),
        )
        for usage in KINDS
        for attribution in _ATTRIBUTIONS
    ]


def _just_now(series: str) -> str:
    """Return what the first layer recorded at this moment, not what it last did.

    Rules that are backfilled leave no marker where a series ends: it would be found once more.
    """
    return f"last_over_time({series}[1m])"


def _inlined(rules: Iterable[Rule]) -> Callable[[str], str]:
    """Return a function that returns the expression of one of these rules by its name."""
    expressions = {rule.record: rule.expr for rule in rules}
    return lambda record: f"(\n{indent(expressions[record], '  ')}\n)"


def text(cluster_label: str | None = None, engine: Engine = Engine.PROMETHEUS) -> str:
    """Return the rules file. A label that tells clusters apart stays in all that is summed."""
    scope = Scope.everything(cluster_label or "")
    rules = "".join(_text(rule) for rule in (*by_user(scope), *by_group(scope, engine)))
    group = f"groups:\n  - name: {GROUP_NAME}\n    interval: {RECORDED_EACH}\n    rules:"
    return f"{_HEADINGS[engine]}{group}{rules}"


def _text(rule: Rule) -> str:
    return f"\n      - record: {rule.record}\n        expr: |\n{indent(rule.expr, ' ' * 10)}\n"
