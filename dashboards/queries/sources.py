"""Where boards read from: the scraped series, or those that Prometheus' rules record from them.

Both offer the same: what users use, who belongs where, and whether it is known at all. ``groups``
and ``ranges`` make panels' queries of it, and need not know which one it is.

What is recorded is the mean over each five minutes (``usage`` with a window of that), so it adds
up to the same hours. Names follow Prometheus' ``level:metric:operations``; the level is the
labels: ``namespace_username:container_cpu_usage_seconds:rate5m``. That of a group ends in the
board's attribution, as the exporter's metric does: ``…:rate5m_share``.
"""

from typing import Protocol

from dashboards.kit.panels import MIN_STEP
from dashboards.queries import memberships as scraped
from dashboards.queries import namespaces
from dashboards.queries.memberships import USER
from dashboards.queries.pods import ANNOTATION
from dashboards.queries.promql import ATTRIBUTION, GROUP, USERNAME, aggregate, binary, selector
from dashboards.queries.usage import (
    OWNERS_KNOWN,
    SERVERS,
    STEP,
    Evidence,
    Usage,
    server_starts_by_user,
    users_running,
    users_with_pods,
)

RECORDED_EACH = "5m"
"""How often rules record, and what each sample is the mean over."""

BY_USER = "namespace_username"
BY_GROUP = "namespace_usergroup"
BY_MEMBERSHIP = "namespace_username_usergroup"

RECORDED_SIZES = f"{BY_GROUP}:jupyterhub_group_members:max"
RECORDED_STARTS = f"{BY_USER}:server_starts:sum"
RECORDED_TOLD = "namespace:jupyterhub_group_members:group"


def recorded_memberships(attribution: str = ATTRIBUTION) -> str:
    """Return the name of recorded memberships: 1, or the part that counts with "split"."""
    return f"{BY_MEMBERSHIP}:jupyterhub_user_group_{attribution}:max"


def recorded_by_group(usage: Usage, attribution: str = ATTRIBUTION) -> str:
    """Return the name of what groups use, as recorded."""
    return f"{BY_GROUP}:{usage.recorded}_{attribution}"


