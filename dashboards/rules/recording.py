"""Prometheus' recording rules, from the same named queries as the boards.

Two layers, in one group so that the second sees the first as it is at the same moment: what each
user uses and who is in which group, and of these, what each group uses, in both attributions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent

from dashboards.catalog import multicluster
from dashboards.kit.variables import ALL
from dashboards.queries import memberships, namespaces, pod_kinds
from dashboards.queries.promql import ATTRIBUTION, EVERY, SPLIT, aggregate
from dashboards.queries.sources import (
    BY_USER,
    RECORDED_EACH,
    RECORDED_SIZES,
    RECORDED_STARTS,
    RECORDED_TOLD,
    joined,
    recorded_by_group,
    recorded_memberships,
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

_HEADING = """\
# What users and groups use, for boards built with --recorded.
# Written by `python -m dashboards build`. About the time before: docs/recording-rules.md.
#
# One group, in this order: the rules by group read those by user as they are at the same moment.
"""

_ATTRIBUTIONS = (EVERY, SPLIT)


@dataclass(frozen=True, slots=True)
class Rule:
    """A recording rule: its name, and what it records."""

    record: str
    expr: str


def by_user() -> list[Rule]:
    """Return the first layer: what is known, who is in which group, and use by user."""
    return list(_by_user())


def _by_user() -> Iterator[Rule]:
    yield _rule(namespaces.RECORDED_ELSEWHERE, namespaces.elsewhere(resolve=True))
    for known in (OWNERS_KNOWN, CPU_KNOWN, MEMORY_KNOWN, SIZES_KNOWN):
        yield _rule(known.recorded, aggregate("group", ("namespace",), known.within(RECORDED_EACH)))
    yield _rule(RECORDED_TOLD, memberships.told())
    yield _rule(RECORDED_SIZES, memberships.sizes())
    for attribution in _ATTRIBUTIONS:
        yield _rule(recorded_memberships(attribution), memberships.parts(), attribution)
    for usage in (*KINDS, *pod_kinds.KINDS):
        by_user = usage.by_user(RECORDED_EACH)
        if usage.known.of_pods:
            by_user = namespaces.under_hub(by_user, RECORDED_EACH)
        yield _rule(f"{BY_USER}:{usage.recorded}", by_user)
    starts = server_starts_by_user(RECORDED_EACH)
    yield _rule(RECORDED_STARTS, namespaces.under_hub(starts, RECORDED_EACH))


def by_group() -> list[Rule]:
    """Return the second layer, which reads the first: use by group in both attributions."""
    return [
        _rule(
            recorded_by_group(usage, attribution),
            aggregate(
                "sum",
                ("namespace", "usergroup"),
                joined(
                    _just_now(f"{BY_USER}:{usage.recorded}"),
                    _just_now(recorded_memberships(attribution)),
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


def _rule(record: str, query: str, attribution: str = "") -> Rule:
    return Rule(record, of_everything(query, attribution))


def of_everything(query: str, attribution: str = "") -> str:
    """Return a query for all hubs and groups, whatever a board's variables choose."""
    everything = {"$hub": ALL, "$group": ALL, ATTRIBUTION: attribution}
    for variable, value in everything.items():
        query = query.replace(variable, value)
    return query


def text(cluster_label: str | None = None) -> str:
    """Return the rules file. A label that tells clusters apart stays in all that is summed."""
    rules = "".join(_text(rule, cluster_label) for rule in (*by_user(), *by_group()))
    group = f"groups:\n  - name: {GROUP_NAME}\n    interval: {RECORDED_EACH}\n    rules:"
    return f"{_HEADING}{group}{rules}"


def _text(rule: Rule, cluster_label: str | None) -> str:
    expr = multicluster.kept_apart(rule.expr, cluster_label) if cluster_label else rule.expr
    return f"\n      - record: {rule.record}\n        expr: |\n{indent(expr, ' ' * 10)}\n"
