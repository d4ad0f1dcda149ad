"""Run the rules over dashboards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboards.lint.model import Board, Finding, Problem, Severity
from dashboards.lint.registry import Rule, rules
from dashboards.reading.values import Unread
from dashboards.schema.exemptions import Exempt

OFF = "off"
UNUSED = "unused-exemption"
"""The one rule that is about rules: an exemption that nothing needs any more."""
UNREAD = "unread"
"""What a finding is called that says what could not be read."""


def check(
    boards: Iterable[Board], severities: Mapping[str, str] | None = None
) -> Iterator[Finding]:
    """Yield what the rules find, board by board, panels from top to bottom.

    ``severities`` are ``error``, ``warning`` or ``off`` by the rules' names.
    """
    chosen = dict(severities or {})
    asked = [rule for rule in rules() if chosen.get(rule.name) != OFF]
    for board in boards:
        yield from _of_board(board, asked, chosen)


def not_read(unread: Iterable[Unread]) -> Iterator[Finding]:
    """Yield a finding for each of what could not be read."""
    for each in unread:
        yield Finding(
            rule=UNREAD,
            severity=Severity.ERROR,
            source=each.file,
            board="",
            panel="",
            query="",
            message=each.reason,
            line=each.line,
            within=each.within,
        )


def _of_board(board: Board, asked: Sequence[Rule], chosen: Mapping[str, str]) -> Iterator[Finding]:
    needed: set[Exempt] = set()
    # Several selectors of a query may give one and the same finding.
    found: dict[Finding, int] = {}
    order = {panel.path: number for number, panel in enumerate(board.everything)}
    for rule in asked:
        severity = Severity(chosen.get(rule.name, rule.severity.value))
        for problem in rule.check(board):
            exemption = _exempt(board, rule, problem)
            if exemption is not None:
                needed.add(exemption)
                continue
            own = severity if rule.name in chosen else problem.severity or severity
            place = order[problem.panel.path] if problem.panel else -1
            found.setdefault(_finding(board, rule.name, own, problem), place)
    yield from sorted(found, key=found.__getitem__)
    names = {rule.name for rule in asked}
    if chosen.get(UNUSED) == OFF:
        return
    for exemption in board.exemptions:
        # A rule that was not asked may need it.
        if exemption not in needed and (exemption.rule in names or not _is_rule(exemption.rule)):
            where = f" for “{exemption.panel}”" if exemption.panel else ""
            message = f"nothing needs the exemption from {exemption.rule}{where}: take it away"
            severity = Severity(chosen.get(UNUSED, Severity.WARNING.value))
            yield _finding(board, UNUSED, severity, Problem(message))


def _is_rule(name: str) -> bool:
    return any(rule.name == name for rule in rules())


def _exempt(board: Board, rule: Rule, problem: Problem) -> Exempt | None:
    panel = problem.panel.title if problem.panel else ""
    return next((it for it in board.exemptions if it.rule == rule.name and it.panel == panel), None)


def _finding(board: Board, rule: str, severity: Severity, problem: Problem) -> Finding:
    panel = problem.panel
    several = panel is not None and len(panel.targets) > 1
    return Finding(
        rule=rule,
        severity=severity,
        source=board.source,
        within=board.within,
        board=board.title,
        panel=panel.unique_name if panel else "",
        query=problem.query if several else "",
        message=problem.message,
        line=board.line_of(panel) if panel else 0,
        panel_id=panel.id if panel else None,
    )
