"""The page's style sheets and its script: whole, and the only ones that the page lets run."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest
import tinycss2

from dashboards.report import style
from dashboards.report.page import page
from tests.support.paths import ROOT
from tests.support.report_values import BOARD, MADE, SPAN

STATIC = ROOT / "dashboards/report/static"
SHEETS = sorted(STATIC.glob("*.css"))


def rules(css):
    """Yield every rule of a sheet with its declarations, those within @media too."""
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        yield rule
        if rule.type == "at-rule" and rule.lower_at_keyword == "media":
            yield from rules(tinycss2.serialize(rule.content))


@pytest.mark.parametrize("sheet", [file.name for file in SHEETS])
def test_a_style_sheet_can_be_read(sheet):
    for rule in rules((STATIC / sheet).read_text("utf-8")):
        assert rule.type != "error", rule.message
        if rule.type == "qualified-rule":
            inside = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True)
            assert inside
            assert {it.type for it in inside} <= {"declaration", "comment"}, rule.serialize()


def test_every_style_sheet_is_on_the_page():
    assert SHEETS
    assert all(sheet.read_text("utf-8") in style.CSS for sheet in SHEETS)


def test_the_policy_names_what_is_on_the_page_and_nothing_else():
    shown = page(BOARD, [], (), SPAN, MADE)
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', shown)[1])
    directives = dict(it.strip().split(" ", 1) for it in policy.split(";"))
    for tag, directive in (("style", "style-src-elem"), ("script", "script-src")):
        (inside,) = re.findall(f"(?s)<{tag}>(.*?)</{tag}>", shown)
        digest = b64encode(sha256(inside.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
