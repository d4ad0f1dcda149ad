"""Who gets in by what a hub says of their own token, and how little the hub is asked.

Nothing here waits: the event loop has a clock that jumps to when something happens next.
"""

import asyncio
import hashlib
import logging
import selectors
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.core.errors import HubError, Reason
from exporter.web.hub_tokens import MOST_KEPT, HubTokens
from tests.support.tokens import CHALLENGE, TOKEN, held

SCOPE = "access:services!service=groupscope"
RIGHT = f"Bearer {TOKEN}"
TOO_MANY = "Too many tokens are being checked. Try again later."
CANT_ASK = "JupyterHub can't verify this token. Try again later."
DOWN = HubError(Reason.CONNECT, "No connection.")


def wrong(number, start=0):
    """Return so many headers with tokens that no hub knows."""
    return [f"Bearer wrong-{start + n}" for n in range(number)]


class Jumping(asyncio.SelectorEventLoop):
    """An event loop with a time of its own."""

    def __init__(self):
        self.seconds = 1000.0
        super().__init__(_Jumps(self))

    def time(self):
        return self.seconds


class _Jumps(selectors.SelectSelector):
    def __init__(self, loop):
        super().__init__()
        self.loop = loop

    def select(self, timeout=None):
        assert timeout is not None, "a visitor waits for ever"
        self.loop.seconds += max(timeout, 0)
        return super().select(0)


class Hub:
    """What a hub knows of tokens; counts questions, can take its time, hang and fail."""

    def __init__(self):
        self.scopes = {TOKEN: [SCOPE]}
        self.asked = []
        self.error = None
        self.takes = 0
        self.now = 0
        self.most = 0

    async def ask(self, token):
        self.asked.append(token)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.takes)
            if self.error:
                raise self.error
            return self.scopes.get(token)
        finally:
            self.now -= 1


HANGS = 10**6


@dataclass
class Site:
    """An exporter's door, the hub behind it, and the time."""

    runner: asyncio.Runner
    hub: Hub

    def __post_init__(self):
        self.loop = self.runner.get_loop()
        self.access = self.new()

    def new(self, scope=SCOPE, **more):
        return HubTokens(self.hub.ask, scope, monotonic=self.loop.time, **more)

    def ask(self, *headers):
        """Return (status, seconds waited, refusal) of visitors who come at once."""

        async def visit(header):
            began = self.loop.time()
            found = await self.access.refusal(header)
            waited = round(self.loop.time() - began, 3)
            return (found.status if found else 200), waited, found

        async def visits():
            found = await asyncio.gather(*map(visit, headers), return_exceptions=True)
            # A hub that takes no time has then answered what nobody waits for, too.
            for _ in range(5):
                await asyncio.sleep(0)
            return found

        found = self.runner.run(visits())
        for each in found:
            if isinstance(each, BaseException):
                raise each
            assert "\n" not in getattr(each[2], "message", "")
            assert TOKEN not in repr(each)
        return found

    def decide(self, *headers):
        """Return the statuses of visitors one after the other."""
        return [self.ask(header)[0][0] for header in headers]

    def at_once(self, *headers):
        """Return the statuses and waits of visitors at once."""
        return [(status, waited) for status, waited, _ in self.ask(*headers)]

    def refusal(self, header=RIGHT):
        return self.ask(header)[0][2]

    def pass_(self, seconds):
        """Let the time pass, and what is under way go on."""
        self.runner.run(asyncio.sleep(seconds))

    def use_up(self):
        """Have as many wrong tokens checked as may be."""
        statuses = self.decide(*wrong(30, start=10**6))
        assert statuses == [401] * statuses.count(401) + [503] * statuses.count(503)
        assert statuses[-1] == 503
        self.hub.asked.clear()


@pytest.fixture
def site():
    with asyncio.Runner(loop_factory=Jumping) as runner:
        yield Site(runner, Hub())


@pytest.fixture
def hub(site):
    return site.hub


@pytest.mark.parametrize(
    "header", [RIGHT, f"bearer {TOKEN}", f"TOKEN   {TOKEN} ", f" token {TOKEN}"]
)
def test_schemes(header, site):
    assert site.decide(header) == [200]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer  ", TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}"]
)
def test_no_token(header, site, hub):
    refusal = site.refusal(header)
    assert (refusal.status, refusal.headers) == (401, {"WWW-Authenticate": CHALLENGE})
    assert refusal.message == (
        f"Send a JupyterHub token that has the scope {SCOPE}, in the header "
        "Authorization: Bearer TOKEN."
    )
    assert hub.asked == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.text(max_size=60) | st.text(max_size=60).map("Bearer {}".format))
