"""What the board's panels should say of a range, computed from the samples, with its slack.

A number summed over time is known to a slack. Nothing tells when, between two scrapes, something
began or ended, nor does the board look at everything at the same second; so whatever changes may
count some minutes early or late. That can make as much of a difference as all ups and downs of
use while it counts, and of its part that counts while there is use, times these minutes.
"""

from collections import defaultdict
from functools import cached_property

import numpy as np

from tests.support.oracle import (
    BRIDGED,
    EACH,
    LOOKBACK,
    MINUTE,
    NOW,
    Known,
    Means,
    Moments,
    evaluated,
    together,
    worth,
)

IDLE_CORES, IDLE_WINDOW = 0.05, 15 * MINUTE
IDLE_LOOKS = 5
"""Every five minutes servers are looked at for whether they idle."""

WINDOW = round(EACH / MINUTE)
"""The minutes that what is recorded is the mean over."""

DAILY_LOOKS = 30
"""Every half an hour a day is looked at for who has been there since."""


def near(mask, reach):
    """Return the most of ``mask`` within ``reach`` places on either side."""
    padded = np.pad(mask, reach)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)


def ahead(values, minutes):
    """Return for each value it and those of so many minutes after it."""
    return np.lib.stride_tricks.sliding_window_view(np.pad(values, (0, minutes)), minutes + 1)


def ups_and_downs(values):
    """Return by how much each value is another than the one before; from nothing at first."""
    return np.abs(np.diff(values + np.zeros(len(values)), prepend=0.0))


def _counters(samples, pod):
    """Return the CPU counters of a pod's containers; the one of its cgroup repeats them."""
    namespace, name = pod
    found = samples.of("container_cpu_usage_seconds_total", namespace=namespace, pod=name)
    # Several jobs that scrape the kubelets say the same.
    return list({one.labels["name"]: one for one in found if one.labels.get("name")}.values())


def _steps(one):
    """Return a counter's samples without the markers, and how much it grew up to each."""
    real = ~np.isnan(one.values)
    times, values = one.times[real], one.values[real]
    grew = np.diff(values)
    # A counter that fell began anew at 0.
    return times, values, np.where(grew < 0, values[1:], grew)


def cores(samples, pod, times, window, *, closed=True):
    """Return the least and most cores in use by a pod on average over the window before each time.

    Known exactly where a counter's samples reach to within one scrape of both ends of the window.
    Where it begins or ends within, how far it goes on beyond its samples is a guess: from nothing
    up to the whole window at its mean rate.
    """
    low, high = np.zeros(len(times)), np.zeros(len(times))
    for one in _counters(samples, pod):
        when, values, grew = _steps(one)
        side = "left" if closed else "right"
        first = np.searchsorted(when, times - window, side)
        last = np.searchsorted(when, times, "right") - 1
        for index in np.flatnonzero(last > first):
            a, b = first[index], last[index]
            used, between = grew[a:b].sum(), when[b] - when[a]
            scrape = 1.1 * between / (b - a)
            ends = when[a] - (times[index] - window), times[index] - when[b]
            # A counter that is not yet as large as what was added to it has just begun.
            exact = max(ends) < scrape and values[a] >= used
            high[index] += used / between
            low[index] += used / between if exact else 0.0
    return low, high


def used(samples, pod, times):
    """Return the CPU-seconds used in the minute before each time, and those of gaps, unknown when.

    What was used between two scrapes with others missing may or may not be counted.
    """
    sure, unsure = np.zeros(len(times)), np.zeros(len(times))
    for one in _counters(samples, pod):
        when, _, grew = _steps(one)
        at = np.searchsorted(times, when[1:], "left")
        within = (at > 0) & (at < len(times))
        gap = np.diff(when) > 1.5 * MINUTE
        np.add.at(sure, at[within & ~gap], grew[within & ~gap])
        np.add.at(unsure, at[within & gap], grew[within & gap])
    return sure, unsure


