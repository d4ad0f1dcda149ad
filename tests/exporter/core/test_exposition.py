"""The memberships as text, as prometheus-client would write and read them, and as a page."""

# ruff: noqa: E501 - the exposition format has no line breaks of its own

import gzip
import subprocess
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from exporter.core import slugs
from exporter.core.errors import HubError, Reason
from exporter.core.exposition import CachedExposition, MembershipWriter
from exporter.core.memberships import DEFAULT_WINDOWS, Snapshot, User, Window
from exporter.core.metrics import (
    GROUP_ACTIVE_MEMBERS,
    GROUP_MEMBERS,
    MEMBERSHIP_METRICS,
    USER_GROUP_INFO,
    USER_GROUP_SHARE,
    USER_NAMESPACE_INFO,
)
from exporter.core.namespaces import NamespaceCounts, UserNamespaceTemplate
from exporter.core.status import Sizes
from tests.support.exporter_values import SNAPSHOTS, group_policy, tally, text

SMALL = Snapshot(
    users=(
        User("Ann", ("staff", "gpu", 'odd"\\\ngroup'), last_activity=99_990.0),
        User("bob", (), last_activity=None),
    ),
    groups=("staff", "empty"),
    taken_at=100_000.0,
)
INFO = "jupyterhub_user_group_info"
SMALL_TEXT = r"""# HELP jupyterhub_user_group_info Always 1: the user is a member of the group; none stands for no group, other for groups that are not exported.
# TYPE jupyterhub_user_group_info gauge
jupyterhub_user_group_info{namespace="hub",usergroup="staff",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="gpu",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="odd\"\\\ngroup",username="Ann",username_escaped="-41nn",username_safe="ann---17239b6e"} 1.0
jupyterhub_user_group_info{namespace="hub",usergroup="none",username="bob",username_escaped="bob",username_safe="bob"} 1.0
# HELP jupyterhub_user_group_share The part of the user's usage that the group answers for; the shares of one user sum to 1.
# TYPE jupyterhub_user_group_share gauge
jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="gpu",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="odd\"\\\ngroup",username="Ann"} 0.3333333333333333
jupyterhub_user_group_share{namespace="hub",usergroup="none",username="bob"} 1.0
# HELP jupyterhub_group_members Members of the group now; 0 for an empty group.
# TYPE jupyterhub_group_members gauge
jupyterhub_group_members{namespace="hub",usergroup="empty"} 0.0
jupyterhub_group_members{namespace="hub",usergroup="gpu"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="odd\"\\\ngroup"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="staff"} 1.0
jupyterhub_group_members{namespace="hub",usergroup="none"} 1.0
# HELP jupyterhub_group_active_members Members of the group whose last activity on the hub lies within the window.
# TYPE jupyterhub_group_active_members gauge
jupyterhub_group_active_members{namespace="hub",usergroup="empty",window="5m"} 0.0
jupyterhub_group_active_members{namespace="hub",usergroup="gpu",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="odd\"\\\ngroup",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="staff",window="5m"} 1.0
jupyterhub_group_active_members{namespace="hub",usergroup="none",window="5m"} 0.0
"""


TEMPLATE = UserNamespaceTemplate("{hubnamespace}-{username}")
NAMESPACES_TEXT = r"""# HELP jupyterhub_user_namespace_info Always 1: KubeSpawner puts pods of the user into user_namespace; only with user_namespace_template.
# TYPE jupyterhub_user_namespace_info gauge
jupyterhub_user_namespace_info{namespace="hub",user_namespace="hub-ann---17239b6e",username="Ann"} 1.0
jupyterhub_user_namespace_info{namespace="hub",user_namespace="hub--41nn",username="Ann"} 1.0
jupyterhub_user_namespace_info{namespace="hub",user_namespace="hub-bob",username="bob"} 1.0
"""


