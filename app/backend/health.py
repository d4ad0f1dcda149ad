"""What ``CheckHealth`` says: what ``groupscope-exporter check`` does, of the hub being read."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.backend.hub_session import HubSession
from app.backend.instances import Instance
from app.backend.settings import AppSettings, setting_name
from exporter.check import CheckReport, Finding, Inventory, findings
from exporter.core.errors import HubError
from exporter.core.messages import worded
from exporter.text import counted

# Grafana's own limit for a check is longer; a first refresh of 100,000 users takes about as long.
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is well, in a sentence, and the findings for the form."""

    ok: bool
    message: str
    details: Mapping[str, object]


async def check(instance: Instance, clock: Callable[[], float] = time.time) -> Health:
    """Ask the hub who it is and what the token may do, and wait for the first refresh to end.

    ``details`` are ``{"findings": [{"level": "ok", "text": "Token: accepted"}, …], "users": 59,
    "groups": 8, "age_seconds": 12.0}``; the numbers are 0 and null while there are no data.
    """
    settings, session = instance.settings, instance.session
    if instance.broken or settings is None or session is None:
        return _broken(str(instance.broken))
    report = await _ask(session)
    if session.broken:
        return _broken(session.broken)
    if session.served.problem and not report.problem:
        # It answers again: who asks need not wait for the next try to be told so.
        await session.refresh_now(PATIENCE_SECONDS)
    served, freshness = session.served, session.freshness(clock())
    problem = report.problem or served.problem
    if served.text and served.page:
        seconds = served.status.last_duration
        found = Inventory.of(served.text, served.page, settings.exporter.group_policy, seconds)
        report = replace(report, found=found)
    report = replace(report, problem=problem)
    findings = [*_findings(report, settings)]
    age = freshness.age
    if age is not None:
        level = "warn" if freshness.stale else "ok"
        findings.insert(-1, _finding(level, f"Age: the data are {age:.0f} s old"))
    waiting = problem is None and report.found is None
    if waiting:
        text = "Result: the hub is still being read for the first time: check again in a moment"
        findings[-1] = _finding("warn", text)
    details = {
        "findings": findings,
        "users": served.status.sizes.users,
        "groups": served.status.sizes.groups,
        "age_seconds": age,
    }
    if problem:
        kept = f" Still serving the data of {age:.0f} s ago." if age is not None else ""
        return Health(
            ok=False, message=f"{problem.message.worded(setting_name)}{kept}", details=details
        )
    return Health(ok=True, message=_message(report), details=details)


async def _ask(session: HubSession) -> CheckReport:
    await session.first_attempt_done(PATIENCE_SECONDS)
    version = held = None
    if session.hub is None:
        return CheckReport()
    try:
        version = await session.hub.version()
        held = await session.hub.scopes()
    except HubError as error:
        return CheckReport(version, held, problem=error)
    return CheckReport(version, held)


def _message(report: CheckReport) -> str:
    if report.found is None:
        return f"JupyterHub {report.version} answers; its users are still being read."
    sizes = report.found.sizes
    found = f"{counted(sizes.users, 'user')}, {counted(sizes.groups, 'group')}"
    return f"JupyterHub {report.version} answers: {found}."


def _findings(report: CheckReport, settings: AppSettings) -> Iterator[dict[str, str]]:
    for note in settings.notes:
        yield _finding("warn", f"Settings: {note}")
    topic = ""
    for each in findings(report, settings.exporter):
        topic = each.topic or topic
        yield _finding(each.level, f"{topic}: {_sentence(each)}")


def _sentence(each: Finding) -> str:
    # Without what makes columns on a terminal.
    return " ".join(str(worded(each.text, setting_name)).split())


def _finding(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": text}


def _broken(why: str) -> Health:
    details = {
        "findings": [_finding("error", f"Settings: {why}")],
        "users": 0,
        "groups": 0,
        "age_seconds": None,
    }
    return Health(ok=False, message=why, details=details)
