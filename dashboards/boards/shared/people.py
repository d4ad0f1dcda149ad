"""Tiles and lines of people and their servers that stand on several boards.

``link`` is where a click leads to.
"""

from dashboards.boards.shared.links import to_group
from dashboards.kit import Link, Panel, daily_bars, links, stat, timeseries, units
from dashboards.queries import activity, ranges
from dashboards.queries.sources import Source

UNKNOWN_BEFORE = "unknown when the range began"
"""What a panel says that compares with the beginning of the range, for want of data of then."""

_ONCE = "Somebody in several of the selected groups counts once."
_IN_EACH = "Somebody in several groups counts in each."


def servers_now(source: Source, *, link: Link | None = None) -> Panel:
    """Return how many notebook servers run."""
    return stat(
        "Servers running now",
        activity.servers_now(source),
        unit=units.SERVERS,
        link=link,
        description="Notebook servers that run at the end of the range, of all users of the "
        "selected hubs. Named servers count one each, Dask workers none. Early in the morning a "
        "handful is normal; many are servers that nobody stops.",
    )


def most_servers(source: Source, *, link: Link | None = None) -> Panel:
    """Return the most notebook servers that ran at once."""
    return stat(
        "Most servers at once",
        activity.most_servers(source),
        unit=units.SERVERS,
        link=link,
        description="The peak in the range: the most notebook servers that ran at one moment. "
        "Nodes and licenses have to be enough for this many.",
    )


def servers_by_group(source: Source) -> Panel:
    """Return how many servers run, a line a group that leads to its board."""
    return timeseries(
        "Running servers by group",
        activity.servers_by_group(source),
        unit=units.SERVERS,
        link=to_group(links.label("usergroup")),
        description="Notebook servers that run, by selected group. Normal are waves by day with "
        "flat nights and weekends; a course or a workshop is a block in its hours. Click a line to "
        f"see its group. {_IN_EACH}",
    )


def people_now(source: Source, *, link: Link | None = None) -> Panel:
    """Return how many members have a server running."""
    return stat(
        "People with a server now",
        ranges.people_now(source),
        unit=units.PEOPLE,
        link=link,
        description="Different members of the selected groups who have a server running at the end "
        f"of the range, whether or not they work on it. {_ONCE} The board Users says who.",
    )


def people_who_took_part(source: Source, *, link: Link | None = None) -> Panel:
    """Return how many members had a server in the range."""
    return stat(
        "People who took part",
        ranges.people_who_took_part(source),
        unit=units.PEOPLE,
        link=link,
        description="Different members of the selected groups who had a server running at any time "
        "in the range, however briefly. Logging in without starting a server does not count. "
        f"{_ONCE}",
    )


def people_each_day(source: Source, *, link: Link) -> Panel:
    """Return how many members had a server on each day, a bar a group."""
    return daily_bars(
        "People with a server each day",
        ranges.daily_people_by_group(source),
        unit=units.PEOPLE,
        link=link,
        description="Members who had a server running at some time of the day (00:00 to 24:00 in "
        "the board's time zone), by group, from the pods that ran. These are fewer than "
        "JupyterHub's active users, who may only have logged in. The last bar is today so far. "
        f"{_IN_EACH}",
    )


def new_users(source: Source, *, link: Link | None = None) -> Panel:
    """Return how many users of the groups the hub did not list when the range began."""
    return stat(
        "New users",
        activity.new_users(source),
        unit=units.PEOPLE,
        no_value=UNKNOWN_BEFORE,
        link=link,
        description="Users in the selected groups at the end of the range whom the hub did not "
        "list when it began. A class that signs up is a jump; look into a jump without a class. "
        "Empty if the groups exporter did not run yet when the range began.",
    )
