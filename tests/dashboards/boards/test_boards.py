"""What every board has, and the built files: the canonical dict is the golden file."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from string import ascii_uppercase

import pytest
from click.testing import CliRunner

from dashboards import catalog
from dashboards.cli import cli
from dashboards.evaluate import data
from dashboards.kit import boards
from dashboards.kit.layout import GRID_WIDTH, Placed, Row, layout
from dashboards.kit.panels import stat
from dashboards.schema.canonical import dumps
from tests.support.each import each
from tests.support.paths import ROOT

BUILT = ROOT / "provisioning/grafana/dashboards"

BOARDS = {name: catalog.load(name) for name in catalog.names()}
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, board in BOARDS.items()
    for panel in data.panels(board)
    if panel["type"] != "row"
]


@pytest.mark.parametrize("name", BOARDS)
def test_committed_file_is_the_rendered_board(name):
    committed = (BUILT / f"{name}.json").read_text("utf-8")
    recorded = catalog.load(name, recorded=True)
    assert committed == dumps(recorded)
    assert json.loads(committed) == recorded


@pytest.mark.parametrize("name", BOARDS)
def test_uid_is_a_literal_that_grafana_takes(name):
    [board] = [board for board in boards.BOARDS if board.name == name]
    assert (BOARDS[name]["uid"], BOARDS[name]["title"]) == (board.uid, board.title)
    assert f'"{board.uid}"' in Path(boards.__file__).read_text("utf-8")
    assert len(board.uid) <= 40
    assert board.uid.replace("-", "").isalnum()


def test_uids_and_titles_are_unique():
    for key in ("uid", "title"):
        assert len({board[key] for board in BOARDS.values()}) == len(BOARDS)


@pytest.mark.parametrize("name", BOARDS)
def test_board_holds_nothing_of_a_grafanas_own_keeping(name):
    assert not {"id", "version", "__inputs"} & BOARDS[name].keys()
    assert "null" not in dumps(BOARDS[name])
    ids = [panel["id"] for panel in data.panels(BOARDS[name])]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", BOARDS)
def test_panels_lie_side_by_side(name):
    taken = set()
    for panel in data.panels(BOARDS[name]):
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= GRID_WIDTH
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))


@pytest.mark.parametrize("name", BOARDS)
def test_panel_titles_are_unique(name):
    titles = [panel["title"] for panel in data.panels(BOARDS[name])]
    assert len(titles) == len(set(titles))


@each(*PANELS)
def test_panel_says_what_it_shows(panel):
    assert panel["title"]
    if panel["type"] == "text":
        assert panel["options"]["content"]
        return
    assert len(panel["description"]) > 40
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]


@each(*PANELS)
def test_panel_asks_the_chosen_data_source_by_its_own_ref_ids(panel):
    references = [target["refId"] for target in panel.get("targets", ())]
    assert references or panel["type"] == "text"
    assert references == list(ascii_uppercase[: len(references)])
    for target in panel.get("targets", ()):
        assert target["datasource"] == panel["datasource"]
        assert target["datasource"]["uid"] == "${datasource}"
        # grafanalib's own default, 2, would double every $__interval.
        assert "intervalFactor" not in target


@each(*PANELS)
def test_a_lines_colour_is_its_names_everywhere(panel):
    if panel["type"] in ("timeseries", "bargauge"):
        defaults = panel["fieldConfig"]["defaults"]
        judged = panel["type"] == "bargauge" and "thresholds" in defaults
        by_name = "thresholds" if judged else "palette-classic-by-name"
        assert defaults["color"]["mode"] == by_name


@each(*PANELS)
def test_memory_is_counted_in_powers_of_two(panel):
    assert panel["fieldConfig"]["defaults"].get("unit") != "decbytes"


def test_user_groups_has_its_variables_and_rows():
    board = BOARDS["user-groups"]
    variables = {v["name"]: v for v in board["templating"]["list"]}
    assert list(variables) == ["datasource", "hub", "group", "attribution"]
    assert all(
        variables[name]["multi"] and variables[name]["includeAll"] for name in ("hub", "group")
    )
    rows = [panel["title"] for panel in board["panels"] if panel["type"] == "row"]
    assert rows == ["At a glance", "Use", "People", "Is it cost-effective?", "Who"]


def test_layout_refuses_a_panel_wider_than_the_grid():
    panel = stat("Wide", "vector(1)", unit="none", description="")
    with pytest.raises(ValueError, match="Wide: 25 columns of 24"):
        layout([Row("Row", [Placed(panel, 25, 4)])])


def test_layout_breaks_lines_below_the_tallest():
    panels = [stat(title, "vector(1)", unit="none", description="") for title in "abc"]
    placed = [Placed(p, 12, h) for p, h in zip(panels, (4, 8, 4), strict=True)]
    heading, *inside = layout([Row("Row", placed)])
    assert [(p.gridPos.x, p.gridPos.y) for p in (heading, *inside)] == [
        (0, 0),
        (0, 1),
        (12, 1),
        (0, 9),
    ]


def process(*arguments, folder=ROOT, **more):
    """Return what a command says, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dashboards", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        **more,
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["build", "--output=/proc/x"], "/proc/x"),
        (["build", "--output={}", "--rules=/proc/y"], "/proc/y"),
        (["new", "a-board", "--boards=/proc/z"], "/proc/z"),
    ],
)
def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path, arguments, named):
    result = CliRunner().invoke(cli, [each.format(tmp_path) for each in arguments])
    assert result.exit_code == 2
    assert result.stderr == f"Error: {named}: No such file or directory.\n"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["lint"], ["lint", "--rules"], ["--help"], ["list"]])
