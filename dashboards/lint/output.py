"""Findings as text for people, as JSON for programs, as annotations for GitHub."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from dashboards.lint.check import UNREAD
from dashboards.lint.model import Board, Finding, Severity
from dashboards.lint.registry import Rule
from exporter.text import counted

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def as_text(findings: Sequence[Finding], boards: Sequence[Board]) -> Iterator[str]:
    """Yield lines: each dashboard that has findings, its panels, and a count at the end."""
    source: tuple[str, str] | None = None
    panel: str | None = None
    for found in findings:
        if (found.source, found.within) != source:
            source, panel = (found.source, found.within), None
            yield click.style(_printable(": ".join(filter(None, source))), bold=True)
        if found.panel != panel and found.rule != UNREAD:
            panel = found.panel
            yield f"  {_printable(panel) or 'the dashboard itself'}"
        query = f"query {found.query}: " if found.query else ""
        severity = click.style(found.severity.value, fg=_COLORS[found.severity])
        rule = click.style(f"[{found.rule}]", dim=True)
        yield f"    {severity}  {_printable(query + found.message)}  {rule}"
    yield summary(findings, boards)


def summary(findings: Sequence[Finding], boards: Sequence[Board]) -> str:
    """Return the last line: how much was found in how many dashboards, and how many are unread."""
    looked_at = counted(len(boards), "dashboard")
    inside = [found for found in findings if found.rule != UNREAD]
    by_severity = Counter(found.severity for found in inside)
    parts = [counted(by_severity[it], it.value) for it in Severity if by_severity[it]]
    among = len({(found.source, found.within) for found in inside})
    said = f"{among} with findings: {', '.join(parts)}" if inside else "no findings"
    unread = len(findings) - len(inside)
    return f"{looked_at}, {said}" + (f"; {unread} not read" if unread else "")


def as_json(findings: Sequence[Finding]) -> str:
    """Return a list of objects with the fields of ``model.Finding``."""
    plain = [{**asdict(found), "severity": found.severity.value} for found in findings]
    return _encodable(json.dumps(plain, indent=2, ensure_ascii=False))


def as_github(findings: Sequence[Finding], *, in_files: bool) -> Iterator[str]:
    """Yield GitHub's workflow commands, which it shows beside the lines of a change.

    ``in_files`` says that the sources are paths; otherwise the text names them.
    """
    for found in findings:
        places = {"file": found.source} if in_files else {}
        if in_files and found.line:
            places["line"] = str(found.line)
        places["title"] = found.rule
        source = "" if in_files else found.source
        properties = ",".join(f"{name}={_escaped(text, ',:')}" for name, text in places.items())
        parts = (source, found.within, found.board, found.panel, found.message)
        named = _escaped(": ".join(filter(None, parts)))
        yield _encodable(f"::{found.severity.value} {properties}::{named}")


def _printable(text: str) -> str:
    """Return a text of somebody's dashboard as a terminal can show it, without its controls."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", _encodable(text))


def _encodable(text: str) -> str:
    """Return a text with a ? for what no encoding has: half a surrogate pair, as JSON may hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _escaped(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def explained(rule: Rule) -> str:
    """Return what a rule asks for, why, and its examples."""
    return "\n".join(
        [
            f"{click.style(rule.name, bold=True)} ({rule.severity.value})",
            f"  {rule.summary}",
            "",
            *_wrapped(rule.why),
            "",
            "  Good:",
            *(f"    {line}" for line in rule.good.shown.splitlines()),
            "",
            "  Not so:",
            *(f"    {line}" for line in rule.bad.shown.splitlines()),
        ]
    )


def _wrapped(text: str) -> list[str]:
    return click.wrap_text(text, 96, "  ", "  ").splitlines()
