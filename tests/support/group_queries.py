"""What is asked of small clusters about groups."""

from dashboards.queries import groups, ranges, usage
from dashboards.queries.groups import lines_by_group, ratio_by_group
from dashboards.queries.ranges import hours_by_group, hours_of_selection, hours_ratio_by_group


def queries(source):
    """Return what can be asked of a cluster, of what is scraped or of what is recorded."""
    return {
        "took_part": ranges.people_who_took_part(source),
        "now_on": ranges.people_now(source),
        "daily": ranges.daily_people_by_group(source),
        "last_seen": ranges.last_seen_by_member(source),
        "cpu_hours": hours_of_selection(source, usage.CPU),
        "gib_hours": hours_of_selection(source, usage.MEMORY_GIB),
        "gpu_hours": hours_of_selection(source, usage.GPUS_HELD),
        "group_gib_hours": hours_by_group(source, usage.MEMORY_GIB),
        "member_gib_hours": ranges.hours_by_member(source, usage.MEMORY_GIB),
        "member_dask_hours": ranges.hours_by_member(source, usage.CPU_OF_DASK),
        "requested_hours": hours_by_group(source, usage.CPU_REQUESTS),
        "server_hours": hours_by_group(source, usage.SERVERS),
        "idle_hours": hours_by_group(source, usage.IDLE_SERVERS),
        "idle_part": hours_ratio_by_group(source, usage.IDLE_SERVERS, usage.SERVERS),
        "idle_now": source.by_group(usage.IDLE_SERVERS),
        "servers": lines_by_group(source, usage.SERVERS),
        "cores": lines_by_group(source, usage.CPU),
        "gib": lines_by_group(source, usage.MEMORY_GIB),
        "requested": lines_by_group(source, usage.CPU_REQUESTS),
        "gpus": lines_by_group(source, usage.GPUS_HELD),
        "busy": source.by_group(usage.GPUS_BUSY),
        "gpus_busy": ratio_by_group(source, usage.GPUS_BUSY, usage.GPUS_MEASURED),
        "home": groups.total_home_size(source),
        "homes": source.by_group(usage.HOME_SIZE),
        "sizes": groups.group_sizes(source),
        "groups_of": ranges.groups_by_member(source),
        "not_counted": groups.users_not_counted(source),
        "unknown_hours": ranges.hours_without_memberships(source),
    }
