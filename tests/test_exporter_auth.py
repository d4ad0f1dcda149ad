"""Who gets in: by a file of tokens, and by what a hub says of a visitor's own token."""

import asyncio
import gc
import hashlib
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.auth import MOST_KEPT, MOST_QUESTIONS, MOST_WAITING, BearerTokens, HubTokens, Open
from exporter.errors import HubError, Reason
from exporter.files import FileError

TOKEN = "s3cret-0123456789"
SCOPE = "access:services!service=groupscope"
CHALLENGE = 'Bearer realm="groupscope"'


def decide(access, *headers):
    """Return the statuses (200 for none) of visitors one after the other."""

    async def visits():
        return [await access.refusal(header) for header in headers]

    return [refusal.status if refusal else 200 for refusal in asyncio.run(visits())]


def refusal_of(access, header):
    found = asyncio.run(access.refusal(header))
    assert "\n" not in found.message
    assert TOKEN not in repr(found)
    return found


class Hub:
    """What a hub knows of tokens; counts questions and can be made to wait or fail."""

    def __init__(self, scopes=None):
        self.scopes = scopes if scopes is not None else {TOKEN: [SCOPE]}
        self.asked = []
        self.error = None
        self.go = asyncio.Event()
        self.go.set()
        self.now = 0
        self.most = 0

    async def ask(self, token):
        self.asked.append(token)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go.wait()
            if self.error:
                raise self.error
            return self.scopes.get(token)
        finally:
            self.now -= 1


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def access(hub, clock):
    return HubTokens(hub.ask, SCOPE, monotonic=clock)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "tokens"
    path.write_text(f"# Prometheus\n{TOKEN}\n")
    return path


def test_open():
    assert decide(Open(), None, "", "Basic x") == [200, 200, 200]


@pytest.mark.parametrize(
    "header", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"TOKEN   {TOKEN} ", f" token {TOKEN}"]
)
def test_schemes(header, access, path):
    assert decide(access, header) == [200]
    assert decide(BearerTokens(path), header) == [200]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer  ", TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}"]
)
def test_no_token(header, access, hub, path):
    refusal = refusal_of(access, header)
    assert (refusal.status, refusal.headers) == (401, {"WWW-Authenticate": CHALLENGE})
    assert refusal.message == (
        f"Send a JupyterHub token that has the scope {SCOPE}, in the header "
        "Authorization: Bearer TOKEN."
    )
    assert hub.asked == []
    refusal = refusal_of(BearerTokens(path), header)
    assert (refusal.status, refusal.headers) == (401, {"WWW-Authenticate": CHALLENGE})
    assert refusal.message == (
        "Send a token of the exporter's token file, in the header Authorization: Bearer TOKEN."
    )


