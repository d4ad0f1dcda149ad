"""What the documentation names exists, and the other way round."""

import re

import pytest
from click import Group

from dashboards import catalog
from dashboards.cli import cli
from dashboards.evaluate import data
from dashboards.queries import usage
from demo.people import GROUPS, PEOPLE
from docs_build import pages
from tests.support.pages import page, unwrapped
from tests.support.paths import ROOT

PAGES = list(pages.pages())
IDS = [path.relative_to(ROOT).as_posix() for path in PAGES]


def anchors(text):
    """Return a page's anchors, as GitHub and the site write them."""
    prose = re.sub(r"^ *(```+).*?^ *\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_links_lead_somewhere(path):
    for target, _, anchor in re.findall(
        r"\]\(([^)#\s]*)(#([^)]*))?\)", unwrapped(path.read_text("utf-8"))
    ):
        if "://" not in target:
            there = path.parent / target if target else path
            assert there.exists(), target
            assert not anchor or anchor in anchors(there.read_text("utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_make_targets_exist(path):
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:^\$ |`)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= there


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_commands_and_their_options_exist(path):
    assert isinstance(cli, Group)
    for line in re.findall(r"python -m dashboards ([^`\n]*)", unwrapped(path.read_text("utf-8"))):
        name, *rest = [word for word in line.split() if word not in ("…", "\\")]
        command = cli.get_command(None, name)
        assert command is not None, line
        known = {it for one in command.params for it in (*one.opts, *one.secondary_opts)}
        for option in (word.partition("=")[0] for word in rest if word.startswith("--")):
            assert option in known, line


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_files_that_are_named_exist(path):
    for named in re.findall(
        r"`((?:app|benchmarks|dashboards|demo|docs|docs_build|exporter|provisioning|scripts|tests)"
        r"/[\w/.-]*)`",
        path.read_text("utf-8"),
    ):
        assert (ROOT / named).exists(), named


@pytest.mark.parametrize(
    "name", ["user-groups", "users", "activity", "home-directories", "usage-report"]
)
def test_a_boards_page_names_every_panel_once_and_no_other(name):
    board = catalog.load(name)
    titles = [panel["title"] for panel in data.panels(board) if panel["type"] != "row"]
    table = page(f"reference/boards/{name}").partition("## What each panel counts")[2]
    rows = re.findall(r"^\| ([^|]+?) \|", table.partition("\n## ")[0], re.MULTILINE)
    assert rows == ["panel", "--", *titles]


def test_every_board_has_its_page():
    folder = ROOT / "docs/reference/boards"
    assert {path.stem for path in folder.iterdir()} == set(catalog.names())


def test_the_attribution_page_defines_nearly_nothing_as_the_query_does():
    assert (
        f"under {usage.IDLE_CORES} cores on average over {usage.IDLE_WINDOW[:-1]} minutes"
        in unwrapped(page("explanation/attribution"))
    )


def test_readme_counts_the_demos_people():
    text = unwrapped((ROOT / "README.md").read_text("utf-8"))
    assert f"{len(PEOPLE)} people in {len(GROUPS)} groups" in text


def test_ci_runs_what_the_readme_says_runs_the_tests():
    assert "exec make test\n" in (ROOT / ".ci/run").read_text("utf-8")
    assert "`make test` runs everything" in unwrapped((ROOT / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_pages_say_nothing_of_one_machine(path):
    assert not re.search(r"/root/|/work/|/opt/|/tmp/", path.read_text("utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_no_page_is_too_long_to_be_read(path):
    """What the code writes, and the list of what changed, are looked up rather than read."""
    text = path.read_text("utf-8")
    if pages.names(text) == [] and path.name != "CHANGELOG.md":
        assert len(text.split()) <= 2_500


@pytest.mark.parametrize("old", ["alerts", "hub-alerts"])
def test_what_alerts_of_earlier_releases_name_is_still_there(old):
    """Their runbook_url is the page's old address; each anchor leads on to the same section."""
    stub, new = page(old), f"reference/{'exporter-alerts' if old == 'alerts' else old}"
    named = re.findall(r"^## (Groupscope\w+)$", page(new), re.MULTILINE)
    assert named
    assert re.findall(r"^## (Groupscope\w+)$", stub, re.MULTILINE) == named
    for name in named:
        assert f"]({new}.md#{name.lower()})" in stub
