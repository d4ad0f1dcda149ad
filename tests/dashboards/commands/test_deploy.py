"""The commands that talk to a Grafana, as people call them."""

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click import Group

from dashboards import catalog
from dashboards.cli import cli
from dashboards.deploy.provenance import content
from tests.support.grafana_recorder import HERE, Recorder, deployed, edited, run, writes
from tests.support.pages import page

COMMANDS = ("deploy", "diff", "pull", "list")
# The JSON itself: what render makes of a board must not decide whether a cassette still fits.
OWN = """\
def board(source):
    return {{"title": "Cassette", "uid": "{uid}", "schemaVersion": 39, "panels": [{panels}]}}
"""
NEW = '{"type": "text", "title": "New", "id": 1, "gridPos": {"h": 4, "w": 4, "x": 0, "y": 0}}'


def own(folder: Path, recorder: Recorder, panels: str = "") -> tuple[str, ...]:
    """Write a board of one's own that is called "own"; return the options that name it."""
    directory = folder / "mine"
    directory.mkdir(exist_ok=True)
    text = OWN.format(uid=recorder.board["uid"], panels=panels)
    (directory / "own.py").write_text(text, "utf-8")
    return "own", "--boards", str(directory), "--collection=mine", "--raw"


def built(folder: Path, recorder: Recorder) -> dict[str, Any]:
    """Return the board that ``own`` writes, as it is built."""
    own(folder, recorder)
    output = folder / "built"
    result = run(f"--output={output}", f"--boards={folder / 'mine'}", name="build")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads((output / "own.json").read_text("utf-8"))
    return found


@pytest.mark.cassette
def test_deploy_says_what_it_would_do_and_does_it(recorder: Recorder, tmp_path: Path) -> None:
    there = recorder.environment()
    mine = own(tmp_path, recorder)
    folder = f"--folder={recorder.title}"
    with recorder.playing() as cassette:
        dry = run(*mine, folder, "--dry-run", **there)
        before = len(writes(cassette)) if recorder.recording else 0
        done = run(*mine, folder, **there)
    plan = [
        f"+ new      folder {recorder.title}  {recorder.folder_url}",
        f"+ new      Cassette  {recorder.board_url}",
    ]
    counted = f"1 dashboard for folder “{recorder.title}”: 1 new, 0 changed, 0 same"
    assert before == 0
    assert dry.output.replace(recorder.base, HERE).splitlines() == [
        *plan,
        f"Dry run, nothing written: {counted}",
    ]
    assert done.output.replace(recorder.base, HERE).splitlines() == [*plan, counted]
    assert (dry.exit_code, done.exit_code) == (0, 0)


@pytest.mark.cassette
def test_an_edit_in_grafana_is_refused_and_pull_shows_it(
    recorder: Recorder, tmp_path: Path
) -> None:
    """The whole way: deployed, edited by somebody, deployed again with a change of ours."""
    board = deployed(built(tmp_path, recorder), "mine")
    recorder.has(board, edited(board))
    there = recorder.environment()
    mine = own(tmp_path, recorder, NEW)
    folder = f"--folder={recorder.title}"
    file = tmp_path / "theirs.json"
    with recorder.playing() as cassette:
        differs = run(*mine, folder, "--words", name="diff", **there)
        listed = run(*mine, name="list", **there)
        refused = run(*mine, folder, **there)
        shown = run(*mine, name="pull", **there)
        pulled = run(*mine, "--output", str(file), name="pull", **there)
        overwritten = run(*mine, folder, "--overwrite", **there)
        same = run(*mine, folder, name="diff", **there)
    assert differs.exit_code == 1
    assert "panel “New” new" in differs.output
    assert "~ changed" not in differs.output
    assert re.search(r"“Cassette” was changed in Grafana by \w+ on", differs.output)
    assert "1 of 1 differ" in differs.output
    assert re.search(r"changed in Grafana by \w+ on", listed.output)
    assert refused.exit_code == 1
    assert re.search(r"“Cassette” was changed in Grafana by \w+ on", refused.output)
    assert ": 0 new, 0 changed, 0 same, 1 failed" in refused.output
    assert shown.exit_code == 0
    assert '+  "description": "Theirs.",' in shown.output
    assert pulled.exit_code == 0
    assert json.loads(file.read_text("utf-8")) == content(edited(board))
    assert overwritten.exit_code == 0
    assert "(overwrites what was in Grafana)" in overwritten.output
    assert same.exit_code == 0
    assert "0 of 1 differ" in same.output
    assert len(writes(cassette)) == 1


