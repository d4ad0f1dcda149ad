"""The alert rules about the exporter, in the real promtool, and the page about them.

A case is what happens to exporters and their hubs, minute by minute; the series are what an
exporter would show then, with the pauses that it really makes. Each case is scraped every 15
seconds, every minute and every two.
"""

import re
import subprocess
from dataclasses import dataclass, field, replace

import pytest
import yaml

from exporter.core.backoff import RefreshSchedule
from exporter.core.errors import UNREACHED, Reason
from tests.support import promtool
from tests.support.paths import ROOT
from tests.support.small_clusters import braces

FILE = ROOT / "provisioning/prometheus/rules/groupscope-exporter.yml"
(GROUP,) = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"] if "alert" in rule}
RECORDED = {rule["record"] for rule in GROUP["rules"] if "record" in rule}
PAGE = ROOT / "docs/reference/exporter-alerts.md"
OWN = "jupyterhub_groups_exporter_"
DAY = 24 * 60


@dataclass(frozen=True)
class Shown:
    """What an exporter shows of itself."""

    success: float = 0
    duration: float = 0
    reachable: bool = False
    users: int = 0
    unwritten: int = 0
    failures: dict = field(default_factory=lambda: dict.fromkeys(Reason, 0))


def now(phases, second):
    """Return the last of the values by minute that has begun."""
    return [value for minute, value in phases.items() if minute * 60 <= second][-1]


