"""Where boards read from: the scraped series, or those that Prometheus' rules record from them.

Both offer the same: what users use, who belongs where, and whether it is known at all. ``groups``
and ``ranges`` make panels' queries of it, and need not know which one it is.

What is recorded is the mean over each five minutes (``usage`` with a window of that), so it adds
up to the same hours. Names follow Prometheus' ``level:metric:operations``; the level is the
labels: ``namespace_username:container_cpu_usage_seconds:rate5m``. That of a group ends in the
board's attribution, as the exporter's metric does: ``…:rate5m_share``.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Protocol, Self

from dashboards.kit.panels import MIN_STEP
from dashboards.kit.scope import CHOSEN, HUB, Scope
from dashboards.metrics import recorded
from dashboards.metrics.groups_exporter import JUPYTERHUB_GROUP_MEMBERS, JUPYTERHUB_USER_GROUP_INFO
from dashboards.metrics.metric import Metric
from dashboards.queries import memberships as scraped
from dashboards.queries import namespaces
from dashboards.queries.memberships import USER
from dashboards.queries.pods import ANNOTATION
from dashboards.queries.promql import binary
from dashboards.queries.usage import (
    OWNERS_KNOWN,
    SERVERS,
    STEP,
    Presence,
    Usage,
    server_starts_by_user,
    users_running,
    users_with_pods,
)

RECORDED_EACH = "5m"
"""How often rules record, and what each sample is the mean over."""


class Source(Protocol):
    """Expressions of what is known of users; the labels of each are in its name or its text."""

    @property
    def scope(self) -> Scope:
        """Return what all of its expressions are about."""

    @property
    def min_step(self) -> str:
        """Return the shortest step for which it has something to say at each point."""

    @property
    def group_sizes(self) -> Metric:
        """Return the metric with a series for each group of each hub, also for empty groups."""

    @property
    def memberships_of(self) -> Metric:
        """Return the metric with a series for each membership of each user."""

    @property
    def bridge(self) -> str:
        """Return for how long memberships go on in a gap of the exporter: "" if they do not."""

    def attributed(self, attribution: str) -> Self:
        """Return the same with one attribution, whatever a board's choice."""

    def by_user(self, usage: Usage, window: str = "") -> str:
        """Return use by user: at a moment, or the mean over a window."""

    def by_group(self, usage: Usage, window: str = "") -> str:
        """Return use by selected group, attributed: ``{usergroup}``."""

    def users_running(self, window: str = "") -> str:
        """Return 1 for each user with a server that runs, or ran within the window."""

    def server_starts(self, window: str) -> str:
        """Return how many servers of each user began to run within the window."""

    def memberships(self) -> str:
        """Return 1 for each membership in a selected group."""

    def members(self) -> str:
        """Return 1 for each user who is in one or more of the selected groups."""

    def users(self) -> str:
        """Return 1 for each user that the hub lists, in whatever groups."""

    def selected_users(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group: ``{namespace, username}``.

        With all groups, whom no exporter tells of but who has pods is one, too.
        """

    def shares(self) -> str:
        """Return the part of a user's use that counts in each of the selected groups."""

    def sizes(self) -> str:
        """Return how many members each group of each hub has."""

    def presence(self, of: Presence) -> str:
        """Return what is there where a number may be 0, and nothing where it is unknown."""

    def outside_gaps(self, known: str, reported: str = "") -> str:
        """Return what is known, of hubs whose memberships are known, too.

        Numbers of members may be 0 there. ``reported`` are the hubs, if not those of now.
        """

    def exported(self) -> str:
        """Return the memberships with all labels that the exporter gives them, of all groups."""

    def memberships_known(self) -> str:
        """Return 1 for each hub whose memberships are known."""

    def shares_known(self) -> str:
        """Return 1 if it is known which part of use counts."""

    def users_elsewhere(self) -> str:
        """Return how many users of each hub are not counted, if any: see ``namespaces``."""


def joined(scope: Scope, by_user: str, each: str) -> str:
    """Return an expression by user for each of the user's memberships or parts.

    The one shape that works: what users use has one series a user, memberships are many.
    """
    return f"{by_user}\n* {scope.on(USER)} group_right ()\n{each}"


@dataclass(frozen=True, slots=True)
class Raw:
    """What is scraped: always there, and as fine as the scrapes."""

    scope: Scope = CHOSEN

    min_step: ClassVar[str] = MIN_STEP
    group_sizes: ClassVar[Metric] = JUPYTERHUB_GROUP_MEMBERS
    memberships_of: ClassVar[Metric] = JUPYTERHUB_USER_GROUP_INFO
    bridge: ClassVar[str] = ""

    def attributed(self, attribution: str) -> "Raw":
        """Return the same with one attribution, whatever a board's choice."""
        return replace(self, scope=self.scope.attributed(attribution))

    def by_user(self, usage: Usage, window: str = "") -> str:
        """Return use by user: at a moment, or the mean over a window."""
        return usage.in_unit(usage.by_user(self.scope, window))

    def by_group(self, usage: Usage, window: str = "") -> str:
        """Return use by selected group, attributed."""
        by_membership = joined(self.scope, self.by_user(usage, window), self.shares())
        return self.scope.aggregate("sum", ("usergroup",), by_membership)

    def users_running(self, window: str = "") -> str:
        """Return 1 for each user with a server that runs, or ran within the window."""
        return users_running(self.scope, window)

    def server_starts(self, window: str) -> str:
        """Return how many servers of each user began to run within the window."""
        return server_starts_by_user(self.scope, window)

    def memberships(self) -> str:
        """Return 1 for each membership in a selected group."""
        return scraped.memberships(self.scope)

    def members(self) -> str:
        """Return 1 for each user who is in one or more of the selected groups."""
        return scraped.members(self.scope)

    def users(self) -> str:
        """Return 1 for each user that the hub lists, in whatever groups."""
        return scraped.users(self.scope)

    def selected_users(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group, or with all, has a pod."""
        scope = self.scope
        info = scraped.info(scope, scope.group_matcher, scope.user_matcher)
        # Pods have no group: a matcher for any of them finds none, that for all of them finds all.
        owner = f'{ANNOTATION}=~"{scope.users}"'
        with_pods = users_with_pods(scope, window, scope.group_matcher, owner)
        return binary(scope.aggregate("group", USER, info), "or", with_pods)

    def shares(self) -> str:
        """Return the part of a user's use that counts in each of the selected groups."""
        return scraped.shares(self.scope)

    def sizes(self) -> str:
        """Return how many members each group of each hub has."""
        return scraped.sizes(self.scope)

    def presence(self, of: Presence) -> str:
        """Return the scraped series that would tell."""
        return of.raw(self.scope)

    def outside_gaps(self, known: str, reported: str = "") -> str:
        """Return what is known, of hubs whose memberships are known, too."""
        return binary(known, f"and {self.scope.on(HUB)}", reported or self.memberships_known())

    def exported(self) -> str:
        """Return the memberships with all labels that the exporter gives them, of all groups."""
        return scraped.info(self.scope)

    def memberships_known(self) -> str:
        """Return 1 for each hub whose memberships are known."""
        return scraped.memberships_known(self.scope)

    def shares_known(self) -> str:
        """Return 1 if it is known which part of use counts."""
        return scraped.shares_known(self.scope)

    def users_elsewhere(self) -> str:
        """Return how many users of each hub are not counted, if any."""
        return namespaces.elsewhere(self.scope)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What rules record each five minutes: the same numbers, sooner."""

    scope: Scope = CHOSEN

    min_step: ClassVar[str] = RECORDED_EACH
    group_sizes: ClassVar[Metric] = recorded.GROUP_MEMBERS
    memberships_of: ClassVar[Metric] = recorded.USER_GROUP.every
    bridge: ClassVar[str] = scraped.BRIDGE

    def attributed(self, attribution: str) -> "Recorded":
        """Return the same with one attribution, whatever a board's choice."""
        return replace(self, scope=self.scope.attributed(attribution))

    def by_user(self, usage: Usage, window: str = "") -> str:
        """Return use by user: of the last five minutes, or the mean over a window."""
        series = self.scope.selector(usage.recorded.by_user)
        return usage.in_unit(self._over(series, usage, window))

    def by_group(self, usage: Usage, window: str = "") -> str:
        """Return use by selected group, attributed."""
        scope = self.scope
        series = scope.selector(usage.recorded.of_groups(scope.attribution), scope.group_matcher)
        used = self._over(series, usage, window)
        return usage.in_unit(scope.aggregate("sum", ("usergroup",), used))

    def _over(self, series: str, usage: Usage, window: str) -> str:
        if not window and not usage.rate:
            return series
        window = window or STEP
        # How many samples the window has: the rules record this series for as long as they run.
        steps = f"count_over_time({self.scope.selector(OWNERS_KNOWN.recorded)}[{window}])"
        return f"sum_over_time({series}[{window}])\n/ scalar(max({steps}))"

    def users_running(self, window: str = "") -> str:
        """Return 1 for each user who had a server in the last five minutes, or in the window."""
        series = self.scope.selector(SERVERS.recorded.by_user)
        ran = f"max_over_time({series}[{window}])" if window else series
        return self.scope.aggregate("group", USER, f"{ran} > 0")

    def server_starts(self, window: str) -> str:
        """Return how many servers of each user began in a window of no less than five minutes."""
        return f"sum_over_time({self.scope.selector(recorded.SERVER_STARTS)}[{window}])"

    def users(self) -> str:
        """Return 1 for each user that the hub lists, in whatever groups."""
        return self.scope.aggregate("group", USER, self.scope.selector(recorded.USER_GROUP.every))

    def selected_users(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group, or with all, has a pod."""
        scope = self.scope
        matchers = (scope.group_matcher, scope.user_matcher)
        members = scope.selector(recorded.USER_GROUP.every, *matchers)
        # Use has no group: a matcher for any of them finds none, that for all of them finds all.
        series = scope.selector(SERVERS.recorded.by_user, *matchers)
        with_pods = f"last_over_time({series}[{window}])" if window else series
        listed, there = (scope.aggregate("group", USER, each) for each in (members, with_pods))
        return binary(listed, "or", there)

    def memberships(self) -> str:
        """Return 1 for each membership in a selected group, bridged."""
        return self.scope.selector(recorded.USER_GROUP.every, self.scope.group_matcher)

    def members(self) -> str:
        """Return 1 for each user who is in one or more of the selected groups, bridged."""
        return self.scope.aggregate("group", USER, self.memberships())

    def shares(self) -> str:
        """Return the part of a user's use that counts in each selected group, bridged."""
        scope = self.scope
        return scope.selector(recorded.USER_GROUP.name(scope.attribution), scope.group_matcher)

    def sizes(self) -> str:
        """Return how many members each group of each hub has."""
        return self.scope.selector(recorded.GROUP_MEMBERS, self.scope.group_matcher)

    def presence(self, of: Presence) -> str:
        """Return the recorded series that tells."""
        there = self.scope.selector(of.recorded)
        return of.except_elsewhere(self.scope, there, self.users_elsewhere())

    def outside_gaps(self, known: str, reported: str = "") -> str:
        """Return what is known: rules bridge gaps."""
        del reported
        return known

    def exported(self) -> str:
        """Return the memberships as scraped, bridged: no rule records all of their labels."""
        return scraped.info(self.scope.bridging())

    def memberships_known(self) -> str:
        """Return 1 for each hub whose memberships are known."""
        return self.scope.selector(recorded.MEMBERSHIPS_KNOWN)

    def shares_known(self) -> str:
        """Return 1 if it is known which part of use counts."""
        series = self.scope.selector(recorded.USER_GROUP.name(self.scope.attribution))
        return self.scope.aggregate("group", (), series)

    def users_elsewhere(self) -> str:
        """Return how many users of each hub are not counted, if any."""
        series = self.scope.selector(recorded.USERS_ELSEWHERE)
        return f"max_over_time({series}[{namespaces.REMEMBERED}])"
