"""The hub client against a server that answers wrongly: each fault has its reason and message.

What a hub answers rightly is in test_exporter_real_hub.py.
"""

import asyncio
import gzip
import re
import ssl
from pathlib import Path

import pytest

from exporter.config.parsers import Secret
from exporter.config.settings import flag
from exporter.core.errors import HubError, Reason
from exporter.core.memberships import Snapshot, User
from exporter.hub.api import MAX_ANSWER_BYTES, open_client
from exporter.hub.client import Hub
from exporter.web.tls import hub_context
from harness.hub import free_ports
from tests.support.hub.certificates import signed_pair
from tests.support.hub.misbehaving import LEAST, Answer, misbehaving_hub, page

TOKEN = "s3cret-0123456789"
ANN = {"name": "ann", "groups": ["a", "a"], "last_activity": "1970-01-01T00:01:40.000000Z"}
BOB = {"name": "bob", "groups": [], "last_activity": None}


def read(url, timeout=5.0, most=1000, ca=None, page_size=200):
    async def once():
        async with open_client(url, hub_context(ca, None, None)) as client:
            hub = Hub(
                client,
                lambda: Secret(TOKEN),
                page_size=page_size,
                timeout=timeout,
                max_memberships=most,
            )
            return await hub.snapshot(taken_at=7.0)

    return asyncio.run(once())


def failure(url, timeout=5.0, most=1000):
    with pytest.raises(HubError) as caught:
        read(url, timeout, most)
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
        (Answer(b"9" * 5000, 200), Reason.NOT_JSON, "The answer is not JSON:"),
        (
            Answer(gzip.compress(b"{}"), 200, Content_Encoding="gzip"),
            Reason.NOT_JSON,
            "The answer is compressed, though the exporter asked for it as it is:",
        ),
        (
            Answer(b" " * (MAX_ANSWER_BYTES + 1), 200),
            Reason.SHAPE,
            "The hub answered with more than 16 MiB at once. Ask for less with page_size.",
        ),
        (
            page(ANN, total=True),
            Reason.SHAPE,
            "The hub answered with a page that does not tell how many items there are in all.",
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
            user(name="x" * 1025),
            Reason.SHAPE,
            "The hub answered with a user's name that is longer than 1024 characters.",
        ),
        (
            user(groups=["x" * 10_000_000]),
            Reason.SHAPE,
            "The hub answered with the name of a user's group that is longer than 1024 characters.",
        ),
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
    pages = [
        page(ANN, next_offset=1, total=2),
        page(ANN, BOB, next_offset=2, total=2),
        page(next_offset=3, total=2),
    ]
    scopes = Answer({**LEAST, "scopes": ["list:groups!group=a"]})
    groups = [page({"name": "a"}, next_offset=50, total=230), page(next_offset=100, total=230)]
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


def test_a_gzip_bomb_is_not_opened():
    """A hundred kilobytes that would be a hundred megabytes."""
    bomb = Answer(gzip.compress(b" " * 100_000_000), Content_Encoding="gzip")
    with misbehaving_hub(users=bomb) as (url, seen):
        assert failure(url).reason is Reason.NOT_JSON
    assert {headers["Accept-Encoding"] for _, headers in seen} == {"identity"}


def test_cookies_are_not_kept():
    first = page(ANN, next_offset=1, total=2)
    first.headers["Set-Cookie"] = "session=1"
    with misbehaving_hub(users=[first, page(BOB, total=2)]) as (url, seen):
        read(url)
    assert not [headers for _, headers in seen if "Cookie" in headers]


def numbered(*names, **kwargs):
    return page(*({**BOB, "name": name} for name in names), **kwargs)


def test_a_user_who_went_while_paging_is_not_missed():
    """Three users; the first goes after the first page, so that the others move up."""
    before = [numbered("a", next_offset=1, total=3), numbered("c", total=2)]
    after = [numbered("b", next_offset=1, total=2), numbered("c", total=2)]
    with misbehaving_hub(users=[*before, *after]) as (url, _):
        assert [user.name for user in read(url).users] == ["b", "c"]


def test_a_list_that_never_stands_still_is_partial():
    moving = [numbered("a", next_offset=1, total=3), numbered("c", total=2)]
    with misbehaving_hub(users=moving * 3) as (url, seen):
        error = failure(url)
    assert (error.reason, error.reached) == (Reason.PARTIAL, True)
    assert str(error).startswith("The hub's list of users changed during each of 3 attempts")
    assert len([path for path, _ in seen if "users" in path]) == 6


