"""The page in a real browser: nothing sticks out on a phone, and the table sorts."""

import json
import re
import shutil
import subprocess
from html import escape, unescape

import pytest

from dashboards.report.page import page
from tests.support.report_values import BOARD, MADE, SPAN, answers, choices

pytestmark = pytest.mark.browser

LONG = "a-group-with-a-very-long-name-" * 4 + "<b>"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("This test needs chromium. On Debian: sudo apt-get install chromium")
    folder = tmp_path_factory.mktemp("chromium")

    def look(script: str, width: int) -> dict:
        """Return what a script finds in the page in a frame of that width."""
        document = page(BOARD, answers(LONG, "lab", "staff"), choices(LONG, "lab"), SPAN, MADE)
        wrapper = folder / "wrapper.html"
        wrapper.write_text(
            f'<!doctype html><meta charset="utf-8"><iframe style="width:{width}px;height:800px;'
            f'border:0" srcdoc="{escape(document)}"></iframe><pre></pre><script>'
            'const frame = document.querySelector("iframe");'
            "frame.onload = () => { const page = frame.contentDocument;"
            f'document.querySelector("pre").textContent = JSON.stringify(({script})(page)); }};'
            "</script>",
            "utf-8",
        )
        flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
        quiet = "--disable-background-networking --disable-component-update"
        data = f"--user-data-dir={folder / 'profile'}"
        finished = subprocess.run(
            [program, *flags.split(), *quiet.split(), data, "--virtual-time-budget=5000",
             "--dump-dom", wrapper.as_uri()],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        found = re.search(r"<pre>(.*?)</pre>", finished.stdout, re.DOTALL)
        assert found, finished.stdout[:500]
        return json.loads(unescape(found[1]))

    return look


WIDTHS = """page => ({
  window: page.documentElement.clientWidth,
  document: page.documentElement.scrollWidth,
  wide: getComputedStyle(page.querySelector(".wide")).display,
  narrow: getComputedStyle(page.querySelector(".narrow")).display,
  sticking: [...page.querySelectorAll(".panel > *")].filter(
    e => e.getBoundingClientRect().right > e.parentNode.getBoundingClientRect().right + 1
  ).map(e => e.outerHTML.slice(0, 80)),
})"""


@pytest.mark.parametrize(("width", "shown"), [(360, "narrow"), (800, "narrow"), (1400, "wide")])
def test_nothing_sticks_out(chromium, width, shown):
    found = chromium(WIDTHS, width)
    assert found["window"] in range(width - 20, width + 1)
    assert found["document"] <= found["window"]
    assert found["sticking"] == []
    assert {found["wide"], found["narrow"]} == {"block", "none"}
    assert found[shown] == "block"


def test_a_heading_sorts_the_table(chromium):
    script = """page => {
      const names = () => [...page.querySelectorAll("table.rows tbody tr")].map(
        row => row.cells[0].textContent.slice(0, 7));
      const before = names();
      const button = page.querySelectorAll("table.rows th button")[1];
      button.click();
      const down = names();
      button.click();
      return {before, down, up: names(), said: button.parentNode.getAttribute("aria-sort")};
    }"""
    found = chromium(script, 800)
    assert found["before"] == ["a-group", "lab", "staff"]
    assert found["down"] == ["staff", "lab", "a-group"]
    assert found["up"] == ["a-group", "lab", "staff"]
    assert found["said"] == "ascending"