def test_a_full_disk_below_the_output_is_a_sentence(arguments):
    with Path("/dev/full").open("w") as full:
        result = process(*arguments, stdout=full)
    assert result.stderr == "Error: Cannot write: No space left on device.\n"
    assert result.returncode == 2


INTERRUPTIBLE = """
import signal
# What a shell runs in the background is started with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from dashboards.cli import main
main()
"""


def interrupted(arguments, begun):
    """Return the exit code and the output of a command that gets Ctrl-C after ``begun()``."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if "GRAFANA" not in k},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        begun()
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["lint", "--grafana"], ["list"], ["diff"], ["pull", "hub"]], ids=" ".join
)
def test_ctrl_c_while_grafana_does_not_answer(arguments):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(15)
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        connections = []

        def begun():
            connections.append(server.accept()[0])
            connections[0].recv(1)

        assert interrupted([*arguments, "--url", url, "--token=x"], begun) == (
            130,
            "Interrupted.\n",
        )
        connections[0].close()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["build", "lint"])
def test_ctrl_c_while_a_board_takes_long(tmp_path, command):
    begins = tmp_path / "begins"
    os.mkfifo(begins)
    slow = f"import time\nopen({str(begins)!r}, 'w').close()\ntime.sleep(60)\n"
    (tmp_path / "slow.py").write_text(slow, "utf-8")
    arguments = [command, f"--boards={tmp_path}"]
    if command == "build":
        arguments.append(f"--output={tmp_path}")
    assert interrupted(arguments, begins.read_text) == (130, "Interrupted.\n")


def test_a_file_that_is_no_text_is_not_as_built(tmp_path):
    run = CliRunner().invoke
    (tmp_path / "hub.json").write_bytes(b"\xff\xfe")
    assert run(cli, ["build", "--output", str(tmp_path), "--check"]).exit_code == 1
    assert run(cli, ["build", "--output", str(tmp_path)]).exit_code == 0
    assert run(cli, ["build", "--output", str(tmp_path), "--check"]).exit_code == 0


def test_build_writes_what_check_then_finds_the_same(tmp_path):
    run = CliRunner().invoke
    out = tmp_path / "boards"
    assert run(cli, ["build", "--output", str(out), "--check"]).exit_code == 1
    assert not out.exists()
    first = run(cli, ["build", "--output", str(out)])
    assert first.exit_code == 0
    assert f"{len(BOARDS)} written" in first.output
    again = run(cli, ["build", "--output", str(out)])
    assert "0 written" in again.output
    assert run(cli, ["build", "--output", str(out), "--check"]).exit_code == 0


def test_check_shows_what_differs_and_what_is_left_over(tmp_path):
    run = CliRunner().invoke
    run(cli, ["build", "--output", str(tmp_path)])
    file = tmp_path / "user-groups.json"
    file.write_text(file.read_text("utf-8").replace('"User groups"', '"Users"'), "utf-8")
    (tmp_path / "gone.json").write_text("{}")
    result = run(cli, ["build", "--output", str(tmp_path), "--check"])
    assert result.exit_code == 1
    assert '-  "title": "Users",' in result.output
    assert '+  "title": "User groups",' in result.output
    assert "gone.json belongs to no board" in result.output
    assert "run the same without `--check`" in result.output
    run(cli, ["build", "--output", str(tmp_path)])
    assert (tmp_path / "gone.json").exists()


def test_an_unknown_board_is_an_error_that_names_those_there_are():
    with pytest.raises(catalog.UnknownBoardError, match="user-groups"):
        catalog.load("user-group")