class Families(Collector):
    """The same memberships in the simplest way, for prometheus-client to write."""

    def __init__(self, snapshot, filtered, template):
        self.snapshot = snapshot
        self.filtered = filtered
        self.template = template

    def collect(self):
        rows = [
            (user.name, label, share)
            for user in self.snapshot.users
            for label, share in self.filtered.shares(user.groups).items()
        ]
        counts = tally(self.snapshot, policy=self.filtered)
        yield USER_GROUP_INFO.family(
            (("hub", group, name, slugs.escaped(name), slugs.safe(name)), 1)
            for name, group, _ in rows
        )
        yield USER_GROUP_SHARE.family(
            (("hub", group, name), share) for name, group, share in rows if share
        )
        if self.template:
            yield USER_NAMESPACE_INFO.family(
                (("hub", name, user.name), 1)
                for user in self.snapshot.users
                for name in self.template.names("hub", user.name)
            )
        yield GROUP_MEMBERS.family((("hub", group), n) for group, n in counts.members.items())
        if self.snapshot.activity_known:
            yield GROUP_ACTIVE_MEMBERS.family(
                (("hub", group, window.label), n)
                for window in DEFAULT_WINDOWS
                for group, n in counts.active[window].items()
            )


def page(snapshot=SMALL):
    made = CachedExposition()
    for part in MembershipWriter(snapshot, "hub").parts():
        made.add(part)
    made.close()
    return made


def test_full_text():
    assert text(SMALL, windows=(Window("5m", 300),)) == SMALL_TEXT


def test_full_text_with_namespaces_of_users():
    head, groups, rest = SMALL_TEXT.partition("# HELP jupyterhub_group_members")
    whole = text(SMALL, windows=(Window("5m", 300),), template=TEMPLATE)
    assert whole == head + NAMESPACES_TEXT + groups + rest


def test_a_user_of_groups_that_are_not_exported_has_a_namespace_as_the_info_has_them():
    shown = text(SMALL, policy=group_policy(allow=["empty"]), template=TEMPLATE)
    assert NAMESPACES_TEXT in shown
    assert 'usergroup="other",username="Ann"' in shown


def test_what_is_open_to_everybody_names_no_namespace_of_a_user():
    made = MembershipWriter(SMALL, "hub", template=TEMPLATE)
    list(made.parts())
    assert "user_namespace" not in "".join(made.group_lines())


def test_a_user_without_a_valid_namespace_has_no_series_and_is_counted():
    made = MembershipWriter(SMALL, "hub", template=UserNamespaceTemplate("{unescaped_username}"))
    lines = b"".join(made.parts()).decode().splitlines()
    shown = [line for line in lines if line.startswith(f"{USER_NAMESPACE_INFO.name}{{")]
    assert shown == [
        'jupyterhub_user_namespace_info{namespace="hub",user_namespace="bob",username="bob"} 1.0'
    ]
    assert made.namespaces == NamespaceCounts(series=1, shared=0, without=1)


def test_a_group_that_is_not_exported_is_in_no_label():
    shown = text(SMALL, policy=group_policy(deny=["/odd.*/s", "/(?s:odd.*)/", "empty"]))
    assert "odd" not in shown
    assert 'empty"' not in shown
    assert (
        'jupyterhub_user_group_share{namespace="hub",usergroup="staff",username="Ann"} 0.5' in shown
    )
    assert 'jupyterhub_group_members{namespace="hub",usergroup="other"} 0.0' in shown


def test_unknown_activity_is_absent_rather_than_zero():
    hidden = Snapshot(SMALL.users, SMALL.groups, SMALL.taken_at, activity_known=False)
    assert text(SMALL).startswith(text(hidden))
    assert GROUP_ACTIVE_MEMBERS.name in text(SMALL)
    assert GROUP_ACTIVE_MEMBERS.name not in text(hidden)


FILTERS = [group_policy(), group_policy(deny=["/[a-m].*/"]), group_policy(priority=["/[n-z].*/"])]