def test_any_header_is_refused(header, site):
    site.pass_(1)
    assert site.decide(header) == [401]


@pytest.mark.parametrize(
    ("scope", "has", "status"),
    [
        ("read:metrics", ["read:metrics"], 200),
        ("read:metrics", ["list:users", "read:metrics"], 200),
        (SCOPE, [SCOPE], 200),
        (SCOPE, ["access:services"], 200),
        (SCOPE, ["access:services!service=other"], 403),
        (SCOPE, ["access:services!service=groupscope2"], 403),
        (SCOPE, ["access:services!server=groupscope"], 403),
        (SCOPE, ["access"], 403),
        ("access:services", [SCOPE], 403),
        ("read:metrics", ["read:metrics!user=ann"], 403),
        ("read:metrics", ["read:users"], 403),
        ("read:metrics", [], 403),
        ("read:metrics", None, 401),
    ],
)
def test_scopes(scope, has, status, site, hub):
    hub.scopes = {TOKEN: has}
    site.access = site.new(scope)
    assert site.decide(RIGHT) == [status]


@pytest.mark.parametrize("scope", ["", "a b", 'a"b', "a\\b", "é"])
def test_what_is_no_scope(scope, site):
    with pytest.raises(ValueError, match="is not a scope"):
        site.new(scope)


def test_the_answers_to_a_token_that_does_not_do(site, hub):
    hub.scopes = {TOKEN: []}
    site.access = site.new("read:metrics")
    refusal = site.refusal()
    assert refusal.message == (
        "This token lacks the scope read:metrics: add it to a role of its owner."
    )
    assert refusal.headers == {
        "WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="read:metrics"'
    }
    refusal = site.refusal("Bearer unknown")
    assert refusal.headers == {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}


@pytest.mark.parametrize("token", ["x" * 1001, "é", "a b", "a\tb", "a\nb", "a\x7f", "\udc80"])
def test_absurd_tokens_are_not_asked_about(token, site, hub):
    assert site.decide(f"Bearer {token}") == [401]
    assert hub.asked == []


# How long answers are kept


def test_a_yes_is_kept_for_its_lifetime(site, hub):
    assert site.decide(RIGHT, RIGHT) == [200, 200]
    hub.scopes = {}
    hub.error = DOWN
    site.pass_(29.9)
    assert site.at_once(RIGHT) == [(200, 0)]
    site.pass_(0.1)
    assert site.decide(RIGHT) == [503]
    hub.error = None
    assert site.decide(RIGHT) == [401]


def test_a_yes_counts_from_the_question(site, hub):
    hub.takes = 2
    assert site.at_once(RIGHT) == [(200, 2)]
    site.pass_(27.9)
    hub.error = DOWN
    assert site.at_once(RIGHT) == [(200, 0)]
    site.pass_(2.1)
    assert site.decide(RIGHT) == [503]