def idles(samples, pod, times, end=1):
    """Return where a pod's containers have run for long enough, and used nearly nothing.

    It is surely so by the most that they may have used, ``end`` 1, and perhaps by the least, 0.
    """
    judged, rated = np.zeros((2, len(times)), bool)
    for one in _counters(samples, pod):
        before = worth(one, times - IDLE_WINDOW)
        judged |= ~np.isnan(worth(one, times)) & ~np.isnan(before)
        # It takes two samples; after a gap there is one at first.
        when, _, _ = _steps(one)
        first = np.searchsorted(when, times - IDLE_WINDOW, "left")
        rated |= np.searchsorted(when, times, "right") - first > 1
    return judged & rated & (cores(samples, pod, times, IDLE_WINDOW)[end] < IDLE_CORES)


class Span:
    """A range of the board: sums over its minutes.

    ``step`` is the board's, in minutes; longer steps know less well when something changed. What
    is recorded, at ``evaluations``, counts at its window's end, up to WINDOW minutes after it was.
    """

    PAD = 45

    def __init__(self, samples, start, end, selected, metric, step, evaluations=None):
        first, last = np.ceil(start / MINUTE), np.floor(end / MINUTE)
        # Where there are no samples there is nothing to sum: a month before them need not be.
        begin = min((s.times[0] for s in samples.of("kube_pod_annotations")), default=start)
        first = max(first, np.floor(begin / MINUTE) - self.PAD)
        # Just before each full minute: a scrape of the minute is in, at whichever second it was.
        self.times = MINUTE * np.arange(first - self.PAD, last + self.PAD + 1) - 0.001
        self.within = ((self.times > start) & (self.times <= end)).astype(float)
        self.samples, self.selected, self.step = samples, selected, step
        self.evaluations, self.window = evaluations, 0 if evaluations is None else WINDOW
        # One scrape a minute: each sample counts for the minute before it.
        looks = NOW if evaluations is None else BRIDGED
        self.moments = Moments(samples, self.times, MINUTE - 0.0005, looks)
        self.parts = self.moments.parts(metric)
        self.info = self.moments.parts("jupyterhub_user_group_info")

    def _pieces(self, kind):
        """Yield each pod's use a minute, in unit-minutes: user, sure, unsure when."""
        m = self.moments
        if kind in ("cores", "dask"):
            for pod, user, where in m.owned():
                if kind == "dask" and pod not in self.samples.dask:
                    continue
                # Whose the pod is, is known for some minutes after its end.
                its = near(where.astype(float), 5)
                sure, unsure = used(self.samples, pod, self.times)
                yield (pod[0], user), its * sure / MINUTE, its * unsure / MINUTE
        elif kind == "idle":
            # The looks find what was there up to five minutes before, where scrapes are missing.
            m = Moments(self.samples, self.times)
            servers = m.by_pod("servers")
            for pod, user, where in m.owned():
                idle = idles(self.samples, pod, self.times) * servers.get(pod, m.nothing)
                yield (pod[0], user), idle * where, m.nothing
        else:
            for user, it in m.of_users(kind):
                yield user, it, m.nothing

    def _late(self, kind):
        """Return by how many minutes use may count early or late, and the part that counts.

        Use: a step and a scrape. CPU is a mean over the four scrapes before, two minutes old on
        average; at a counter's end half a scrape more is guessed. Whether servers idle is looked
        at each five minutes, the sum is that of trapezoids between the looks.
        The part: as it is at the end of each step, where a rate or a look is older.

        Recorded: windows follow one another, so what changes within one is counted by one scrape
        of five too many or too few at most: a rate guesses one from the other four, a mean may
        have a sample at either end. That is a minute more. What is in range, and whose it is, is
        as at the window's end: known to WINDOW more. Where nothing changes, all of it is exact.
        """
        kind = "cores" if kind == "dask" else kind
        use = {"cores": self.step + 3, "idle": IDLE_LOOKS}.get(kind, self.step + 1)
        part = self.step + {"cores": 3, "idle": IDLE_LOOKS}.get(kind, 1)
        return use + bool(self.window), part + self.window

    def _sum(self, pieces, kind):
        """Return (use, unsure, part) of pods added up, in hours."""
        late, part_late = self._late(kind)
        # A rate reaches back over the interval, so do four minutes of owners.
        reach = self.step + 5 + self.window
        value = slack = 0.0
        for use, unsure, its_part in pieces:
            part = its_part + self.moments.nothing
            counted = part * self.within
            # A gap may lie between the range's end and the nearest member.
            around = near(part, reach) * near(self.within, reach)
            value += float((use * counted).sum())
            slack += float((unsure * around).sum())
            slack += late * float((ups_and_downs(use) * around).sum())
            slack += part_late * float((ups_and_downs(counted) * near(use, reach)).sum())
        return Known(value / 60, slack / 60)

    def of_selection(self, kind):
        """Return the hours of the selected groups together."""
        return self._sum(
            [
                (it, unsure, together(self.parts.get(user, {}), self.selected))
                for user, it, unsure in self._pieces(kind)
            ],
            kind,
        )

    def of_group(self, kind, group):
        """Return the hours of one group."""
        return self._sum(
            [
                (it, unsure, self.parts.get(user, {}).get(group, 0.0))
                for user, it, unsure in self._pieces(kind)
            ],
            kind,
        )

    def of_member(self, kind):
        """Return what each member's hours count in the selected groups, by (namespace, user)."""
        pieces = defaultdict(list)
        for user, it, unsure in self._pieces(kind):
            part = together(self.parts.get(user, {}), self.selected)
            pieces[user].append((it, unsure, part))
        return {user: self._sum(its, kind) for user, its in pieces.items()}

    def untold(self):
        """Return the hours without memberships, of all hubs together.

        Within the first minute nobody may have told them yet, and a look may stand for its step.
        Where Prometheus itself was away, pods may be found for longer than memberships.
        """
        minutes = self.times - MINUTE + 0.001
        if self.evaluations is None:
            found = [
                Moments(self.samples, times, back)
                for times in (self.times, minutes)
                for back in (self.moments.back, LOOKBACK)
            ]
        else:
            times = minutes + self.evaluations[0] % MINUTE
            found = [self.moments, Moments(self.samples, times, looks=BRIDGED)]
        known = [self._sum([(m.untold(), m.nothing, 1.0)], "hubs") for m in found]
        low, high = min(it.low for it in known), max(it.high for it in known)
        return Known((low + high) / 2, (high - low) / 2)

    @cached_property
    def _servers(self):
        """By user: where a server ran, and where the user was in a selected group.

        What rules did not come to record, as Prometheus went down before, is forgotten; and what
        they recorded of memberships is only found for five minutes.
        """
        kept = found = self.moments.nothing + 1
        if self.evaluations is not None:
            after = np.append(self.evaluations, np.inf)
            kept = after[np.searchsorted(self.evaluations, self.times)] - self.times <= EACH
            found = (evaluated(self.evaluations, self.times) > 0).astype(float)
        ran = defaultdict(lambda: self.moments.nothing)
        for user, it in self.moments.of_users("servers"):
            ran[user] = np.maximum(ran[user], it * kept)
        return {
            user: (it, found, together(self.info.get(user, {}), self.selected) * found)
            for user, it in ran.items()
        }

    def _stays(self, member):
        """Return where one is a member up to a step's end and a scrape, in range."""
        return ahead(member * self.within, self._reach).min(axis=1)

    @property
    def _reach(self):
        """Return how many minutes late a server or a membership may be seen."""
        return self.step + 1 + self.window

    def took_part(self):
        """Return who surely took part, and who may have: at an end, or a member for too short."""
        sure, maybe = set(), set()
        for user, (ran, _, member) in self._servers.items():
            if (ran * self._stays(member) * self.within).any():
                sure.add(user)
            reach = self._reach
            if (near(ran, reach) * near(member, reach) * near(self.within, reach)).any():
                maybe.add(user)
        return sure, maybe

    def last_seen(self):
        """Return by user when a server was last seen, at the earliest and at the latest."""
        found = {}
        for user, (ran, _, member) in self._servers.items():
            reach = self._reach
            sure = self.times[ran * self._stays(member) * self.within > 0]
            around = near(ran, reach) * near(member, reach) * near(self.within, reach)
            maybe = self.times[around > 0]
            if len(maybe):
                earliest = sure[-1] - reach * MINUTE if len(sure) else self.times[0]
                found[user] = earliest, maybe[-1] + MINUTE
        return found

    def daily(self, group):
        """Return how many of a group were there on the day of the samples, at least and at most.

        A day is looked at each half an hour for who is a member and has had a server since: who
        is a member for half an hour more is surely seen, who becomes one within it may be.
        """
        sure = maybe = 0
        for user, (ran, found, _) in self._servers.items():
            member = found * np.sign(self.info.get(user, {}).get(group, 0.0))
            later = ahead(member, DAILY_LOOKS + 1 + self.window)
            sure += bool((ran * later.min(axis=1)).any())
            maybe += bool((near(ran, 2) * near(later.max(axis=1), 2)).any())
        return sure, maybe