def course(phases, end, interval=60, users=50, took=2, full=()):
    """Yield seconds and what is ``Shown`` from then on; None: there is no exporter.

    In each of the phases the hub is ``ok``, or refreshes fail with this reason, or the exporter
    ``hangs`` or is ``gone``. It can't write its state file in the minutes ``full``.
    """
    pace = RefreshSchedule(interval, chance=lambda: 0.999)  # the longest pauses
    changes = [*(minute * 60 for minute in phases), end * 60]
    stops = [*(minute * 60 for minute, phase in phases.items() if phase == "gone"), end * 60]
    second, shown, failed = 0, None, 0
    while second < end * 60:
        phase = now(phases, second)
        pause = min(change for change in changes if change > second) - second
        if phase == "gone":
            shown = None
        elif shown is None:
            # It has just started, and asks the hub a second later.
            shown, failed, pause = Shown(), 0, 1
        elif phase == "ok":
            number = now(users, second) if isinstance(users, dict) else users
            unwritten = shown.unwritten + (int(second // 60) in full)
            shown = replace(shown, success=second, duration=took, reachable=True)
            shown = replace(shown, users=number, unwritten=unwritten)
            failed, pause = 0, took + pace.after_success(took)
        elif phase != "hangs":
            counted = {**shown.failures, phase: shown.failures[phase] + 1}
            shown = replace(shown, failures=counted, duration=took)
            shown = replace(shown, reachable=phase not in UNREACHED)
            failed += 1
            pause = took + pace.after_failure(failed)
        yield second, shown
        second = min(second + pause, *(stop for stop in stops if stop > second))


def exporter(phases, name="a", hub="h", job="groups", max_age=3600, **more):
    """Return a function of end and scrape interval that gives an exporter's series."""
    target = {"job": job, "instance": name}

    def samples(second, shown, interval):
        served = shown.success and second < shown.success + max_age
        yield f"{OWN}last_success_timestamp_seconds", {}, shown.success
        yield f"{OWN}last_refresh_duration_seconds", {}, shown.duration
        yield f"{OWN}hub_reachable", {}, int(shown.reachable)
        yield f"{OWN}users", {}, shown.users if served else 0
        yield f"{OWN}state_write_failures_total", {}, shown.unwritten
        for reason, count in shown.failures.items():
            yield f"{OWN}refresh_failures_total", {"reason": reason}, count
        yield f"{OWN}refresh_interval_seconds", {}, interval
        yield f"{OWN}max_age_seconds", {}, max_age
        yield f"{OWN}build_info", {"version": "1"}, 1
        for group in ("g", "none") if served else ():
            yield "jupyterhub_group_members", {"namespace": hub, "usergroup": group}, 7

    def series(end, step):
        scrapes = range(0, end * 60 + 1, step)
        found = {}
        changes = list(course(phases, end, **more))
        for number, second in enumerate(scrapes):
            while len(changes) > 1 and changes[1][0] <= second:
                del changes[0]
            shown = changes[0][1]
            for metric, labels, value in (
                samples(second, shown, more.get("interval", 60)) if shown else ()
            ):
                values = found.setdefault(metric + braces(**target, **labels), {})
                values[number] = f"{value:g}" if value < 1e5 else f"{value:.3f}"
        return [
            {"series": name, "values": " ".join(_compact(values, len(scrapes)))}
            for name, values in found.items()
        ]

    return series


def both(*exporters):
    return lambda end, step: [line for series in exporters for line in series(end, step)]


def _compact(values, count):
    """Yield the values in promtool's notation, with a mark of staleness where they end."""
    for number in range(count):
        if number in values:
            yield values[number]
        else:
            yield "stale" if number - 1 in values else "_"


def alert(name, instance="a", job="groups", **labels):
    return {"alertname": f"Groupscope{name}", "job": job, "instance": instance, **labels}


def gone(**labels):
    return {"alertname": "GroupscopeExporterGone", **labels}


# What an alert's own labels are, beside those of its series.
SEVERITIES = {name: rule["labels"]["severity"] for name, rule in ALERTS.items()}
ENDED, STALE, REFUSED, UNREACHABLE, UNUSABLE, SLOW, STATE = map(
    alert,
    (
        *("MembershipsEnded", "MembershipsStale", "TokenRefused", "HubUnreachable"),
        *("AnswersUnusable", "RefreshSlow", "StateNotWritten"),
    ),
)
AUTH, SCOPE = ({**REFUSED, "reason": reason} for reason in ("auth", "scope"))
DROPPED = {"alertname": "GroupscopeUsersDropped", "job": "groups", "namespace": "h"}
HOUR_LONG = {"interval": 1800, "max_age": 5 * DAY * 60}


def on(alert_, instance):
    return {**alert_, "instance": instance}


RESTARTED = exporter({0: "ok", 60: "gone", 62: "http", 63: "hangs"})

# Exporters, and the alerts that fire at a minute. What is never named must never fire.
CASES = {
    "all is well": ([exporter({0: "ok"})], {300: []}),
    "a hub restarts": (
        [
            exporter({0: "ok", 60: "connect", 62: "ok", 120: "http", 122: "ok"}),
            exporter({0: "ok", 60: "auth", 62: "ok", 120: "timeout", 122: "ok"}, "b", "i"),
        ],
        {180: []},
    ),
    "a hub is away for five minutes, again and again": (
        [exporter({5 * n: "http" if n % 2 else "ok" for n in range(36)})],
        {180: []},
    ),
    "a hub restarts, and with it the exporter, under another address": (
        [
            exporter({0: "ok", 60: "gone"}),
            exporter({0: "gone", 62: "connect", 64: "ok"}, "b"),
        ],
        {180: []},
    ),
    "an exporter restarts now and then": (
        [exporter({0: "ok", 60: "gone", 61: "http", 63: "ok", 120: "gone", 121: "ok"})],
        {180: []},
    ),
    "a hub that is read every half hour": ([exporter({0: "ok"}, interval=1800)], {300: []}),
    "one that is away for two minutes, just then": (
        [exporter({0: "ok", 32: "http", 34: "ok"}, interval=1800, max_age=7200)],
        {300: []},
    ),
    "the exporter is gone for nine minutes": (
        [exporter({0: "ok", 60: "gone", 69: "ok"})],
        {120: []},
    ),
    "the exporter is gone": (
        [exporter({0: "ok", 60: "gone"})],
        {69: [], 73: [gone(job="groups")], 180: [gone(job="groups")]},
    ),
    "one of two replicas is gone": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "gone"}, "b")],
        {180: []},
    ),
    "a job is gone, another is not": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "gone"}, "b", "i", "others")],
        {69: [], 73: [gone(job="others")]},
    ),
    "one job's exporter of two hubs is gone": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "gone"}, "b", "i")],
        {69: [], 73: [gone(job="groups", namespace="i")]},
    ),
    "it comes back under another address, without memberships": (
        [
            exporter({0: "ok"}),
            exporter({0: "ok", 60: "gone"}, "b", "i"),
            exporter({0: "gone", 62: "connect"}, "c"),
        ],
        {71: [], 75: [on(ENDED, "c"), on(UNREACHABLE, "c")]},
    ),
    "memberships of one of two hubs ended; its exporter is there": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "hangs"}, "b", "i")],
        {75: [], 85: [on(STALE, "b")], 180: [on(ENDED, "b")]},
    ),
    "refreshes hang": (
        [exporter({0: "ok", 60: "hangs"})],
        {78: [], 84: [STALE], 119: [STALE], 128: [], 134: [ENDED]},
    ),
    "refreshes hang after a while without the hub": (
        [exporter({0: "ok", 60: "connect", 100: "hangs"})],
        {84: [UNREACHABLE], 119: [UNREACHABLE], 134: [UNREACHABLE, ENDED]},
    ),
    "refreshes hang for nineteen minutes": (
        [exporter({0: "ok", 60: "hangs", 78: "ok"})],
        {150: []},
    ),
    "the token is refused": (
        [exporter({0: "ok", 60: "auth"})],
        {78: [], 84: [AUTH], 119: [AUTH], 128: [AUTH], 134: [AUTH, ENDED]},
    ),
    "the token lacks a scope from the start": (
        [exporter({0: "scope"})],
        {8: [], 14: [SCOPE, ENDED], 180: [SCOPE, ENDED]},
    ),
    "the token is refused, and the hub away later": (
        [exporter({0: "ok", 60: "auth", 90: "connect"})],
        {85: [AUTH], 100: [AUTH], 117: [UNREACHABLE], 140: [UNREACHABLE, ENDED]},
    ),
    "the token was refused before the last success, and the hub is away now": (
        [exporter({0: "ok", 55: "auth", 56: "ok", 62: "connect"})],
        {90: [UNREACHABLE], 110: [UNREACHABLE]},
    ),
    "a token that is replaced in time": ([exporter({0: "ok", 60: "auth", 77: "ok"})], {150: []}),
    "the hub is away": (
        [exporter({0: "ok", 60: "connect"})],
        {80: [], 86: [UNREACHABLE], 119: [UNREACHABLE], 134: [UNREACHABLE, ENDED]},
    ),
    "the hub is away for a quarter of an hour": (
        [exporter({0: "ok", 60: "timeout", 75: "ok"})],
        {150: []},
    ),
    "the hub never was there": (
        [exporter({0: "tls"})],
        {8: [], 14: [UNREACHABLE, ENDED], 180: [UNREACHABLE, ENDED]},
    ),
    "the hub's answers are no use": (
        [exporter({0: "ok", 60: "http"})],
        {78: [], 84: [UNUSABLE], 119: [UNUSABLE], 134: [UNUSABLE, ENDED]},
    ),
    "in turns": (
        [
            exporter(
                {0: "ok", 60: "http", 75: "not_json", 90: "shape", 105: "partial"}, max_age=9000
            )
        ],
        {minute: [UNUSABLE] for minute in range(84, 140, 5)},
    ),
    "a hub that starts again and again": (
        [exporter({0: "ok"} | {60 + 4 * n: "http" if n % 2 else "connect" for n in range(15)})],
        {75: [], 95: [UNUSABLE], 115: [UNUSABLE]},
    ),
    "a hub that is mostly away, but answers each quarter of an hour, with errors": (
        [
            exporter(
                {0: "ok"} | {60 + 9 * n: "http" if n % 2 else "connect" for n in range(20)},
                max_age=DAY * 60,
            )
        ],
        {100: [UNUSABLE], 180: [UNUSABLE], 240: [UNUSABLE]},
    ),
    "a hub that is read every half hour has been away for long": (
        [exporter({0: "ok", 32: "connect"}, **HOUR_LONG)],
        {155: [], 200: [UNREACHABLE], 300: [UNREACHABLE]},
    ),
    "a hub that is read every half hour has refused the token for long": (
        [exporter({0: "ok", 32: "auth"}, **HOUR_LONG)],
        {155: [], 200: [AUTH], 250: [AUTH], 300: [AUTH]},
    ),
    "its memberships end before": (
        [exporter({0: "ok", 32: "auth"}, interval=1800)],
        {65: [], 75: [AUTH, ENDED], 300: [AUTH, ENDED]},
    ),
    "one of two hubs is away": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "connect"}, "b", "i")],
        {86: [on(UNREACHABLE, "b")], 134: [on(UNREACHABLE, "b"), on(ENDED, "b")]},
    ),
    "one of two hubs is away, each in a job of its own": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "connect"}, "b", "h", "others")],
        {
            86: [alert("HubUnreachable", "b", "others")],
            134: [alert(name, "b", "others") for name in ("HubUnreachable", "MembershipsEnded")],
        },
    ),
    "one of two replicas does not reach the hub: nothing ends": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "connect"}, "b")],
        {86: [on(UNREACHABLE, "b")], 134: [on(UNREACHABLE, "b")], 300: [on(UNREACHABLE, "b")]},
    ),
    "one of two replicas hangs: nothing ends": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "hangs"}, "b")],
        {86: [on(STALE, "b")], 134: [on(STALE, "b")], 300: [on(STALE, "b")]},
    ),
    "one of two replicas starts anew, and hangs after a failure": (
        [RESTARTED, exporter({0: "ok"}, "b")],
        {70: [], 76: [UNUSABLE], 98: [STALE], 300: [STALE]},
    ),
    "one replica hangs, then the other": (
        [exporter({0: "ok", 100: "hangs"}), exporter({0: "ok", 60: "hangs"}, "b")],
        {
            98: [on(STALE, "b")],
            134: [on(ENDED, "b"), STALE],
            180: [on(ENDED, "b"), ENDED],
        },
    ),
    "refreshes take more than half of the interval": (
        [exporter({0: "ok"}, took=31)],
        {29: [], 35: [SLOW], 90: [SLOW]},
    ),
    "half of the interval": ([exporter({0: "ok"}, took=30)], {90: []}),
    "refreshes are slow because the hub does not answer": (
        [exporter({0: "timeout"}, took=40)],
        {90: [UNREACHABLE, ENDED]},
    ),
    "more than half of the users are gone": (
        [exporter({0: "ok"}, users={0: 50, 90: 24})],
        {98: [], 104: [DROPPED], 146: [DROPPED], 154: []},
    ),
    "half of the users": ([exporter({0: "ok"}, users={0: 50, 90: 25})], {180: []}),
    "all users of a hub with twenty": (
        [exporter({0: "ok"}, users={0: 20, 90: 0})],
        {104: [DROPPED]},
    ),
    "all users of a hub with nineteen": ([exporter({0: "ok"}, users={0: 19, 90: 0})], {180: []}),
    "one replica lists fewer users, one is gone": (
        [
            exporter({0: "ok"}),
            exporter({0: "ok"}, "b", users={0: 50, 90: 5}),
            exporter({0: "ok", 90: "gone"}, "c"),
        ],
        {180: []},
    ),
    "users are created anew within minutes": (
        [exporter({0: "ok"}, users={0: 50, 90: 0, 98: 50})],
        {180: []},
    ),
    "users of one of two hubs, with its restart": (
        [
            exporter({0: "ok", 90: "gone"}),
            exporter({0: "gone", 92: "ok"}, "b", users=5),
            exporter({0: "ok"}, "c", "i"),
        ],
        {98: [], 106: [DROPPED]},
    ),
    "a replica starts late": (
        [exporter({0: "ok"}), exporter({0: "gone", 90: "connect", 96: "ok"}, "b")],
        {180: []},
    ),
    "the state file is not written": (
        [exporter({0: "ok"}, full=range(30, 200))],
        {97: [], 105: [STATE], 200: [STATE], 262: []},
    ),
    "half-hourly": (
        [exporter({0: "ok"}, full=range(50, 400), interval=1800)],
        {180: [STATE], 240: [STATE], 300: [STATE], 360: [STATE]},
    ),
    "half-hourly, and from the start, before the first scrape": (
        [exporter({0: "gone", 10: "ok"}, full=range(400), interval=1800)],
        {190: [STATE], 240: [STATE], 300: [STATE], 360: [STATE]},
    ),
    "the state file is not written for some minutes": (
        [exporter({0: "ok"}, full=range(60, 66))],
        {240: []},
    ),
    "nor within a restart": (
        [exporter({0: "ok", 100: "gone", 102: "ok"}, full=range(30, 200))],
        {97: [], 116: [STATE], 180: [STATE]},
    ),
}
LONG = {
    "no exporter for a day, and one more": (
        [exporter({0: "ok", 60: "gone"})],
        {DAY: [gone(job="groups")], DAY + 75: [gone()], DAY + 400: [gone()]},
    ),
    "there never was one": ([], {9: [], 11: [gone()]}),
    "one of two jobs was taken away": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "gone"}, "b", "i", "others")],
        {DAY: [gone(job="others")], DAY + 75: []},
    ),
    "one of two hubs of a job was taken away": (
        [exporter({0: "ok"}), exporter({0: "ok", 60: "gone"}, "b", "i")],
        {DAY: [gone(job="groups", namespace="i")], DAY + 75: []},
    ),
}


