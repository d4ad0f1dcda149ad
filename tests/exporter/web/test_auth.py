"""Who gets in by a file of tokens."""

import asyncio
import hashlib
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.config.files import FileError
from exporter.web.auth import BearerTokens, Open
from tests.support.tokens import CHALLENGE, TOKEN, held


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
def test_schemes(header, path):
    assert decide(BearerTokens(path), header) == [200]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer  ", TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}"]
)
def test_no_token(header, path):
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
def test_any_header_is_refused(header, path):
    assert decide(BearerTokens(path), header) == [401]


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


def test_tokens_are_kept_nowhere(path, caplog):
    caplog.set_level(logging.DEBUG)
    secret = hashlib.sha256(b"made here").hexdigest()
    path.write_text(secret)
    access = BearerTokens(path)
    assert decide(access, f"Bearer {secret}", f"Bearer {secret}x") == [200, 401]
    assert not held(access.__dict__, secret)
    assert secret not in caplog.text
