"""Home: what to look at first in the morning. Each number is another board's, and leads to it."""

from grafanalib.core import Dashboard

from dashboards.boards.shared.outliers import servers_near_limit, servers_older, users_heavy
from dashboards.kit import alert_thresholds, boards, links, requirements, variables
from dashboards.kit.dashboard import dashboard
from dashboards.kit.layout import Placed, Row, stats
from dashboards.kit.palette import BAD, OK
from dashboards.kit.panels import Column, Thresholds, stat, table, timeseries
from dashboards.kit.scope import EVERY
from dashboards.kit.units import (
    BYTES_IEC,
    COUNT,
    CPU_HOURS,
    GPU_HOURS,
    PEOPLE,
    PODS,
    RATIO,
    SECONDS,
    SERVERS,
)
from dashboards.queries import (
    activity,
    home_directories,
    hub,
    nodes,
    pod_health,
    ranges,
    support,
    usage,
    usage_report,
)
from dashboards.queries.sources import Source

_UNKNOWN = "not known when the range began"
_USER = links.to(
    boards.USERS,
    "This user",
    keep=("datasource",),
    hub=links.cell("namespace"),
    user=links.cell("username"),
)


def board(source: Source) -> Dashboard:
    """Return the board, over what is scraped or over what is recorded."""
    return dashboard(
        boards.HOME,
        source,
        description="Is the hub well, who is on now, what grew, and what needs a hand? A click on "
        "a number opens the board that explains it.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
        ],
        rows=[_well(source), _on_now(source), _grew(source), _needs_a_hand(source)],
    )


def _well(source: Source) -> Row:
    panels = [
        stat(
            "Hub",
            hub.up(source.scope),
            unit=COUNT,
            mappings={0: ("does not answer", BAD), 1: ("answers", OK)},
            requires=requirements.HUB,
            link=links.to(boards.HUB),
            description="Whether Prometheus reaches all chosen hubs at the end of the range. If "
            "not, nobody can log in: the board Hub says whether its pod runs.",
        ),
        stat(
            "Failed starts",
            hub.failed_starts(source.scope),
            unit=SERVERS,
            decimals=0,
            thresholds=alert_thresholds.STARTS_THAT_FAILED,
            requires=requirements.HUB,
            link=links.to(boards.HUB),
            description="Servers that did not start in the range. One now and then is normal. "
            "Many: the board Hub has them by reason.",
        ),
        stat(
            "Pods that wait",
            pod_health.count_stuck(source.scope),
            unit=PODS,
            decimals=0,
            thresholds=alert_thresholds.PODS_THAT_WAIT,
            link=links.to(boards.HUB),
            description="Pods that have waited to run for more than "
            f"{alert_thresholds.PENDING_MINUTES} minutes at the end of the range. "
            "0 is normal; which and why is below.",
        ),
        stat(
            "Out of memory",
            pod_health.memory_kills(source.scope),
            unit=COUNT,
            decimals=0,
            thresholds=alert_thresholds.OUT_OF_MEMORY,
            link=links.to(boards.HUB),
            description="Containers that ended in the range because they used more memory than "
            "they may. A few are normal; many of one course: give its servers more.",
        ),
        stat(
            "Database disk left",
            pod_health.least_database_left(source.scope),
            unit=RATIO,
            decimals=0,
            thresholds=alert_thresholds.DATABASE_LEFT,
            requires=requirements.VOLUMES,
            link=links.to(boards.HUB),
            description="What is left of the volume with the hub's database. Once it is full "
            "nobody can log in: make the volume larger while it is orange.",
        ),
        stat(
            "Shared disk left",
            pod_health.least_shared_left(source.scope),
            unit=RATIO,
            decimals=0,
            thresholds=alert_thresholds.SHARED_VOLUME_LEFT,
            requires=requirements.VOLUMES,
            link=links.to(boards.HOME_DIRECTORIES),
            description="What is left of the fullest volume with home and shared directories. When "
            "it is full nobody can save: the board Home directories says whose it is.",
        ),
        stat(
            "Age of memberships",
            support.oldest_data(source.scope),
            unit=SECONDS,
            decimals=0,
            thresholds=alert_thresholds.OLD_DATA_SECONDS,
            no_value="no exporter",
            link=links.to(boards.SUPPORT),
            description="How long ago the groups exporter last read the hub's groups. About a "
            "minute is normal; when it is older, groups on all boards are those of then.",
        ),
        stat(
            "Targets down",
            support.targets_down(source.scope),
            unit=COUNT,
            decimals=0,
            thresholds=Thresholds(warn=1),
            link=links.to(boards.SUPPORT),
            description="Targets that Prometheus cannot scrape at the end of the range. What they "
            "would tell is missing on the boards: Support says which.",
        ),
    ]
    return Row("Is the hub well?", stats(panels))


