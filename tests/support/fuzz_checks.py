"""The board's answers on a cluster, held against the oracle's; each check is of a few panels."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from dashboards.evaluate import data, interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.timing import Timing
from dashboards.queries import usage
from dashboards.queries.sources import Raw
from tests.support.fuzz_clusters import BEGIN, GIB
from tests.support.oracle import (
    BRIDGED,
    EACH,
    MINUTE,
    Known,
    Means,
    Moments,
    Samples,
    evaluated,
    together,
    worth,
)
from tests.support.oracle_spans import Span, Steps, cores

METRICS = {"every": "jupyterhub_user_group_info", "split": "jupyterhub_user_group_share"}
INFO = METRICS["every"]
HOUR = 60 * MINUTE
CPU_SOURCE = "container_cpu_usage_seconds_total"

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
    """The board's answers beside the oracle's, and where the two differ.

    A board over what is recorded has the ``evaluations`` at which it was.
    """

    def __init__(self, board, prometheus, series, view, attribution, evaluations=None):
        self.evaluations = evaluations
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
        self.now = self.moments(np.array([self.end]))
        # A range that ends in a gap of the exporter may have no number instead of 0, also where
        # memberships are bridged: the board then knows of nobody.
        info = self.samples.of("jupyterhub_user_group_info")
        self.told = any(not np.isnan(worth(one, self.now.times)[0]) for one in info)
        # Over scraped series, which are not bridged, it must not have 0 there.
        self.in_gap = evaluations is None and not any(it[0] for it in self.now.told.values())

    def moments(self, times):
        """Return what the board finds at some times: as it is then, or as it was recorded last."""
        if self.evaluations is None:
            return Moments(self.samples, times)
        return Means(self.samples, evaluated(self.evaluations, times))

    def span(self, title):
        """Return the oracle's sums over the range, at a panel's step."""
        step = self.panels[title].step / MINUTE
        if step not in self._spans:
            self._spans[step] = self.sums(self.start, self.end, self.metric, round(step))
        return self._spans[step]

    def sums(self, start, end, metric, step):
        """Return the oracle's sums over a range."""
        return Span(self.samples, start, end, self.selected, metric, step, self.evaluations)

    def hours(self, title):
        """Return whatever says what a panel's hours are, each in its way: both have to agree."""
        found = [self.span(title)]
        if self.evaluations is not None:
            about = self.start, self.end, self.selected, self.metric, self.panels[title].step
            found.append(Steps(self.samples, *about, self.evaluations))
        return found

    def differs(self, title, said, known):
        """Note where what is said is none of what may be."""
        if not known.allows(said):
            self.wrong.append(f"{title}: {said} is not {known}")

    def number(self, title, known, source, *, in_gap="summed"):
        """Hold a stat against what is known; there is a number where its source is.

        In a gap there is one only if it is summed over what was known before, or "always".
        """
        series = self.panels[title].series
        if series and self.in_gap and not (in_gap == "always" or (in_gap and known.high)):
            self.wrong.append(f"{title}: {series[0].values[-1]} in a gap")
        elif series:
            self.differs(title, series[0].values[-1], known)
        elif (source and self.told) or known.low:
            self.wrong.append(f"{title}: nothing, not {known}")

    def by_group(self, title, known, unknown=()):
        """Hold numbers by group against what is known; a group without a number has none."""
        said = {s.labels["usergroup"]: s.values[-1] for s in self.panels[title].series}
        said = {group: it for group, it in said.items() if group not in unknown}
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
            off |= there & (never.get(group, False) if isinstance(never, dict) else never)
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
        moments = asked.moments(times)
        true = by_group(asked, moments, moments.of_users(kind))
        known = moments.known(source)
        must = {g: known & ~np.isnan(it) for g, it in moments.sizes().items() if g in asked.names}
        never = dict.fromkeys(asked.names, ~known)
        if asked.evaluations is None:
            # In a gap of the exporter there is no line, either.
            never = {g: ~known | np.isnan(it) for g, it in moments.sizes().items()}
        asked.compare(title, times, said, true, true, must, never)


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
    (check_cpu if asked.evaluations is None else check_recorded_cpu)(asked)

    title = "CPU used of CPU requested"
    times, said = asked.lines(title)
    moments = asked.moments(times)
    whole = by_group(asked, moments, moments.of_users("cpu"))
    if asked.evaluations is None:
        runs, window = moments.running_names, rate_window(asked.panels[title])
        owned = [(pod, user, where * runs.get(pod, False)) for pod, user, where in moments.owned()]
    else:
        owned, window = list(moments.owned()), EACH
    ratios(asked, title, times, said, *cpu_by_group(asked, moments, owned, window), whole)


