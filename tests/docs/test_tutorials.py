"""The steps of the tutorials that need no demo, done as they are written."""

import re

import pytest
from click.testing import CliRunner

from dashboards.cli import cli
from tests.support.pages import page

pytestmark = pytest.mark.slow

BOARD = page("tutorials/first-board")
LAST = "        ),\n    ]\n"
"""The end of the last panel in what `new` writes."""


def _snippet(name):
    (code,) = re.findall(rf"<!-- tutorial: {name} -->\n\n```python\n(.*?)```", BOARD, re.DOTALL)
    return code


def _with(name):
    """Return the end of the list of panels with one panel more."""
    return f"        ),\n{_snippet(name)},\n    ]\n"


def _lint(folder):
    return CliRunner().invoke(cli, ["lint", "--boards", str(folder)])


def test_a_first_board_has_the_mistakes_of_the_page_and_then_none(tmp_path):
    folder = tmp_path / "boards"
    made = CliRunner().invoke(cli, ["new", "course-report", "--boards", str(folder)])
    assert made.exit_code == 0, made.output
    file = folder / "course_report.py"
    begun = file.read_text("utf-8")
    assert begun.count(LAST) == 1

    file.write_text(begun.replace(LAST, _with("mistake")), "utf-8")
    (said,) = re.findall(r"lint --boards boards\n(course-report\n.*?)```", BOARD, re.DOTALL)
    found = _lint(folder)
    assert found.exit_code == 1
    assert said in found.output
    assert said.replace("course-report\n", "course-report (recorded)\n") in found.output

    file.write_text(begun.replace(LAST, _with("right")), "utf-8")
    found = _lint(folder)
    assert (found.exit_code, "course-report" in found.output) == (0, False), found.output
