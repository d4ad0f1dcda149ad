"""Activity: who is on now, how many came each day, week and month, and who is new."""

from grafanalib.core import Dashboard

from dashboards.kit import boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.panels import daily_bars, stat, timeseries
from dashboards.kit.units import PEOPLE, SERVERS
from dashboards.queries import activity, ranges
from dashboards.queries.sources import Source

_IN_EACH = "Somebody in several groups counts in each."
_GROUP = links.to(
    boards.USER_GROUPS, "This group", keep=("datasource", "hub"), group=links.label("usergroup")
)
_HUB_COUNTS = (
    "It is JupyterHub's own count, of all its users in whatever groups: active is whoever logged "
    "in, opened a page of the hub or had a server that was used. The hub counts once an hour. "
)


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.ACTIVITY,
        source,
        description="How much the hub is used: servers that run, people who come, new users.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
        ],
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
        stat(
            "Servers running now",
            activity.servers_now(source),
            unit=SERVERS,
            decimals=0,
            description="Notebook servers that run at the end of the range, of all users of the "
            "selected hubs. Named servers count one each, Dask workers none.",
        ),
        stat(
            "Most servers at once",
            activity.most_servers(source),
            unit=SERVERS,
            decimals=0,
            description="The peak in the range: the most notebook servers that ran at one moment, "
            "of those that Running servers shows. Nodes and licences have to be enough for this "
            "many.",
        ),
        stat(
            "People on now",
            ranges.people_now(source),
            unit=PEOPLE,
            decimals=0,
            description="Different members of the selected groups who have a server running at the "
            "end of the range.",
        ),
        stat(
            "People in the range",
            ranges.people_who_took_part(source),
            unit=PEOPLE,
            decimals=0,
            description="Different members of the selected groups who had a server running at any "
            "time in the range, however briefly.",
        ),
        stat(
            "New users",
            activity.new_users(source),
            unit=PEOPLE,
            decimals=0,
            no_value="not known when the range began",
            description="Users in the selected groups at the end of the range whom the hub did not "
            "list when it began. Empty if the groups exporter did not run yet when it began.",
        ),
        stat(
            "Servers started",
            activity.server_starts(source),
            unit=SERVERS,
            decimals=0,
            description="Notebook servers that began to run in the range, of all users of the "
            "selected hubs. Far more than the people there were: servers that are stopped and "
            "started again, by a culler that is too eager or by kernels that die.",
        ),
    ]
    return Row("At a glance", stats(panels))


def _servers(source: Source) -> Row:
    panels = [
        timeseries(
            "Running servers",
            activity.servers_by_hub(source),
            unit=SERVERS,
            legend=source.scope.hub_legend,
            description="Notebook servers that run on each hub, whosever they are. Normal are "
            "waves by day with flat nights and weekends. A line that does not come down at night: "
            "servers are not culled. A sudden fall to 0 in working hours: see the board Hub.",
        ),
        timeseries(
            "Running servers by group",
            activity.servers_by_group(source),
            unit=SERVERS,
            link=_GROUP,
            description="Notebook servers that run, by selected group. A course or a workshop is a "
            f"block in its hours. Click a line to see its group. {_IN_EACH}",
        ),
    ]
    return Row("Servers", [Placed(panel, 12, 9) for panel in panels])


def _active_users(source: Source) -> Row:
    panels = [
        timeseries(
            f"{name} active users",
            activity.active_users(source.scope, period),
            unit=PEOPLE,
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
    return Row("Active users, as JupyterHub counts", [Placed(panel, 8, 9) for panel in panels])


def _active_members(source: Source) -> Row:
    panels = [
        timeseries(
            f"Active members, {words}",
            activity.active_members(source.scope, window),
            unit=PEOPLE,
            link=_GROUP,
            no_value="the groups exporter needs the scope read:users:activity",
            description=f"Members of each selected group whom the hub saw active within the "
            f"{words} before each moment, as the groups exporter counts them: by the hub's last "
            "activity, as above, but at each scrape. Who joins a group brings the activity of "
            f"before along. {_IN_EACH}",
        )
        for window, words in (("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"))
    ]
    return Row("Active members by group", [Placed(panel, 8, 9) for panel in panels])


def _by_day(source: Source) -> Row:
    days = "of the day (00:00 to 24:00 in the board's time zone)"
    panels = [
        daily_bars(
            "People with a server each day",
            ranges.daily_people_by_group(source),
            unit=PEOPLE,
            link=_GROUP,
            description=f"Members who had a server running at some time {days}, by group, from the "
            "pods that ran. These are fewer than JupyterHub's active users: who only logs in is "
            f"not among them. The last bar is today so far. {_IN_EACH}",
        ),
        daily_bars(
            "Servers started each day",
            activity.daily_server_starts(source),
            unit=SERVERS,
            link=_GROUP,
            description=f"Notebook servers that began to run in the course {days}, by their users' "
            "groups. Normal is one or two for each of the day's people. Many more: servers die or "
            f"are culled while people work; see the board Hub. {_IN_EACH}",
        ),
        daily_bars(
            "New users each day",
            activity.daily_new_users(source),
            unit=PEOPLE,
            legend="new users",
            description=f"Users whom the hub lists at some time {days} but did not when it began, "
            "and who are in one of the selected groups. A high bar is a class or a workshop that "
            "signs up, or, unexpectedly, somebody who makes accounts by a program.",
        ),
    ]
    return Row("By day", [Placed(panel, 8, 9) for panel in panels])