def cpu_by_group(asked, moments, owned, window):
    """Return the least and most cores in use by group."""
    rates = {pod: cores(asked.samples, pod, moments.times, window) for pod, _, _ in owned}
    return [
        by_group(
            asked,
            moments,
            [((pod[0], user), rates[pod][end] * where) for pod, user, where in owned],
        )
        for end in (0, 1)
    ]


def check_cpu(asked):
    times, said = asked.lines("CPU")
    moments, window = asked.moments(times), rate_window(asked.panels["CPU"])
    owned = list(moments.owned_within(window))
    low, high = cpu_by_group(asked, moments, owned, window)
    known = moments.known(CPU_SOURCE)
    must = {g: known & ~np.isnan(it) for g, it in moments.sizes().items() if g in asked.names}
    asked.compare("CPU", times, said, low, high, must, False)


def check_recorded_cpu(asked):
    """CPU as the mean of a step's evaluations at which it was known whose pods are."""
    times, said = asked.lines("CPU")
    step, moments = asked.panels["CPU"].step, Means(asked.samples, asked.evaluations)
    first = np.searchsorted(moments.times, times - step, "left")
    end = np.searchsorted(moments.times, times, "right")

    def summed(values):
        total = np.append(0.0, np.cumsum(values))
        return total[end] - total[first]

    number = np.max([summed(it) for it in moments.annotated.values()], axis=0)
    low, high = (
        {group: summed(it) / np.maximum(number, 1) for group, it in ends.items()}
        for ends in cpu_by_group(asked, moments, list(moments.owned()), EACH)
    )
    last = asked.moments(times)
    known = last.known(CPU_SOURCE)
    must = {g: known & ~np.isnan(it) for g, it in last.sizes().items() if g in asked.names}
    asked.compare("CPU", times, said, low, high, must, False)


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
        ("GPU used of GPU held", "busy", "measured"),
    ):
        times, said = asked.lines(title)
        moments = asked.moments(times)
        used, held = (by_group(asked, moments, moments.of_users(k)) for k in (part, whole))
        ratios(asked, title, times, said, used, used, held)


def check_other_lines(asked):
    """Members and home directories."""
    times, said = asked.lines("Members")
    sizes = {g: it for g, it in asked.moments(times).sizes().items() if g in asked.names}
    true = {group: np.nan_to_num(it) for group, it in sizes.items()}
    must = {group: ~np.isnan(it) for group, it in sizes.items()}
    asked.compare("Members", times, said, true, true, must, False)

    times, said = asked.lines("Home directory size")
    moments = asked.moments(times)
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
    asked.number("Home directories", Known(true), told, in_gap="")


def check_hours(asked):
    """Hours of the selection, by group and by member."""
    now = asked.now
    for title, kind, source in (
        ("CPU-hours", "cores", "container_cpu_usage_seconds_total"),
        ("Memory GiB-hours", "held", "container_memory_working_set_bytes"),
        ("GPU-hours", "gpus", "kube_pod_annotations"),
    ):
        for hours in asked.hours(title):
            known = hours.of_selection(kind)
            asked.number(title, in_unit(known, kind), bool(now.known(source).any()))
    title = "Idle server-hours"
    for hours in asked.hours(title):
        asked.by_group(title, {group: hours.of_group("idle", group) for group in asked.names})
    for title, part, whole in (
        ("CPU used of requested, whole range", "cores", "cpu"),
        ("Memory used of requested, whole range", "held", "memory"),
        ("Idle part of server-hours", "idle", "servers"),
    ):
        for hours in asked.hours(title):
            wholes = {group: hours.of_group(whole, group) for group in asked.names}
            known = {
                group: hours.of_group(part, group).over(it) if it.high else Known(0)
                for group, it in wholes.items()
            }
            # Where perhaps nothing was requested, the ratio may be anything; infinity, too, when
            # what requests never ran and what runs requests nothing: the board shows it as it is.
            known = {g: it for g, it in known.items() if np.isfinite(it.slack) and wholes[g].high}
            asked.by_group(title, known, wholes.keys() - known.keys())


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
    asked.number("People with a server now", Known(len(now)), known, in_gap="")
    title = "Membership gaps"
    if title in asked.panels:
        asked.number(title, asked.span(title).untold(), known, in_gap="always")
    # No cluster has namespaces of users; where memberships are known, nobody is left out.
    told = any(bool(it.any()) for it in asked.now.told.values())
    asked.number("Users not counted", Known(0.0), told, in_gap="")
    check_daily(asked)


