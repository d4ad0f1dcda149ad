"""Home directories, as prometheus-dirsize-exporter tells of them: ``{namespace, directory}``.

It walks them slowly, once in hours, and goes on telling of a directory that was deleted until it
is started anew. Each directory's series change rarely, so there are no rules that record them.
"""

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.dirsize import (
    DIRSIZE_ENTRIES_COUNT,
    DIRSIZE_LATEST_MTIME,
    DIRSIZE_OLDEST_MTIME,
    DIRSIZE_TOTAL_SIZE_BYTES,
)
from dashboards.queries.promql import binary, offset, or_zero
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import DIRECTORY, directory_sizes, home_directories, of_homes

# KubeSpawner's slugs have no other letters. Of names as the hub has them, only e-mail addresses can
# be distinguished from what else stands there: .snapshot, lost+found, _shared.
_A_USERS = 'directory=~"[a-z0-9-]+|[^.@][^@]*@[^@]+"'
_AGO = "$__range"


def sizes(source: Source) -> str:
    """Return the bytes in each directory, with its user's name where it has one."""
    scope = source.scope
    each = directory_sizes(scope)
    of_users = f"{each}\n* {scope.on(DIRECTORY)} group_right ()\n{_homes(source)}"
    return f"{of_users}\nor {scope.on(DIRECTORY)}\n{each}"


def total_size(scope: Scope) -> str:
    """Return the bytes in all directories of the selected hubs together."""
    return scope.aggregate("sum", (), directory_sizes(scope))


def count(scope: Scope) -> str:
    """Return how many directories the selected hubs have together."""
    return scope.aggregate("count", (), directory_sizes(scope))


def total_size_by_hub(scope: Scope) -> str:
    """Return the bytes in all directories of each hub: ``{namespace}``."""
    return scope.aggregate("sum", HUB, directory_sizes(scope))


def parts_of_total(scope: Scope) -> str:
    """Return the part of its hub's bytes that each directory holds, 0 to 1."""
    return f"{directory_sizes(scope)}\n/ {scope.on(HUB)} group_left ()\n{total_size_by_hub(scope)}"


def entries(scope: Scope) -> str:
    """Return how many files, directories and links each directory holds."""
    return scope.aggregate("max", DIRECTORY, scope.selector(DIRSIZE_ENTRIES_COUNT))


def newest_change(scope: Scope) -> str:
    """Return when the newest file of each directory was changed, in Unix milliseconds."""
    return f"{scope.aggregate('max', DIRECTORY, scope.selector(DIRSIZE_LATEST_MTIME))}\n* 1000"


def oldest_change(scope: Scope) -> str:
    """Return when the oldest file of each directory was changed, in Unix milliseconds."""
    return f"{scope.aggregate('min', DIRECTORY, scope.selector(DIRSIZE_OLDEST_MTIME))}\n* 1000"


def growth(scope: Scope) -> str:
    """Return how many bytes each directory grew by in the range; new ones grew from 0.

    Nothing where no sizes were known when the range began.
    """
    known = offset(scope.aggregate("group", HUB, directory_sizes(scope)), _AGO)
    now = binary(directory_sizes(scope), f"and {scope.on(HUB)}", known)
    return binary(
        now,
        "-",
        binary(offset(directory_sizes(scope), _AGO), "or", f"0 * {directory_sizes(scope)}"),
    )


def total_growth(scope: Scope) -> str:
    """Return how many bytes all directories grew by together; deleted ones count, too."""
    total = scope.aggregate("sum", (), directory_sizes(scope))
    return f"{total}\n- {offset(total, _AGO)}"


def growth_by_group(source: Source) -> str:
    """Return how many bytes the home directories of each group's members grew by, attributed.

    It is of those who are members now: who joined brings no growth.
    """
    scope = source.scope
    grown = of_homes(scope, growth(scope), source.exported())
    return scope.aggregate("sum", ("usergroup",), joined(scope, grown, source.shares()))


def orphaned(source: Source) -> str:
    """Return the bytes in each directory that is named as a user's is, but of no user there is.

    Nothing where nobody tells of users.
    """
    scope = source.scope
    named = scope.aggregate("max", DIRECTORY, scope.selector(DIRSIZE_TOTAL_SIZE_BYTES, _A_USERS))
    reported = scope.aggregate("group", HUB, source.exported())
    of_reported = f"{named}\nand {scope.on(HUB)}\n{reported}"
    return f"{of_reported}\nunless {scope.on(DIRECTORY)}\n{_homes(source)}"


def newest_change_of_orphaned(source: Source) -> str:
    """Return when the newest file of each of these was changed, in Unix milliseconds."""
    scope = source.scope
    return f"{newest_change(scope)}\nand {scope.on(DIRECTORY)}\n{orphaned(source)}"


def orphaned_size(source: Source) -> str:
    """Return the bytes in directories of users that the hub no longer has, together."""
    scope = source.scope
    reported = (
        f"({scope.selector(DIRSIZE_TOTAL_SIZE_BYTES)} and {scope.on(HUB)} {source.exported()})"
    )
    return or_zero(scope.aggregate("sum", (), orphaned(source)), reported)


def _homes(source: Source) -> str:
    return home_directories(source.scope, source.exported())
