"""The namespaces of users' pods are those of KubeSpawner, for odd names and odd templates."""

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kubespawner import KubeSpawner

from exporter.core.namespaces import (
    NamespaceCounts,
    NamespaceTally,
    UserNamespaceTemplate,
    is_namespace,
)
from tests.support.exporter_values import USERNAMES

DEFAULT = KubeSpawner.user_namespace_template.default_value
TEMPLATES = [
    DEFAULT,
    "{username}",
    "{namespace}-{username:.12}",
    "u-{safe_username}-{hubnamespace:.3}",
    "{escaped_username}",
    "{unescaped_username}",
    "x-{unescaped_username:.20}-{username}",
]
# KubeSpawner makes a client for the cluster's API, which nothing here asks.
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: none, user: {}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
"""


@pytest.fixture(autouse=True, scope="module")
def kubeconfig(tmp_path_factory):
    file = tmp_path_factory.mktemp("kube") / "config"
    file.write_text(KUBECONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(file))
        # kubernetes_asyncio reads the variable when it is imported.
        patch.setattr(
            "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(file)
        )
        yield


def kubespawners(hub, user, template, scheme):
    """Return the namespace that a real KubeSpawner chooses in a hub in the namespace ``hub``."""

    class InPod(KubeSpawner):
        def _namespace_default(self):
            """Return what KubeSpawner reads from a file in its pod."""
            return hub

    async def spawner():
        return InPod(
            _mock=True,
            user=SimpleNamespace(name=user, id=7, url="/user/x"),
            enable_user_namespaces=True,
            user_namespace_template=template,
            slug_scheme=scheme,
        )

    return asyncio.run(spawner()).namespace


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["jhub", "default", "my-hub-2"]),
    USERNAMES,
    st.sampled_from(TEMPLATES),
)
@example("jhub", "jo", DEFAULT)
@example("jhub", "user_1", DEFAULT)
@example("default", "Ann", DEFAULT)
@example("jhub", "a" * 63, DEFAULT)
@example("default", "ann", "{namespace}-{username:.12}")
@example("jhub", "-", "{unescaped_username}")
@example("jhub", "a-", "{unescaped_username}")
@example("jhub", "a{b}", "x-{unescaped_username:.20}-{username}")
@example("my-hub-2", "name@example.org", "{namespace}-{username:.12}")
def test_same_as_kubespawner(hub, user, template):
    """Those of both schemes, except what Kubernetes does not accept as a namespace."""
    theirs = [kubespawners(hub, user, template, scheme) for scheme in ("safe", "escape")]
    ours = UserNamespaceTemplate(template).names(hub, user)
    assert list(ours) == list(dict.fromkeys(filter(is_namespace, theirs)))


@pytest.mark.parametrize(
    ("template", "user", "names"),
    [
        (DEFAULT, "jo", ("jhub-jo",)),
        (DEFAULT, "user_1", ("jhub-user-1---79b0aa00", "jhub-user-5f1")),
        ("{hubnamespace}-{escaped_username}", "user_1", ("jhub-user-5f1",)),
        ("{hubnamespace}-{safe_username}", "user_1", ("jhub-user-1---79b0aa00",)),
        ("{unescaped_username}", "user_1", ()),
        # Too long for a namespace as KubeSpawner 6 makes it.
        (DEFAULT, "_" * 30, ("jhub-x---d5cd4964",)),
    ],
)
def test_known_names(template, user, names):
    assert UserNamespaceTemplate(template).names("jhub", user) == names


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (
            "jhub-users",
            "is the same for all users: it needs a field for the user, such as {username}",
        ),
        (
            "{hubnamespace}-{username:.0}",
            "is the same for all users: it needs a field for the user, such as {username}",
        ),
        ("", "is the same for all users: it needs a field for the user, such as {username}"),
        (
            "{user}",
            "has the unknown field {user}. There are: hubnamespace, namespace, username, "
            "safe_username, escaped_username, unescaped_username",
        ),
        (
            "{}-{username}",
            "has the unknown field {}. There are: hubnamespace, namespace, username, "
            "safe_username, escaped_username, unescaped_username",
        ),
        ("{username}-{userid}", "has the field {userid}, which the hub's API does not give"),
        (
            "{username}--{servername}",
            "has the field {servername}, which differs between the servers of a user, which the "
            "exporter does not read",
        ),
        (
            "{hubnamespace}-{user_server}",
            "has the field {user_server}, which differs between the servers of a user, which the "
            "exporter does not read",
        ),
        (
            "{username:>99999999999}",
            "formats the field {username} in a way that is not supported: the only one is a "
            "largest length, such as {username:.20}",
        ),
        (
            "{username!r}",
            "formats the field {username} in a way that is not supported: the only one is a "
            "largest length, such as {username:.20}",
        ),
        (
            "{username:{hubnamespace}}",
            "formats the field {username} in a way that is not supported: the only one is a "
            "largest length, such as {username:.20}",
        ),
        (
            "{username",
            "is not a template such as {hubnamespace}-{username}: expected '}' before end of "
            "string",
        ),
        (
            "JHub_{username}",
            "makes 'JHub_x' of the user x, which is no Kubernetes namespace: a-z, 0-9 and - "
            "inside, at most 63",
        ),
    ],
)
def test_templates_that_are_refused(template, reason):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is compared whole
        UserNamespaceTemplate(template)
    assert str(caught.value) == reason


def test_what_is_shared_and_what_is_not_valid_is_counted():
    template = UserNamespaceTemplate("{unescaped_username:.3}")
    tally = NamespaceTally()
    for user in ("ann", "anna", "bob", "Bob", "anne"):
        tally.add(template.names("jhub", user))
    assert tally.counts == NamespaceCounts(series=4, shared=1, without=1)
    assert tally.counts.problems == (
        "Users whose name makes no valid namespace, so that their servers cannot start: 1.",
        "Namespaces shared by several users, so that a namespace alone does not identify its "
        "user: 1.",
    )
    assert NamespaceTally().counts.problems == ()
