"""The hub client against a server that answers wrongly: each fault has its reason and message.

What a hub answers rightly is in test_exporter_real_hub.py.
"""

import asyncio
import gzip
import re
import ssl

import pytest

from exporter.errors import HubError, Reason
from exporter.hub import Hub, open_client
from exporter.memberships import Snapshot, User
from tests.hub.misbehaving import LEAST, Answer, misbehaving_hub, page
from tests.hub.running import free_ports

TOKEN = "s3cret-0123456789"
ANN = {"name": "ann", "groups": ["a", "a"], "last_activity": "1970-01-01T00:01:40.000000Z"}
BOB = {"name": "bob", "groups": [], "last_activity": None}


def read(url, timeout=5.0):
    async def once():
        async with open_client(url, TOKEN) as client:
            return await Hub(client, page_size=200, timeout=timeout).snapshot(taken_at=7.0)

    return asyncio.run(once())


def failure(url, timeout=5.0):
    with pytest.raises(HubError) as caught:
        read(url, timeout)
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def user(**changes):
    return page({**ANN, **changes})


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        (
            Answer({"status": 403, "message": "Missing or invalid credentials."}, 403),
            Reason.AUTH,
            "The hub refuses the token (403): it is wrong, or was revoked or expired.",
        ),
        (
            Answer({"message": "not authorized; requires any of [list:users]"}, 403),
            Reason.SCOPE,
            "The hub knows the token, but it lacks the scope list:users (403).",
        ),
        (
            Answer(b"<html>busy", 503),
            Reason.HTTP,
            "The hub, or a proxy before it, answered 503 Service Unavailable.",
        ),
        (Answer(b"<html>", 404), Reason.HTTP, "There is no hub API at http://127.0.0.1:"),
        (
            Answer(b"", 302, Location="http://evil.test/"),
            Reason.HTTP,
            "There is no hub API at http://127.0.0.1:",
        ),
        (Answer(b"<html>log in", 200), Reason.NOT_JSON, "The answer is not JSON:"),
        (Answer(b"", 200), Reason.NOT_JSON, "The answer is not JSON:"),
        (Answer(b"[" * 200_000, 200), Reason.NOT_JSON, "The answer is not JSON:"),
        (
            Answer(b"not gzip", 200, Content_Encoding="gzip"),
            Reason.NOT_JSON,
            "The answer is not JSON:",
        ),
        (Answer([ANN]), Reason.SHAPE, "The hub answered with a plain list, which it cuts off"),
        (Answer({"users": []}), Reason.SHAPE, "The hub answered with JSON that is not a page"),
        (
            Answer({"items": "x", "_pagination": {}}),
            Reason.SHAPE,
            "The hub answered with a page without a list of items.",
        ),
        (
            page(ANN, next_offset=0),
            Reason.SHAPE,
            "The hub answered with a page whose next one does not come after it.",
        ),
        (user(name=5), Reason.SHAPE, "The hub answered with a user's name that is not a text."),
        (user(name=""), Reason.SHAPE, "The hub answered with a user's name that is not a text."),
        (
            user(name="\ud800"),
            Reason.SHAPE,
            "The hub answered with a user's name that is not Unicode.",
        ),
        (
            user(groups="a"),
            Reason.SHAPE,
            "The hub answered with a user whose groups are not a list.",
        ),
        (
            user(groups=[{}]),
            Reason.SHAPE,
            "The hub answered with the name of a user's group that is not a text.",
        ),
        (
            user(last_activity="yesterday"),
            Reason.SHAPE,
            "The hub answered with a last activity that is not a time.",
        ),
        (
            user(last_activity=5),
            Reason.SHAPE,
            "The hub answered with a last activity that is not a time.",
        ),
        (
            page(ANN, {"name": "bob"}),
            Reason.SCOPE,
            "The token may not read the groups of 1 of 2 users.",
        ),
    ],
)
def test_wrong_answers(answer, reason, message):
    with misbehaving_hub(users=answer) as (url, _):
        error = failure(url)
    assert (error.reason, error.reached) == (reason, True)
    assert str(error).startswith(message)
    assert "ann" not in re.findall(r"\w+", str(error))


