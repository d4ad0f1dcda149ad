"""What ``CheckHealth`` says: what ``groupscope-exporter check`` does, of the hub being read."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.backend.hub_session import Reading
from app.backend.instances import Instance
from app.backend.settings import AppSettings, in_apps_words
from exporter.check import Found, Report, Statement, count, statements
from exporter.core.errors import HubError

# Grafana's own limit for a check is longer; a first refresh of 100,000 users takes about as long.
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all is well, in a sentence, and the findings for the form."""

    well: bool
    message: str
    details: Mapping[str, object]


async def check(instance: Instance, clock: Callable[[], float] = time.time) -> Health:
    """Ask the hub who it is and what the token may do, and wait for the first refresh to end.

    ``details`` are ``{"findings": [{"level": "ok", "text": "Token: accepted"}, …], "users": 59,
    "groups": 8, "age_seconds": 12.0}``; the numbers are 0 and null while there are no data.
    """
    settings, reading = instance.settings, instance.reading
    if instance.broken or settings is None or reading is None:
        return _broken(str(instance.broken))
    report = await _ask(reading)
    if reading.broken:
        return _broken(reading.broken)
    if reading.served.problem and not report.problem:
        # It answers again: who asks need not wait for the next try to be told so.
        await reading.again(PATIENCE_SECONDS)
    served, freshness = reading.served, reading.freshness(clock())
    problem = report.problem or served.problem
    if served.text and served.page:
        seconds = served.status.last_duration
        found = Found.of(served.text, served.page, settings.exporter.exported, seconds)
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
        return Health(well=False, message=f"{in_apps_words(str(problem))}{kept}", details=details)
    return Health(well=True, message=_message(report), details=details)


async def _ask(reading: Reading) -> Report:
    await reading.tried(PATIENCE_SECONDS)
    version = held = None
    if reading.hub is None:
        return Report()
    try:
        version = await reading.hub.version()
        held = await reading.hub.scopes()
    except HubError as error:
        return Report(version, held, problem=error)
    return Report(version, held)


def _message(report: Report) -> str:
    if report.found is None:
        return f"JupyterHub {report.version} answers; its users are still being read."
    sizes = report.found.sizes
    found = f"{count(sizes.users, 'user')}, {count(sizes.groups, 'group')}"
    return f"JupyterHub {report.version} answers: {found}."


def _findings(report: Report, settings: AppSettings) -> Iterator[dict[str, str]]:
    for note in settings.notes:
        yield _finding("warn", f"Settings: {note}")
    topic = ""
    for statement in statements(report, settings.exporter):
        topic = statement.topic or topic
        yield _finding(statement.level, f"{topic}: {_sentence(statement)}")


def _sentence(statement: Statement) -> str:
    # Without what makes columns on a terminal.
    return in_apps_words(" ".join(statement.text.split()))


def _finding(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": text}


def _broken(why: str) -> Health:
    details = {
        "findings": [_finding("error", f"Settings: {why}")],
        "users": 0,
        "groups": 0,
        "age_seconds": None,
    }
    return Health(well=False, message=why, details=details)