def failures(folder, exporters, step, *, firing=(), texts=(), end):
    """Return what promtool says of wrong alerts; nothing if all are right."""
    test = {
        "interval": f"{step}s",
        "input_series": [line for series in exporters for line in series(end, step)],
        "promql_expr_test": list(firing),
        "alert_rule_test": list(texts),
    }
    return promtool.failures(folder, test, [FILE.read_text("utf-8")], "1m")


# What is said at a minute, each in its situation; {age} is how long ago the last success was.
TEXTS = [
    (
        exporter({0: "ok", 60: "gone"}),
        (90, gone(job="groups")),
        "No groupscope exporter is scraped.",
        "Prometheus has not reached an exporter of the job groups for 10 minutes or more. "
        "The boards have no groups from then on.",
    ),
    (
        exporter({0: "gone"}),
        (90, gone()),
        "No groupscope exporter is scraped.",
        "Prometheus has not reached an exporter for 10 minutes or more. "
        "The boards have no groups from then on.",
    ),
    (
        exporter({0: "ok", 60: "connect"}),
        (180, ENDED),
        "A groupscope exporter has no memberships to serve.",
        "The last success of the exporter a (job groups) was {age} ago, and what is so old it "
        "does not serve. The boards have no groups of this hub from then on.",
    ),
    (
        exporter({0: "connect"}),
        (30, ENDED),
        "A groupscope exporter has no memberships to serve.",
        "The exporter a (job groups) has not read its hub once since it started. "
        "The boards have no groups of this hub from then on.",
    ),
    (
        exporter({0: "ok", 60: "hangs"}),
        (90, STALE),
        "A groupscope exporter serves old memberships, and says of no failure.",
        "The last success of the exporter a (job groups) was {age} ago. It has counted no failure "
        "lately that would explain it.",
    ),
    (
        both(RESTARTED, exporter({0: "ok"}, "b")),
        (110, STALE),
        "A groupscope exporter serves old memberships, and says of no failure.",
        "The exporter a (job groups) has not read its hub once since it started. It has counted "
        "no failure lately that would explain it.",
    ),
    (
        exporter({0: "ok", 60: "auth"}),
        (90, AUTH),
        "A hub refuses the token of its groupscope exporter.",
        "The hub refuses what the exporter a (job groups) asks for: it does not accept the token. "
        "This will not go away by itself.",
    ),
    (
        exporter({0: "ok", 60: "scope"}),
        (90, SCOPE),
        "A hub refuses the token of its groupscope exporter.",
        "The hub refuses what the exporter a (job groups) asks for: the token lacks a scope. "
        "This will not go away by itself.",
    ),
    (
        exporter({0: "ok", 60: "timeout"}),
        (90, UNREACHABLE),
        "A groupscope exporter does not reach its hub.",
        "The hub does not answer the exporter a (job groups): there is no connection, or no "
        "answer in time. The last success was {age} ago.",
    ),
    (
        exporter({0: "timeout"}),
        (30, UNREACHABLE),
        "A groupscope exporter does not reach its hub.",
        "The hub does not answer the exporter a (job groups): there is no connection, or no "
        "answer in time. There was no success since the exporter started.",
    ),
    (
        exporter({0: "ok", 60: "shape"}),
        (90, UNUSABLE),
        "A hub answers its groupscope exporter, but not usably.",
        "The exporter a (job groups) gets answers that it can't use: errors, something else than "
        "the hub's API, or lists that are not whole. Its log says which.",
    ),
    (
        exporter({0: "ok"}, took=100),
        (90, SLOW),
        "Reading the hub takes a groupscope exporter more than half of its interval.",
        "The last refresh of the exporter a (job groups) took 1m 40s. "
        "The hub is busy with it that long.",
    ),
    (
        exporter({0: "ok"}, users={0: 50, 80: 12}),
        (100, DROPPED),
        "A groupscope exporter lists fewer than half of the users of an hour ago.",
        "The hub in h (job groups) lists 24% of the users that it listed an hour ago, and reports "
        "no error.",
    ),
    (
        exporter({0: "ok"}, hub="", users={0: 50, 80: 12}),
        (100, {"alertname": "GroupscopeUsersDropped", "job": "groups"}),
        "A groupscope exporter lists fewer than half of the users of an hour ago.",
        "The hub (job groups) lists 24% of the users that it listed an hour ago, and reports "
        "no error.",
    ),
    (
        exporter({0: "ok"}, full=range(180)),
        (150, STATE),
        "A groupscope exporter can't write its state file.",
        "The exporter a (job groups) could not write its state file for an hour or more. "
        "After a restart it would have old memberships or none.",
    ),
]