def between(low, high):
    return Known((low + high) / 2, (high - low) / 2)


def check_daily(asked):
    title = "People with a server each day"
    day = BEGIN // 86_400 * 86_400
    whole = asked.sums(BEGIN - HOUR, BEGIN + 8 * HOUR, INFO, 1)
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
        ("Of which Dask", "dask"),
        ("Memory GiB-hours", "held"),
        ("GPU-hours", "gpus"),
    ):
        for hours in asked.hours(title):
            known = hours.of_member(kind)
            for user in rows.keys() | known.keys():
                cell = rows.get(user, {}).get(column)
                it = in_unit(known.get(user, Known(0)), kind)
                if cell is not None or it.low:
                    asked.differs(f"{title}, {user}, {column}", cell or 0.0, it)
        if column in asked.panels and asked.panels[column].series and column in columns:
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
    # In gaps there are memberships of nobody.
    divided = Moments(Samples(series, view.hubs), times).divided().values()
    known = dict(zip(times, np.all(list(divided), axis=0), strict=True))
    found = []
    for kind in USED:
        sums = f"sum(\n{Raw().by_group(kind)}\n)", f"sum(\n{Raw().by_user(kind)}\n)"
        said = [
            prometheus.range(interpolate.query(it, everything, timing), start, end, 60)
            for it in sums
        ]
        used = kind.recorded.by_user.name
        parts, whole = (dict(zip(s[0].times, s[0].values, strict=True)) if s else {} for s in said)
        found += [
            f"split, minute {(t - BEGIN) / 60:g}: {parts.get(t)} of {whole[t]}: {used}"
            for t in whole
            if known[t] and parts.get(t, 0.0) != pytest.approx(whole[t], **EXACT)
        ][:1]
    return found


def not_adding_up_recorded(recorded, series, hubs, evaluations):
    """Return where recorded groups, split, do not add up to what the users of a hub use.

    All kinds do, at each evaluation: use, memberships and home directories are of one moment.
    """
    divided = Moments(Samples(series, hubs), evaluations, looks=BRIDGED).divided()
    found = []
    for kind in usage.KINDS:
        used = kind.recorded.by_user.name
        parts, whole = (
            _by_hub(recorded, name, hubs, evaluations)
            for name in (kind.recorded.of_groups("share"), used)
        )
        for hub in hubs:
            off = divided[hub] & ~np.isclose(parts[hub], whole[hub], rtol=1e-9, atol=1e-9)
            found += [
                f"split, {hub}, minute {(evaluations[index] - BEGIN) / MINUTE:g}: "
                f"{parts[hub][index]} of {whole[hub][index]}: {used}"
                for index in np.flatnonzero(off)[:1]
            ]
    return found


def _by_hub(recorded, name, hubs, evaluations):
    found = {hub: np.zeros(len(evaluations)) for hub in hubs}
    for one in recorded:
        if one.metric == name:
            real = ~np.isnan(one.values)
            at = np.searchsorted(evaluations, one.times[real])
            found[one.labels["namespace"]][at] += one.values[real]
    return found


def wrong(board, prometheus, series, view, evaluations=None, *, any_will_do=False):
    """Return all that a board says wrong of a cluster, in either attribution.

    Where ``any_will_do``, one attribution's is enough.
    """
    found = not_adding_up(prometheus, series, view) if evaluations is None else []
    for attribution in METRICS:
        if found and any_will_do:
            break
        asked = Asked(board, prometheus, series, view, attribution, evaluations)
        for check in CHECKS:
            check(asked)
        found += [f"{attribution}: {it}" for it in asked.wrong]
    return found