def test_scopes_that_cannot_be_told():
    with misbehaving_hub(user=Answer({"name": "x"}), users=page(ANN)) as (url, _):
        assert failure(url).reason is Reason.SHAPE


def test_the_second_page_fails_and_nothing_is_half():
    pages = [page(ANN, next_offset=1), Answer(b"", 502)]
    with misbehaving_hub(users=pages) as (url, _):
        assert failure(url).reason is Reason.HTTP


def test_pages_that_repeat_and_a_total_that_promises_too_much():
    pages = [page(ANN, next_offset=1), page(ANN, BOB, next_offset=2), page(next_offset=3)]
    scopes = Answer({**LEAST, "scopes": ["list:groups!group=a"]})
    groups = [page({"name": "a"}, next_offset=50), page(next_offset=100)]
    with misbehaving_hub(user=scopes, users=pages, groups=groups) as (url, seen):
        snapshot = read(url)
    assert snapshot == Snapshot(
        users=(User("ann", ("a",), 100.0), User("bob", (), None)), groups=("a",), taken_at=7.0
    )
    assert [path for path, _ in seen] == [
        "/hub/api/user",
        *(f"/hub/api/users?offset={offset}&limit=200" for offset in (0, 1, 2)),
        *(f"/hub/api/groups?offset={offset}&limit=200" for offset in (0, 50)),
    ]
    for _, headers in seen:
        assert headers["Accept"] == "application/jupyterhub-pagination+json"
        assert headers["Authorization"] == f"Bearer {TOKEN}"


def test_groups_are_not_asked_for_without_the_scope():
    with misbehaving_hub(users=page(ANN)) as (url, seen):
        assert read(url).groups == ()
    assert not [path for path, _ in seen if "groups" in path]


def test_activity_of_some_only_is_unknown():
    with misbehaving_hub(users=page(ANN, {"name": "bob", "groups": []})) as (url, _):
        assert read(url).activity_known is False


def test_proxy_variables_and_netrc_are_ignored(monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with misbehaving_hub(users=page(ANN)) as (url, seen):
        read(url)
    assert {headers["Authorization"] for _, headers in seen} == {f"Bearer {TOKEN}"}


def test_gzip_is_read():
    body = gzip.compress(page(ANN).body)
    with misbehaving_hub(users=Answer(body, Content_Encoding="gzip")) as (url, _):
        assert [each.name for each in read(url).users] == ["ann"]


def test_timeout_counts_the_whole_request():
    slow = Answer(page(ANN).body, delay=0.6)
    with misbehaving_hub(users=slow) as (url, _):
        error = failure(url, timeout=0.2)
    assert (error.reason, error.reached) == (Reason.TIMEOUT, False)
    assert str(error).startswith("The hub did not answer within 0.2 s.")


def test_nobody_listens():
    (port,) = free_ports(1)
    error = failure(f"http://127.0.0.1:{port}/hub/api")
    assert (error.reason, error.reached) == (Reason.CONNECT, False)
    assert str(error).startswith(f"No connection to the hub at 127.0.0.1:{port} (")


def test_a_server_that_hangs_up():
    cut_off = Answer(b"{}", Content_Length="50", Connection="close")
    with misbehaving_hub(users=cut_off) as (url, _):
        assert failure(url).reason is Reason.CONNECT


def test_tls_to_a_server_without_it():
    with misbehaving_hub(users=page(ANN)) as (url, _):
        error = failure(url.replace("http:", "https:"))
    assert (error.reason, error.reached) == (Reason.TLS, False)
    assert "SSL_CERT_FILE" in str(error)


def test_tls_with_an_unknown_authority(tmp_path, monkeypatch):
    from certipy import Certipy

    authority = Certipy(store_dir=str(tmp_path))
    authority.create_ca("ours")
    pair = authority.create_signed_pair("hub", "ours", alt_names=["IP:127.0.0.1"])["files"]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair["cert"], pair["key"])
    with misbehaving_hub(context, users=page(ANN)) as (url, _):
        error = failure(url)
        monkeypatch.setenv("SSL_CERT_FILE", pair["ca"])
        trusted = read(url)
    assert error.reason is Reason.TLS
    assert [each.name for each in trusted.users] == ["ann"]