def test_wrong_token(path):
    refusal = refusal_of(BearerTokens(path), "Bearer wrong")
    assert (refusal.status, refusal.headers) == (
        401,
        {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'},
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.text(max_size=60) | st.text(max_size=60).map("Bearer {}".format))
def test_any_header_is_refused(header, path, access):
    assert decide(BearerTokens(path), header) == [401]
    assert decide(access, header) == [401]


def test_no_part_of_a_token_and_nothing_more(path):
    headers = [f"Bearer {TOKEN[:n]}" for n in range(len(TOKEN))]
    headers += [f"Bearer {TOKEN}x", f"Bearer {TOKEN} {TOKEN}", f"Bearer {TOKEN.upper()}"]
    headers += ["Bearer # Prometheus", "Bearer #", "Bearer \udc80"]
    assert set(decide(BearerTokens(path), *headers)) == {401}


def test_tokens_are_rotated(path):
    access = BearerTokens(path)
    old, new = f"Bearer {TOKEN}", "Bearer the-new-one"
    assert decide(access, old, new) == [200, 401]
    path.write_text(f"{TOKEN}\nthe-new-one\n")
    assert decide(access, old, new) == [200, 200]
    path.write_text("the-new-one\n")
    assert decide(access, old, new) == [401, 200]


def test_a_bad_token_file_lets_nobody_in_and_is_logged_once(path, caplog):
    caplog.set_level(logging.INFO)
    access = BearerTokens(path)
    for content in ("", f"{TOKEN} two"):
        path.write_text(content)
        assert decide(access, f"Bearer {TOKEN}", None, f"Bearer {TOKEN}") == [503] * 3
    refusal = refusal_of(access, f"Bearer {TOKEN}")
    assert refusal.message == (
        "The exporter can't read its token file: its log says why. Try again later."
    )
    assert refusal.headers == {"Retry-After": "5"}
    path.unlink()
    assert decide(access, f"Bearer {TOKEN}", f"Bearer {TOKEN}") == [503, 503]
    path.write_text(TOKEN)
    assert decide(access, f"Bearer {TOKEN}", f"Bearer {TOKEN}") == [200, 200]
    levels, messages = zip(*((r.levelname, r.message) for r in caplog.records), strict=True)
    assert levels == ("ERROR", "ERROR", "ERROR", "INFO")
    assert f"Nobody can read the metrics. The file {path} holds no token:" in messages[0]
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("content", ["", "# none", "two words", "x" * 2_000_000])
def test_a_bad_token_file_at_the_start(path, content):
    path.write_text(content)
    with pytest.raises(FileError):
        BearerTokens(path)


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
def test_scopes(scope, has, status):
    access = HubTokens(Hub({TOKEN: has}).ask, scope)
    assert decide(access, f"Bearer {TOKEN}") == [status]


def test_the_answers_to_a_token_that_does_not_do():
    hub = Hub({TOKEN: []})
    access = HubTokens(hub.ask, "read:metrics")
    refusal = refusal_of(access, f"Bearer {TOKEN}")
    assert refusal.message == (
        "This token lacks the scope read:metrics: add it to a role of its owner."
    )
    assert refusal.headers == {
        "WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="read:metrics"'
    }
    refusal = refusal_of(access, "Bearer unknown")
    assert refusal.headers == {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}


@pytest.mark.parametrize("token", ["x" * 1001, "é", "a b", "a\tb", "a\nb", "a\x7f", "\udc80"])
def test_absurd_tokens_are_not_asked_about(token, access, hub):
    assert decide(access, f"Bearer {token}") == [401]
    assert hub.asked == []


def test_a_yes_is_kept_for_its_lifetime(access, hub, clock):
    header = f"Bearer {TOKEN}"
    assert decide(access, header, header) == [200, 200]
    hub.scopes = {}
    clock.seconds += 29.9
    assert decide(access, header) == [200]
    assert len(hub.asked) == 1
    clock.seconds += 0.1
    assert decide(access, header) == [401]
    assert len(hub.asked) == 2


def test_a_yes_counts_from_the_question(hub, clock):
    async def slow(token):
        clock.seconds += 20
        return await hub.ask(token)

    access = HubTokens(slow, SCOPE, monotonic=clock)
    assert decide(access, f"Bearer {TOKEN}") == [200]
    clock.seconds += 10
    assert decide(access, f"Bearer {TOKEN}") == [200]
    assert len(hub.asked) == 2


@pytest.mark.parametrize("has", [None, []])
def test_a_no_is_kept_for_seconds(access, hub, clock, has):
    header = f"Bearer {TOKEN}"
    hub.scopes = {TOKEN: has}
    status = 401 if has is None else 403
    assert decide(access, header, header) == [status] * 2
    hub.scopes = {TOKEN: [SCOPE]}
    clock.seconds += 4.9
    assert decide(access, header) == [status]
    assert len(hub.asked) == 1
    clock.seconds += 0.1
    assert decide(access, header) == [200]


def test_a_short_lifetime_holds_for_a_no(hub, clock):
    access = HubTokens(hub.ask, SCOPE, lifetime=0, monotonic=clock)
    assert decide(access, *["Bearer x"] * 3, *[f"Bearer {TOKEN}"] * 3) == [401] * 3 + [200] * 3
    assert len(hub.asked) == 6


def test_a_failure_is_not_kept_and_logged_once(access, hub, clock, caplog):
    caplog.set_level(logging.INFO)
    header = f"Bearer {TOKEN}"
    assert decide(access, header) == [200]
    clock.seconds += 30
    hub.error = HubError(Reason.CONNECT, "No connection.")
    assert decide(access, header, header, "Bearer other") == [503] * 3
    refusal = refusal_of(access, header)
    assert refusal.message == "JupyterHub can't be asked about this token. Try again later."
    assert refusal.headers == {"Retry-After": "5"}
    hub.error = None
    assert decide(access, header) == [200]
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("WARNING", "The tokens of visitors can't be checked. No connection."),
        ("INFO", "The tokens of visitors can be checked again."),
    ]


@pytest.mark.parametrize(("asked_for", "header"), [(0, "5"), (12.3, "13"), (1e9, "300")])
def test_retry_after_is_passed_on(access, hub, asked_for, header):
    hub.error = HubError(Reason.HTTP, "Busy.", retry_after=asked_for)
    assert refusal_of(access, f"Bearer {TOKEN}").headers == {"Retry-After": header}


