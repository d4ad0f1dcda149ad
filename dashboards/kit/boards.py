"""groupscope's boards: uid and title, each once. Links and ``dashboards.catalog`` use these.

To add one, add an entry here and a file ``dashboards/boards/<name>.py`` beside the others.
"""

from dataclasses import dataclass

PREFIX = "groupscope"
"""What groupscope's uids begin with; also the tag by which boards find one another."""


@dataclass(frozen=True, slots=True)
class Board:
    """A board that others can link to.

    The uid is a literal and stays: bookmarks, links and ``deploy`` know the board by it.
    """

    uid: str
    title: str

    @property
    def name(self) -> str:
        """Return the name on the command line: ``user-groups`` of ``groupscope-user-groups``.

        It is also the name of the module, ``dashboards/boards/user_groups.py``.
        """
        return self.uid.removeprefix(f"{PREFIX}-")


HOME = Board("groupscope-home", "Home")
USER_GROUPS = Board("groupscope-user-groups", "User groups")
USERS = Board("groupscope-users", "Users")
ACTIVITY = Board("groupscope-activity", "Activity")
HOME_DIRECTORIES = Board("groupscope-home-directories", "Home directories")
USAGE_REPORT = Board("groupscope-usage-report", "Usage report")
HUB = Board("groupscope-hub", "Hub")
CLUSTER = Board("groupscope-cluster", "Cluster")
SUPPORT = Board("groupscope-support", "Support")

BOARDS = (
    HOME,
    USER_GROUPS,
    USERS,
    ACTIVITY,
    HOME_DIRECTORIES,
    USAGE_REPORT,
    HUB,
    CLUSTER,
    SUPPORT,
)
"""All of them, in the order of ``list`` and of the gallery."""
