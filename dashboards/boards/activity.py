"""Activity: who is on now, how many came each day, week and month, and who is new."""

from dashboards.boards.shared import people
from dashboards.boards.shared.links import to_group
from dashboards.kit import (
    Dashboard,
    Row,
    boards,
    daily_bars,
    dashboard,
    grid,
    links,
    requirements,
    stat,
    stats,
    timeseries,
    units,
    variables,
)
from dashboards.queries import activity
from dashboards.queries.sources import Source

_IN_EACH = "Somebody in several groups counts in each."
_GROUP = to_group(links.label("usergroup"))
_HUB_COUNTS = (
    "It is JupyterHub's own count, of all its users in whatever groups: active is whoever logged "
    "in, opened a page of the hub or had a server that was used. The hub counts once an hour. "
)


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        boards.ACTIVITY,
        source,
        description="How much the hub is used: servers that run, people who come, new users.",
        variables=[variables.datasource(), *variables.hub(source), variables.group(source)],
        rows=[
            _at_a_glance(source),
            _servers(source),
            _active_users(source),
            _active_members(source),
            _by_day(source),
        ],
    )


def _at_a_glance(source: Source) -> Row:
    panels = [
        people.servers_now(source),
        people.most_servers(source),
        people.people_now(source),
        people.people_who_took_part(source),
        people.new_users(source),
        stat(
            "Servers started",
            activity.server_starts(source),
            unit=units.SERVERS,
            description="Notebook servers that began to run in the range, of all users of the "
            "selected hubs. Far more than the people there were: servers that are stopped and "
            "started again, by a culler that is too eager or by kernels that die.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _servers(source: Source) -> Row:
    panels = [
        timeseries(
            "Running servers by hub",
            activity.servers_by_hub(source),
            unit=units.SERVERS,
            legend=source.scope.hub_legend,
            description="Notebook servers that run on each hub, whosever they are. Normal are "
            "waves by day with flat nights and weekends. A line that does not come down at night: "
            "servers are not culled. A sudden fall to 0 in working hours: see the board Hub.",
        ),
        people.servers_by_group(source),
    ]
    return Row("Servers", grid(panels, 12))


def _active_users(source: Source) -> Row:
    panels = [
        timeseries(
            f"{name} active users",
            activity.active_users(source.scope, period),
            unit=units.PEOPLE,
            legend=source.scope.hub_legend,
            requires=requirements.HUB,
            description=f"Users of each hub who were active within the {words} before each moment. "
            f"{_HUB_COUNTS}{normal}",
        )
        for name, period, words, normal in (
            (
                "Daily",
                "24h",
                "24 hours",
                "Normal are hills by working day with valleys on Sundays. A working day without a "
                "hill: could people log in?",
            ),
            (
                "Weekly",
                "7d",
                "7 days",
                "Normal is a nearly flat line that follows terms and holidays. Nobody who comes "
                "every week is seen in its ups and downs, so it says how many are regulars.",
            ),
            (
                "Monthly",
                "30d",
                "30 days",
                "This is the number that funders ask for. It moves slowly: a workshop of two days "
                "is in it for a month.",
            ),
        )
    ]
    return Row("Active users, as JupyterHub counts", grid(panels, 8))


def _active_members(source: Source) -> Row:
    panels = [
        timeseries(
            f"Active members, {words}",
            activity.active_members(source.scope, window),
            unit=units.PEOPLE,
            link=_GROUP,
            no_value="the groups exporter needs the scope read:users:activity",
            description=f"Members of each selected group whom the hub saw active within the "
            f"{words} before each moment, as the groups exporter counts them: by the hub's last "
            "activity, as above, but at each scrape. Who joins a group brings the activity of "
            f"before along. {_IN_EACH}",
        )
        for window, words in (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
    ]
    return Row("Active members by group", grid(panels, 8))


def _by_day(source: Source) -> Row:
    days = "of the day (00:00 to 24:00 in the board's time zone)"
    panels = [
        people.people_each_day(source, link=_GROUP),
        daily_bars(
            "Servers started each day",
            activity.daily_server_starts(source),
            unit=units.SERVERS,
            link=_GROUP,
            description=f"Notebook servers that began to run in the course {days}, by their users' "
            "groups. Normal is one or two for each of the day's people. Many more: servers die or "
            f"are culled while people work; see the board Hub. {_IN_EACH}",
        ),
        daily_bars(
            "New users each day",
            activity.daily_new_users(source),
            unit=units.PEOPLE,
            legend="new users",
            description=f"Users whom the hub lists at some time {days} but did not when it began, "
            "and who are in one of the selected groups. A high bar is a class or a workshop that "
            "signs up, or, unexpectedly, somebody who makes accounts by a program.",
        ),
    ]
    return Row("By day", grid(panels, 8))