def run_at_once(access, hub, headers):
    """Return the statuses of visitors at once, while the hub's answer is held back."""

    async def visits():
        hub.go.clear()
        visitors = [asyncio.create_task(access.refusal(header)) for header in headers]
        for _ in range(5):
            await asyncio.sleep(0)
        early = sum(each.done() for each in visitors)
        hub.go.set()
        found = await asyncio.gather(*visitors)
        return early, [each.status if each else 200 for each in found]

    return asyncio.run(visits())


@pytest.mark.parametrize("error", [None, HubError(Reason.TIMEOUT, "No answer.")])
def test_one_token_is_asked_about_once(access, hub, error):
    hub.error = error
    _, statuses = run_at_once(access, hub, [f"Bearer {TOKEN}"] * 50)
    assert set(statuses) == {503 if error else 200}
    assert len(hub.asked) == 1


def test_few_questions_at_once_and_few_waiting(access, hub):
    most = MOST_QUESTIONS + MOST_WAITING
    early, statuses = run_at_once(access, hub, [f"Bearer t{n}" for n in range(most + 20)])
    assert statuses == [401] * most + [503] * 20
    assert early == 20
    assert hub.most == MOST_QUESTIONS
    assert len(hub.asked) == most
    # Nothing is left over: the next one is asked about.
    assert decide(access, f"Bearer {TOKEN}") == [200]


def test_who_is_known_gets_in_while_all_questions_wait(access, hub):
    assert decide(access, f"Bearer {TOKEN}") == [200]
    flood = [f"Bearer t{n}" for n in range(100)]
    _, statuses = run_at_once(access, hub, [*flood, f"Bearer {TOKEN}"])
    assert statuses[-1] == 200


def test_a_flood_of_wrong_tokens_does_not_push_out_the_right_one(access, hub):
    flood = [f"Bearer t{n}" for n in range(2 * MOST_KEPT)]
    assert decide(access, f"Bearer {TOKEN}", *flood, f"Bearer {TOKEN}")[-1] == 200
    assert hub.asked.count(TOKEN) == 1
    # The oldest refusals went, the newest stayed.
    assert decide(access, flood[-1], flood[0]) == [401, 401]
    assert (hub.asked.count("t511"), hub.asked.count("t0")) == (1, 2)


def test_rights_are_bounded_too(hub, access):
    hub.scopes = {f"t{n}": [SCOPE] for n in range(MOST_KEPT + 1)}
    headers = [f"Bearer {token}" for token in hub.scopes]
    assert set(decide(access, *headers, headers[-1], headers[0])) == {200}
    assert (hub.asked.count(f"t{MOST_KEPT}"), hub.asked.count("t0")) == (1, 2)


def test_a_visitor_who_leaves_takes_no_answer_from_the_others(access, hub):
    async def visits():
        hub.go.clear()
        visitors = [asyncio.create_task(access.refusal(f"Bearer {TOKEN}")) for _ in range(3)]
        await asyncio.sleep(0)
        visitors[0].cancel()
        await asyncio.sleep(0)
        hub.go.set()
        return await asyncio.gather(*visitors, return_exceptions=True)

    found = asyncio.run(visits())
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [None, None]
    assert len(hub.asked) == 1


def test_a_fault_is_no_way_in_and_leaves_no_question_behind(access, hub):
    hub.error = RuntimeError("a fault")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            decide(access, f"Bearer {TOKEN}")
    hub.error = None
    assert decide(access, f"Bearer {TOKEN}") == [200]


def test_tokens_are_kept_nowhere(path, hub, caplog):
    caplog.set_level(logging.DEBUG)
    secret = hashlib.sha256(b"made here").hexdigest()
    path.write_text(secret)
    hub.scopes = {secret: [SCOPE]}
    by_file, by_hub = BearerTokens(path), HubTokens(hub.ask, SCOPE)
    for access in (by_file, by_hub):
        assert decide(access, f"Bearer {secret}", f"Bearer {secret}x") == [200, 401]
    hub.asked.clear()
    hub.scopes.clear()
    seen, todo = set(), [by_file.__dict__, by_hub.__dict__]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type) or callable(each) or each is hub:
            continue
        seen.add(id(each))
        assert not (isinstance(each, str | bytes) and secret in str(each))
        todo += gc.get_referents(each)
        if isinstance(each, dict):
            todo += [*each, *each.values()]
    assert secret not in caplog.text