def _on_now(source: Source) -> Row:
    panels = [
        stat(
            "Servers running now",
            activity.servers_now(source),
            unit=SERVERS,
            decimals=0,
            link=links.to(boards.ACTIVITY),
            description="Notebook servers that run at the end of the range, of all users of the "
            "selected hubs. Early in the morning a handful is normal; many are servers that nobody "
            "stops.",
        ),
        stat(
            "People on now",
            ranges.people_now(source),
            unit=PEOPLE,
            decimals=0,
            link=links.to(boards.USERS),
            description="Different members of the selected groups who have a server running at the "
            "end of the range. The board Users says who.",
        ),
        stat(
            "Most servers at once",
            activity.most_servers(source),
            unit=SERVERS,
            decimals=0,
            link=links.to(boards.ACTIVITY),
            description="The peak in the range. Nodes and licences have to be enough for it.",
        ),
        stat(
            "Room for more servers",
            nodes.total_room(source.scope),
            unit=SERVERS,
            decimals=0,
            thresholds=alert_thresholds.ROOM_FOR_SERVERS,
            requires=requirements.NODE_POOLS,
            link=links.to(boards.CLUSTER),
            description="How many more servers of the usual size fit on the nodes there are. Few "
            "is normal where an autoscaler adds nodes; before a class it should be the class's "
            "size.",
        ),
    ]
    lines = timeseries(
        "Running servers by group",
        activity.servers_by_group(source),
        unit=SERVERS,
        calcs=("lastNotNull", "max"),
        link=links.to(
            boards.USER_GROUPS,
            "This group",
            keep=("datasource", "hub"),
            group=links.label("usergroup"),
        ),
        description="Notebook servers of each selected group; somebody in several groups counts in "
        "each. Normal are waves by day with flat nights and weekends.",
    )
    placed = stats(panels)
    return Row("Who is on now?", [*placed, Placed(lines, 24, 9)])


def _grew(source: Source) -> Row:
    panels = [
        stat(
            "New users",
            activity.new_users(source),
            unit=PEOPLE,
            decimals=0,
            no_value=_UNKNOWN,
            link=links.to(boards.ACTIVITY),
            description="Users in the selected groups whom the hub did not list when the range "
            "began. A class that signs up is a jump; a jump without a class is to be looked at.",
        ),
        stat(
            "Growth in the range",
            home_directories.total_growth(source.scope),
            unit=BYTES_IEC,
            decimals=1,
            no_value=_UNKNOWN,
            link=links.to(boards.HOME_DIRECTORIES),
            description="By how much all home and shared directories together grew in the range; "
            "negative if more was deleted. Hold it against what is left on the shared disk.",
        ),
    ]
    groups = table(
        "What each group used",
        [
            Column("People", usage_report.people_by_group(source), COUNT, 0),
            Column("CPU", usage_report.group_hours(source, usage.CPU, EVERY), CPU_HOURS, 1),
            Column("CPU, change", usage_report.group_change(source, usage.CPU), RATIO, 0),
            Column("GPU", usage_report.group_hours(source, usage.GPUS_HELD, EVERY), GPU_HOURS, 1),
        ],
        labels={"usergroup": "Group"},
        links={
            "usergroup": links.to(
                boards.USER_GROUPS,
                "This group",
                keep=("datasource", "hub"),
                group=links.cell("usergroup"),
            )
        },
        sort_by="CPU",
        description="Each selected group in the range: its people, the hours that its members "
        "used, and how much more CPU that is than in the range before, of the same length: 100 % "
        "is twice as much, -100 % nothing any more, empty where there was nothing before. "
        "Somebody in several groups counts fully in each.",
    )
    return Row(
        "What grew in the range?",
        [*stats(panels), Placed(groups, 24, 11)],
    )


def _needs_a_hand(source: Source) -> Row:
    tables = [
        table(
            "Pods that wait, and why",
            [Column("Waits for", pod_health.why_waiting(source.scope), SECONDS, 0)],
            labels={"pod": "Pod", **source.scope.hub_columns("Hub"), "reason": "Reason"},
            sort_by="Waits for",
            links={"pod": links.to(boards.HUB)},
            no_value="nothing waits",
            description="Pods that do not run at the end of the range, with Kubernetes' reason. "
            "Some seconds are normal; the board Hub says what to do about each reason.",
        ),
        servers_older(
            source,
            _USER,
            f"Servers that have run for more than {alert_thresholds.LONG_HOURS} hours at the end "
            "of the range. Some are at work over night; many say that the culler does not run.",
        ),
        servers_near_limit(
            source,
            _USER,
            "Servers that are about to be killed. Tell their users, or offer a larger size.",
        ),
        users_heavy(
            source,
            _USER,
            "Who computes at the end of the range, Dask workers included. That is what "
            "a hub is for; somebody at the same number for days has forgotten a loop.",
        ),
    ]
    return Row("What needs a hand?", [Placed(panel, 12, 9) for panel in tables])
