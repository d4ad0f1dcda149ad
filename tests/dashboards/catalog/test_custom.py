"""Boards of one's own: a directory, packages, `new`, and the page that says how."""

import json
import re
from pathlib import Path

import pytest

from dashboards import catalog
from dashboards.catalog import selection
from dashboards.catalog.custom import CustomBoardError
from dashboards.catalog.selection import BoardSelection
from tests.support.grafana_recorder import run
from tests.support.paths import ROOT

PAGE = ROOT / "docs/how-to/custom-boards.md"
SMALL = """\
from grafanalib.core import Dashboard


def board(source):
    return Dashboard(title="{title}", uid="{uid}", panels=[]).auto_panel_ids()
"""


AS_JSON = "def board(source):\n    return {{{}}}\n"


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def at(*directories: Path, **more: object) -> BoardSelection:
    return BoardSelection(directories, **more)  # type: ignore[arg-type]


def small(uid: str, title: str = "Small") -> str:
    return SMALL.format(uid=uid, title=title)


def test_a_directory_adds_its_boards(tmp_path: Path) -> None:
    put(tmp_path, "gpu_queue.py", small("gpu-queue"))
    put(tmp_path, "_shared.py", "raise RuntimeError")
    put(tmp_path, "notes.txt", "")
    found = selection.load((), at(tmp_path))
    assert [one.name for one in found] == [*catalog.names(), "gpu-queue"]
    assert (found[-1].collection, found[-1].board["uid"]) == ("", "gpu-queue")
    [alone] = selection.load((), at(tmp_path, collection="physics", own_only=True))
    assert (alone.name, alone.collection) == ("gpu-queue", "physics")
    [one] = selection.load(["gpu-queue"], at(tmp_path))
    assert one == found[-1]


def test_what_several_share_is_in_a_file_beside_them(tmp_path: Path) -> None:
    for number in (1, 2):
        folder = tmp_path / str(number)
        put(folder, "_shared.py", f'TITLE = "Shared {number}"\n')
        text = small(f"own-{number}").replace('"Small"', "TITLE")
        put(folder, f"own_{number}.py", f"from ._shared import TITLE\n{text}")
    found = selection.load(["own-1", "own-2"], at(tmp_path / "1", tmp_path / "2"))
    assert [one.board["title"] for one in found] == ["Shared 1", "Shared 2"]