def test_a_yes_is_renewed_while_it_is_good(site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(9.9)
    assert site.decide(RIGHT, RIGHT) == [200] * 2
    assert len(hub.asked) == 1
    site.pass_(0.1)
    hub.takes = 2
    # Nobody waits for it, and it is asked once.
    assert site.at_once(*[RIGHT] * 20) == [(200, 0)] * 20
    assert len(hub.asked) == 2
    site.pass_(29.9)
    hub.error = DOWN
    # 29.9 s after the question, not after the answer 2 s later.
    assert site.at_once(RIGHT) == [(200, 0)]
    site.pass_(0.1)
    assert site.at_once(RIGHT) == [(503, 1.9)]


@pytest.mark.parametrize("interval", [1, 5, 10, 15, 20, 25, 29])
def test_who_comes_regularly_never_waits(interval, site, hub):
    hub.takes = 0.5
    assert site.at_once(RIGHT) == [(200, 0.5)]
    for _ in range(300 // interval):
        site.pass_(interval)
        assert site.at_once(RIGHT) == [(200, 0)]
    assert len(hub.asked) <= 1 + 300 / 10


@pytest.mark.parametrize("interval", [0.5, 5, 10, 15, 20, 29, 30, 60])
@pytest.mark.parametrize("fault", ["none", "hangs", "fails"])
def test_a_revoked_token_is_refused_within_its_lifetime(interval, fault, site, hub):
    assert site.decide(RIGHT) == [200]
    for _ in range(7):
        site.pass_(interval)
        assert site.decide(RIGHT) == [200]
    hub.scopes = {}
    hub.takes = HANGS if fault == "hangs" else 0
    hub.error = DOWN if fault == "fails" else None
    revoked = site.loop.time()
    while site.loop.time() < revoked + 90:
        site.pass_(interval)
        came = site.loop.time()
        assert site.decide(RIGHT)[0] != 200 or came < revoked + 30
    hub.takes, hub.error = 0, None
    assert site.decide(RIGHT) == [401]


def test_a_no_ends_a_yes_at_once(site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(10)
    hub.scopes = {TOKEN: []}
    assert site.decide(RIGHT, RIGHT) == [200, 403]


def test_a_renewal_that_fails_leaves_the_yes_and_is_tried_again(site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(15)
    hub.error = DOWN
    assert site.decide(RIGHT) == [200]
    hub.error = None
    site.pass_(14)
    assert site.decide(RIGHT) == [200]
    hub.error = DOWN
    site.pass_(29)
    assert site.decide(RIGHT) == [200]


@pytest.mark.parametrize("has", [None, []])
def test_a_no_is_kept_for_seconds(site, hub, has):
    hub.scopes = {TOKEN: has}
    status = 401 if has is None else 403
    assert site.decide(RIGHT, RIGHT) == [status] * 2
    hub.scopes = {TOKEN: [SCOPE]}
    site.pass_(4.9)
    assert site.decide(RIGHT) == [status]
    assert len(hub.asked) == 1
    site.pass_(0.1)
    assert site.decide(RIGHT) == [200]
    assert len(site.access._refused) == 0


def test_a_no_counts_from_the_question(site, hub):
    hub.takes = 2
    assert site.at_once("Bearer x", RIGHT) == [(401, 2), (503, 3)]
    hub.scopes["x"] = [SCOPE]
    # 3 s have passed.
    site.pass_(1.9)
    assert site.at_once("Bearer x") == [(401, 0)]
    site.pass_(0.1)
    assert site.at_once("Bearer x") == [(200, 2)]


def test_a_short_lifetime_holds_for_a_no(site, hub):
    site.access = site.new(lifetime=0)
    assert site.decide(*["Bearer x"] * 3, *[RIGHT] * 3) == [401] * 3 + [200] * 3
    assert len(hub.asked) == 6


def test_refusals_that_are_kept_are_bounded(site, hub):
    """No more are asked about than 5 a second, and none is kept for more than 5 s."""
    for header in wrong(MOST_KEPT + 1):
        site.pass_(0.25)
        assert site.decide(header) == [401]
    assert len(hub.asked) == MOST_KEPT + 1
    assert len(site.access._refused) == 20


def test_wrong_tokens_do_not_push_out_the_right_one(site, hub):
    assert site.decide(RIGHT) == [200]
    for header in wrong(2 * MOST_KEPT):
        site.pass_(0.25)
        site.decide(header)
    site.use_up()
    assert site.decide(RIGHT) == [200]


def test_rights_that_are_kept_are_bounded(site, hub):
    hub.scopes = {f"t{n}": [SCOPE] for n in range(MOST_KEPT + 1)}
    site.access = site.new(lifetime=10**6)
    headers = [f"Bearer {token}" for token in hub.scopes]
    for header in headers:
        site.pass_(0.25)
        assert site.decide(header) == [200]
    site.pass_(1)
    assert site.decide(headers[1], headers[-1], headers[0]) == [200] * 3
    assert len(hub.asked) == MOST_KEPT + 2
    assert hub.asked[-1] == "t0"


# The hub does not answer


def test_a_failure_is_not_kept_and_logged_once(site, hub, caplog):
    caplog.set_level(logging.INFO, "exporter")
    assert site.decide(RIGHT) == [200]
    site.pass_(30)
    hub.error = DOWN
    assert site.decide(RIGHT, RIGHT, "Bearer other") == [503] * 3
    refusal = site.refusal()
    assert (refusal.message, refusal.headers) == (CANT_ASK, {"Retry-After": "5"})
    hub.error = None
    assert site.decide(RIGHT) == [200]
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("WARNING", "The tokens of visitors can't be checked. No connection."),
        ("INFO", "The tokens of visitors can be checked again."),
    ]


@pytest.mark.parametrize(("asked_for", "header"), [(0, "5"), (12.3, "13"), (1e9, "300")])
def test_retry_after_is_passed_on(site, hub, asked_for, header):
    hub.error = HubError(Reason.HTTP, "Busy.", retry_after=asked_for)
    assert site.refusal().headers == {"Retry-After": header}


@pytest.mark.parametrize("known", [False, True])
def test_a_hub_that_hangs_is_waited_for_three_seconds(known, site, hub, caplog):
    caplog.set_level(logging.INFO, "exporter")
    if known:
        assert site.decide(RIGHT) == [200]
        site.pass_(30)
    hub.takes = HANGS
    for _ in range(2):
        ((status, waited, refusal),) = site.ask(RIGHT)
        assert (status, waited) == (503, 3)
        assert (refusal.message, refusal.headers) == (CANT_ASK, {"Retry-After": "5"})
    assert hub.now == 0
    hub.takes = 2.9
    assert site.at_once(RIGHT) == [(200, 2.9)]
    assert [(each.levelname, each.message) for each in caplog.records] == [
        (
            "WARNING",
            "The tokens of visitors can't be checked. The hub did not answer within 3 s. It may "
            "be busy: look at its log.",
        ),
        ("INFO", "The tokens of visitors can be checked again."),
    ]


def test_another_time_limit(site, hub):
    site.access = site.new(timeout=0.5)
    hub.takes = 0.6
    assert site.at_once(RIGHT) == [(503, 0.5)]


def test_a_time_limit_within_the_question(site, hub):
    hub.error = TimeoutError()
    assert site.refusal().message == CANT_ASK


def test_the_wait_for_a_turn_is_limited_too(site, hub, caplog):
    """And says nothing of the hub: a flood would log a warning and its end again and again."""
    hub.takes = 2
    found = site.ask(*wrong(4))
    assert [(status, waited) for status, waited, _ in found] == [(401, 2)] + [(503, 3)] * 3
    assert [each[2].message for each in found[1:]] == [CANT_ASK, TOO_MANY, TOO_MANY]
    assert len(hub.asked) == 2
    caplog.clear()
    hub.takes = 1.6
    assert site.decide(*wrong(1, start=10)) == [401]
    assert [each.levelname for each in caplog.records] == []


# How little the hub is asked


@pytest.mark.parametrize("error", [None, HubError(Reason.TIMEOUT, "No answer.")])
@pytest.mark.parametrize("known", [False, True])
def test_one_token_is_asked_about_once(site, hub, error, known):
    if known:
        assert site.decide(RIGHT) == [200]
        site.pass_(30)
        hub.asked.clear()
    hub.error, hub.takes = error, 1
    assert site.at_once(*[RIGHT] * 50) == [(503 if error else 200, 1)] * 50
    assert len(hub.asked) == 1


def test_tokens_never_seen_are_limited_in_rate(site, hub):
    assert site.decide(*wrong(20)) == [401] * 10 + [503] * 10
    refusal = site.refusal("Bearer another")
    assert (refusal.message, refusal.headers) == (TOO_MANY, {"Retry-After": "5"})
    site.pass_(0.9)
    assert site.decide(*wrong(20, start=100)) == [401] * 4 + [503] * 16
    site.pass_(0.95)
    assert site.decide(*wrong(20, start=200)) == [401] * 5 + [503] * 15
    site.pass_(3600)
    assert site.decide(*wrong(20, start=300)) == [401] * 10 + [503] * 10
    assert len(hub.asked) == 29


def test_failures_count_against_the_rate(site, hub):
    hub.error = DOWN
    site.decide(*[RIGHT] * 30)
    assert len(hub.asked) == 10


def test_what_is_known_takes_nothing_of_the_rate(site, hub):
    hub.scopes["more"] = []
    assert site.decide(*["Bearer more", RIGHT] * 20) == [403, 200] * 20
    assert site.decide(*wrong(20)).count(401) == 8
    site.pass_(60)
    assert site.decide(RIGHT) == [200]
    assert site.decide(*wrong(20, start=100)).count(401) == 10


def test_few_questions_at_once(site, hub):
    hub.takes = 0.1
    assert [status for status, _ in site.at_once(*wrong(10))] == [401] * 10
    assert hub.most == 1
    # With these two the refresher's own request has the fourth connection to itself.
    hub.scopes = {name: [SCOPE] for name in "abcd"}
    known = [f"Bearer {each}" for each in hub.scopes]
    site.pass_(60)
    assert site.decide(*known) == [200] * 4
    site.pass_(30)
    hub.most = 0
    assert site.at_once(*known) == [(200, 0.1)] * 2 + [(200, 0.2)] * 2
    assert hub.most == 2


def test_a_flood_does_not_keep_out_who_is_known(site, hub):
    """60 visitors without a name send wrong tokens as fast as they can."""
    assert site.decide(RIGHT) == [200]
    hub.takes = 0.5
    for n in range(20):
        site.pass_(30)
        found = site.at_once(*wrong(100, start=1000 * n), RIGHT)
        assert found[-1] == (200, 0.5)
        assert sum(status == 401 for status, _ in found) <= 10
    assert len(hub.asked) <= 1 + 20 * 11


@pytest.mark.parametrize("age", [29, 30])
def test_while_wrong_tokens_wait_who_is_known_is_asked_about(age, site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(age)

    async def only_the_right_one(token):
        if token != TOKEN:
            await asyncio.sleep(HANGS)
        return await hub.ask(token)

    site.access._ask = only_the_right_one
    found = site.at_once(*wrong(10), RIGHT)
    assert found == [(503, 3)] * 10 + [(200, 0)]
    assert hub.asked == [TOKEN] * 2


@pytest.mark.parametrize(("seconds", "status"), [(3599, 200), (3600, 503)])
def test_who_was_let_in_is_known_for_an_hour(seconds, status, site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(seconds)
    site.use_up()
    assert site.decide(RIGHT) == [status]


def test_a_renewal_makes_it_an_hour_again(site):
    assert site.decide(RIGHT) == [200]
    for _ in range(2):
        site.pass_(3000)
        site.use_up()
        assert site.decide(RIGHT) == [200]


def test_who_is_known_stays_so_while_the_hub_fails(site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(60)
    site.use_up()
    hub.error = DOWN
    assert site.decide(RIGHT) == [503]
    hub.error = None
    assert site.decide(RIGHT) == [200]


def test_who_is_refused_is_no_longer_known(site, hub):
    assert site.decide(RIGHT) == [200]
    site.pass_(60)
    hub.scopes = {}
    assert site.decide(RIGHT) == [401]
    site.pass_(5)
    site.use_up()
    assert site.refusal().message == TOO_MANY
    assert hub.asked == []


# Visitors who leave, and faults


def test_a_visitor_who_leaves_takes_no_answer_from_the_others(site, hub):
    async def visits():
        visitors = [asyncio.create_task(site.access.refusal(RIGHT)) for _ in range(3)]
        await asyncio.sleep(0)
        visitors[0].cancel()
        return await asyncio.gather(*visitors, return_exceptions=True)

    hub.takes = 1
    found = site.runner.run(visits())
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [None, None]
    assert len(hub.asked) == 1


@pytest.mark.parametrize("begun", [False, True])
def test_a_question_that_is_cancelled_is_no_way_in_and_not_left_behind(begun, site, hub):
    """As when the process ends."""
    hub.takes = 1

    async def visit():
        visitor = asyncio.create_task(site.access.refusal(RIGHT))
        await asyncio.sleep(0)
        if begun:
            await asyncio.sleep(0.1)
        for task in site.access._questions.values():
            task.cancel()
        return await asyncio.gather(visitor, return_exceptions=True)

    (found,) = site.runner.run(visit())
    assert isinstance(found, asyncio.CancelledError)
    assert len(hub.asked) == begun
    assert site.decide(RIGHT) == [200]


def test_a_fault_is_no_way_in_and_leaves_no_question_behind(site, hub):
    hub.error = RuntimeError("a fault")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            site.decide(RIGHT)
    hub.error = None
    assert site.decide(RIGHT) == [200]


def test_a_fault_of_a_renewal_is_no_way_in(site, hub, caplog):
    assert site.decide(RIGHT) == [200]
    site.pass_(29)
    hub.error = RuntimeError("a fault")
    assert site.decide(RIGHT) == [200]
    site.pass_(1)
    with pytest.raises(RuntimeError):
        site.decide(RIGHT)
    assert TOKEN not in caplog.text


def test_tokens_are_kept_nowhere(site, hub, caplog):
    caplog.set_level(logging.DEBUG)
    secret = hashlib.sha256(b"made here").hexdigest()
    hub.scopes = {secret: [SCOPE]}
    for _ in range(2):
        site.pass_(15)
        assert site.decide(f"Bearer {secret}", f"Bearer {secret}x") == [200, 401]
    hub.error = DOWN
    site.pass_(60)
    assert site.decide(f"Bearer {secret}", f"Bearer {secret}x") == [503, 503]
    hub.asked.clear()
    hub.scopes.clear()
    assert not held(site.access.__dict__, secret)
    assert secret not in caplog.text
