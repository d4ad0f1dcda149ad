"""Sentences that name settings: worded for who reads them, and never with a name that is none."""

import ast
import logging

import pytest

from exporter.config.settings import SETTINGS, flag
from exporter.core.messages import ExplainedError, Message, worded
from exporter.logs import set_up
from tests.support.paths import ROOT

SENTENCE = Message("No answer in {seconds:g} s: allow more with {timeout}.", seconds=10.0)


def test_settings_bear_the_readers_names():
    assert SENTENCE.worded(flag) == "No answer in 10 s: allow more with --timeout."
    assert SENTENCE.settings == ("timeout",)
    assert str(SENTENCE) == "No answer in 10 s: allow more with timeout."


def test_messages_within_a_message_are_worded_alike():
    outer = Message("Refresh failed. {problem} {age}", problem=ExplainedError(SENTENCE), age=5)
    assert outer.worded(flag) == f"Refresh failed. {SENTENCE.worded(flag)} 5"


@pytest.mark.parametrize("odd", ["{timeout}", "{", "}", "{0}", "{a.b}"])
def test_what_a_value_holds_is_no_setting(odd):
    assert Message("{found}: {timeout}", found=odd).worded(flag) == f"{odd}: --timeout"
    assert ExplainedError(odd).message.worded(flag) == odd
    assert ExplainedError(odd).message.settings == ()


def test_the_log_words_them(capsys):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        set_up("info", logging.Formatter("%(message)s"), flag)
        logging.getLogger("x").warning("%s (%d) %s", SENTENCE, 5, ExplainedError(SENTENCE))
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert capsys.readouterr().err == f"{SENTENCE.worded(flag)} (5) {SENTENCE.worded(flag)}\n"


def templates():
    """Yield each ``Message("…", name=…)`` of the sources: its place, template and values' names."""
    for path in sorted((*(ROOT / "exporter").rglob("*.py"), *(ROOT / "app/backend").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                values = {each.arg for each in node.keywords}
                yield f"{path.name}:{node.lineno}", node.args[0], values


def test_every_name_in_braces_is_a_setting_or_a_value():
    found = list(templates())
    assert len(found) > 20
    for place, given, values in found:
        # A text put together could hold braces of others.
        assert isinstance(given, ast.Constant), place
        settings = Message(given.value, **dict.fromkeys(values, "")).settings
        assert set(settings) <= set(SETTINGS), place


def test_anything_else_is_left_as_it_is():
    assert worded(5, flag) == 5
    assert worded("--{timeout}", flag) == "--{timeout}"