@pytest.mark.parametrize(
    "pages",
    [
        [page(total=450)],
        [numbered("a", "b", total=450)],
        [numbered("a", next_offset=1, total=3), page(total=3)],
        [numbered("a", next_offset=40, total=3), numbered("b", total=3)],
        # It went and came again, so that the first and the last page agree.
        [
            *(numbered("a", next_offset=1, total=3), numbered("b", next_offset=2, total=2)),
            numbered("c", total=3),
        ],
    ],
)
def test_a_list_that_is_not_as_long_as_the_hub_says_is_partial(pages):
    with misbehaving_hub(users=pages * 3) as (url, _):
        assert failure(url).reason is Reason.PARTIAL


def test_of_a_list_that_a_filter_cuts_the_hub_tells_a_wrong_length():
    some = Answer({**LEAST, "scopes": ["list:users!group=a"]})
    with misbehaving_hub(user=some, users=numbered("a", total=450)) as (url, _):
        assert [user.name for user in read(url).users] == ["a"]


@pytest.mark.parametrize(("last", "whole"), [(["b", "c"], True), (["b"], False)])
def test_a_list_that_only_grows_is_whole_if_nobody_lacks(last, whole):
    growing = [numbered("a", next_offset=1, total=2), numbered(*last, total=3)]
    with misbehaving_hub(users=growing * 3) as (url, _):
        if whole:
            assert [user.name for user in read(url).users] == ["a", "b", "c"]
        else:
            assert failure(url).reason is Reason.PARTIAL


def test_more_memberships_than_allowed_are_not_kept():
    crowd = page({**ANN, "groups": [f"g{n}" for n in range(11)]}, total=1)
    with misbehaving_hub(users=crowd) as (url, _):
        assert len(read(url, most=11).users) == 1
        error = failure(url, most=10)
    assert error.reason is Reason.SHAPE
    assert str(error) == (
        "The hub answered with more than 10 memberships or groups. If the hub is that large, allow "
        "more with max_memberships."
    )


@pytest.mark.parametrize("path", ["users", "groups"])
@pytest.mark.parametrize("same", [True, False])
def test_pages_without_end(path, same):
    """Whether each shows the same user again or somebody new."""
    pages = [
        page({**BOB, "name": "b" if same else f"b{n}"}, next_offset=n + 1, total=10**9)
        for n in range(50)
    ]
    scopes = Answer({**LEAST, "scopes": ["list:groups"]})
    with misbehaving_hub(user=scopes, **{"users": page(ANN), path: pages}) as (url, _):
        error = failure(url, most=20)
    assert str(error).startswith("The hub answered with more than 20 memberships or groups.")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": " 0 "}, 0),
        ({"Retry_After": "-5"}, 0),
        ({"Retry_After": "9" * 400}, 0),
        ({"Retry_After": "soon"}, 0),
        ({}, 0),
        (
            {
                "Retry_After": "Tue, 24 Nov 2026 10:02:00 GMT",
                "Date": "Tue, 24 Nov 2026 10:00:00 GMT",
            },
            120,
        ),
        (
            {
                "Retry_After": "Tue, 24 Nov 2026 10:00:00 GMT",
                "Date": "Tue, 24 Nov 2026 10:02:00 GMT",
            },
            0,
        ),
        ({"Retry_After": "Tue, 24 Nov 2026 10:00:00", "Date": "Tue, 24 Nov 2026 10:00:00 GMT"}, 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(headers, seconds, status):
    with misbehaving_hub(users=Answer(b"", status, **headers)) as (url, _):
        assert failure(url).retry_after == seconds


def test_a_part_of_the_users_is_told_once(caplog):
    some = Answer({"scopes": ["list:users!group=a", "list:users!user=x", "read:users:groups"]})
    with misbehaving_hub(user=some, users=page(ANN)) as (url, _):

        async def twice():
            async with open_client(url, hub_context(None, None, None)) as client:
                hub = Hub(
                    client,
                    lambda: Secret(TOKEN),
                    page_size=1,
                    timeout=5,
                    max_memberships=9,
                )
                for _ in range(2):
                    await hub.snapshot(1.0)

        asyncio.run(twice())
    assert caplog.messages == [
        "The token lists a part of the users only, as its list:users has a filter: the numbers are "
        "about these users alone."
    ]


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
    assert "--hub-ca-file" in error.message.worded(flag)


def test_tls_with_an_unknown_authority(tmp_path, monkeypatch):
    pair = signed_pair(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair["cert"], pair["key"])
    with misbehaving_hub(context, users=page(ANN)) as (url, _):
        error = failure(url)
        trusted = read(url, ca=Path(pair["ca"]))
        monkeypatch.setenv("SSL_CERT_FILE", pair["ca"])
        by_variable = read(url)
    assert error.reason is Reason.TLS
    assert [each.name for each in trusted.users] == ["ann"]
    assert by_variable == trusted
