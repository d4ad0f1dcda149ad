"""The app put together: what Grafana finds in its folder and in the zip."""

import json
import re
import shutil
import subprocess
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from PyInstaller.archive.readers import CArchiveReader

from app.backend import APP_ID
from dashboards import catalog
from dashboards.catalog.app_boards import of_app
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

SOURCE = ROOT / "app/frontend/src"


def assemble(front, app, *target):
    return subprocess.run(
        [ROOT / ".venv/bin/python", ROOT / "scripts/assemble-app", front, app, *target],
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
    (front / "module.js.map").write_text(json.dumps({"sources": ["webpack://app/./module.ts"]}))
    shutil.copytree(frozen.parent, made)
    build = [ROOT / ".venv/bin/python", "-m", "dashboards", "build", "--app", "--raw", "--output"]
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
    boards = {f"dashboards/{name}.json": of_app(catalog.load(name)) for name in catalog.names()}
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


def modules(program):
    """Return the Python modules that are frozen into a program."""
    archive = CArchiveReader(str(program))
    return set(archive.open_embedded_archive("PYZ.pyz").toc)


def test_it_says_nothing_of_who_made_it(app):
    files = [path for path in app.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name in {"direct_url.json", "RECORD", "INSTALLER"}]
    assert not [path for path in files if str(ROOT).encode() in path.read_bytes()]
    # And still it knows what it is.
    assert [path for path in files if path.match("groupscope-*.dist-info/METADATA")]


def test_it_holds_nothing_that_only_tests_need(app, frozen):
    tests = re.compile(r"(^|\.)(_?pytest|unittest|doctest|hypothesis|tests?|conftest)(\.|$)")
    assert not [name for name in modules(app / frozen.name) if tests.search(name)]


def test_it_has_the_licence_of_all_that_it_holds(app, frozen):
    (file,) = app.glob("groupscope_linux_*/NOTICES.txt")
    assert str(file.relative_to(app)) in (app / "NOTICES.txt").read_text("utf-8")
    index, *parts = re.split(r"\n={78}\n", file.read_text("utf-8"))
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    assert re.findall(r"^- (.+)$", index, re.MULTILINE) == list(texts)
    assert min(map(len, texts.values())) > 200
    # Each package among the frozen modules, by the names and texts of what is installed here.
    packages = {name.partition(".")[0] for name in modules(app / frozen.name)}
    known = packages_distributions()
    owners = {it for name in packages for it in known.get(name, [])}
    # Several are below google/; what is frozen of them is protobuf.
    owners = {it for it in owners if not it.startswith("google") and it != "grpcio-tools"}
    assert {"anyio", "grpcio", "httpx", "protobuf"} <= owners
    for name in owners - {"groupscope"}:
        installed = distribution(name)
        text = texts[f"{installed.name} {installed.version}"]
        for file in installed.files or ():
            if ".dist-info/" in str(file) and "LICENSE" in file.name:
                assert file.read_text().strip() in text
    # What is no Python package.
    for name in ("OpenSSL", "Expat maintainers", "BoringSSL", "Python Software Foundation"):
        assert any(name in text for text in texts.values()), name
    # Debian's texts name files that are not here.
    named = set(re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", file.read_text("utf-8")))
    assert {f"{name} (named above)" for name in named} <= texts.keys()


def parts(app, folder):
    """Return a front end and an app to be put together, which has no libraries, for time's sake."""
    front, made = folder / "front", folder / "new" / APP_ID
    front.mkdir()
    for name in ("plugin.json", "module.js", "module.js.map"):
        shutil.copy(app / name, front)
    shutil.copytree(app / "dashboards", made / "dashboards")
    (program,) = app.glob("gpx_groupscope_*")
    shutil.copy(program, made)
    return front, made


def test_code_of_others_in_the_front_end_needs_its_licence(tmp_path, app):
    front, made = parts(app, tmp_path)
    sources = ["webpack://app/../node_modules/rxjs/dist/a.js", "webpack://app/./module.ts"]
    (front / "module.js.map").write_text(json.dumps({"sources": sources}))
    (front / "licenses.txt").write_text("tslib\n0BSD\n")
    ended = assemble(front, made)
    assert (ended.returncode, ended.stderr) == (
        1,
        "module.js holds rxjs, whose license is missing from licenses.txt.\n",
    )
    (front / "licenses.txt").write_text("rxjs\nApache-2.0\n")
    assert assemble(front, made).returncode == 0
    assert "licenses.txt" in (made / "NOTICES.txt").read_text("utf-8")


def test_what_was_built_before_stays_until_there_is_another(tmp_path, app):
    front, made = parts(app, tmp_path)
    dist = tmp_path / "dist"
    before = {dist / f"{APP_ID}-0.0.1-linux_amd64.zip", dist / APP_ID / "module.js"}
    for path in before:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before")
    (dist / "another.whl").write_text("")
    (program,) = made.glob("gpx_groupscope_*")
    frozen = program.rename(tmp_path / program.name)
    ended = assemble(front, made, dist)
    assert (ended.returncode, "scripts/freeze" in ended.stderr) == (1, True)
    assert {path.read_text() for path in before} == {"before"}
    frozen.rename(program)
    ended = assemble(front, made, dist)
    assert ended.returncode == 0, ended.stderr
    (archive,) = dist.glob("*.zip")
    assert str(archive) in ended.stdout
    assert zipfile.ZipFile(archive).testzip() is None
    assert {path.name for path in dist.iterdir()} == {APP_ID, archive.name, "another.whl"}
    assert (dist / APP_ID / program.name).exists()
    assert not made.exists()


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