def test_a_package_offers_a_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that is installed: a module, and the metadata that names it."""
    put(tmp_path, "their_boards.py", small("theirs"))
    put(tmp_path / "theirs-1.0.dist-info", "METADATA", "Name: theirs\nVersion: 1.0\n")
    points = "[groupscope.boards]\ncourse-report = their_boards\n"
    put(tmp_path / "theirs-1.0.dist-info", "entry_points.txt", points)
    monkeypatch.syspath_prepend(str(tmp_path))
    found = selection.load(())
    assert [one.name for one in found] == [*catalog.names(), "course-report"]
    assert (found[-1].collection, found[-1].board["uid"]) == ("theirs", "theirs")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n1 / 0\n", r"odd\.py, line 2: ZeroDivisionError: division by zero"),
        ("def board(source:\n", r"odd\.py, line 1: SyntaxError"),
        ("import nonesuch\n", r"odd\.py, line 1: ModuleNotFoundError: No module named 'nonesuch'"),
        ("x = 1\n", r"odd\.py has no function board\(source\)\. `python -m dashboards new`"),
        ("def board(source):\n    return source.x\n", r"odd\.py, line 2: AttributeError"),
        (small("").replace('uid=""', "uid=None"), r"odd\.py: the dashboard has the uid None"),
        (small("ü"), r"odd\.py: the dashboard has the uid 'ü'"),
        (small("x", " "), r"odd\.py: the dashboard has no title"),
        (AS_JSON.format('"uid": "x", "title": "X"'), r"odd\.py: .* no list of panels"),
        (AS_JSON.format('"uid": "x", "title": "X", "panels": [{1}]'), r"what no JSON can"),
        (AS_JSON.format('"uid": "x", "title": "X", "panels": [1e999]'), r"what no JSON can"),
        ("import sys\nsys.exit(3)\n", r"odd\.py, line 2: SystemExit: 3"),
        (
            "from dashboards.panels.lines import timeseries\n",
            r"odd\.py, line 1: dashboards\.panels has moved: import from dashboards\.kit, as",
        ),
        (
            "from dashboards import catalog, units\n",
            r"odd\.py, line 1: dashboards\.units has moved: import from dashboards\.kit, as",
        ),
        (
            "from dashboards.queries import homes\n",
            r"odd\.py, line 1: dashboards\.queries\.homes has moved: .*home_directories",
        ),
        ("from dashboards.kit import nonesuch\n", r"odd\.py, line 1: ImportError: cannot import"),
        (small("x") + 'EXEMPT = "x"\n', r"odd\.py: EXEMPT has to be a tuple of Exempt"),
    ],
)
def test_a_board_that_cannot_be_loaded(tmp_path: Path, text: str, sentence: str) -> None:
    put(tmp_path, "odd.py", text)
    with pytest.raises(CustomBoardError, match=sentence):
        selection.load((), at(tmp_path))
    result = run(f"--boards={tmp_path}", name="list")
    assert result.exit_code == 2
    assert re.search(sentence, result.output)


def test_names_and_uids_that_clash(tmp_path: Path) -> None:
    put(tmp_path / "a", "user_groups.py", small("x"))
    with pytest.raises(CustomBoardError, match="called as a board of groupscope is: user-groups"):
        selection.load((), at(tmp_path / "a"))
    put(tmp_path / "b", "one.py", small("groupscope-user-groups"))
    with pytest.raises(CustomBoardError, match="one and user-groups have the same uid"):
        selection.load((), at(tmp_path / "b"))
    put(tmp_path / "c", "one.py", small("one"))
    put(tmp_path / "d", "one.py", small("two"))
    with pytest.raises(CustomBoardError, match="are both called one"):
        selection.load((), at(tmp_path / "c", tmp_path / "d"))
    with pytest.raises(CustomBoardError, match="There are no boards"):
        selection.load((), at(own_only=True))
    with pytest.raises(CustomBoardError, match="is no directory"):
        selection.load((), at(tmp_path / "nowhere"))


# --- new ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_new_board_works_as_it_is(tmp_path: Path) -> None:
    boards = tmp_path / "mine"
    made = run("gpu-queue", "--title=GPU queue", f"--boards={boards}", name="new")
    assert made.exit_code == 0
    assert made.output.startswith(f"wrote {boards / 'gpu_queue.py'}\n")
    linted = run(f"--boards={boards}", name="lint")
    assert linted.exit_code == 0, linted.output
    for recorded in (False, True):
        [one] = selection.load(["gpu-queue"], at(boards), recorded=recorded)
        assert (one.board["title"], one.board["uid"]) == ("GPU queue", "gpu-queue")
    clustered = selection.load(["gpu-queue"], at(boards), cluster_label="cluster")[0].board
    assert "cluster" in [it["name"] for it in clustered["templating"]["list"]]


def test_a_new_board_replaces_nothing(tmp_path: Path) -> None:
    file = put(tmp_path, "gpu_queue.py", "mine")
    result = run("gpu-queue", f"--boards={tmp_path}", name="new")
    assert result.exit_code == 1
    assert "exists already, and was not changed" in result.output
    assert file.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["GPU queue"], "is no name"),
        (["a" * 41], "is no name"),
        (["user-groups"], "groupscope has a board user-groups itself"),
        (["x", '--title=a"b'], "may not hold quotes, backslashes"),
    ],
)
def test_names_that_are_none(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    result = run(*arguments, f"--boards={tmp_path}", name="new")
    assert result.exit_code == 2
    assert sentence in result.output
    assert not list(tmp_path.iterdir())


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_worked_example_is_as_the_page_says(tmp_path: Path) -> None:
    """Its file is written as it stands there, linted and built, over both kinds of series."""
    text = PAGE.read_text("utf-8")
    [(name, code)] = re.findall(r"`boards/(\w+\.py)`:\n\n```python\n(.*?)```", text, re.DOTALL)
    boards = tmp_path / "boards"
    put(boards, name, code)
    linted = run(f"--boards={boards}", name="lint")
    assert linted.exit_code == 0, linted.output
    built = run(f"--boards={boards}", f"--output={tmp_path / 'out'}", name="build")
    assert built.exit_code == 0, built.output
    board = json.loads(
        (tmp_path / "out" / f"{name.removesuffix('.py').replace('_', '-')}.json").read_text("utf-8")
    )
    panels = [panel["title"] for panel in board["panels"] if panel["type"] != "row"]
    for title in panels:
        assert title in text