@pytest.mark.slow
@given(SNAPSHOTS, st.sampled_from(FILTERS), st.sampled_from([None, TEMPLATE]))
def test_it_is_what_prometheus_client_writes(snapshot, filtered, template):
    """In both formats, of which one has a last line of its own."""
    families = Families(snapshot, filtered, template)
    ours = text(snapshot, policy=filtered, template=template)
    assert ours == generate_latest(families).decode()
    assert f"{ours}# EOF\n" == openmetrics.generate_latest(families).decode()


@pytest.mark.slow
@given(SNAPSHOTS)
def test_every_name_comes_back_out_of_the_text(snapshot):
    made = MembershipWriter(snapshot, "hub", template=TEMPLATE)
    shown = b"".join(made.parts()).decode()
    for families in (
        text_string_to_metric_families(shown),
        read_openmetrics(f"{shown}# EOF\n"),
    ):
        by_name = {family.name: family for family in families}
        info = by_name[INFO]
        assert [(s.labels["username"], s.labels["usergroup"]) for s in info.samples] == [
            (user.name, label)
            for user in snapshot.users
            for label in group_policy().shares(user.groups)
        ]
        namespaces = by_name[USER_NAMESPACE_INFO.name].samples
        assert [(s.labels["username"], s.labels["user_namespace"]) for s in namespaces] == [
            (user.name, name)
            for user in snapshot.users
            for name in TEMPLATE.names("hub", user.name)
        ]
    assert made.sizes.memberships == len(info.samples)
    assert made.sizes.users == len(snapshot.users)
    families = text_string_to_metric_families(shown)
    assert made.series == sum(len(family.samples) for family in families)


def test_sizes():
    made = MembershipWriter(SMALL, "hub")
    for _ in made.parts():
        pass
    assert made.sizes == Sizes(users=2, groups=4, memberships=4)
    assert made.tally.members["none"] == 1


MANY = tuple(f"group-{n}" for n in range(1000))


@pytest.mark.parametrize(
    "users",
    [
        tuple(User(f"user-{n}", (f"g-{n % 3}", "all")) for n in range(3000)),
        # As long as a name can be, of characters that are four bytes, and twelve in a slug.
        (User("\U0001f600" * 1024, MANY),),
    ],
    ids=["many users", "one user in many groups"],
)
def test_parts_are_small_however_large_the_hub(users):
    parts = list(MembershipWriter(Snapshot(users, (), 1000.0), "hub").parts())
    assert max(map(len, parts)) < 130_000
    assert len(parts) > 12


def test_a_page_that_would_fill_the_memory_is_given_up(monkeypatch):
    monkeypatch.setattr("exporter.core.exposition.MOST_BYTES", 2**20)
    made = CachedExposition()
    made.add(b"x" * 2**20)
    with pytest.raises(HubError) as caught:
        made.add(b"x")
    assert caught.value.reason is Reason.SHAPE
    assert str(caught.value).startswith("The memberships would make a page of more than 1 MiB.")


@pytest.mark.parametrize("end", [b"", b"a\n", b"b" * 100_000])
def test_a_page_and_its_end_are_one_body_plain_and_in_gzip(end):
    made = page()
    plain = b"".join(made.identity(end))
    assert plain == text(SMALL).encode() + end
    assert made.size == len(plain) - len(end)
    for _ in range(2):
        packed = b"".join(made.gzipped(end))
        assert gzip.decompress(packed) == plain
        # One member: some readers stop after the first.
        reader = zlib.decompressobj(wbits=31)
        assert reader.decompress(packed) == plain
        assert (reader.eof, reader.unused_data) == (True, b"")


@pytest.mark.prometheus
def test_promtool_finds_nothing_to_improve():
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=text(SMALL, template=TEMPLATE).encode(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_labels_are_sorted_and_meanings_have_no_quote():
    for metric in MEMBERSHIP_METRICS:
        assert list(metric.labels) == sorted(metric.labels)
        assert '"' not in metric.help