@pytest.mark.cassette
def test_prune_through_the_command(recorder: Recorder, tmp_path: Path) -> None:
    """Of a collection, what its directory no longer has is deleted; nothing of others."""
    board = built(tmp_path, recorder)
    recorder.has(
        deployed(board, "mine"),
        deployed(recorder.other, "mine"),
        {**deployed({**recorder.other, "uid": f"3-{board['uid']}"[:40]}, "theirs"), "title": "3"},
    )
    _, *mine = own(tmp_path, recorder)
    there = recorder.environment()
    options = (*mine, "--own-only", f"--folder={recorder.title}", "--prune")
    with recorder.playing() as cassette:
        result = run(*options, **there)
    assert result.exit_code == 0, result.output
    lines = result.output.replace(recorder.base, HERE).splitlines()
    url = f"{HERE}d/{recorder.other['uid']}"
    assert lines == [
        f"= same     Cassette  {recorder.board_url}",
        f"- prune    Other  {url}  (deployed by groupscope 1.2.3)",
        f"1 dashboard for folder “{recorder.title}”: 0 new, 0 changed, 1 same, 1 pruned",
    ]
    assert writes(cassette) == [f"/api/dashboards/uid/{recorder.other['uid']}"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "needs --collection NAME"),
        (
            ("--collection=mine",),
            "--boards holds no board, so --prune would delete all that were deployed",
        ),
        (("--collection=groupscope",), "is groupscope's own"),
    ],
)
def test_prune_that_might_delete_what_is_not_meant(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    result = run("--prune", f"--boards={tmp_path}", *options, f"--url={HERE}", "--token=t")
    assert result.exit_code == 2
    assert sentence in result.output


@pytest.mark.cassette
def test_a_board_that_is_broken_does_not_stop_the_others(
    recorder: Recorder, tmp_path: Path
) -> None:
    """And of its collection nothing is pruned: it may be that very board."""
    board = built(tmp_path, recorder)
    recorder.has(deployed(recorder.other, "mine"))
    _, *mine = own(tmp_path, recorder)
    (tmp_path / "mine/broken.py").write_text("1 / 0\n", "utf-8")
    there = recorder.environment()
    with recorder.playing():
        result = run(*mine, "--own-only", f"--folder={recorder.title}", "--prune", **there)
    assert result.exit_code == 1
    first, second, last = result.output.replace(recorder.base, HERE).splitlines()
    assert first.startswith("! failed   ")
    assert "broken.py, line 1: ZeroDivisionError" in first
    assert second == f"+ new      Cassette  {HERE}d/{board['uid']}"
    assert last.endswith(": 1 new, 0 changed, 0 same, 1 broken")


@pytest.mark.cassette
def test_diff_says_what_deploy_would_of_folders_too(recorder: Recorder, tmp_path: Path) -> None:
    board = built(tmp_path, recorder)
    recorder.has(deployed(board, "mine"))
    mine = own(tmp_path, recorder)
    there = recorder.environment()
    with recorder.playing():
        result = run(*mine, f"--folder={recorder.title}/Inner", name="diff", **there)
    assert result.exit_code == 1
    assert "+ new      folder Inner" in result.output
    assert f"(moved from “{recorder.title}”)" in result.output
    assert "1 of 1 differ" in result.output


@pytest.mark.parametrize("name", ["diff", "list"])
def test_one_grafana_that_is_down_does_not_hide_the_rest(tmp_path: Path, name: str) -> None:
    config = tmp_path / "groupscope.toml"
    tables = [f'[targets.{n}]\nurl = "http://127.0.0.1:9"\ntoken_env = "T"\n' for n in "ab"]
    config.write_text("".join(tables), "utf-8")
    options = ("--target=all", f"--config={config}", "--retries=0")
    result = run("user-groups", *options, name=name, T="x")
    assert result.exit_code == 2
    assert result.output.count("connection refused") == 2


@pytest.mark.cassette
def test_list_says_what_grafana_has(recorder: Recorder, tmp_path: Path) -> None:
    board = built(tmp_path, recorder)
    recorder.has(deployed(board, "mine"))
    there = recorder.environment("Viewer")
    mine = own(tmp_path, recorder)
    with recorder.playing():
        text = run(*mine, name="list", **there)
        found = run(*mine, "--format=json", name="list", **there)
        own(tmp_path, recorder, NEW)
        drifted = run(*mine, "--format=json", name="list", **there)
    heading, row = text.output.splitlines()
    # No panels, so no column of them.
    columns = ["NAME", "TITLE", "UID", "GRAFANA", "FOLDER", "VERSION", "DEPLOYED", "DRIFT"]
    assert heading.split() == columns
    assert row.endswith("1.2.3     same")
    [one] = json.loads(found.output)
    assert one | {"grafana": ""} == {
        "name": "own",
        "title": "Cassette",
        "uid": board["uid"],
        "panels": 0,
        "grafana": "",
        "folder": recorder.title,
        "version": 1,
        "deployed": "1.2.3",
        "drift": "same",
    }
    [one] = json.loads(drifted.output)
    assert (one["panels"], one["drift"]) == (1, "a deploy would change it")


@pytest.mark.cassette
def test_lint_looks_at_what_is_in_grafana(recorder: Recorder) -> None:
    recorder.has({**recorder.board, "panels": [{**recorder.board["panels"][0], "type": "stat"}]})
    there = recorder.environment("Viewer")
    with recorder.playing():
        result = run("--grafana", "--format", "json", name="lint", **there)
    assert result.exit_code == 1
    findings = [one for one in json.loads(result.output) if recorder.board["uid"] in one["source"]]
    assert {one["rule"] for one in findings} >= {"empty-panel", "panel-description"}
    # What Grafana keeps in it is no leftover.
    assert "leftovers" not in {one["rule"] for one in findings}


def test_list_needs_no_grafana() -> None:
    result = run(name="list")
    assert result.exit_code == 0
    heading, *rows = result.output.splitlines()
    assert heading.split() == ["NAME", "TITLE", "UID", "PANELS"]
    assert [row.split()[0] for row in rows] == list(catalog.names())
    found = json.loads(run("--format=json", name="list").output)
    assert [one["uid"] for one in found] == [catalog.load(name)["uid"] for name in catalog.names()]


# --- what is missing or wrong in the call ---------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Set GRAFANA_URL (--url)"),
        (["--url", "localhost:3000", "--token", "t"], "must be like http://host:3000"),
        (["--url", HERE], "Set GRAFANA_TOKEN (--token) to a service account's token"),
        (["--url", HERE, "--user", "me"], "go together: set both"),
        (["--url", HERE, "--token", "to ken"], "holds characters that no token has"),
        (["--url", HERE, "--token", "t", "nonesuch"], "No board 'nonesuch'"),
        (["--url", HERE, "--token", "t", "--folder", " "], "--folder needs a title"),
        (["--url", HERE, "--token", "t", "--folder", "a", "--folder-uid", "b"], "not both"),
        (["--url", HERE, "--token", "t", "--prune", "user-groups"], "--prune needs all boards"),
        (["--url", HERE, "--token", "t", "--ca-file", "/none"], "no file of certificates /none"),
        (["--url", HERE, "--token", "t", "--boards", "/none"], "/none is no directory"),
        (["--target", "lab", "--config", "/none.toml"], "/none.toml can't be read (No such file"),
        (["--target", "lab", "--url", HERE], "sets --url itself"),
        (["--url", HERE, "--token", "t", "user-group"], "Did you mean user-groups?"),
        (["--url", HERE, "--token", "t", "--own-only"], "There are no boards"),
    ],
)
def test_what_is_missing_or_wrong_in_the_call(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "to ken" not in result.output


def test_a_target_without_a_login(tmp_path: Path) -> None:
    config = tmp_path / "groupscope.toml"
    config.write_text(f'[targets.lab]\nurl = "{HERE}"\n', "utf-8")
    result = run("--target=lab", f"--config={config}")
    assert result.exit_code == 2
    assert "lab has no login. Say where its token is" in result.output


def test_pull_looks_at_one_grafana(tmp_path: Path) -> None:
    config = tmp_path / "groupscope.toml"
    tables = [f'[targets.{n}]\nurl = "{HERE}"\nuser = "u"\npassword_env = "PW"\n' for n in "ab"]
    config.write_text("".join(tables), "utf-8")
    result = run("user-groups", "--target=all", f"--config={config}", name="pull", PW="x")
    assert result.exit_code == 2
    assert "name one --target" in result.output


def test_the_documentation_names_each_option() -> None:
    text = page("reference/commands")
    assert isinstance(cli, Group)
    commands = [cli.get_command(None, name) for name in COMMANDS]  # type: ignore[arg-type]
    options = [
        option
        for command in commands
        for option in command.params
        if isinstance(option, click.Option)
    ]
    for option in options:
        assert re.search(rf"^\| `{option.opts[0]}[` ]", text, re.MULTILINE), option.opts[0]
        assert option.envvar is None or f"`{option.envvar}`" in text
    guide = page("how-to/deploy")
    documented = set(re.findall(r"`(--[a-z-]+)[` ]", guide))
    assert documented <= {it for option in options for it in option.opts + option.secondary_opts}
