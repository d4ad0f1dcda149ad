"""The board's answers on a cluster, held against the oracle's; each check is of a few panels."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboards.queries import usage
from dashboards.queries.sources import Raw
from dashboards.report import data, interpolate
from dashboards.report.interpolate import Choice, Timing
from dashboards.report.model import TimeRange
from tests.fuzz_clusters import BEGIN, GIB
from tests.oracle import MINUTE, Known, Moments, Samples, together, worth
from tests.oracle_spans import Span, cores

METRICS = {"every": "jupyterhub_user_group_info", "split": "jupyterhub_user_group_share"}
INFO = METRICS["every"]
HOUR = 60 * MINUTE

# Not a sum's slack but floating point's.
EXACT = {"rel": 1e-9, "abs": 1e-9}


def choices(view, attribution):
    """Return what is chosen on the board."""
    return (
        Choice("hub", "Hub", view.hubs, regex=True),
        Choice("group", "Group", view.groups, not view.groups, ".+", regex=True),
        Choice("attribution", "Attribution", (METRICS[attribution][22:],), texts=(attribution,)),
    )


class Asked:
    """The board's answers beside the oracle's, and where the two differ."""

    def __init__(self, board, prometheus, series, view, attribution):
        self.samples = Samples(series, view.hubs)
        self.selected = set(view.groups) or None
        self.metric = METRICS[attribution]
        self.start, self.end = BEGIN + view.start, BEGIN + view.end
        shown = TimeRange(*(datetime.fromtimestamp(t, UTC) for t in (self.start, self.end)))
        panels = data.collect(board, choices(view, attribution), shown, prometheus)
        self.panels = {panel.title: panel for panel in panels}
        self.wrong = [f"{p.title}: {p.error}" for p in panels if p.error]
        self.names = {
            one.labels["usergroup"] for one in self.samples.of("jupyterhub_group_members")
        }
        if self.selected is not None:
            self.names &= self.selected
        self._spans = {}
        # A range that ends in a gap of the exporter may have no number instead of 0, also where
        # memberships are bridged: the board then knows of nobody.
        info = self.samples.of("jupyterhub_user_group_info")
        self.told = any(not np.isnan(worth(one, np.array([self.end]))[0]) for one in info)
        self.now = Moments(self.samples, np.array([self.end]))

    def span(self, title):
        """Return the oracle's sums over the range, at a panel's step."""
        step = self.panels[title].step / MINUTE
        if step not in self._spans:
            self._spans[step] = Span(
                self.samples, self.start, self.end, self.selected, self.metric, round(step)
            )
        return self._spans[step]

    def differs(self, title, said, known):
        """Note where what is said is none of what may be."""
        if not known.allows(said):
            self.wrong.append(f"{title}: {said} is not {known}")

    def number(self, title, known, source):
        """Hold a stat against what is known; there is a number where its source is."""
        series = self.panels[title].series
        if series:
            self.differs(title, series[0].values[-1], known)
        elif (source and self.told) or known.low:
            self.wrong.append(f"{title}: nothing, not {known}")

    def by_group(self, title, known):
        """Hold numbers by group against what is known; a group without a number has none."""
        said = {s.labels["usergroup"]: s.values[-1] for s in self.panels[title].series}
        for group in said.keys() | known.keys():
            if group in said and group not in known:
                self.wrong.append(f"{title}, {group}: {said[group]} of no group that is selected")
            elif group in said or known[group].low:
                self.differs(f"{title}, {group}", said.get(group, 0.0), known[group])

    def lines(self, title):
        """Return a panel's times within the samples, and by group a value for each or NaN."""
        panel = self.panels[title]
        first, last = (t // panel.step for t in (max(self.start, BEGIN), self.end))
        times = panel.step * np.arange(first, last + 1)
        said = {}
        for series in panel.series:
            at = dict(zip(series.times, series.values, strict=True))
            values = np.array([at.get(time, np.nan) for time in times])
            said[series.labels["usergroup"]] = values
        return times, said

    def compare(self, title, times, said, low, high, must, never):
        """Hold lines against the least and most that they may be, where they may and must be."""
        for group in said.keys() | low.keys():
            nothing = np.full(len(times), np.nan)
            line = said.get(group, nothing)
            least, most = low.get(group, 0 * times), high.get(group, 0 * times)
            there = ~np.isnan(line)
            slack = 1e-9 * (1 + np.abs(most))
            off = there & ((line < least - slack) | (line > most + slack))
            off |= ~there & (must.get(group, False) | (least > 0))
            off |= there & never
            for index in np.flatnonzero(off)[:2]:
                at = (times[index] - BEGIN) / MINUTE
                bounds = least[index], most[index]
                self.wrong.append(f"{title}, {group}, minute {at:g}: {line[index]} not in {bounds}")


def check_lines(asked):
    """Memory, requests, GPUs and servers, exactly, at each point of their lines."""
    for title, kind, source in (
        ("Memory", "held", "container_memory_working_set_bytes"),
        ("Memory requests", "memory", "kube_pod_annotations"),
        ("CPU requests", "cpu", "kube_pod_annotations"),
        ("GPUs held", "gpus", "kube_pod_annotations"),
        ("Running servers", "servers", "kube_pod_annotations"),
    ):
        times, said = asked.lines(title)
        moments = Moments(asked.samples, times)
        true = by_group(asked, moments, moments.of_users(kind))
        known = moments.known(source)
        must = {g: known & ~np.isnan(it) for g, it in moments.sizes().items() if g in asked.names}
        asked.compare(title, times, said, true, true, must, ~known)


def by_group(asked, moments, pieces):
    """Return use by user as use by group, attributed."""
    found = {group: np.zeros(len(moments.times)) for group in asked.names}
    parts = moments.parts(asked.metric)
    for user, it in pieces:
        for group, part in parts.get(user, {}).items():
            if group in found:
                found[group] = found[group] + it * part
    return found


def rate_window(panel):
    """Return Grafana's rate interval: four scrapes, or a step and a scrape."""
    return max(4 * MINUTE, panel.step + MINUTE)


def check_cpu_lines(asked):
    """CPU exactly where counters go on, within what may be where they begin or end."""
    times, said = asked.lines("CPU")
    moments, window = Moments(asked.samples, times), rate_window(asked.panels["CPU"])
    rates = {pod: cores(asked.samples, pod, times, window) for pod, _, _ in moments.owned()}
    low, high = (
        by_group(
            asked,
            moments,
            [
                ((pod[0], user), rates[pod][end] * where)
                for pod, user, where in moments.owned_within(window)
            ],
        )
        for end in (0, 1)
    )
    known = moments.known("container_cpu_usage_seconds_total")
    must = {g: known & ~np.isnan(it) for g, it in moments.sizes().items() if g in asked.names}
    asked.compare("CPU", times, said, low, high, must, False)

    title = "CPU used of CPU requested"
    times, said = asked.lines(title)
    moments, window = Moments(asked.samples, times), rate_window(asked.panels[title])
    runs = moments.running_names
    whole = by_group(asked, moments, moments.of_users("cpu"))
    low, high = (
        by_group(
            asked,
            moments,
            [
                (
                    (pod[0], user),
                    cores(asked.samples, pod, times, window)[end] * where * runs.get(pod, False),
                )
                for pod, user, where in moments.owned()
            ],
        )
        for end in (0, 1)
    )
    ratios(asked, title, times, said, low, high, whole)


def ratios(asked, title, times, said, low, high, whole):
    """Hold lines of ratios against what they may be; they end where the whole is nothing."""
    safe = {group: np.where(it > 0, it, 1.0) for group, it in whole.items()}
    low, high = (
        {g: np.where(whole[g] > 0, it[g] / safe[g], 0.0) for g in whole} for it in (low, high)
    )
    # Something of nothing is infinite: it is drawn nowhere.
    said = {
        g: np.where(whole.get(g, 0 * times) > 0, it, np.where(np.isinf(it), np.nan, it))
        for g, it in said.items()
    }
    asked.compare(title, times, said, low, high, {}, False)


def check_ratio_lines(asked):
    for title, part, whole in (
        ("Memory used of memory requested", "held", "memory"),
        ("GPU used of GPU held", "busy", "gpus"),
    ):
        times, said = asked.lines(title)
        moments = Moments(asked.samples, times)
        used, held = (by_group(asked, moments, moments.of_users(k)) for k in (part, whole))
        ratios(asked, title, times, said, used, used, held)


def check_other_lines(asked):
    """Members and home directories."""
    times, said = asked.lines("Members")
    sizes = {g: it for g, it in Moments(asked.samples, times).sizes().items() if g in asked.names}
    true = {group: np.nan_to_num(it) for group, it in sizes.items()}
    must = {group: ~np.isnan(it) for group, it in sizes.items()}
    asked.compare("Members", times, said, true, true, must, False)

    times, said = asked.lines("Home directory size")
    moments = Moments(asked.samples, times)
    true = by_group(asked, moments, moments.homes().items())
    asked.compare("Home directory size", times, said, true, true, {}, False)

    true = sum(
        float((together(asked.now.parts(asked.metric).get(user, {}), asked.selected) * it).sum())
        for user, it in asked.now.homes().items()
    )
    told = any(
        not np.isnan(asked.now._worth(one)).any()
        for one in asked.samples.of("dirsize_total_size_bytes")
    )
    asked.number("Home directories", Known(true), told)


def check_hours(asked):
    """Hours of the selection, by group and by member."""
    now = asked.now
    for title, kind, source in (
        ("CPU-hours", "cores", "container_cpu_usage_seconds_total"),
        ("Memory GiB-hours", "held", "container_memory_working_set_bytes"),
        ("GPU-hours", "gpus", "kube_pod_annotations"),
    ):
        known = asked.span(title).of_selection(kind)
        asked.number(title, in_unit(known, kind), bool(now.known(source).any()))
    title = "Idle server-hours"
    idle = {group: asked.span(title).of_group("idle", group) for group in asked.names}
    asked.by_group(title, idle)
    for title, part, whole in (
        ("CPU used of requested, whole range", "cores", "cpu"),
        ("Memory used of requested, whole range", "held", "memory"),
        ("Idle part of all server-hours", "idle", "servers"),
    ):
        span = asked.span(title)
        wholes = {group: span.of_group(whole, group) for group in asked.names}
        known = {
            group: span.of_group(part, group).over(it) if it.high else Known(0)
            for group, it in wholes.items()
        }
        # Where perhaps nothing was requested, the ratio may be anything; infinity, too, when what
        # requests never ran and what runs requests nothing: the board shows it as it is.
        known = {g: it for g, it in known.items() if np.isfinite(it.slack) and wholes[g].high}
        series = tuple(s for s in asked.panels[title].series if s.labels["usergroup"] in known)
        asked.panels[title] = replace(asked.panels[title], series=series)
        asked.by_group(title, known)


def in_unit(known, kind):
    """Return what is known in the unit of the board: GiB."""
    scale = GIB if kind == "held" else 1
    return Known(known.value / scale, known.slack / scale)


def check_people(asked):
    title = "People who took part"
    sure, maybe = asked.span(title).took_part()
    asked.number(title, between(len(sure), len(maybe)), asked.now.known("kube_pod_annotations"))
    now = set()
    info = asked.now.parts(INFO)
    for user, runs in asked.now.of_users("servers"):
        if (runs * together(info.get(user, {}), asked.selected)).any():
            now.add(user)
    known = bool(asked.now.known("kube_pod_annotations").any())
    asked.number("People active now", Known(len(now)), known)
    title = "Unknown memberships"
    if title in asked.panels:
        asked.number(title, asked.span(title).untold(), known)
    check_daily(asked)


def between(low, high):
    return Known((low + high) / 2, (high - low) / 2)


def check_daily(asked):
    title = "People active each day"
    day = BEGIN // 86_400 * 86_400
    whole = Span(asked.samples, BEGIN - HOUR, BEGIN + 8 * HOUR, asked.selected, INFO, 1)
    said = {
        (s.labels["usergroup"], t): v
        for s in asked.panels[title].series
        for t, v in zip(s.times, s.values, strict=True)
    }
    for group in asked.names:
        value = said.get((group, day), 0.0)
        asked.differs(f"{title}, {group}", value, between(*whole.daily(group)))


def check_table(asked):
    title = "Who used what"
    table, span = asked.panels[title].table, asked.span(title)
    columns = table.columns if table else ()
    rows = {}
    for row in table.rows if table else ():
        cells = dict(zip(columns, row, strict=True))
        rows[cells["Hub"], cells["User"]] = cells
    counts = defaultdict(float)
    for user, groups in asked.now.parts(INFO).items():
        for group, it in groups.items():
            if asked.selected is None or group in asked.selected:
                counts[user] += float(it[0])
    seen = span.last_seen()
    for column, kind in (
        ("CPU-hours", "cores"),
        ("Memory GiB-hours", "held"),
        ("GPU-hours", "gpus"),
    ):
        known = span.of_member(kind)
        for user in rows.keys() | known.keys():
            cell = rows.get(user, {}).get(column)
            it = in_unit(known.get(user, Known(0)), kind)
            if cell is not None or it.low:
                asked.differs(f"{title}, {user}, {column}", cell or 0.0, it)
        if asked.panels[column].series and column in columns:
            # Whatever is unsure, both are of the same users.
            total = sum(row.get(column) or 0.0 for row in rows.values())
            if total != pytest.approx(asked.panels[column].series[0].values[-1], **EXACT):
                asked.wrong.append(f"{title}: {column} add up to {total}")
    sure, _ = span.took_part()
    for user in rows.keys() | {user for user, number in counts.items() if number} | sure:
        row = rows.get(user, {})
        asked.differs(
            f"{title}, {user}, groups", row.get("Selected groups") or 0, Known(counts[user])
        )
        if row.get("Last seen") is None:
            if user in sure:
                asked.wrong.append(f"{title}, {user}: not seen")
        elif user not in seen or not seen[user][0] <= row["Last seen"] / 1000 <= seen[user][1]:
            asked.wrong.append(f"{title}, {user}: seen {row['Last seen']}, not {seen.get(user)}")


CHECKS = (
    check_lines,
    check_cpu_lines,
    check_ratio_lines,
    check_other_lines,
    check_hours,
    check_people,
    check_table,
)

# Not idleness, which is looked at less often, nor homes: those of nobody are nobody's.
USED = [kind for kind in usage.KINDS if kind not in (usage.IDLE_SERVERS, usage.HOME_SIZE)]


def not_adding_up(prometheus, series, view):
    """Return where split groups, all of them, do not add up to what all users use."""
    timing = Timing(step=60_000, rate=240_000, length=3_600_000)
    everything = choices(replace(view, groups=()), "split")
    start, end = BEGIN + (max(view.start, 2 * MINUTE) // 60 + 1) * 60, BEGIN + view.end // 60 * 60
    times = np.arange(start, end + 1, 60)
    # Longer gaps than are bridged have memberships of nobody.
    divided = Moments(Samples(series, view.hubs), times).divided().values()
    known = dict(zip(times, np.all(list(divided), axis=0), strict=True))
    found = []
    for kind in USED:
        sums = f"sum(\n{Raw().by_group(kind)}\n)", f"sum(\n{Raw().by_user(kind)}\n)"
        said = [
            prometheus.range(interpolate.query(it, everything, timing), start, end, 60)
            for it in sums
        ]
        parts, whole = (dict(zip(s[0].times, s[0].values, strict=True)) if s else {} for s in said)
        found += [
            f"split, minute {(t - BEGIN) / 60:g}: {parts.get(t)} of {whole[t]}: {kind.recorded}"
            for t in whole
            if known[t] and parts.get(t, 0.0) != pytest.approx(whole[t], **EXACT)
        ][:1]
    return found


def wrong(board, prometheus, series, view):
    """Return all that a board says wrong of a cluster, in either attribution."""
    found = not_adding_up(prometheus, series, view)
    for attribution in METRICS:
        asked = Asked(board, prometheus, series, view, attribution)
        for check in CHECKS:
            check(asked)
        found += [f"{attribution}: {it}" for it in asked.wrong]
    return found
