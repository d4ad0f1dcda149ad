"""What the documentation names exists, and the other way round."""

import re

import pytest
from click import Group

from dashboards import catalog
from dashboards.cli import cli
from dashboards.evaluate import data
from dashboards.queries import usage
from demo.people import GROUPS, PEOPLE
from tests.support.paths import ROOT

PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])
IDS = [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_page_can_be_found_from_the_readme():
    found = (ROOT / "README.md").read_text("utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"(docs/{page.name})" in found


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_make_targets_exist(page):
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:^\$ |`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= there


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_commands_and_their_options_exist(page):
    assert isinstance(cli, Group)
    for line in re.findall(r"python -m dashboards ([^`\n]*)", page.read_text("utf-8")):
        name, *rest = [word for word in line.split() if word != "…"]
        command = cli.get_command(None, name)
        assert command is not None, line
        known = {it for one in command.params for it in (*one.opts, *one.secondary_opts)}
        for option in (word.partition("=")[0] for word in rest if word.startswith("--")):
            assert option in known, line


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_files_that_are_named_exist(page):
    for path in re.findall(
        r"`((?:dashboards|exporter|provisioning|scripts|tests|demo)/[\w/.-]*)`",
        page.read_text("utf-8"),
    ):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize(
    "name", ["user-groups", "users", "activity", "home-directories", "usage-report"]
)
def test_a_boards_page_names_every_panel_once_and_no_other(name):
    board = catalog.load(name)
    titles = [panel["title"] for panel in data.panels(board) if panel["type"] != "row"]
    page = (ROOT / f"docs/{name}.md").read_text("utf-8")
    rows = re.findall(
        r"^\| ([^|]+?) \|", page.partition("## What each panel counts")[2], re.MULTILINE
    )
    assert rows == ["panel", *titles]


def test_the_board_page_defines_nearly_nothing_as_the_query_does():
    page = (ROOT / "docs/user-groups.md").read_text("utf-8")
    assert (
        f"under {usage.IDLE_CORES} cores on average over {usage.IDLE_WINDOW[:-1]} minutes" in page
    )


def test_readme_counts_the_demos_people():
    page = (ROOT / "README.md").read_text("utf-8").replace("\n", " ")
    assert f"{len(PEOPLE)} people in {len(GROUPS)} groups" in page


def test_ci_runs_what_the_readme_says_runs_the_tests():
    assert "exec make test\n" in (ROOT / ".ci/run").read_text("utf-8")
    assert "$ make test " in (ROOT / "README.md").read_text("utf-8")


def test_pages_say_nothing_of_one_machine():
    for page in PAGES:
        assert not re.search(r"/root/|/work/|/opt/|/tmp/", page.read_text("utf-8")), page.name
