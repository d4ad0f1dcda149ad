"""Snapshots for tests, and what the exporter makes of one."""

from hypothesis import strategies as st

from exporter.core.exposition import MembershipWriter
from exporter.core.groups import GroupPolicy, Pattern, Weight
from exporter.core.memberships import DEFAULT_WINDOWS, EVERY_GROUP, Snapshot, Tally, User

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
# What the hub may hold: any text that can be encoded; and names close to the rules' edges.
USERNAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.text(
    "aZ09-_.@é\n", min_size=1, max_size=70
)
# With those names among them that the exporter has for itself.
GROUPS = NAMES | st.sampled_from(["none", "other", "none (group)", "other (group) (group)"])
USERS = st.lists(
    st.builds(
        User,
        name=NAMES,
        groups=st.lists(GROUPS, unique=True, max_size=7).map(tuple),
        last_activity=st.none() | st.floats(0, 2e9),
    ),
    unique_by=lambda user: user.name,
    max_size=20,
).map(tuple)
SNAPSHOTS = st.builds(
    Snapshot,
    users=USERS,
    groups=st.lists(GROUPS, unique=True, max_size=5).map(tuple),
    taken_at=st.floats(1e9, 2e9),
)


def text(snapshot, namespace="hub", windows=DEFAULT_WINDOWS, policy=EVERY_GROUP, template=None):
    """Return the memberships as a scrape shows them."""
    made = MembershipWriter(snapshot, namespace, windows, policy, template)
    return b"".join(made.parts()).decode()


def tally(snapshot, windows=DEFAULT_WINDOWS, policy=EVERY_GROUP):
    """Return the counts of all users."""
    counts = Tally(snapshot, windows, policy)
    for user in snapshot.users:
        counts.add(user, policy.shares(user.groups))
    return counts


def group_policy(allow=(), deny=(), priority=(), weights=()):
    """Return the filter of these texts; ``weights`` are pairs of a text and a number."""
    patterns = (tuple(map(Pattern, texts)) for texts in (allow, deny, priority))
    return GroupPolicy(*patterns, tuple(Weight(Pattern(text), n) for text, n in weights))
