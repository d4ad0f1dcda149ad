"""What is generated in the pages, and their layout, words and site."""

import re

import pytest
from click.testing import CliRunner

from docs_build import alerts, commands, markdown, pages, prose, site
from docs_build.__main__ import main
from docs_build.fragments import FRAGMENTS
from docs_build.words import WORDS
from tests.support.paths import ROOT

PAGES = list(pages.pages())
IDS = [path.relative_to(ROOT).as_posix() for path in PAGES]


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_pages_are_as_make_docs_writes_them(path):
    text = path.read_text("utf-8")
    assert pages.finished(text, FRAGMENTS) == text, "run `make docs`"


def test_every_part_is_in_a_page():
    used = {name for path in PAGES for name in pages.names(path.read_text("utf-8"))}
    assert used == set(FRAGMENTS)


def test_a_part_is_filled_whatever_was_in_it():
    text = "a\n\n<!-- generated: x -->\n\nold\n\n<!-- end -->\n\nb\n"
    filled = pages.finished(text, {"x": lambda: "new\n"})
    assert filled == text.replace("old", "new")
    assert pages.finished(filled, {"x": lambda: "new\n"}) == filled


def test_a_part_that_nothing_generates_is_named():
    with pytest.raises(pages.PageError, match=r"'y'. There are: x"):
        pages.filled("<!-- generated: y -->\n<!-- end -->\n", {"x": str})


def test_check_names_a_page_that_differs_and_writes_nothing(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    page.write_text("*  one\n")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(pages.pages, "__defaults__", (tmp_path,))
    (tmp_path / ".mdformat.toml").write_text((ROOT / ".mdformat.toml").read_text("utf-8"))
    result = CliRunner().invoke(main, ["write", "--check"])
    assert (result.exit_code, page.read_text()) == (1, "*  one\n")
    assert result.output == "docs/page.md is not as `make docs` writes it\n"
    assert CliRunner().invoke(main, ["write"]).exit_code == 0
    assert page.read_text() == "- one\n"
    assert CliRunner().invoke(main, ["write", "--check"]).exit_code == 0


def test_lines_are_wrapped_at_one_width():
    text = " ".join(["word"] * 60)
    assert max(map(len, pages.laid_out(text).splitlines())) in range(90, 101)


def test_tables_keep_a_bar_in_its_cell():
    assert markdown.table(("a", "b"), [("x|y", "z")]) == "| a | b |\n| --- | --- |\n| x\\|y | z |"


def test_tables_of_alerts_have_every_alert_once():
    for table in (alerts.of_exporter(), alerts.of_hubs()):
        named = re.findall(
            r"^\| \[`(\w+)`\]\(#(\w+)\) \| (?:critical|warning|info) \| \S", table, re.MULTILINE
        )
        assert len(named) == len(table.splitlines()) - 2 > 5
        assert all(name.lower() == anchor for name, anchor in named)


def test_the_reference_has_options_as_click_knows_them():
    text = commands.reference()
    assert "## deploy\n\n`python -m dashboards deploy [OPTIONS] [BOARD]…`" in text
    assert "| `--url TEXT` | Grafana's address. Environment: `GRAFANA_URL`. |" in text
    assert "`--recorded` / `--raw`" in text


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.bad)
def test_a_word_is_found_in_its_bad_example_and_not_in_its_good_one(word):
    (finding, *_) = prose.in_page(f"A page.\n\n{word.bad}\n", "page.md")
    assert (finding.place, finding.line) == ("page.md", 3)
    assert word in [it.word for it in prose.in_page(word.bad, "page.md")]
    assert list(prose.in_page(word.good, "page.md")) == []


def test_code_in_a_page_is_no_prose():
    text = "```console\n$ echo told\n```\n\n`told` and [a link](told.md) <!-- told -->\n"
    assert list(prose.in_page(text, "page.md")) == []


def test_texts_in_code_are_looked_at_and_docstrings_are_not():
    code = '''
def check():
    """It was told so."""
    raise ValueError(f"The {hub} was told so.")


@click.command()
def command():
    """Say what was told before."""
'''
    found = {(finding.line, finding.found) for finding in prose.in_code(code, "x.py")}
    assert found == {(4, "told"), (9, "told")}


def test_the_command_fails_on_a_finding(tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text("It says which scope lacks.\n")
    monkeypatch.setattr(prose.findings, "__defaults__", (tmp_path,))
    result = CliRunner().invoke(main, ["prose"])
    assert result.exit_code == 1
    assert result.output.startswith("README.md:1: “which scope lacks”: write “is missing”")


def test_no_page_has_such_words():
    found = (it for path in PAGES for it in prose.in_page(path.read_text("utf-8"), path.name))
    assert [str(it) for it in found] == []


# --- the site -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "link", "on_the_site"),
    [
        (
            "docs/how-to/lint.md",
            "../reference/deploy.md#messages",
            "../reference/deploy.md#messages",
        ),
        ("docs/how-to/lint.md", "../../CHANGELOG.md", "../changelog.md"),
        ("docs/index.md", "../CONTRIBUTING.md", "contributing.md"),
        ("CHANGELOG.md", "docs/how-to/lint.md#x", "how-to/lint.md#x"),
        ("CONTRIBUTING.md", "CHANGELOG.md", "changelog.md"),
        ("docs/index.md", "https://example.org/a.md", "https://example.org/a.md"),
    ],
)
def test_links_lead_to_places_on_the_site(place, link, on_the_site):
    assert site.relinked(f"[a]({link})", place) == f"[a]({on_the_site})"


@pytest.mark.slow
def test_the_site_is_built_and_a_broken_link_fails_it(tmp_path, monkeypatch, capfd):
    assert site.build(tmp_path / "site") == 0, capfd.readouterr().err
    assert "Exporter settings" in (tmp_path / "site/reference/exporter-settings.html").read_text()
    assert (tmp_path / "site/changelog.html").exists()
    broken = "\n[x](how-to/deploy.md#nowhere)\n\n[y](nothing.md)\n"
    whole = site.relinked
    monkeypatch.setattr(site, "relinked", lambda text, place: whole(text, place) + broken)
    assert site.build(tmp_path / "site") != 0
    said = capfd.readouterr().err
    assert "nowhere" in said
    assert "nothing.md" in said
