"""The app put together: what Grafana finds in its folder and in the zip."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from dashboards import catalog
from exporter.plugin import APP_ID

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "plugin/src"


def assemble(front, app):
    return subprocess.run(
        [ROOT / ".venv/bin/python", ROOT / "scripts/assemble-app", front, app],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory, frozen):
    """Return the app's folder; of the front end only what needs no Node."""
    folder = tmp_path_factory.mktemp("app")
    front, made = folder / "front", folder / APP_ID
    shutil.copytree(SOURCE / "img", front / "img")
    shutil.copy(SOURCE / "plugin.json", front)
    (front / "module.js").write_text("")
    shutil.copytree(frozen.parent, made)
    build = [ROOT / ".venv/bin/python", "-m", "dashboards", "build", "--raw", "--output"]
    subprocess.run([*build, made / "dashboards"], cwd=ROOT, check=True, capture_output=True)
    ended = assemble(front, made)
    assert ended.returncode == 0, ended.stderr
    return made


@pytest.fixture(scope="module")
def about(app):
    return json.loads((app / "plugin.json").read_text("utf-8"))


def test_grafana_finds_the_backend(app, about, frozen):
    assert (about["id"], about["backend"]) == (APP_ID, True)
    assert frozen.name.startswith(f"{about['executable']}_linux_")
    assert (app / frozen.name).stat().st_mode & 0o111


def test_grafana_finds_every_board(app, about):
    listed = {it["path"]: it["name"] for it in about["includes"] if it["type"] == "dashboard"}
    boards = {f"dashboards/{name}.json": catalog.load(name) for name in catalog.names()}
    assert listed == {path: board["title"] for path, board in boards.items()}
    for path, board in boards.items():
        assert json.loads((app / path).read_text("utf-8")) == board


def test_grafana_finds_what_the_front_end_has(app, about):
    pictures = [*about["info"]["logos"].values()]
    pictures += [it["path"] for it in about["info"]["screenshots"]]
    assert all((app / picture).is_file() for picture in pictures)
    assert [it for it in about["includes"] if it["type"] == "page"]


def test_the_zip_can_be_unpacked_and_run(app, tmp_path, frozen):
    (file,) = app.parent.glob("*.zip")
    assert file.name.endswith(f"-{frozen.name.removeprefix('gpx_groupscope_')}.zip")
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        archive.extractall(tmp_path)
    assert {Path(name).parts[0] for name in names} == {APP_ID}
    assert names[f"{APP_ID}/{frozen.name}"] & 0o111
    program = tmp_path / APP_ID / frozen.name
    # As Grafana's own installer does for backends; Python's unpacks without rights.
    program.chmod(0o755)
    ended = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith("groupscope, version ")


def test_a_part_that_lacks_is_named(tmp_path, frozen):
    front, made = tmp_path / "front", tmp_path / "app"
    front.mkdir()
    made.mkdir()
    steps = []
    for path in (made / frozen.name, made / "dashboards/x.json", front / "module.js"):
        ended = assemble(front, made)
        assert ended.returncode == 1
        steps.append(ended.stderr.partition("First run: ")[2].split()[0])
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    assert steps == ["scripts/freeze", "python", "npm"]