class Source(Protocol):
    """Expressions of what is known of users; the labels of each are in its name or its text."""

    min_step: str
    """The shortest step for which it has something to say at each point."""
    group_sizes: str
    """The metric that has a series for each group of each hub, also of those without members."""
    memberships_of: str
    """The metric that has a series for each membership of each user."""

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

    def users(self) -> str:
        """Return 1 for each user that the hub lists, in whatever groups."""

    def chosen(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group: ``{namespace, username}``.

        With all groups, whom no exporter tells of but who has pods is one, too.
        """

    def parts(self) -> str:
        """Return the part of a user's use that counts in each of the selected groups."""

    def sizes(self) -> str:
        """Return how many members each group of each hub has."""

    def evidence(self, of: Evidence) -> str:
        """Return what is there where a number may be 0, and nothing where it is unknown."""

    def told(self) -> str:
        """Return 1 for each hub whose memberships are known."""

    def parts_known(self) -> str:
        """Return 1 if it is known which part of use counts."""

    def users_elsewhere(self) -> str:
        """Return how many users of each hub are not counted, if any: see ``namespaces``."""


def joined(by_user: str, each: str) -> str:
    """Return an expression by user for each of the user's memberships or parts.

    The one shape that works: what users use has one series a user, memberships are many.
    """
    return f"{by_user}\n* on (namespace, username) group_right ()\n{each}"


class Raw:
    """What is scraped: always there, and as fine as the scrapes."""

    min_step = MIN_STEP
    group_sizes = "jupyterhub_group_members"
    memberships_of = "jupyterhub_user_group_info"
    memberships = staticmethod(scraped.memberships)
    users = staticmethod(scraped.users)
    server_starts = staticmethod(server_starts_by_user)
    parts = staticmethod(scraped.parts)
    sizes = staticmethod(scraped.sizes)
    told = staticmethod(scraped.told)
    parts_known = staticmethod(scraped.parts_known)
    users_running = staticmethod(users_running)
    users_elsewhere = staticmethod(namespaces.elsewhere)

    def by_user(self, usage: Usage, window: str = "") -> str:
        """Return use by user: at a moment, or the mean over a window."""
        return usage.in_unit(usage.by_user(window))

    def by_group(self, usage: Usage, window: str = "") -> str:
        """Return use by selected group, attributed."""
        return aggregate("sum", ("usergroup",), joined(self.by_user(usage, window), self.parts()))

    def chosen(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group, or with all, has a pod."""
        members = aggregate("group", USER, scraped.info(GROUP, USERNAME))
        # Pods have no group: a matcher for any of them finds none, that for all of them finds all.
        with_pods = users_with_pods(window, GROUP, f'{ANNOTATION}=~"$user"')
        return binary(members, "or", with_pods)

    def evidence(self, of: Evidence) -> str:
        """Return the scraped series that would tell."""
        return of.raw


class Recorded:
    """What rules record each five minutes: the same numbers, sooner."""

    min_step = RECORDED_EACH
    group_sizes = RECORDED_SIZES
    memberships_of = "namespace_username_usergroup:jupyterhub_user_group_info:max"

    def by_user(self, usage: Usage, window: str = "") -> str:
        """Return use by user: of the last five minutes, or the mean over a window."""
        series = selector(f"{BY_USER}:{usage.recorded}")
        return usage.in_unit(self._over(series, usage, window))

    def by_group(self, usage: Usage, window: str = "") -> str:
        """Return use by selected group, attributed."""
        series = selector(recorded_by_group(usage), GROUP)
        return usage.in_unit(aggregate("sum", ("usergroup",), self._over(series, usage, window)))

    def _over(self, series: str, usage: Usage, window: str) -> str:
        if not window and not usage.rate:
            return series
        window = window or STEP
        # How many samples the window has: the rules record this series for as long as they run.
        steps = f"count_over_time({selector(OWNERS_KNOWN.recorded)}[{window}])"
        return f"sum_over_time({series}[{window}])\n/ scalar(max({steps}))"

    def users_running(self, window: str = "") -> str:
        """Return 1 for each user who had a server in the last five minutes, or in the window."""
        series = selector(f"{BY_USER}:{SERVERS.recorded}")
        ran = f"max_over_time({series}[{window}])" if window else series
        return aggregate("group", USER, f"{ran} > 0")

    def server_starts(self, window: str) -> str:
        """Return how many servers of each user began in a window of no less than five minutes."""
        return f"sum_over_time({selector(RECORDED_STARTS)}[{window}])"

    def users(self) -> str:
        """Return 1 for each user that the hub lists, in whatever groups."""
        return aggregate("group", USER, selector(recorded_memberships("info")))

    def chosen(self, window: str = "") -> str:
        """Return 1 for each chosen user who is in a selected group, or with all, has a pod."""
        members = selector(recorded_memberships("info"), GROUP, USERNAME)
        # Use has no group: a matcher for any of them finds none, that for all of them finds all.
        series = selector(f"{BY_USER}:{SERVERS.recorded}", GROUP, USERNAME)
        with_pods = f"last_over_time({series}[{window}])" if window else series
        return binary(aggregate("group", USER, members), "or", aggregate("group", USER, with_pods))

    def memberships(self) -> str:
        """Return 1 for each membership in a selected group, bridged."""
        return selector(recorded_memberships("info"), GROUP)

    def parts(self) -> str:
        """Return the part of a user's use that counts in each selected group, bridged."""
        return selector(recorded_memberships(), GROUP)

    def sizes(self) -> str:
        """Return how many members each group of each hub has."""
        return selector(RECORDED_SIZES, GROUP)

    def evidence(self, of: Evidence) -> str:
        """Return the recorded series that tells."""
        return of.except_elsewhere(selector(of.recorded), self.users_elsewhere())

    def told(self) -> str:
        """Return 1 for each hub whose memberships are known."""
        return selector(RECORDED_TOLD)

    def parts_known(self) -> str:
        """Return 1 if it is known which part of use counts."""
        return aggregate("group", (), selector(recorded_memberships()))

    def users_elsewhere(self) -> str:
        """Return how many users of each hub are not counted, if any."""
        series = selector(namespaces.RECORDED_ELSEWHERE)
        return f"max_over_time({series}[{namespaces.REMEMBERED}])"
