"""Whatever the hub answers and whoever asks: a value or an error of ours, and no name in it."""

import asyncio
import json
from functools import partial

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exporter.core.errors import HubError, Reason
from exporter.core.memberships import Snapshot, User
from exporter.hub.parse import (
    GroupNames,
    ResultPage,
    Users,
    parse_page,
    parse_scopes,
    parse_version,
)
from exporter.refresh import Refresher
from exporter.web.auth import BearerTokens
from exporter.web.routes import create_app
from tests.support.exporter_values import NAMES, text

pytestmark = pytest.mark.slow

# Every text that an answer holds begins so; no message of ours has it by chance.
MARK = "zq7x"
ODD_TEXTS = st.text(max_size=4) | st.sampled_from(
    ["\ud800", "\n", "2020-01-01", "9999-12-31T23:59Z"]
)
MARKED = ODD_TEXTS.map(lambda odd: MARK + odd)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.integers(10**18, 10**400) | st.floats() | MARKED
)
KEYS = st.sampled_from(
    [
        *("items", "_pagination", "total", "next", "offset"),
        *("name", "groups", "last_activity", "scopes", "version"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | MARKED, inner, max_size=5),
    max_leaves=25,
)


def mostly(right):
    """Right values, and wrong ones among them: else few would come past the first check."""
    return right | right | right | VALUES


TIMES = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
ITEMS = st.fixed_dictionaries(
    {"name": mostly(MARKED)},
    optional={
        "groups": mostly(st.lists(mostly(MARKED), max_size=4)),
        "last_activity": mostly(st.none() | TIMES | ODD_TEXTS),
    },
)
PAGES = st.fixed_dictionaries(
    {
        "items": mostly(st.lists(mostly(ITEMS), max_size=4)),
        "_pagination": mostly(
            st.fixed_dictionaries(
                {"total": mostly(st.integers())},
                optional={
                    "next": mostly(
                        st.none() | st.fixed_dictionaries({"offset": mostly(st.integers())})
                    )
                },
            )
        ),
    }
)


def through_json(value):
    """Return the value as the hub's answer brings it: NaN and half surrogates pass."""
    return json.loads(json.dumps(value))


def attempt(read):
    """Return what ``read`` returns, None if it raises what it may; its message is ours alone."""
    try:
        return read()
    except HubError as error:
        refused = error
    assert refused.reason in {Reason.SHAPE, Reason.SCOPE}
    assert MARK not in str(refused)
    assert len(str(refused)) < 300
    assert str(refused).isprintable()
    return None


def whole(page):
    """Return a list's users and groups, read as from one page."""
    users, groups = Users(50), GroupNames(50)
    users.add(page.items)
    groups.add(page.items)
    return users.all(), groups.all(), users.activity_known


@given(VALUES | PAGES, st.integers(0, 5))
def test_any_answer_about_a_list(answer, offset):
    page = attempt(lambda: parse_page(through_json(answer), offset))
    if page is None:
        return
    assert page.next_offset is None or page.next_offset > offset
    attempt(lambda: whole(page))


@given(st.lists(ITEMS, max_size=5))
@example([{"name": "ann", "groups": [], "last_activity": "0001-01-01T00:00:00+23:59"}])
@example([{"name": "ann", "groups": [], "last_activity": "9999-12-31T23:59:59-23:59"}])
def test_any_users_are_exported_or_refused(items):
    read = attempt(lambda: whole(ResultPage(through_json(items), len(items), None)))
    if read is not None:
        users, groups, known = read
        # What is let in can be served: each name is Unicode, each time a number.
        text(Snapshot(users, groups, 1e9, known)).encode()


@given(VALUES | st.fixed_dictionaries({"scopes": VALUES, "version": VALUES}))
def test_any_answer_about_the_token_or_the_version(answer):
    for parse in (parse_scopes, parse_version):
        attempt(partial(parse, through_json(answer)))


USER_ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "groups": st.lists(NAMES, max_size=4),
            "last_activity": st.none() | TIMES,
        }
    ),
    max_size=12,
)


@given(USER_ITEMS, st.lists(st.integers(0, 12), max_size=5).map(sorted))
def test_users_are_the_same_however_they_are_cut_into_pages(items, cuts):
    """Even if each page repeats the last user of the one before, as after a shift."""
    at_once, paged = Users(1000), Users(1000)
    at_once.add(items)
    for start, end in zip([0, *cuts], [*cuts, len(items)], strict=True):
        paged.add(items[max(0, start - 1) : end])
    assert paged.all() == at_once.all()
    assert len(paged) == len(at_once) == len({item["name"] for item in items})


SERVED = Snapshot((User(f"ann-{MARK}", (f"staff-{MARK}",)),), (), taken_at=1000.0)
RIGHT = "r1ght-token"
# HTTP lets a header's value be any of these bytes; h11 refuses the others before the exporter.
BYTES = st.binary(max_size=40).map(lambda raw: bytes(each for each in raw if each not in b"\0\r\n"))
NEARLY = st.sampled_from(
    [
        *(b"", b"Bearer", b"Bearer ", b"Bearer  ", b"bearer\t", b"Basic ", b"Bearer Bearer "),
        *(b"token", b"Bearer " + RIGHT.encode()[:-1], b"Bearer " + RIGHT.upper().encode()),
        *(RIGHT.encode(), b"Basic " + RIGHT.encode(), b"Bearer \xe9", b"Bearer " + b"x" * 9000),
    ]
)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    async def fetch(_):
        return SERVED

    file = tmp_path_factory.mktemp("tokens") / "readers"
    file.write_text(f"other\n{RIGHT}\n")
    refresher = Refresher(fetch, namespace="hub", clock=lambda: SERVED.taken_at)
    asyncio.run(refresher.refresh())
    return create_app(refresher, BearerTokens(file))


def ask(app, headers):
    async def once():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            return await client.get("/metrics", headers=headers)

    return asyncio.run(once())


def lets_in(value):
    scheme, _, token = value.decode("latin-1").strip().partition(" ")
    return scheme.lower() in {"bearer", "token"} and token.strip() == RIGHT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=st.builds(bytes.__add__, NEARLY, BYTES) | BYTES)
@example(value=f"Bearer {RIGHT}".encode())
@example(value=f"tOKEN   {RIGHT} ".encode())
@example(value=f"Bearer {RIGHT}, Bearer {RIGHT}".encode())
def test_any_authorization_header(app, value):
    """Only the right token shows names; anything else is a plain 401."""
    answer = ask(app, [(b"Authorization", value)])
    if lets_in(value):
        assert (answer.status_code, MARK in answer.text) == (200, True)
        return
    assert (answer.status_code, MARK in answer.text) == (401, False)
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="groupscope"')
    assert len(answer.text) < 200
    assert RIGHT not in answer.text