class Steps:
    """A range of the board over what is recorded: the mean of its steps, each of which has one.

    The mean of a step is that of the evaluations in it, both ends included, at which it was known
    whose pods are. Of users it counts with the part that is found at the step's end, of groups
    with that of each evaluation. All of it is known but for CPU where counters begin or end.
    That it comes to what was used is for ``Span`` to say.
    """

    def __init__(self, samples, start, end, selected, metric, step, evaluations):
        times = step * np.arange(np.ceil(start / step), np.floor(end / step) + 1)
        self.samples, self.selected = samples, selected
        self.means = Means(samples, evaluations)
        self.parts = Means(samples, evaluated(evaluations, times)).parts(metric)
        self.group_parts = self.means.parts(metric)
        self._first = np.searchsorted(evaluations, times - step, "left")
        self._end = np.searchsorted(evaluations, times, "right")
        known = [self._sum(it) for it in self.means.annotated.values()]
        self._number = np.maximum(np.max(known, axis=0, initial=0.0), 1)
        self._hours = (end - start) / 3600 / len(times)

    def _sum(self, values):
        total = np.append(0.0, np.cumsum(values))
        return total[self._end] - total[self._first]

    def _pieces(self, kind):
        """Yield the least and most use at each evaluation, by pod: user, least, most."""
        times = self.means.times
        if kind in ("cores", "dask"):
            for pod, user, where in self.means.owned():
                if kind == "dask" and pod not in self.samples.dask:
                    continue
                yield (pod[0], user), *(it * where for it in cores(self.samples, pod, times, EACH))
        elif kind == "idle":
            now = Moments(self.samples, times)
            servers = now.by_pod("servers")
            for pod, user, where in now.owned():
                its = where * servers.get(pod, now.nothing)
                yield (pod[0], user), *(its * idles(self.samples, pod, times, e) for e in (1, 0))
        else:
            for user, it in self.means.of_users(kind):
                yield user, it, it

    def of_member(self, kind):
        """Return what each member's hours count in the selected groups, by (namespace, user)."""
        ends = defaultdict(lambda: np.zeros(2))
        for user, *its in self._pieces(kind):
            part = self._hours * together(self.parts.get(user, {}), self.selected)
            ends[user] += [float((self._sum(it) / self._number * part).sum()) for it in its]
        return {user: Known((a + b) / 2, (b - a) / 2) for user, (a, b) in ends.items()}

    def of_selection(self, kind):
        """Return the hours of the selected groups together."""
        its = self.of_member(kind).values()
        return Known(sum(it.value for it in its), sum(it.slack for it in its))

    def of_group(self, kind, group):
        """Return the hours of one group."""
        ends = np.zeros(2)
        for user, *its in self._pieces(kind):
            part = self.group_parts.get(user, {}).get(group, 0.0)
            sums = [self._sum(it * part) / self._number for it in its]
            ends += [float(it.sum()) * self._hours for it in sums]
        return Known(ends.sum() / 2, (ends[1] - ends[0]) / 2)