def _age(series, minute):
    """Return how long ago the last success was, as a person would say it: ``1h 2m 3s``."""
    (line,) = [line for line in series(minute, 60) if "last_success" in line["series"]]
    ago = int(minute * 60 - float(line["values"].split()[-1]))
    hours, rest = divmod(ago, 3600)
    return f"{hours}h {rest // 60}m {rest % 60}s" if hours else f"{rest // 60}m {rest % 60}s"


def _firing(by_minute):
    """Return questions for what fires at each minute, and for all that ever did."""
    end = max(by_minute)
    every = {braces(**labels): labels for found in by_minute.values() for labels in found}
    firing = 'ALERTS{alertstate="firing"}'
    asks = [(firing, minute, found) for minute, found in by_minute.items()]
    asks.append((f"last_over_time({firing}[{end + 1}m])", end, every.values()))
    for query, minute, found in asks:
        expected = [
            {**labels, "severity": SEVERITIES[labels["alertname"]], "alertstate": "firing"}
            for labels in found
        ]
        yield {
            "expr": query,
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": "ALERTS" + braces(**e), "value": 1} for e in expected],
        }


@pytest.mark.prometheus
def test_promtool_accepts_the_rules():
    command = ["promtool", "check", "rules", "--lint-fatal", FILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_provisioned_configuration_loads_them():
    folder = FILE.parents[1]
    config = yaml.safe_load((folder / "prometheus.yml").read_text("utf-8"))
    assert FILE in [file for pattern in config["rule_files"] for file in folder.glob(pattern)]


@pytest.mark.prometheus
@pytest.mark.parametrize("step", [15, 60, 120])
@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_fires_and_nothing_else(case, step, tmp_path):
    exporters, by_minute = CASES[case]
    asks = _firing(by_minute)
    assert not failures(tmp_path, exporters, step, firing=asks, end=max(by_minute))


@pytest.mark.prometheus
@pytest.mark.parametrize("case", LONG)
def test_what_is_gone_for_a_day(case, tmp_path):
    exporters, by_minute = LONG[case]
    asks = _firing(by_minute)
    assert not failures(tmp_path, exporters, 120, firing=asks, end=max(by_minute))


@pytest.mark.prometheus
@pytest.mark.parametrize(
    "text", TEXTS, ids=[f"{text[1][1]['alertname']}-{n}" for n, text in enumerate(TEXTS)]
)
def test_what_an_alert_says(text, tmp_path):
    series, (minute, labels), summary, description = text
    labels, name = dict(labels), labels["alertname"]
    del labels["alertname"]
    age = _age(series, minute) if "{age}" in description else ""
    told = {
        "exp_labels": {**labels, "severity": SEVERITIES[name]},
        "exp_annotations": {
            "summary": summary,
            "description": description.replace("{age}", age),
            "runbook_url": f"docs/reference/exporter-alerts.md#{name.lower()}",
        },
    }
    asked = {"eval_time": f"{minute}m", "alertname": name, "exp_alerts": [told]}
    assert not failures(tmp_path, [series], 60, texts=[asked], end=minute)


def test_every_text_and_every_alert_is_tried():
    assert {labels["alertname"] for _, (_, labels), _, _ in TEXTS} == set(ALERTS)
    fired = {
        labels["alertname"]
        for _, by_minute in CASES.values()
        for found in by_minute.values()
        for labels in found
    }
    assert fired == set(ALERTS)


@pytest.mark.parametrize("rule", ALERTS.values(), ids=ALERTS)
def test_an_alert_has_what_it_takes(rule):
    assert re.fullmatch(r"Groupscope([A-Z][a-z]+)+", rule["alert"])
    assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
    assert list(rule["labels"]) == ["severity"]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert list(rule["annotations"]) == ["summary", "description", "runbook_url"]
    assert (
        rule["annotations"]["runbook_url"]
        == f"docs/reference/exporter-alerts.md#{rule['alert'].lower()}"
    )


def test_the_page_has_a_section_for_each_alert_in_their_order():
    page = PAGE.read_text("utf-8")
    assert re.findall(r"^##+ (Groupscope\w+)$", page, re.MULTILINE) == list(ALERTS)
    told = re.findall(r"^\| \[`(\w+)`\]\(#(\w+)\) \| (\w+) \|", page, re.MULTILINE)
    assert told == [(name, name.lower(), SEVERITIES[name]) for name in ALERTS]
    assert set(re.findall(r"\bGroupscope\w+", page)) <= set(ALERTS)


@pytest.mark.parametrize("rule", GROUP["rules"], ids=lambda rule: rule.get("alert", "record"))
def test_every_metric_exists(rule):
    from exporter.core.metrics import ALL_METRICS

    exported = {metric.name for metric in ALL_METRICS}
    named = set(re.findall(r"\b(?:jupyterhub|groupscope)[\w:]+", rule["expr"]))
    assert named
    assert named <= exported | RECORDED


def test_every_reason_of_failure_is_told_of_by_one_alert():
    told = [
        reason
        for name in ("GroupscopeTokenRefused", "GroupscopeAnswersUnusable")
        for reason in re.search(r'reason=~"(.+?)"', ALERTS[name]["expr"])[1].split("|")
    ]
    # With the others the hub counts as not reached.
    assert sorted([*told, *UNREACHED]) == sorted(Reason)
    explained = re.search(r'reason=~"(.+?)"', ALERTS["GroupscopeMembershipsStale"]["expr"])[1]
    assert explained.split("|") == told
    unreached = ALERTS["GroupscopeHubUnreachable"]["expr"].partition("and ")[2].strip()
    assert f"unless {unreached}\n" in ALERTS["GroupscopeMembershipsStale"]["expr"]


def test_the_page_wraps_the_rules_as_they_are():
    """The object for the operator is the file, indented, below a head that the page shows."""
    page = PAGE.read_text("utf-8")
    (head,) = re.findall(r"cat > \S+ <<'END'\n(.+?)^END$", page, re.DOTALL | re.MULTILINE)
    wrapped = yaml.safe_load(head + re.sub("^", "  ", FILE.read_text("utf-8"), flags=re.MULTILINE))
    assert wrapped["kind"] == "PrometheusRule"
    assert wrapped["spec"] == {"groups": [GROUP]}
    assert f"sed 's/^/  /' {FILE.relative_to(ROOT)}" in page
