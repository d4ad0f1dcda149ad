"""Home directories, as prometheus-dirsize-exporter tells of them: ``{namespace, directory}``.

It walks them slowly, once in hours, and goes on telling of a directory that was deleted until it
is started anew. Each directory's series change rarely, so there are no rules that record them.
"""

from dashboards.queries.memberships import info
from dashboards.queries.promql import aggregate, at, binary, or_zero, selector
from dashboards.queries.sources import Source, joined
from dashboards.queries.usage import DIRECTORY_SIZES, home_directories, of_homes

DIRECTORY = ("namespace", "directory")

# KubeSpawner's slugs have no other letters. Of names as the hub has them, only e-mail addresses can
# be told from what else stands there: .snapshot, lost+found, _shared.
_A_USERS = 'directory=~"[a-z0-9-]+|[^.@][^@]*@[^@]+"'
_AGO = "$__range"


def sizes() -> str:
    """Return the bytes in each directory, with its user's name where it has one."""
    of_users = f"{DIRECTORY_SIZES}\n* on (namespace, directory) group_right ()\n{_homes()}"
    return f"{of_users}\nor on (namespace, directory)\n{DIRECTORY_SIZES}"


def total_size() -> str:
    """Return the bytes in all directories of the selected hubs together."""
    return aggregate("sum", (), DIRECTORY_SIZES)


def count() -> str:
    """Return how many directories the selected hubs have together."""
    return aggregate("count", (), DIRECTORY_SIZES)


def total_size_by_hub() -> str:
    """Return the bytes in all directories of each hub: ``{namespace}``."""
    return aggregate("sum", ("namespace",), DIRECTORY_SIZES)


def parts_of_total() -> str:
    """Return the part of its hub's bytes that each directory holds, 0 to 1."""
    return f"{DIRECTORY_SIZES}\n/ on (namespace) group_left ()\n{total_size_by_hub()}"


def entries() -> str:
    """Return how many files, directories and links each directory holds."""
    return aggregate("max", DIRECTORY, selector("dirsize_entries_count"))


def newest_change() -> str:
    """Return when the newest file of each directory was changed, in Unix milliseconds."""
    return f"{aggregate('max', DIRECTORY, selector('dirsize_latest_mtime'))}\n* 1000"


def oldest_change() -> str:
    """Return when the oldest file of each directory was changed, in Unix milliseconds."""
    return f"{aggregate('min', DIRECTORY, selector('dirsize_oldest_mtime'))}\n* 1000"


def growth() -> str:
    """Return how many bytes each directory grew by in the range; new ones grew from 0.

    Nothing where no sizes were known when the range began.
    """
    known = at(aggregate("group", ("namespace",), DIRECTORY_SIZES), _AGO)
    now = binary(DIRECTORY_SIZES, "and on (namespace)", known)
    return binary(now, "-", binary(at(DIRECTORY_SIZES, _AGO), "or", f"0 * {DIRECTORY_SIZES}"))


def total_growth() -> str:
    """Return how many bytes all directories grew by together; deleted ones count, too."""
    total = aggregate("sum", (), DIRECTORY_SIZES)
    return f"{total}\n- {at(total, _AGO)}"


def growth_by_group(source: Source) -> str:
    """Return how many bytes the home directories of each group's members grew by, attributed.

    It is of those who are members now: who joined brings no growth.
    """
    return aggregate("sum", ("usergroup",), joined(of_homes(growth()), source.parts()))


def of_nobody() -> str:
    """Return the bytes in each directory that is named as a user's is, but of no user there is.

    Nothing where nobody tells of users.
    """
    named = aggregate("max", DIRECTORY, selector("dirsize_total_size_bytes", _A_USERS))
    told = aggregate("group", ("namespace",), info())
    of_told = f"{named}\nand on (namespace)\n{told}"
    return f"{of_told}\nunless on (namespace, directory)\n{_homes()}"


def newest_change_of_nobody() -> str:
    """Return when the newest file of each of these was changed, in Unix milliseconds."""
    return f"{newest_change()}\nand on (namespace, directory)\n{of_nobody()}"


def total_of_nobody() -> str:
    """Return the bytes in directories of users that the hub no longer has, together."""
    told = f"({selector('dirsize_total_size_bytes')} and on (namespace) {info()})"
    return or_zero(aggregate("sum", (), of_nobody()), told)


def _homes() -> str:
    return home_directories(info())
