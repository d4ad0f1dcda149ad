"""Who is on and since when: servers that run and begin, people who are active, new users."""

from dashboards.kit.scope import EVERY, HUB, Scope
from dashboards.metrics.groups_exporter import JUPYTERHUB_GROUP_ACTIVE_MEMBERS
from dashboards.metrics.jupyterhub import JUPYTERHUB_ACTIVE_USERS
from dashboards.queries.groups import lines_by_group, zero_filled
from dashboards.queries.memberships import USER
from dashboards.queries.promql import offset, or_zero, subquery
from dashboards.queries.ranges import DAY, DAY_STEP, RANGE
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import OWNERS_KNOWN, SERVERS, STEP


def servers_by_hub(source: Source) -> str:
    """Return how many notebook servers run on each hub, whosever they are: ``{namespace}``."""
    running = source.scope.aggregate("sum", HUB, source.by_user(SERVERS))
    known = source.scope.aggregate("group", HUB, source.presence(OWNERS_KNOWN))
    return f"{running}\nor\n0 * {known}"


def servers_now(source: Source) -> str:
    """Return how many notebook servers run at the end of the range, on all selected hubs."""
    running = source.scope.aggregate("sum", (), source.by_user(SERVERS))
    return or_zero(running, source.presence(OWNERS_KNOWN))


def most_servers(source: Source) -> str:
    """Return the most notebook servers that ran at once, of the moments at each step."""
    return subquery("max_over_time", servers_now(source), RANGE)


def servers_by_group(source: Source) -> str:
    """Return how many servers run by selected group, fully in each of their users' groups."""
    return lines_by_group(source.attributed(EVERY), SERVERS)


def server_starts(source: Source) -> str:
    """Return how many notebook servers began in the range, whosever they are."""
    began = source.scope.aggregate("sum", (), source.server_starts(STEP))
    return or_zero(subquery("sum_over_time", began, RANGE), source.presence(OWNERS_KNOWN))


def daily_server_starts(source: Source) -> str:
    """Return, for the day that begins at each point, how many servers began, by group."""
    began = joined(source.scope, source.server_starts(DAY_STEP), source.memberships())
    day = subquery(
        "sum_over_time",
        source.scope.aggregate("sum", ("usergroup",), began),
        DAY,
        shift="-1d",
    )
    return zero_filled(source, day, OWNERS_KNOWN)


def new_users(source: Source) -> str:
    """Return how many users of the selected groups the hub did not list when the range began.

    Nothing where it is not known whom it listed then.
    """
    users, known = (
        offset(source.users(), "$__range"),
        offset(source.memberships_known(), "$__range"),
    )
    return _new(source, source.members(), users, known)


def daily_new_users(source: Source) -> str:
    """Return how many users the hub lists on the day that begins at each point but not before."""
    day = subquery("max_over_time", source.members(), DAY, shift="-1d")
    reported_then = subquery("max_over_time", source.memberships_known(), DAY, shift="-1d")
    return _new(source, day, source.users(), source.memberships_known(), reported_then)


def _new(source: Source, listed: str, before: str, reported: str, reported_then: str = "") -> str:
    """Return how many are listed who were not before, of the hubs that reported memberships before.

    ``reported_then`` are the hubs that reported them when these were listed, if not now.
    """
    scope = source.scope
    of_reported = f"{listed}\nand {scope.on(HUB)}\n{reported}"
    new = f"{of_reported}\nunless {scope.on(USER)}\n{before}"
    return or_zero(scope.aggregate("count", (), new), source.outside_gaps(reported, reported_then))


def active_users(scope: Scope, period: str) -> str:
    """Return how many users JupyterHub saw active within a period, by hub: 24h, 7d or 30d.

    Active is whoever logged in, used the hub's pages, or had a server that was used: the hub
    looks at each user's last activity once an hour.
    """
    series = scope.selector(JUPYTERHUB_ACTIVE_USERS, f'period="{period}"')
    return scope.aggregate("max", HUB, series)


def active_members(scope: Scope, window: str) -> str:
    """Return how many members of each selected group were active within a window, by the hub."""
    series = scope.selector(
        JUPYTERHUB_GROUP_ACTIVE_MEMBERS, scope.group_matcher, f'window="{window}"'
    )
    by_hub = scope.aggregate("max", ("namespace", "usergroup"), series)
    return scope.aggregate("sum", ("usergroup",), by_hub)
